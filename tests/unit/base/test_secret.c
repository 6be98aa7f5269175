#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "tap.h"

#define SECRET "k3y/of%A-user9"

static void
masks(const char *what, const char *text, size_t len, const char *want)
{
	char copy[512];

	memcpy(copy, text, len + 1);
	secret_mask(copy, len, SECRET);
	ok(memcmp(copy, want, len + 1) == 0, "%s: %s", what, want);
}

#define MASKS(what, text, want)                                                \
	do {                                                                   \
		_Static_assert(sizeof(text) == sizeof(want), "same length");   \
		masks(what, text, sizeof(text) - 1, want);                     \
	} while (0)

static void
a_secret_is_masked_however_it_is_written(void)
{
	MASKS("as it is", "a k3y/of%A-user9 b", "a ************** b");
	MASKS("alone", SECRET, "**************");
	MASKS("twice", SECRET SECRET, "****************************");
	MASKS("after a NUL", "a\0k3y/of%A-user9", "a\0**************");
	MASKS("as JSON may", "\"k3y\\/of%A-\\u0075ser9\"",
	    "\"********************\"");
	MASKS("as JSON may, whole",
	    "\\u006B\\u0033\\u0079/of%A-\\u0075\\u0073\\u0065\\u0072\\u0039!",
	    "******************************************************!");
	MASKS("as a URL has it", "?key=k3y%2Fof%25A-user9&",
	    "?key=******************&");
	MASKS("after another escape", "\\n%20k3y%2fof%25A-user9",
	    "\\n%20******************");
	MASKS("twice, escaped", "k3y%2Fof%25A-user9k3y%2Fof%25A-user9",
	    "************************************");
}

static void
what_is_none_stays(void)
{
	char text[] = "a bcd", ends[] = "k3y\\u002";

	MASKS("a part", "k3y/of%A-user k3y\\/of%A-usex",
	    "k3y/of%A-user k3y\\/of%A-usex");
	MASKS("a NUL within", "k3y/of\0%A-user9", "k3y/of\0%A-user9");
	MASKS("an escape that is none", "k3y\\u00zz\\", "k3y\\u00zz\\");
	secret_mask(text, sizeof(text) - 1, "bcd");
	ok(strcmp(text, "a bcd") == 0, "a word too short to be a secret");
	secret_mask(ends, sizeof(ends) - 1, SECRET);
	ok(strcmp(ends, "k3y\\u002") == 0, "an escape that is cut off");
}

static void
what_is_cut_off_is_masked(void)
{
	char part[] = "the key k3y/of%", few[] = "the k3y";

	secret_mask_cut(part, strlen(part), SECRET);
	ok(strcmp(part, "the key *******") == 0, "a part at the end: %s", part);
	secret_mask_cut(few, strlen(few), SECRET);
	ok(strcmp(few, "the k3y") == 0, "too few characters to tell");
}

int
main(void)
{
	a_secret_is_masked_however_it_is_written();
	what_is_none_stays();
	what_is_cut_off_is_masked();
	return done();
}
