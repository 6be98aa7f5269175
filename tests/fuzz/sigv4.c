/*
 * Signed requests: a method, a target and lines of headers.  None is let in, as
 * nobody has the secret, and what is written of it is in one form, whatever the
 * bytes.
 */
#include "mock/sigv4.h"
#include "fuzz.h"

#define HEADERS 16

/* The text up to the byte, which is cut off; past the end "". */
static char *
cut(char **text, char by)
{
	char *word = *text, *at = strchr(word, by);

	*text = at == NULL ? word + strlen(word) : at + 1;
	if (at != NULL)
		*at = '\0';
	return word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sigv4_keys keys = { "AKIAIOSFODNN7EXAMPLE",
		"what nobody has" };
	struct sigv4_header header[HEADERS];
	struct sigv4_request q = { NULL, NULL, header, 0 };
	struct buf b = BUF_INIT;
	char *text = malloc(size + 1), *rest = text;
	const char *line;

	must(text != NULL);
	memcpy(text, size > 0 ? (const void *)data : "", size);
	text[size] = '\0';
	q.method = cut(&rest, ' ');
	q.target = cut(&rest, '\n');
	while (*rest != '\0' && q.headers < HEADERS) {
		char *value = cut(&rest, '\n');

		header[q.headers].name = cut(&value, ':');
		header[q.headers++].value = value;
	}
	must(sigv4_check(&q, &keys, INT64_C(1369353600000)) != S3_DONE);
	sigv4_canonical(&q, "host;x-amz-date", "", &b);
	must(buf_ok(&b));
	/* The path and the query, whose bytes are plain or escaped. */
	line = buf_str(&b) + strlen(q.method) + 1;
	for (; strncmp(line, "\nhost:", 6) != 0; line++)
		must(*line > ' ' || *line == '\n');
	buf_free(&b);
	free(text);
	return 0;
}
