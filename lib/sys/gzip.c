#include "sys/gzip.h"

#include <string.h>
#include <zlib.h>

bool
gzip_buf(struct buf *b)
{
	z_stream z;
	struct buf small = BUF_INIT;

	memset(&z, 0, sizeof(z));
	if (!buf_ok(b) || deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8,
			      Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.next_in = (Bytef *)(void *)b->data;
	z.avail_in = (uInt)b->len;
	if (buf_reserve(&small, deflateBound(&z, b->len))) {
		z.next_out = (Bytef *)(void *)small.data;
		z.avail_out = (uInt)small.cap;
		if (deflate(&z, Z_FINISH) != Z_STREAM_END)
			small.failed = true;
		small.len = z.total_out;
	}
	(void)deflateEnd(&z);
	if (!buf_ok(&small)) {
		buf_free(&small);
		return false;
	}
	buf_free(b);
	*b = small;
	return true;
}
