#include "cli/zoneinfo.h"
#include "plan/pieces.h"
#include "tap.h"

static struct calendar *cal;

/* Of ten years, or so. */
#define FROM  INT64_C(1420088400000) /* 2015-01-01, New York */
#define TO    INT64_C(1735707600000) /* 2025-01-01 */
#define LATER (TO + MD_DAY)

/* The page of that many of the calendar's minutes from there on. */
static struct range
page_of(const struct grid *g, int64_t from, int64_t minutes)
{
	struct range rest = { from, TO };
	int64_t all = plan_base_expected(g, rest);

	/* Of so many pieces the first has as many, or one more. */
	return (struct range){ from,
		pieces_cut(g, rest, (size_t)(all / minutes)) };
}

static struct pieces_seen
seen(const struct grid *g, int64_t first, int64_t second)
{
	struct pieces_seen s = { .len = 0 };
	struct range r = page_of(g, FROM, first);

	pieces_note(&s, g, r, 50000);
	if (second > 0)
		pieces_note(&s, g, page_of(g, r.to, second), 50000);
	return s;
}

static void
certainty(void)
{
	struct grid g = { cal, CLASS_STOCK, TF_1M, GRID_UNKNOWN };
	struct range rest = { FROM + 200 * MD_DAY, TO };
	struct pieces_seen s = { .len = 0 };

	ok(pieces_certain(&s, &g, rest, LATER) == 0,
	    "without a page nothing is certain");
	s = seen(&g, 30000, 0);
	ok(pieces_certain(&s, &g, rest, LATER) == 0,
	    "nor with one that had other rows than the calendar's");
	s = (struct pieces_seen){ { 0, 50000 }, { 0, 50000 }, 1 };
	ok(pieces_certain(&s, &g, rest, LATER) ==
		(size_t)((plan_base_expected(&g, rest) + 49999) / 50000),
	    "one that had the calendar's rows tells all");
	ok(pieces_certain(&s, &g, rest, FROM + 900 * MD_DAY) == 0,
	    "but not of what has not been");
	s = (struct pieces_seen){ { 30000, 20000 }, { 50000, 50000 }, 2 };
	ok(pieces_certain(&s, &g, rest, LATER) == 0,
	    "two that differ much tell nothing");
	g.timeframe = TF_1D;
	s = (struct pieces_seen){ { 50000, 50000 }, { 50000, 50000 }, 2 };
	ok(pieces_certain(&s, &g, rest, LATER) == 0, "days are few");
}

/* One after the other, they are the range, and each fits a page. */
static void
cuts(enum asset_class class, enum timeframe tf, const char *name)
{
	struct grid g = { cal, class, tf, GRID_UNKNOWN };
	struct pieces_seen s = { { 50000, 50000 }, { 50000, 50000 }, 2 };
	struct range rest = { FROM, TO };
	size_t n = pieces_certain(&s, &g, rest, LATER), made = 0;
	bool good = n > 1;

	while (good && rest.from < rest.to) {
		size_t left = pieces_certain(&s, &g, rest, LATER);
		int64_t to = pieces_cut(&g, rest, left);

		good = left == n - made && to > rest.from &&
		       to == grid_next(&g, to) &&
		       plan_base_expected(&g,
			   (struct range){ rest.from, to }) <= 50000;
		rest.from = to;
		made++;
	}
	ok(good && made == n && rest.from == rest.to, "%s", name);
}

static void
surprises(void)
{
	struct grid g = { cal, CLASS_CRYPTO, TF_1M, GRID_UNKNOWN };
	struct pieces_seen s = { { 0, 50000 }, { 0, 50000 }, 1 };
	struct range day = { FROM, FROM + MD_DAY };

	ok(!pieces_sparse(&s, &g, day, 1440), "a full piece is none");
	ok(pieces_sparse(&s, &g, day, 1200), "a sparse one is");
	ok(pieces_sparse(&s, &g, day, 0), "so is an empty one");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	certainty();
	cuts(CLASS_STOCK, TF_1M, "sessions are cut into pages");
	cuts(CLASS_CRYPTO, TF_1M, "so are minutes around the clock");
	cuts(CLASS_CRYPTO, TF_1H, "and hours, at windows");
	surprises();
	calendar_destroy(&cal);
	return done();
}
