#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "plan/derive.h"
#include "tap.h"

#define START INT64_C(1709960400000) /* 2024-03-09T05:00Z, a Saturday */

static struct calendar *cal;

static struct grid
grid(enum timeframe tf)
{
	return (struct grid){ cal, CLASS_CRYPTO, tf, GRID_UNKNOWN };
}

static void
test_possible(void)
{
	ok(derive_possible(TF_15M, TF_5M) && derive_possible(TF_4H, TF_1M) &&
		derive_possible(TF_5M, TF_1M),
	    "of minutes and of five minutes");
	ok(!derive_possible(TF_1D, TF_1M) && !derive_possible(TF_1H, TF_15M) &&
		!derive_possible(TF_5M, TF_5M) &&
		!derive_possible(TF_1M, TF_5M),
	    "no days, not of others, not of itself");
}

static void
test_bars(void)
{
	struct bar fine[] = {
		{ START, 10, 12, 9, 11, 1.5, 10, 3 },
		{ START + 5 * MD_MINUTE, 11, 11, 8, 9, 0.5, 9, 2 },
		{ START + 40 * MD_MINUTE, 9, 13, 9, 12.5, 2, 12, 4 },
		{ START + 65 * MD_MINUTE, 5, 6, 5, 6, 1, (double)NAN, -1 },
	};
	struct bar out[4];
	struct grid g = grid(TF_1H);

	ok(derive_bars(&g, fine, 4, out) == 2, "a bar a window that has some");
	ok(out[0].t == START && out[0].o == 10 && out[0].h == 13 &&
		out[0].l == 8 && out[0].c == 12.5 && out[0].v == 4 &&
		out[0].n == 9 && out[0].vw == 10.875,
	    "the first open, extremes, the last close, sums, the weighted "
	    "mean");
	ok(out[1].t == START + MD_HOUR && out[1].n == -1 && isnan(out[1].vw),
	    "what the finer bars do not have is absent");
	ok(derive_bars(&g, fine, 0, out) == 0, "of none, none");
}

static void
test_volume(void)
{
	struct bar fine[60], out[60];
	struct grid g = grid(TF_1H);

	for (int i = 0; i < 60; i++)
		fine[i] = (struct bar){ START + i * MD_MINUTE, 1, 1, 1, 1, 0.1,
			1, 1 };
	(void)derive_bars(&g, fine, 60, out);
	ok(out[0].v == 6, "sixty tenths are six, not nearly");
}

static bool
is_range(const struct ranges *l, size_t i, int64_t from, int64_t to)
{
	return i < l->len && l->v[i].from == START + from * MD_MINUTE &&
	       l->v[i].to == START + to * MD_MINUTE;
}

static void
test_divide(void)
{
	struct ranges gaps = { NULL, 0, 0 }, lacking = { NULL, 0, 0 };
	struct ranges derived = { NULL, 0, 0 }, rest = { NULL, 0, 0 };
	struct grid g = grid(TF_1H);
	bool good =
	    ranges_add(&gaps, START, START + 10 * MD_HOUR) &&
	    ranges_add(&gaps, START + 20 * MD_HOUR, START + 21 * MD_HOUR) &&
	    /* five minutes within, and over the end of an hour */
	    ranges_add(&lacking, START + 125 * MD_MINUTE,
		START + 130 * MD_MINUTE) &&
	    ranges_add(&lacking, START + 295 * MD_MINUTE,
		START + 305 * MD_MINUTE) &&
	    ranges_add(&lacking, START + 20 * MD_HOUR, START + 30 * MD_HOUR);

	ok(good && derive_divide(&g, &gaps, &lacking, &derived, &rest),
	    "gaps are divided");
	ok(derived.len == 3 && is_range(&derived, 0, 0, 120) &&
		is_range(&derived, 1, 180, 240) &&
		is_range(&derived, 2, 360, 600),
	    "whole windows of what is there");
	ok(rest.len == 3 && is_range(&rest, 0, 120, 180) &&
		is_range(&rest, 1, 240, 360) && is_range(&rest, 2, 1200, 1260),
	    "and of the others, all");
	ranges_free(&gaps);
	ranges_free(&lacking);
	ranges_free(&derived);
	ranges_free(&rest);
}

static const struct finality_rule rule = { 15 * MD_MINUTE, 0, false };

/* So many windows are lacking: what of the day. */
static bool
lacks(enum coverage_kind kind, int64_t fetched_at, int64_t now, int64_t since)
{
	struct coverage c = { NULL, 0, 0 };
	struct ranges lacking = { NULL, 0, 0 };
	struct grid g = grid(TF_5M);
	const struct span s = { START, START + MD_DAY, fetched_at, kind };
	bool some = !coverage_append(&c, s) ||
		    !derive_lacking(&g, &rule, &c,
			(struct range){ START, START + MD_DAY }, now, since,
			&lacking) ||
		    lacking.len > 0;

	coverage_free(&c);
	ranges_free(&lacking);
	return some;
}

static void
test_lacking(void)
{
	int64_t soon = START + MD_DAY + MD_HOUR, late = START + 10 * MD_DAY;

	ok(!lacks(COVERAGE_BARS, late, late + 1, late + 1),
	    "what is final is there");
	ok(lacks(COVERAGE_BARS, soon, late, late),
	    "what may have changed since is not");
	ok(!lacks(COVERAGE_BARS, soon, soon + 1, soon - 1),
	    "unless it was fetched just now");
	ok(lacks(COVERAGE_DENIED, late, late + 1, late - 1),
	    "what was denied is not");
	ok(!lacks(COVERAGE_EMPTY, late, late + 1, late + 1),
	    "what is believed empty is");
}

static void
test_difference(void)
{
	struct bar a = { START, 10, 12, 9, 11, 1.5, 10.5, 3 }, b = a;

	ok(derive_difference(&a, &b) == NULL, "the same");
	b.v = nextafter(1.5, 2);
	b.vw = 10.5009;
	ok(derive_difference(&a, &b) == NULL, "as near as sums and means are");
	b.vw = 10.52;
	ok(strcmp(derive_difference(&a, &b), "vw") == 0 &&
		derive_field(&b, "vw") == 10.52,
	    "no nearer");
	b = a;
	b.c = nextafter(11, 12);
	ok(strcmp(derive_difference(&a, &b), "c") == 0, "prices: to the bit");
	b = a;
	b.n = 4;
	ok(strcmp(derive_difference(&a, &b), "n") == 0 &&
		derive_field(&b, "n") == 4,
	    "transactions");
	b = a;
	b.vw = (double)NAN;
	ok(strcmp(derive_difference(&a, &b), "vw") == 0, "absent is not there");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	test_possible();
	test_bars();
	test_volume();
	test_divide();
	test_lacking();
	test_difference();
	calendar_destroy(&cal);
	return done();
}
