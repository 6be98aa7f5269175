#include <string.h>

#include "load/http_reply.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OK       "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *name, *text;
	enum http_reply_state state;
	int status;
	uint64_t body;
	bool close;
	size_t rest; /* bytes that are not its own */
} cases[] = {
	{ "with a length", OK "Content-Length: 5\r\n\r\nhello", HTTP_REPLY_DONE,
	    200, 5, false, 0 },
	{ "the next one is left", OK "content-length:2\r\n\r\nhiHTTP",
	    HTTP_REPLY_DONE, 200, 2, false, 4 },
	{ "empty", OK "Content-Length: 0\r\n\r\n", HTTP_REPLY_DONE, 200, 0,
	    false, 0 },
	{ "not all of it", OK "Content-Length: 9\r\n\r\nhello", HTTP_REPLY_MORE,
	    200, 5, false, 0 },
	{ "chunks",
	    OK "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n"
	       "A\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n",
	    HTTP_REPLY_DONE, 200, 15, false, 0 },
	{ "chunks without their end",
	    OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	    HTTP_REPLY_MORE, 200, 5, false, 0 },
	{ "it says that it closes",
	    OK "Connection: foo, Close\r\nContent-Length: 0\r\n\r\n",
	    HTTP_REPLY_DONE, 200, 0, true, 0 },
	{ "until the end", OK "\r\nabc", HTTP_REPLY_MORE, 200, 3, true, 0 },
	{ "of old, closing", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
	    HTTP_REPLY_DONE, 200, 0, true, 0 },
	{ "of old, staying",
	    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
	    "Content-Length: 0\r\n\r\n",
	    HTTP_REPLY_DONE, 200, 0, false, 0 },
	{ "without a reason", "HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx",
	    HTTP_REPLY_DONE, 500, 1, false, 0 },
	{ "after a 100",
	    "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
	    HTTP_REPLY_DONE, 200, 1, false, 0 },
	{ "no body with 304",
	    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
	    HTTP_REPLY_DONE, 304, 0, false, 0 },
	{ "the same length twice",
	    OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
	    HTTP_REPLY_DONE, 200, 1, false, 0 },
	{ "another protocol", "SSH-2.0-OpenSSH_9.2\r\n", HTTP_REPLY_BAD, 0, 0,
	    false, 0 },
	{ "another version", "HTTP/2.0 200 OK\r\n", HTTP_REPLY_BAD, 0, 0, false,
	    0 },
	{ "a status of two digits", "HTTP/1.1 20 OK\r\n", HTTP_REPLY_BAD, 0, 0,
	    false, 0 },
	{ "two lengths", OK "Content-Length: 1\r\nContent-Length: 2\r\n",
	    HTTP_REPLY_BAD, 200, 0, false, 0 },
	{ "a length below zero", OK "Content-Length: -1\r\n", HTTP_REPLY_BAD,
	    200, 0, false, 0 },
	{ "a length past counting",
	    OK "Content-Length: 99999999999999999999\r\n", HTTP_REPLY_BAD, 200,
	    0, false, 0 },
	{ "length and chunks",
	    OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	    HTTP_REPLY_BAD, 200, 0, false, 0 },
	{ "an encoding that is not asked for",
	    OK "Transfer-Encoding: gzip, chunked\r\n", HTTP_REPLY_BAD, 200, 0,
	    false, 0 },
	{ "a header without a colon", OK "Content-Length 1\r\n", HTTP_REPLY_BAD,
	    200, 0, false, 0 },
	{ "a header with a blank before the colon", OK "Content-Length : 1\r\n",
	    HTTP_REPLY_BAD, 200, 0, false, 0 },
	{ "a folded header", OK "A: b\r\n c\r\n", HTTP_REPLY_BAD, 200, 0, false,
	    0 },
	{ "a chunk without a size",
	    OK "Transfer-Encoding: chunked\r\n\r\nhello\r\n", HTTP_REPLY_BAD,
	    200, 0, false, 0 },
	{ "a chunk longer than its size",
	    OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", HTTP_REPLY_BAD,
	    200, 1, false, 0 },
	{ "a chunk past counting",
	    OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
	    HTTP_REPLY_BAD, 200, 0, false, 0 },
	{ "an upgrade", "HTTP/1.1 101 Switching\r\n\r\n", HTTP_REPLY_BAD, 101,
	    0, false, 0 },
};

/* step bytes at a time; where it stopped. */
static enum http_reply_state
feed(struct http_reply *r, const char *text, size_t step, size_t *at)
{
	enum http_reply_state state = HTTP_REPLY_MORE;
	size_t len = strlen(text), used;

	http_reply_start(r);
	for (*at = 0; *at < len && state == HTTP_REPLY_MORE; *at += used) {
		size_t n = len - *at < step ? len - *at : step;

		state = http_reply_feed(r, text + *at, n, &used);
		if (state == HTTP_REPLY_MORE && used != n)
			return HTTP_REPLY_BAD;
	}
	return state;
}

static void
answers(void)
{
	static const size_t steps[] = { 1, 2, 7, 100000 };
	struct http_reply r;
	size_t at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool good = true;

		for (size_t k = 0; k < COUNT(steps); k++) {
			enum http_reply_state s =
			    feed(&r, cases[i].text, steps[k], &at);

			good = good && s == cases[i].state &&
			       (s == HTTP_REPLY_BAD ||
				   (r.status == cases[i].status &&
				       r.body == cases[i].body &&
				       r.close == cases[i].close &&
				       strlen(cases[i].text) - at ==
					   cases[i].rest)) &&
			       (s != HTTP_REPLY_BAD || r.why != NULL);
		}
		ok(good, "an answer: %s", cases[i].name);
	}
}

static void
ends(void)
{
	struct http_reply r;
	size_t at;

	(void)feed(&r, OK "\r\nabc", 4, &at);
	ok(http_reply_end(&r) == HTTP_REPLY_DONE,
	    "a body without a length ends with the connection");
	(void)feed(&r, OK "Content-Length: 9\r\n\r\nabc", 4, &at);
	ok(http_reply_end(&r) == HTTP_REPLY_BAD, "one with a length does not");
	(void)feed(&r, "HTT", 4, &at);
	ok(http_reply_begun(&r), "a byte is a beginning");
	http_reply_start(&r);
	ok(!http_reply_begun(&r), "no byte is none");
}

static void
samples(void)
{
	struct http_reply r;
	size_t at;

	(void)feed(&r, "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\noops", 3,
	    &at);
	ok(r.sample_len == 4 && memcmp(r.sample, "oops", 4) == 0,
	    "of an answer that is no success the body is shown");
}

static void
long_heads(void)
{
	static char line[HTTP_REPLY_LINE + 100];
	struct http_reply r;
	enum http_reply_state s = HTTP_REPLY_MORE;
	size_t used;

	memset(line, 'x', sizeof(line));
	http_reply_start(&r);
	ok(http_reply_feed(&r, line, sizeof(line), &used) == HTTP_REPLY_BAD,
	    "a line without an end");
	http_reply_start(&r);
	(void)http_reply_feed(&r, OK, strlen(OK), &used);
	for (int i = 0; i < 20000 && s == HTTP_REPLY_MORE; i++)
		s = http_reply_feed(&r, "A: b\r\n", 6, &used);
	ok(s == HTTP_REPLY_BAD, "headers without an end");
}

int
main(void)
{
	answers();
	ends();
	samples();
	long_heads();
	return done();
}
