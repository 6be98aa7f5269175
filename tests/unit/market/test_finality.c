/* When a bar may have changed, and when it no longer can. */
#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/finality.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NONE     INT64_MIN
#define NEVER    INT64_MAX

static struct calendar *cal;

static const struct finality_rule rule = { 15 * MD_MINUTE, 5 * MD_MINUTE,
	false };

/* Times as "11-29T05:00" of 2024, UTC; "none", "never". */
static int64_t
at(const char *text)
{
	char whole[32];
	int64_t t = 0;

	if (strcmp(text, "none") == 0)
		return NONE;
	if (strcmp(text, "never") == 0)
		return NEVER;
	(void)snprintf(whole, sizeof(whole), "2024-%sZ", text);
	if (!md_time_parse(whole, &t))
		printf("Bail out! no time: %s\n", text);
	return t;
}

static int64_t
any(int64_t n)
{
	return (int64_t)((double)n * ((double)rand() / ((double)RAND_MAX + 1)));
}

static struct grid
grid_of(enum asset_class class, enum timeframe tf)
{
	return (struct grid){ cal, class, tf, GRID_UNKNOWN };
}

/* 2024-11-28 is Thanksgiving, the 29th closes at 13:00 New York, 18:00 UTC. */
static void
moments(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		const char *start, *closes, *final;
	} cases[] = {
		{ "a stock's day closes with its session", CLASS_STOCK, TF_1D,
		    "11-26T05:00", "11-26T21:00", "11-27T16:00" },
		{ "a half day at 13:00", CLASS_ETF, TF_1D, "11-29T05:00",
		    "11-29T18:00", "11-30T16:00" },
		{ "a week with its last session, final the day after",
		    CLASS_STOCK, TF_1W, "11-24T05:00", "11-29T18:00",
		    "11-30T16:00" },
		{ "a month that ends on a Sunday with its last Friday",
		    CLASS_STOCK, TF_1MO, "03-01T05:00", "03-28T20:00",
		    "03-29T15:00" },
		{ "an hour where it ends", CLASS_STOCK, TF_1H, "11-26T15:00",
		    "11-26T16:00", "11-27T16:00" },
		{ "a pair's day at midnight UTC", CLASS_CRYPTO, TF_1D,
		    "11-26T00:00", "11-27T00:00", "11-27T16:00" },
		{ "a currency's week on Saturday, final as Friday is", CLASS_FX,
		    TF_1W, "11-24T05:00", "12-01T05:00", "11-30T16:00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(cases[i].class, cases[i].tf);
		int64_t start = at(cases[i].start), final = at(cases[i].final);

		ok(finality_closes(&g, start) == at(cases[i].closes) &&
			finality_final(&g, start) == final &&
			grid_final_before(&g, final) > start &&
			grid_final_before(&g, final - 1) <= start,
		    "%s", cases[i].name);
	}
}

static void
due(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		const char *start, *as_of, *due, *late;
	} cases[] = {
		{ "a day is first wanted when its session opens", CLASS_STOCK,
		    TF_1D, "11-26T05:00", "none", "11-26T14:30",
		    "11-26T21:15" },
		{ "while it is open, every five minutes", CLASS_STOCK, TF_1D,
		    "11-26T05:00", "11-26T16:20", "11-26T16:25",
		    "11-26T21:15" },
		{ "just before the close has settled, then", CLASS_STOCK, TF_1D,
		    "11-26T05:00", "11-26T21:12", "11-26T21:15",
		    "11-26T21:15" },
		{ "after the close, after the extended hours", CLASS_STOCK,
		    TF_1D, "11-26T05:00", "11-26T21:20", "11-27T01:15",
		    "11-27T01:15" },
		{ "after those, when it is final", CLASS_STOCK, TF_1D,
		    "11-26T05:00", "11-27T01:20", "11-27T16:00",
		    "11-27T16:00" },
		{ "after that, never", CLASS_STOCK, TF_1D, "11-26T05:00",
		    "11-27T16:00", "never", "never" },
		{ "an index has no extended hours", CLASS_INDEX, TF_1D,
		    "11-26T05:00", "11-26T21:20", "11-27T16:00",
		    "11-27T16:00" },
		{ "a week changes with each session", CLASS_STOCK, TF_1W,
		    "11-24T05:00", "none", "11-25T21:15", "11-25T21:15" },
		{ "not while one is open", CLASS_STOCK, TF_1W, "11-24T05:00",
		    "11-25T21:30", "11-26T21:15", "11-26T21:15" },
		{ "over a holiday to the half day", CLASS_STOCK, TF_1W,
		    "11-24T05:00", "11-28T01:00", "11-29T18:15",
		    "11-29T18:15" },
		{ "its last session has extended hours too", CLASS_STOCK, TF_1W,
		    "11-24T05:00", "11-29T18:20", "11-30T01:15",
		    "11-30T01:15" },
		{ "a minute when it has begun", CLASS_STOCK, TF_1M,
		    "11-26T15:00", "none", "11-26T15:00", "11-26T15:16" },
		{ "once it has settled", CLASS_STOCK, TF_1M, "11-26T15:00",
		    "11-26T15:12", "11-26T15:16", "11-26T15:16" },
		{ "a pair's day, all day", CLASS_CRYPTO, TF_1D, "11-26T00:00",
		    "11-26T03:00", "11-26T03:05", "11-27T00:15" },
		{ "and when it has ended, then final", CLASS_CRYPTO, TF_1D,
		    "11-26T00:00", "11-27T00:15", "11-27T16:00",
		    "11-27T16:00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(cases[i].class, cases[i].tf);
		int64_t start = at(cases[i].start), as_of = at(cases[i].as_of);

		ok(finality_due(&g, &rule, start, as_of) == at(cases[i].due) &&
			finality_late(&g, &rule, start, as_of) ==
			    at(cases[i].late),
		    "%s", cases[i].name);
	}
}

