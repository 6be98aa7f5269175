#include <string.h>

#include "base/hash.h"
#include "base/integer.h"
#include "base/name.h"
#include "base/utf8.h"
#include "tap.h"

static void
integers_are_compared_and_divided(void)
{
	ok(min64(-1, 2) == -1 && max64(-1, 2) == 2, "the lesser, the greater");
	ok(clamp64(-3, -2, 5) == -2 && clamp64(9, -2, 5) == 5 &&
		clamp64(0, -2, 5) == 0,
	    "a number is kept within its limits");
	ok(floor_div(7, 2) == 3 && floor_div(-7, 2) == -4 &&
		floor_div(-8, 2) == -4 && floor_div(0, 2) == 0,
	    "division rounds down below zero too");
}

/* The algorithm's own examples. */
static void
texts_are_hashed(void)
{
	ok(hash_text(HASH_EMPTY, "") == UINT64_C(0xcbf29ce484222325) &&
		hash_text(HASH_EMPTY, "a") == UINT64_C(0xaf63dc4c8601ec8c) &&
		hash_text(HASH_EMPTY, "foobar") == UINT64_C(0x85944171f73967e8),
	    "a text's hash is FNV-1a");
	ok(hash_text(hash_text(HASH_EMPTY, "foo"), "bar") ==
		hash_text(HASH_EMPTY, "foobar"),
	    "a hash goes on with the next text");
}

static void
characters_are_measured(void)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{ "", 1 },
		{ "a", 1 },
		{ "\xc3\xa9", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x93\x88", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 },             /* no beginning */
		{ "\xc3", 0 },             /* cut */
		{ "\xe2\x82", 0 },         /* cut */
		{ "\xc0\xaf", 0 },         /* longer than need be */
		{ "\xe0\x9f\xbf", 0 },     /* longer than need be */
		{ "\xf0\x8f\xbf\xbf", 0 }, /* longer than need be */
		{ "\xed\xa0\x80", 0 },     /* half of a pair */
		{ "\xf4\x90\x80\x80", 0 }, /* past the last one */
		{ "\xff", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(utf8_length((const unsigned char *)cases[i].text) ==
			cases[i].length,
		    "character %zu has %zu bytes", i, cases[i].length);
}

static void
rows_are_found_by_name(void)
{
	static const char *const names[] = { "a", "ab", "b" };

	static const struct {
		const char *name;
		int n;
	} rows[] = { { "", 1 }, { "one", 2 }, { "two", 3 } };

	ok(NAME_FIND(names, "ab") == 1 && NAME_FIND(names, "b") == 2 &&
		NAME_FIND(names, "abc") == -1 && NAME_FIND(names, "") == -1,
	    "a name is found among names");
	ok(NAME_FIND(rows, "two") == 2 && NAME_FIND(rows, "") == 0,
	    "a row is found by its name");
	ok(NAME_FIND_N(names, "ab,b", 2) == 1 &&
		NAME_FIND_N(names, "ab,b", 3) == -1,
	    "a name need not end where its text does");
}

int
main(void)
{
	integers_are_compared_and_divided();
	texts_are_hashed();
	characters_are_measured();
	rows_are_found_by_name();
	return done();
}
