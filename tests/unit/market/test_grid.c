/* Whose midnight and which first day of the week the windows have. */
#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/finality.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *cal;

/* Times as "11-29T05:00" of 2024, UTC. */
static int64_t
at(const char *text)
{
	char whole[32];
	int64_t t = 0;

	(void)snprintf(whole, sizeof(whole), "2024-%sZ", text);
	if (!md_time_parse(whole, &t))
		printf("Bail out! no time: %s\n", text);
	return t;
}

static bool
same(int64_t got, const char *expected)
{
	char text[MD_TIME_MAX];

	md_time_format(got, text);
	if (got != at(expected))
		printf("# got %s, expected %s\n", text, expected);
	return got == at(expected);
}

static int64_t
any(int64_t n)
{
	return (int64_t)((double)n * ((double)rand() / ((double)RAND_MAX + 1)));
}

static void
names(void)
{
	bool good = grid_kind_name(GRID_UNKNOWN) == NULL;

	for (int k = 1; k < GRID_KINDS; k++)
		good = good &&
		       grid_kind_parse(grid_kind_name((enum grid_kind)k)) ==
			   (enum grid_kind)k;
	ok(good && grid_kind_parse(NULL) == GRID_UNKNOWN &&
		grid_kind_parse("") == GRID_UNKNOWN &&
		grid_kind_parse("mars") == GRID_UNKNOWN,
	    "each grid has a name, by which it is found again");
}

/* In 2024 the clocks change on 10 March and on 3 November. */
static void
windows(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		enum grid_kind kind;
		const char *time, *start, *end;
	} cases[] = {
		{ CLASS_FX, TF_1D, GRID_UTC, "03-10T12:00", "03-10T00:00",
		    "03-11T00:00" },
		{ CLASS_FX, TF_1D, GRID_NEWYORK, "03-10T12:00", "03-10T05:00",
		    "03-11T04:00" },
		{ CLASS_FX, TF_1D, GRID_UNKNOWN, "11-03T12:00", "11-03T04:00",
		    "11-04T05:00" },
		{ CLASS_FX, TF_1D, GRID_UTC, "11-03T23:59", "11-03T00:00",
		    "11-04T00:00" },
		{ CLASS_CRYPTO, TF_1D, GRID_NEWYORK, "03-10T04:59",
		    "03-09T05:00", "03-10T05:00" },
		{ CLASS_CRYPTO, TF_1D, GRID_UNKNOWN, "03-10T04:59",
		    "03-10T00:00", "03-11T00:00" },
		{ CLASS_STOCK, TF_1W, GRID_NEWYORK_MONDAY, "03-10T12:00",
		    "03-04T05:00", "03-11T04:00" },
		{ CLASS_STOCK, TF_1W, GRID_UNKNOWN, "03-10T12:00",
		    "03-10T05:00", "03-17T04:00" },
		{ CLASS_FX, TF_1W, GRID_UTC_MONDAY, "03-10T23:59",
		    "03-04T00:00", "03-11T00:00" },
		{ CLASS_FX, TF_1W, GRID_UTC, "03-10T00:00", "03-10T00:00",
		    "03-17T00:00" },
		{ CLASS_FX, TF_1MO, GRID_UTC, "03-31T23:59", "03-01T00:00",
		    "04-01T00:00" },
		{ CLASS_STOCK, TF_4H, GRID_UTC, "03-08T14:30", "03-08T12:00",
		    "03-08T16:00" },
		{ CLASS_STOCK, TF_4H, GRID_NEWYORK, "03-08T14:30",
		    "03-08T13:00", "03-08T17:00" },
		{ CLASS_FX, TF_1H, GRID_UNKNOWN, "03-08T14:30", "03-08T14:00",
		    "03-08T15:00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = { cal, cases[i].class, cases[i].tf,
			cases[i].kind };
		int64_t start = grid_start(&g, at(cases[i].time));

		ok(same(start, cases[i].start) &&
			same(grid_end(&g, start), cases[i].end) &&
			grid_next(&g, start) == start &&
			same(grid_next(&g, start + 1), cases[i].end),
		    "%s %s of grid %d: %s is in %s to %s",
		    asset_class_name(cases[i].class),
		    timeframe_name(cases[i].tf), (int)cases[i].kind,
		    cases[i].time, cases[i].start, cases[i].end);
	}
}

/* -- each grid of each class and timeframe -- */

/* From a window's start on, over both changes of the clock. */
static bool
tiles(const struct grid *g)
{
	int64_t t = grid_start(g, at("02-20T00:00")), to = at("12-01T00:00");
	int64_t end;

	for (; t < to; t = end) {
		end = grid_end(g, t);
		if (end <= t || !grid_has_start(g, t) ||
		    grid_start(g, end - 1) != t || grid_start(g, end) != end ||
		    grid_end(g, end - 1) != end)
			return false;
	}
	return true;
}

static bool
open_within(const struct grid *g, int64_t start, int64_t end)
{
	for (int64_t t = start; t < end; t += 30 * MD_MINUTE)
		if (calendar_is_open(cal, g->class, t))
			return true;
	return false;
}