/* Of any class and timeframe, and of any grid that these can have. */
static struct grid
any_grid(void)
{
	struct grid g =
	    grid_of((enum asset_class)any(5), (enum timeframe)any(TF_COUNT));
	struct grid all = g;

	for (int64_t n = any(3); n > 0; n--)
		(void)grid_next_candidate(&all, &g.kind);
	return g;
}

/* Window by window, the same as by ranges. */
static bool
agrees(const struct grid *g, const struct finality_rule *r, struct range span,
    int64_t as_of, int64_t now, const struct ranges *found)
{
	size_t at = 0;

	for (int64_t w = span.from; w < span.to; w = grid_end(g, w)) {
		bool wanted = w <= now && finality_due(g, r, w, as_of) <= now;

		while (at < found->len && found->v[at].to <= w)
			at++;
		if (wanted != (at < found->len && found->v[at].from <= w)) {
			printf("# class %d timeframe %s window %lld as of "
			       "%lld now %lld: %s\n",
			    (int)g->class, timeframe_name(g->timeframe),
			    (long long)w, (long long)as_of, (long long)now,
			    wanted ? "wanted" : "not wanted");
			return false;
		}
	}
	return true;
}

static void
brute_force(void)
{
	int64_t begin = at("10-25T00:00"), tried = 0, wanted = 0;
	bool good = true;

	srand(1);
	for (int i = 0; good && i < 20000; i++) {
		struct grid g = any_grid();
		struct finality_rule r = { any(3) * 10 * MD_MINUTE,
			any(3) * 5 * MD_MINUTE, any(8) == 0 };
		int64_t now = begin + any(40 * MD_DAY);
		int64_t as_of = any(6) == 0
				    ? NONE
				    : now - any(any(2) ? MD_DAY : 5 * MD_DAY);
		int64_t days = g.timeframe < TF_15M ? 1 : 6;
		struct ranges found = { NULL, 0, 0 };
		struct range span;

		span.from = grid_start(&g, now - any(days * MD_DAY));
		span.to = grid_start(&g, now + any(MD_DAY));
		good = finality_wanted(&g, &r, span, as_of, now, &found) &&
		       agrees(&g, &r, span, as_of, now, &found);
		tried++;
		wanted += found.len > 0;
		ranges_free(&found);
	}
	ok(good, "of %lld spans, window by window is the same as by ranges",
	    (long long)tried);
	ok(wanted > tried / 10 && wanted < tried,
	    "of %lld something was wanted", (long long)wanted);
}

/* Whoever asks at each moment it is due, and asked before, is done with it. */
static void
asking_ends(void)
{
	bool good = true;
	int most = 0;

	srand(2);
	for (int i = 0; good && i < 2000; i++) {
		struct grid g = any_grid();
		struct finality_rule r = { 15 * MD_MINUTE, MD_DAY, false };
		int64_t w =
		    grid_start(&g, at("11-01T00:00") + any(30 * MD_DAY));
		int64_t as_of = NONE, next;
		int n = 0;

		while ((next = finality_due(&g, &r, w, as_of)) != NEVER &&
		       n++ < 40) {
			good = good && next > as_of && next >= w;
			as_of = next;
		}
		good = good && as_of == finality_final(&g, w);
		most = n > most ? n : most;
	}
	ok(good && most < 40, "each bar is asked for so often and no more");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	moments();
	due();
	brute_force();
	asking_ends();
	calendar_destroy(&cal);
	return done();
}
