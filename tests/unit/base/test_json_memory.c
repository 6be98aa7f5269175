/*
 * What jansson reads while memory fails: all of it, or nothing.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static long calls, fails_at;
static bool for_ever;

static void *
failing_malloc(size_t n)
{
	calls++;
	return calls == fails_at || (for_ever && calls > fails_at) ? NULL
								   : malloc(n);
}

#define malloc failing_malloc
#include "../../../lib/base/json_memory.c"
#undef malloc
#include "tap.h"

static json_t *
load(const char *text, long k, bool ever, json_error_t *why)
{
	json_t *root;

	json_memory_watch();
	calls = 0;
	fails_at = k;
	for_ever = ever;
	root = json_memory_checked(json_loads(text, JSON_DECODE_ANY, why), why);
	fails_at = 0;
	for_ever = false;
	return root;
}

/* Whichever allocation fails, what is read is what is written. */
static bool
whole_or_none(const char *text, bool ever)
{
	json_error_t why;
	json_t *want = load(text, 0, false, &why);
	long n = calls;
	bool good = want != NULL && n > 3;

	for (long k = 1; good && k <= n; k++) {
		json_t *got = load(text, k, ever, &why);

		good = got == NULL
			   ? json_error_code(&why) == json_error_out_of_memory
			   : json_equal(got, want) != 0;
		json_decref(got);
	}
	json_decref(want);
	return good;
}

static const char *const texts[] = {
	/* The lexer's text grows at the end of a number: it asserted. */
	"[123456789012345]",
	"[0.1234567890123]",
	"[1234567890123456789012345678901.5]",
	/* Within it: a digit or a letter was lost. */
	"[1234567890123456789]",
	"[0.123456789012345678, -1.25e-3]",
	"[\"https://api.example.com/v2/aggs/ticker/AAPL?cursor=bGltaXQ9NQ\"]",
	"{\"a name of some length\": [true, null, {\"b\": [1, 2, 3, 4, 5, 6, "
	"7, 8, 9, 10]}], \"123456789012345\": 123456789012345}",
};

int
main(void)
{
	char long_one[4000], *digits = long_one + 1;
	json_error_t why;
	json_t *root;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ok(whole_or_none(texts[i], false), "once: %s", texts[i]);
		ok(whole_or_none(texts[i], true), "for ever: %s", texts[i]);
	}
	for (size_t n = 1000; n < 3000; n += 1) {
		memset(long_one, '1', sizeof(long_one));
		long_one[0] = '"';
		digits[n] = '"';
		digits[n + 1] = '\0';
		if (!whole_or_none(long_one, false))
			break;
		if (n == 2999)
			ok(true, "texts around what the reserve holds");
	}
	root = load("[1, 2", 0, false, &why);
	ok(root == NULL && json_error_code(&why) != json_error_out_of_memory,
	    "what is no JSON is told as that");
	return done();
}
