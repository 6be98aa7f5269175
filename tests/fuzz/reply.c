/*
 * HTTP answers as a load test reads them: the same in one piece and in many.
 * The first byte says how long the pieces are.
 */
#include "fuzz.h"
#include "load/http_reply.h"

struct taken {
	uint64_t bytes;
};

static void
take(void *ctx, const char *bytes, size_t len)
{
	struct taken *t = ctx;

	must(len == 0 || bytes != NULL);
	t->bytes += len;
}

static enum http_reply_state
feed(struct http_reply *r, struct taken *t, const uint8_t *data, size_t size,
    size_t piece, size_t *all)
{
	enum http_reply_state state = HTTP_REPLY_MORE;

	http_reply_start(r);
	r->take = take;
	r->ctx = t;
	for (*all = 0; state == HTTP_REPLY_MORE && *all < size;) {
		size_t n = size - *all < piece ? size - *all : piece, used = n;

		state = http_reply_feed(r, (const char *)data + *all, n, &used);
		must(used <= n);
		must(state != HTTP_REPLY_MORE || used == n);
		must(state != HTTP_REPLY_BAD || r->why != NULL);
		*all += used;
	}
	if (state == HTTP_REPLY_MORE)
		state = http_reply_end(r);
	must(state != HTTP_REPLY_MORE);
	return state;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reply a, b;
	struct taken ta = { 0 }, tb = { 0 };
	size_t piece = size > 0 ? 1 + data[0] % 64 : 1, na, nb;
	enum http_reply_state state;

	data += size > 0;
	size -= size > 0;
	state = feed(&a, &ta, data, size, size + 1, &na);
	must(feed(&b, &tb, data, size, piece, &nb) == state);
	must(a.status == b.status);
	if (state == HTTP_REPLY_DONE) {
		must(a.status >= 100 && a.status <= 999);
		must(na == nb && a.body == b.body && a.close == b.close);
		must(ta.bytes == a.body && tb.bytes == b.body);
		must(a.sample_len == b.sample_len &&
		     memcmp(a.sample, b.sample, a.sample_len) == 0);
	}
	return 0;
}
