#include <stdio.h>
#include <string.h>

#include "plan/keep.h"
#include "tap.h"

#define D1 (1U << TF_1D)
#define H1 (1U << TF_1H)
#define M1 (1U << TF_1M)

static struct symbol_entry
named(const char *symbol, unsigned timeframes)
{
	struct symbol_entry s = { .class = CLASS_STOCK,
		.tier = TIER_STANDARD,
		.timeframes = timeframes };

	(void)snprintf(s.symbol, sizeof(s.symbol), "%s", symbol);
	return s;
}

static struct symbol_entry
described(const char *symbol, enum tier tier, unsigned timeframes)
{
	struct symbol_entry s = named(symbol, timeframes);

	s.tier = tier;
	s.described = true;
	return s;
}

static struct kept_symbol
kept(const char *symbol, unsigned live)
{
	return (struct kept_symbol){ .entry = named(symbol, live),
		.active = true,
		.live = live };
}

static struct keep_changes changes;

/* What is to be written; the program's own timeframe is 1d. */
static size_t
judged(struct symbol_entry *v, size_t len, bool whole, struct kept_symbol *has,
    size_t n)
{
	struct symbol_list l = { .v = v, .len = len };
	struct kept_symbols stored = { has, n, n };

	keep_changes_free(&changes);
	if (!keep_judge(&l, D1, whole, &stored, &changes))
		return SIZE_MAX;
	return changes.len;
}

static void
test_same(void)
{
	struct symbol_entry v[] = { described("B", TIER_STANDARD, D1 | H1),
		named("A", 0) };
	struct kept_symbol has[] = { kept("A", D1), kept("B", D1 | H1) };

	ok(judged(v, 2, true, has, 2) == 0, "what is as it should be is left");
	v[0].tier = TIER_LOW;
	v[0].described = false;
	ok(judged(v, 2, true, has, 2) == 0, "a guess changes nothing");
	ok(judged(v, 0, false, has, 2) == 0, "nor does no list at all");
}

static void
test_new(void)
{
	struct symbol_entry v[] = { named("C", 0), named("A", H1 | M1) };

	ok(judged(v, 2, false, NULL, 0) == 2 &&
		strcmp(changes.v[0].entry.symbol, "A") == 0 &&
		strcmp(changes.v[1].entry.symbol, "C") == 0,
	    "new symbols are in order");
	ok(changes.v[0].put && changes.v[0].begin == (H1 | M1) &&
		changes.v[1].put && changes.v[1].begin == D1,
	    "a line's own timeframes count, or the program's");
}

static void
test_described(void)
{
	struct symbol_entry v[] = { described("A", TIER_CRITICAL, 0) };
	struct kept_symbol has[] = { kept("A", D1) };

	ok(judged(v, 1, false, has, 1) == 1 && changes.v[0].put &&
		changes.v[0].entry.tier == TIER_CRITICAL &&
		changes.v[0].begin == 0,
	    "a description replaces what was known");
	v[0].tier = TIER_STANDARD;
	v[0].has_from = true;
	v[0].from = 19000;
	ok(judged(v, 1, false, has, 1) == 1 && changes.v[0].put,
	    "so does a first day");
	has[0].entry.has_from = true;
	has[0].entry.from = 19000;
	ok(judged(v, 1, false, has, 1) == 0, "the same day is left");
	v[0].has_from = false;
	ok(judged(v, 1, false, has, 1) == 1 && !changes.v[0].entry.has_from,
	    "a description without one removes it");
}

static void
test_inactive(void)
{
	struct symbol_entry v[] = { named("A", 0) };
	struct kept_symbol has[] = { kept("A", D1) };

	has[0].active = false;
	has[0].live = 0;
	has[0].entry.tier = TIER_LOW;
	ok(judged(v, 1, false, has, 1) == 1 && changes.v[0].put &&
		changes.v[0].begin == D1 && changes.v[0].entry.tier == TIER_LOW,
	    "a symbol that comes back keeps what is known of it");
}

static void
test_whole(void)
{
	struct symbol_entry v[] = { named("B", 0) };
	struct kept_symbol has[] = { kept("A", D1), kept("B", D1 | H1),
		kept("C", 0) };

	ok(judged(v, 1, false, has, 3) == 0, "a part retires nothing");
	ok(judged(v, 1, true, has, 3) == 3 && changes.v[0].retire &&
		changes.v[0].end == D1 && !changes.v[0].put,
	    "a whole list retires what it does not name");
	ok(!changes.v[1].retire && !changes.v[1].put &&
		changes.v[1].end == H1 && changes.v[1].begin == 0,
	    "also a timeframe");
	has[0].active = has[2].active = false;
	has[0].live = 0;
	ok(judged(v, 1, true, has, 3) == 1, "once");
	has[0].live = D1;
	ok(judged(v, 1, true, has, 3) == 2 && !changes.v[0].retire &&
		changes.v[0].end == D1,
	    "an active series of an inactive symbol, too");
}

static void
test_twice(void)
{
	struct symbol_entry v[] = { named("A", H1),
		described("A", TIER_LOW, M1), described("A", TIER_CRITICAL, H1),
		named("A", 0) };
	struct kept_symbol has[] = { kept("A", D1 | H1) };

	ok(judged(v, 4, true, NULL, 0) == 1 &&
		changes.v[0].begin == (D1 | H1 | M1),
	    "a symbol named twice has the timeframes of both lines");
	ok(changes.v[0].entry.tier == TIER_CRITICAL,
	    "and is what its last description says");
	ok(judged(v, 4, true, has, 1) == 1 && changes.v[0].end == 0 &&
		changes.v[0].begin == M1,
	    "none of them is retired");
	v[2].described = v[1].described = false;
	v[3].tier = TIER_LOW;
	ok(judged(v, 4, true, NULL, 0) == 1 &&
		changes.v[0].entry.tier == TIER_LOW,
	    "where none describes it, the last counts");
}

int
main(void)
{
	test_same();
	test_new();
	test_described();
	test_inactive();
	test_whole();
	test_twice();
	keep_changes_free(&changes);
	return done();
}
