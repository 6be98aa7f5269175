/*
 * Answers of a store of objects: what is understood is in bounds, what is not
 * is answered with a sentence, and a listing is no error.
 */
#include "answer/listing.h"
#include "fuzz.h"

static void
take(void *ctx, const struct listing_object *o)
{
	size_t *n = ctx;

	must(o->key[0] != '\0' && strlen(o->key) < sizeof(o->key));
	must(strlen(o->etag) < sizeof(o->etag));
	must(strpbrk(o->etag, "\"\r\n ") == NULL);
	must(o->bytes >= 0 && o->modified_ms >= 0);
	++*n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct md_error e = { MD_OK, "" };
	struct listing l;
	struct listing_error error;
	size_t n = 0;
	/* Of its very size, so that what is read beyond it is found. */
	char *text = malloc(size > 0 ? size : 1);
	bool good;

	must(text != NULL);
	memcpy(text, size > 0 ? (const void *)in.at : "", size);
	good = listing_decode(text, size, take, &n, &l, &e);
	must(n == l.objects);
	must(strlen(l.token) < sizeof(l.token));
	if (good)
		must(l.truncated == (l.token[0] != '\0'));
	else
		must_tell(&e);
	if (listing_error_decode(text, size, &error)) {
		must(!good && error.code[0] != '\0');
		must(strlen(error.message) < sizeof(error.message));
	}
	free(text);
	return 0;
}
