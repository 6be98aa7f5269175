/*
 * The head of an answer, line by line: waits and times are in range.
 */
#include "../../lib/polygon/http.c"
#include "fuzz.h"

#define FAR INT64_C(1000000000000000)

static enum http_taken
take(void *ctx, const struct http_answer *a, const char *bytes, size_t n)
{
	(void)ctx;
	(void)a;
	(void)bytes;
	(void)n;
	return HTTP_TAKEN;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http h = { .secret = "secret-of-ours", .signing = "" };
	struct transfer t = { .http = &h, .piece = take };
	struct input in = { data, size };
	char *line;

	must(libcurl_load(NULL));
	while ((line = input_line(&in)) != NULL) {
		size_t n = strlen(line);
		char *exact = malloc(n > 0 ? n : 1);

		must(exact != NULL);
		memcpy(exact, line, n);
		t.header_bytes = 0;
		must(transfer_on_header(exact, 1, n, &t) == n);
		must(t.answer.retry_after_ms >= -1 &&
		     t.answer.retry_after_ms < FAR);
		must(t.answer.date_ms >= 0 && t.answer.date_ms < FAR);
		must(t.answer.modified_ms >= 0 && t.answer.modified_ms < FAR);
		must(t.answer.from >= -1 && t.answer.total >= -1);
		must(strlen(t.answer.etag) < sizeof(t.answer.etag));
		must(strlen(t.answer.location) < sizeof(t.answer.location));
		must(strstr(t.answer.location, h.secret) == NULL);
		free(exact);
		free(line);
	}
	return 0;
}
