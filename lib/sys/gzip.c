#define ZLIB_CONST /* it does not change what it reads */
#include "sys/gzip.h"

#include <errno.h>
#include <stdlib.h>
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

/* -- writing -- */

struct gzip {
	struct gzip_sink sink;
	z_stream z;
	char out[65536];
};

bool
gzip_create(struct gzip **out, const struct gzip_sink *sink, struct md_error *e)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g == NULL || deflateInit2(&g->z, 1, Z_DEFLATED, 15 + 16, 8,
			     Z_DEFAULT_STRATEGY) != Z_OK) {
		free(g);
		return md_nomem(e);
	}
	g->sink = *sink;
	*out = g;
	return true;
}

/* What of it zlib gives out goes to the sink when there is a block of it, or at
 * its end. */
static bool
compress_some(struct gzip *g, int flush, struct md_error *e)
{
	int result;

	do {
		size_t len;

		if (g->z.avail_out == 0) {
			g->z.next_out = (Bytef *)(void *)g->out;
			g->z.avail_out = sizeof(g->out);
		}
		result = deflate(&g->z, flush);
		len = sizeof(g->out) - g->z.avail_out;
		if ((g->z.avail_out > 0 && result != Z_STREAM_END) || len == 0)
			continue;
		if (!g->sink.write(g->sink.ctx, g->out, len, e))
			return false;
		g->z.avail_out = 0;
	} while (result != Z_STREAM_END &&
		 (flush == Z_FINISH || g->z.avail_in > 0));
	return true;
}

bool
gzip_write(struct gzip *g, const char *text, size_t len, struct md_error *e)
{
	while (len > 0) {
		size_t part = len < INT32_MAX ? len : INT32_MAX;

		g->z.next_in = (const Bytef *)(const void *)text;
		g->z.avail_in = (uInt)part;
		if (!compress_some(g, Z_NO_FLUSH, e))
			return false;
		text += part;
		len -= part;
	}
	return true;
}

bool
gzip_end(struct gzip *g, struct md_error *e)
{
	g->z.avail_in = 0;
	return compress_some(g, Z_FINISH, e);
}

void
gzip_destroy(struct gzip **gp)
{
	if (*gp == NULL)
		return;
	(void)deflateEnd(&(*gp)->z);
	free(*gp);
	*gp = NULL;
}

/* -- reading -- */

struct gunzip {
	struct gunzip_source source;
	z_stream z;
	int64_t bytes;
	bool begun;  /* a gzip has, and not ended */
	bool any;    /* one has ended */
	bool inited; /* z is to be ended */
	unsigned char in[32768];
};

bool
gunzip_create_from(struct gunzip **out, const struct gunzip_source *source,
    struct md_error *e)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	if (g != NULL) {
		g->source = *source;
		g->inited = inflateInit2(&g->z, 15 + 16) == Z_OK;
		if (g->inited) {
			*out = g;
			return true;
		}
	}
	free(g);
	source->close(source->ctx);
	return md_nomem(e);
}

static bool
read_file(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	*len = fread(to, 1, cap, ctx);
	return *len > 0 || !ferror((FILE *)ctx) ||
	       md_fail(e, MD_EIO, "%s", strerror(errno));
}

static void
close_file(void *ctx)
{
	(void)fclose(ctx);
}

bool
gunzip_create(struct gunzip **out, FILE *f, struct md_error *e)
{
	return gunzip_create_from(out,
	    &(struct gunzip_source){ read_file, close_file, f }, e);
}

/* More of it; none is its end. */
static bool
read_more(struct gunzip *g, struct md_error *e)
{
	size_t n;

	if (!g->source.read(g->source.ctx, (char *)g->in, sizeof(g->in), &n, e))
		return false;
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)n;
	g->bytes += (int64_t)n;
	return true;
}

static bool
ends_well(const struct gunzip *g, struct md_error *e)
{
	if (g->begun)
		return md_fail(e, MD_EDATA,
		    "it was cut: the gzip does not end");
	return g->any || md_fail(e, MD_EDATA, "it is empty");
}

/* A step of zlib's, with something to read. */
static bool
inflate_some(struct gunzip *g, struct md_error *e)
{
	g->begun = true;
	switch (inflate(&g->z, Z_NO_FLUSH)) {
	case Z_OK:
	case Z_BUF_ERROR:
		return true;
	case Z_STREAM_END:
		g->begun = false;
		g->any = true;
		return inflateReset(&g->z) == Z_OK || md_nomem(e);
	case Z_MEM_ERROR:
		return md_nomem(e);
	default:
		return md_fail(e, MD_EDATA, "it is no gzip, or damaged: %s",
		    g->z.msg == NULL ? "unreadable" : g->z.msg);
	}
}

bool
gunzip_read(struct gunzip *g, char *to, size_t cap, size_t *len,
    struct md_error *e)
{
	*len = 0;
	g->z.next_out = (Bytef *)(void *)to;
	g->z.avail_out = (uInt)(cap > INT32_MAX ? INT32_MAX : cap);
	cap = g->z.avail_out;
	while (g->z.avail_out == cap) {
		if (g->z.avail_in == 0 && !read_more(g, e))
			return false;
		if (g->z.avail_in == 0)
			return ends_well(g, e);
		if (!inflate_some(g, e))
			return false;
	}
	*len = cap - g->z.avail_out;
	return true;
}

int64_t
gunzip_bytes(const struct gunzip *g)
{
	return g->bytes;
}

void
gunzip_destroy(struct gunzip **gp)
{
	struct gunzip *g = *gp;

	if (g == NULL)
		return;
	if (g->inited)
		(void)inflateEnd(&g->z);
	g->source.close(g->source.ctx);
	free(g);
	*gp = NULL;
}