/* The same as window by window. */
static bool
expects(const struct grid *g, int64_t from, int64_t to)
{
	int64_t n = 0, first = -1, newest = -1, got_first = -1, got_newest = -1;

	for (int64_t t = grid_next(g, from), end; t < to; t = end) {
		end = grid_end(g, t);
		if (!open_within(g, t, end))
			continue;
		n++;
		if (first < 0)
			first = t;
		if (end <= to)
			newest = t;
	}
	(void)grid_next_expected(g, from, &got_first);
	(void)grid_newest_due(g, to, 0, &got_newest);
	return grid_bars_expected(g, from, to) == n &&
	       grid_expects_bars(g, from, to) == (n > 0) &&
	       (n == 0 ||
		   (got_first == first && grid_may_trade(g, from, to))) &&
	       (newest < 0 || got_newest == newest);
}

/* A final bar's window is over and settled, whatever the midnight. */
static bool
becomes_final(const struct grid *g, int64_t t)
{
	int64_t start = grid_start(g, t), final = finality_final(g, start);

	return (g->timeframe > TF_1D ||
		   final >= grid_end(g, start) + MD_HOUR) &&
	       grid_final_before(g, final) > start &&
	       grid_final_before(g, final - 1) <= start;
}

static void
every_grid(void)
{
	bool tile = true, expect = true, final = true;
	int grids = 0;

	srand(3);
	for (int c = 0; c < CLASS_COUNT; c++)
		for (int tf = TF_1H; tf < TF_COUNT; tf++) {
			struct grid all = { cal, (enum asset_class)c,
				(enum timeframe)tf, GRID_UNKNOWN };
			struct grid g = all;

			while (grid_next_candidate(&all, &g.kind)) {
				grids++;
				tile = tile && tiles(&g);
				for (int i = 0; i < 200; i++) {
					int64_t from = at("02-20T00:00") +
						       any(280 * MD_DAY);

					expect = expect &&
						 expects(&g, from,
						     from + any(20 * MD_DAY));
					final =
					    final && becomes_final(&g, from);
				}
			}
		}
	ok(tile, "on all %d grids windows follow each other without a gap",
	    grids);
	ok(expect, "and bars are expected where the market is open");
	ok(final, "and final when they can no longer change, not before");
}

/* -- learning -- */

static void
learning(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *time;
		enum grid_kind told;
	} cases[] = {
		{ CLASS_FX, TF_1D, "03-08T00:00", GRID_UTC },
		{ CLASS_FX, TF_1D, "03-08T05:00", GRID_NEWYORK },
		{ CLASS_FX, TF_1D, "03-11T05:00", GRID_UNKNOWN },
		{ CLASS_CRYPTO, TF_1D, "03-11T04:00", GRID_NEWYORK },
		{ CLASS_CRYPTO, TF_1D, "03-11T00:00", GRID_UTC },
		{ CLASS_STOCK, TF_1W, "03-10T05:00", GRID_NEWYORK },
		{ CLASS_STOCK, TF_1W, "03-11T04:00", GRID_NEWYORK_MONDAY },
		{ CLASS_STOCK, TF_1W, "03-11T00:00", GRID_UNKNOWN },
		{ CLASS_CRYPTO, TF_1W, "03-11T00:00", GRID_UTC_MONDAY },
		{ CLASS_FX, TF_1MO, "03-01T00:00", GRID_UTC },
		/* in summer both grids of 4h are one */
		{ CLASS_FX, TF_4H, "07-01T12:00", GRID_UNKNOWN },
		{ CLASS_FX, TF_4H, "01-08T12:00", GRID_UTC },
		{ CLASS_FX, TF_4H, "01-08T13:00", GRID_NEWYORK },
		/* where there is only one there is nothing to tell */
		{ CLASS_STOCK, TF_1D, "03-08T05:00", GRID_UNKNOWN },
		{ CLASS_FX, TF_1H, "03-08T05:00", GRID_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = { cal, cases[i].class, cases[i].tf,
			GRID_UNKNOWN };
		bool told = grid_learn(&g, at(cases[i].time));

		ok(told == (cases[i].told != GRID_UNKNOWN) &&
			g.kind == cases[i].told &&
			!(told && grid_learn(&g, at(cases[i].time))),
		    "a %s bar of %s at %s tells grid %d",
		    timeframe_name(cases[i].tf),
		    asset_class_name(cases[i].class), cases[i].time,
		    (int)cases[i].told);
	}
}

static void
refusals(void)
{
	struct grid g = { cal, CLASS_FX, TF_1D, GRID_UTC };

	ok(grid_has_start(&g, at("03-08T00:00")) &&
		!grid_has_start(&g, at("03-08T05:00")) &&
		strcmp(grid_refusal(&g, at("03-08T05:00")),
		    "not on the grid of this series' bars (00:00 UTC)") == 0,
	    "a bar of another grid is refused with a word");
	ok(strcmp(grid_refusal(&g, at("03-08T07:00")),
	       "not on the timeframe's grid") == 0,
	    "one of no grid with another");
	g.timeframe = TF_1W;
	g.kind = GRID_NEWYORK_MONDAY;
	ok(strcmp(grid_refusal(&g, at("03-10T05:00")),
	       "not on the grid of this series' bars (weeks from Monday, "
	       "midnight in New York)") == 0,
	    "of a week the day is said, too");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	names();
	windows();
	every_grid();
	learning();
	refusals();
	calendar_destroy(&cal);
	return done();
}
