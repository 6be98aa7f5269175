#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "plan/plan.h"
#include "tap.h"

static struct calendar *cal;

static const struct finality_rule rule = { 15 * MD_MINUTE, 5 * MD_MINUTE,
	false };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BARS     COVERAGE_BARS
#define EMPTY    COVERAGE_EMPTY
#define DENIED   COVERAGE_DENIED

/* Times as "03-08T05:00" of 2024, UTC. */
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

static struct grid
grid_of(enum asset_class class, enum timeframe tf)
{
	return (struct grid){ cal, class, tf, GRID_UNKNOWN };
}

static void
print_range(struct range r)
{
	char from[MD_TIME_MAX], to[MD_TIME_MAX];

	md_time_format(r.from, from);
	md_time_format(r.to, to);
	printf("# got %s to %s\n", from, to);
}

/* -- what is wanted -- */

static void
wanted(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		const char *from, *to, *now;
		int settle_minutes;
		const char *expected_from, *expected_to;
	} cases[] = {
		{ "whole windows stay as they are", CLASS_STOCK, TF_1H,
		    "03-05T14:00", "03-05T20:00", "03-20T00:00", 15,
		    "03-05T14:00", "03-05T20:00" },
		{ "parts of windows are widened to whole ones", CLASS_STOCK,
		    TF_1H, "03-05T14:30", "03-05T19:01", "03-20T00:00", 15,
		    "03-05T14:00", "03-05T20:00" },
		{ "a day is the local one", CLASS_STOCK, TF_1D, "03-05T14:30",
		    "03-07T00:00", "03-20T00:00", 15, "03-05T05:00",
		    "03-07T05:00" },
		{ "a week is wanted from Sunday", CLASS_STOCK, TF_1W,
		    "03-06T05:00", "03-07T05:00", "03-20T00:00", 15,
		    "03-03T05:00", "03-10T05:00" },
		{ "a month is wanted whole", CLASS_CRYPTO, TF_1MO,
		    "02-10T00:00", "02-11T00:00", "03-20T00:00", 15,
		    "02-01T00:00", "03-01T00:00" },
		{ "a window that has not ended is not wanted", CLASS_STOCK,
		    TF_1H, "03-05T14:00", "03-05T20:00", "03-05T17:59", 0,
		    "03-05T14:00", "03-05T17:00" },
		{ "one that has ended is", CLASS_STOCK, TF_1H, "03-05T14:00",
		    "03-05T20:00", "03-05T18:00", 0, "03-05T14:00",
		    "03-05T18:00" },
		{ "one that has not settled is not", CLASS_STOCK, TF_1H,
		    "03-05T14:00", "03-05T20:00", "03-05T18:14", 15,
		    "03-05T14:00", "03-05T17:00" },
		{ "one that has settled is", CLASS_STOCK, TF_1H, "03-05T14:00",
		    "03-05T20:00", "03-05T18:15", 15, "03-05T14:00",
		    "03-05T18:00" },
		{ "today's daily bar is not wanted before the close",
		    CLASS_STOCK, TF_1D, "03-01T05:00", "03-06T00:00",
		    "03-05T21:14", 15, "03-01T05:00", "03-05T05:00" },
		{ "and is once that has settled", CLASS_STOCK, TF_1D,
		    "03-01T05:00", "03-06T00:00", "03-05T21:15", 15,
		    "03-01T05:00", "03-06T05:00" },
		{ "the spring's short day ends with it", CLASS_STOCK, TF_1D,
		    "03-10T12:00", "03-10T13:00", "03-20T00:00", 15,
		    "03-10T05:00", "03-11T04:00" },
		{ "nothing is wanted of the future", CLASS_STOCK, TF_1H,
		    "03-05T14:00", "03-05T20:00", "03-05T10:00", 0,
		    "03-05T14:00", "03-05T14:00" },
		{ "nothing is wanted of an empty range", CLASS_STOCK, TF_1H,
		    "03-05T14:30", "03-05T14:30", "03-20T00:00", 0,
		    "03-05T14:00", "03-05T14:00" },
		{ "nor of one that ends before it begins", CLASS_STOCK, TF_1H,
		    "03-05T14:30", "03-05T14:10", "03-20T00:00", 0,
		    "03-05T14:00", "03-05T14:00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(cases[i].class, cases[i].tf);
		struct range r =
		    plan_ended(&g, at(cases[i].from), at(cases[i].to),
			at(cases[i].now), cases[i].settle_minutes * MD_MINUTE);

		if (!ok(r.from == at(cases[i].expected_from) &&
			    r.to == at(cases[i].expected_to),
			"%s", cases[i].name))
			print_range(r);
	}
}

static void
begun(void)
{
	static const struct {
		const char *name;
		enum timeframe tf;
		const char *from, *to, *now, *expected_to;
	} cases[] = {
		{ "a window that has begun is wanted", TF_1H, "03-05T14:00",
		    "03-05T20:00", "03-05T17:00", "03-05T18:00" },
		{ "one that has not is not", TF_1H, "03-05T14:00",
		    "03-05T20:00", "03-05T16:59", "03-05T17:00" },
		{ "nor one past what was asked for", TF_1H, "03-05T14:00",
		    "03-05T16:00", "03-05T20:00", "03-05T16:00" },
		{ "today's daily bar is wanted today", TF_1D, "03-05T14:00",
		    "03-06T00:00", "03-05T15:00", "03-06T05:00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(CLASS_STOCK, cases[i].tf);
		struct range r = plan_begun(&g, at(cases[i].from),
		    at(cases[i].to), at(cases[i].now));

		if (!ok(r.to == at(cases[i].expected_to), "%s", cases[i].name))
			print_range(r);
	}
}

/* -- gaps -- */

#define ITEMS 5

struct row {
	const char *from, *to, *fetched;
	enum coverage_kind kind;
};

struct pair {
	const char *from, *to;
};

static bool
same_gaps(const struct ranges *gaps, const struct pair *expected)
{
	size_t n = 0;
	bool good = true;

	for (; n < ITEMS && expected[n].from != NULL; n++)
		good = good && n < gaps->len &&
		       gaps->v[n].from == at(expected[n].from) &&
		       gaps->v[n].to == at(expected[n].to);
	good = good && n == gaps->len;
	for (size_t i = 0; i < gaps->len && !good; i++)
		print_range(gaps->v[i]);
	return good;
}

/* Of 2024-03-01, a Friday, to 2024-03-16; New York is at 05:00, then 04:00. */
static void
gaps(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		struct pair wanted;
		const char *now;
		bool refresh;
		struct row covered[ITEMS];
		struct pair expected[ITEMS];
	} cases[] = {
		{ "what was never asked is one gap", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", false,
		    { { NULL, NULL, NULL, BARS } },
		    { { "03-01T05:00", "03-09T05:00" } } },
		{ "what is covered is none", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", false,
		    { { "03-01T05:00", "03-09T05:00", "03-19T00:00", BARS } },
		    { { NULL, NULL } } },
		{ "nor is what was believed empty", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", false,
		    { { "02-01T05:00", "03-29T05:00", "04-19T00:00", EMPTY } },
		    { { NULL, NULL } } },
		{ "gaps lie between what is covered", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", false,
		    { { "02-05T05:00", "02-06T05:00", "03-19T00:00", BARS },
			{ "03-04T05:00", "03-05T05:00", "03-19T00:00", BARS },
			{ "03-06T05:00", "03-07T05:00", "03-19T00:00", EMPTY },
			{ "03-12T05:00", "03-13T05:00", "03-19T00:00", BARS } },
		    { { "03-01T05:00", "03-04T05:00" },
			{ "03-05T05:00", "03-06T05:00" },
			{ "03-07T05:00", "03-09T05:00" } } },
		{ "a gap of a weekend alone is left out", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-06T05:00" }, "03-20T00:00", false,
		    { { "03-01T05:00", "03-02T05:00", "03-19T00:00", BARS },
			{ "03-04T05:00", "03-06T05:00", "03-19T00:00", BARS } },
		    { { NULL, NULL } } },
		{ "of crypto it is not", CLASS_CRYPTO, TF_1M,
		    { "03-01T05:00", "03-06T05:00" }, "03-20T00:00", false,
		    { { "03-01T05:00", "03-02T05:00", "03-19T00:00", BARS },
			{ "03-04T05:00", "03-06T05:00", "03-19T00:00", BARS } },
		    { { "03-02T05:00", "03-04T05:00" } } },
		{ "a gap of a holiday alone is left out", CLASS_STOCK, TF_1D,
		    { "03-28T04:00", "04-01T04:00" }, "04-10T00:00", false,
		    { { "03-28T04:00", "03-29T04:00", "04-09T00:00", BARS } },
		    { { NULL, NULL } } },
		{ "a gap of a night alone is left out", CLASS_STOCK, TF_1M,
		    { "03-05T05:00", "03-06T09:00" }, "03-20T00:00", false,
		    { { "03-05T05:00", "03-06T01:00", "03-19T00:00", BARS } },
		    { { NULL, NULL } } },
		{ "a gap of the hours before the opening is not", CLASS_STOCK,
		    TF_1M, { "03-05T05:00", "03-06T09:01" }, "03-20T00:00",
		    false,
		    { { "03-05T05:00", "03-06T01:00", "03-19T00:00", BARS } },
		    { { "03-06T01:00", "03-06T09:01" } } },
		{ "a gap that holds a weekend and a day is asked for whole",
		    CLASS_STOCK, TF_1M, { "03-02T05:00", "03-05T05:00" },
		    "03-20T00:00", false, { { NULL, NULL, NULL, BARS } },
		    { { "03-02T05:00", "03-05T05:00" } } },
		{ "yesterday is asked for again after its extended hours",
		    CLASS_STOCK, TF_1H, { "03-05T05:00", "03-07T05:00" },
		    "03-07T01:15", false,
		    { { "03-05T05:00", "03-06T05:00", "03-07T01:14", BARS },
			{ "03-06T05:00", "03-07T05:00", "03-07T01:14", BARS } },
		    { { "03-06T05:00", "03-07T01:00" } } },
		{ "and then left alone until 11:00 in New York", CLASS_STOCK,
		    TF_1M, { "03-05T05:00", "03-07T05:00" }, "03-07T15:59",
		    false,
		    { { "03-05T05:00", "03-06T05:00", "03-07T06:00", BARS },
			{ "03-06T05:00", "03-07T05:00", "03-07T06:00", BARS } },
		    { { NULL, NULL } } },
		{ "after 11:00 too, when it was asked for before", CLASS_STOCK,
		    TF_1M, { "03-05T05:00", "03-07T05:00" }, "03-19T00:00",
		    false,
		    { { "03-05T05:00", "03-06T05:00", "03-07T06:00", BARS },
			{ "03-06T05:00", "03-07T05:00", "03-07T15:59", BARS } },
		    { { "03-06T05:00", "03-07T05:00" } } },
		{ "once asked for from 11:00 on it is not", CLASS_STOCK, TF_1M,
		    { "03-05T05:00", "03-07T05:00" }, "03-07T17:00", false,
		    { { "03-05T05:00", "03-07T05:00", "03-07T16:00", BARS } },
		    { { NULL, NULL } } },
		{ "what was believed empty too early is asked for again",
		    CLASS_STOCK, TF_1M, { "03-06T05:00", "03-07T05:00" },
		    "03-20T00:00", false,
		    { { "03-06T05:00", "03-07T05:00", "03-07T06:00", EMPTY } },
		    { { "03-06T05:00", "03-07T05:00" } } },
		{ "a span that is final in part is asked for from there",
		    CLASS_STOCK, TF_1M, { "03-05T05:00", "03-07T05:00" },
		    "03-20T00:00", false,
		    { { "03-05T05:00", "03-07T05:00", "03-07T06:00", BARS } },
		    { { "03-06T05:00", "03-07T05:00" } } },
		{ "what had settled when it was asked for is left alone",
		    CLASS_STOCK, TF_1M, { "03-06T05:00", "03-06T18:00" },
		    "03-06T18:15", false,
		    { { "03-06T05:00", "03-06T16:00", "03-06T16:15", BARS },
			{ "03-06T16:00", "03-06T17:00", "03-06T17:10", BARS } },
		    { { "03-06T16:55", "03-06T18:00" } } },
		{ "what begins within five minutes of a question waits",
		    CLASS_STOCK, TF_1M, { "03-06T16:00", "03-06T17:20" },
		    "03-06T17:14", false,
		    { { "03-06T16:00", "03-06T17:11", "03-06T17:10", BARS } },
		    { { "03-06T16:55", "03-06T16:59" } } },
		{ "the week that has just ended is not final yet", CLASS_STOCK,
		    TF_1W, { "03-03T05:00", "03-17T04:00" }, "03-18T00:00",
		    false,
		    { { "03-03T05:00", "03-17T04:00", "03-16T14:59", BARS } },
		    { { "03-10T05:00", "03-17T04:00" } } },
		{ "on Saturday it is", CLASS_STOCK, TF_1W,
		    { "03-03T05:00", "03-17T04:00" }, "03-18T00:00", false,
		    { { "03-03T05:00", "03-17T04:00", "03-16T15:00", BARS } },
		    { { NULL, NULL } } },
		{ "a refusal is remembered for a week", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-27T11:59", false,
		    { { "03-01T05:00", "03-09T05:00", "03-20T12:00", DENIED } },
		    { { NULL, NULL } } },
		{ "after a week it is asked for again", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-27T12:00", false,
		    { { "03-01T05:00", "03-09T05:00", "03-20T12:00", DENIED } },
		    { { "03-01T05:00", "03-09T05:00" } } },
		{ "who asks for a little less is refused too", CLASS_STOCK,
		    TF_1M, { "03-08T05:00", "03-16T04:00" }, "03-27T11:59",
		    false,
		    { { "03-01T05:00", "03-16T04:00", "03-20T12:00", DENIED } },
		    { { NULL, NULL } } },
		{ "who asks for much less may be answered", CLASS_STOCK, TF_1M,
		    { "03-08T06:00", "03-16T04:00" }, "03-27T11:59", false,
		    { { "03-01T05:00", "03-16T04:00", "03-20T12:00", DENIED } },
		    { { "03-08T06:00", "03-16T04:00" } } },
		{ "a refusal need not be final", CLASS_STOCK, TF_1M,
		    { "03-06T05:00", "03-06T18:00" }, "03-06T18:15", false,
		    { { "03-06T05:00", "03-06T18:00", "03-06T18:10", DENIED } },
		    { { NULL, NULL } } },
		{ "a refresh asks for all of it again", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", true,
		    { { "03-01T05:00", "03-05T05:00", "03-19T00:00", BARS },
			{ "03-05T05:00", "03-09T05:00", "03-19T00:00",
			    EMPTY } },
		    { { "03-01T05:00", "03-09T05:00" } } },
		{ "of what was refused too", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-09T05:00" }, "03-20T00:00", true,
		    { { "03-01T05:00", "03-05T05:00", "03-19T00:00", DENIED },
			{ "03-05T05:00", "03-07T05:00", "03-19T00:00", BARS } },
		    { { "03-01T05:00", "03-09T05:00" } } },
		{ "what was refused before it was final is asked once it is",
		    CLASS_STOCK, TF_1M, { "03-05T05:00", "03-07T05:00" },
		    "03-07T16:01", false,
		    { { "03-05T05:00", "03-07T05:00", "03-06T18:00", DENIED } },
		    { { "03-06T05:00", "03-07T05:00" } } },
		{ "nothing wanted has no gaps", CLASS_STOCK, TF_1M,
		    { "03-01T05:00", "03-01T05:00" }, "03-20T00:00", false,
		    { { NULL, NULL, NULL, BARS } }, { { NULL, NULL } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(cases[i].class, cases[i].tf);
		struct coverage c = { NULL, 0, 0 };
		struct ranges out = { NULL, 0, 0 };
		struct range want = { at(cases[i].wanted.from),
			at(cases[i].wanted.to) };
		bool good = true;

		for (int k = 0; k < ITEMS && cases[i].covered[k].from; k++) {
			const struct row *r = &cases[i].covered[k];

			good = coverage_append(&c,
				   (struct span){ at(r->from), at(r->to),
				       at(r->fetched), r->kind }) &&
			       good;
		}
		good = plan_gaps(&g, &rule, &c, want, at(cases[i].now),
			   cases[i].refresh, &out) &&
		       good;
		ok(good && same_gaps(&out, cases[i].expected), "%s",
		    cases[i].name);
		coverage_free(&c);
		ranges_free(&out);
	}
}

/* -- what it costs -- */

static void
calls(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		int days, calls;
	} cases[] = {
		{ "a gap costs a call at least", CLASS_STOCK, TF_1D, 0, 1 },
		{ "128 days of stock minutes are a page", CLASS_STOCK, TF_1M,
		    184, 1 },
		{ "coarse intraday bars cost what their minutes do",
		    CLASS_STOCK, TF_4H, 730, 4 },
		{ "two years of stock minutes are 4 pages", CLASS_STOCK, TF_1M,
		    730, 4 },
		{ "30 years of days are a page", CLASS_STOCK, TF_1D, 10950, 1 },
		{ "30 years of months are a page", CLASS_STOCK, TF_1MO, 10950,
		    1 },
		{ "50000 minutes of crypto are a page, 51840 two", CLASS_CRYPTO,
		    TF_1M, 36, 2 },
		{ "34 days of crypto are one", CLASS_CRYPTO, TF_1M, 34, 1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(cases[i].class, cases[i].tf);
		int64_t to = at("03-09T05:00");
		int64_t n = plan_calls(&g,
		    (struct range){ to - cases[i].days * MD_DAY, to });

		ok(n == cases[i].calls, "%s (%d)", cases[i].name, (int)n);
	}
}

/* -- against cells -- */

#define CELLS 240 /* hours of ten days from Thursday 2024-03-14 on */

static uint32_t seed = 5;

static int
dice(int sides)
{
	seed = seed * 1664525U + 1013904223U;
	return (int)((seed >> 8) % (uint32_t)sides);
}

static int64_t
cell_time(int i)
{
	return at("03-14T04:00") + i * MD_HOUR;
}

/* Asked at a time within those days, or long after them. */
static bool
settled(const struct grid *g, const struct span *s, int cell,
    int64_t wanted_from, int64_t now, bool refresh)
{
	bool final = cell_time(cell + 1) <= grid_final_before(g, s->fetched_at);

	if (refresh)
		return cell_time(cell) > now;
	if (s->kind != DENIED)
		return finality_due(g, &rule, cell_time(cell), s->fetched_at) >
		       now;
	return now - s->fetched_at < WANTED_DENIED_MS &&
	       wanted_from - s->from <= WANTED_DENIED_MS &&
	       (final || cell_time(cell) >= grid_final_before(g, now));
}

static bool
in_gaps(const struct ranges *r, int64_t t)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->v[i].from <= t && t < r->v[i].to)
			return true;
	return false;
}

static bool
gaps_well_formed(const struct grid *g, const struct ranges *r,
    struct range wanted)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->v[i].from >= r->v[i].to || r->v[i].from < wanted.from ||
		    r->v[i].to > wanted.to ||
		    (i > 0 && r->v[i - 1].to >= r->v[i].from) ||
		    !calendar_may_trade(g->calendar, g->class, g->timeframe,
			r->v[i].from, r->v[i].to))
			return false;
	return true;
}

/* Covered cells are in no gap; others are, or in a run where none trade. */
static bool
gaps_agree(const struct grid *g, const struct ranges *r, const bool *covered,
    int from, int to)
{
	for (int i = from, end; i < to; i = end) {
		bool asked, trades;

		for (end = i + 1; end < to && covered[end] == covered[i];)
			end++;
		trades = calendar_may_trade(g->calendar, g->class, g->timeframe,
		    cell_time(i), cell_time(end));
		asked = !covered[i] && trades;
		for (int k = i; k < end; k++)
			if (in_gaps(r, cell_time(k)) != asked)
				return false;
	}
	return true;
}

static bool round_of(enum asset_class class)
{
	static const enum coverage_kind kinds[] = { BARS, EMPTY, DENIED };
	struct grid g = grid_of(class, TF_1H);
	struct coverage c = { NULL, 0, 0 };
	struct ranges out = { NULL, 0, 0 };
	bool covered[CELLS] = { false }, refresh = dice(4) == 0, good = true;
	int64_t now = cell_time(dice(CELLS)), asked = 0;
	int from = dice(CELLS), to = from + dice(CELLS - from);

	for (int n = dice(6); n > 0; n--) {
		int a = dice(CELLS), b = a + dice(CELLS - a);

		now += dice(90) * MD_HOUR;
		good = coverage_add(&c,
			   (struct span){ cell_time(a), cell_time(b), now,
			       kinds[dice(3)] },
			   &g) &&
		       good;
	}
	now += dice(200) * MD_HOUR;
	for (int i = 0; i < CELLS; i++)
		covered[i] = cell_time(i) > now;
	for (size_t k = 0; k < c.len; k++)
		if (c.v[k].kind != DENIED && c.v[k].fetched_at > asked)
			asked = c.v[k].fetched_at;
	/* What is unknown and open waits after a question. */
	for (int i = 0; i < CELLS && !refresh; i++)
		covered[i] =
		    covered[i] || (asked + rule.reask_ms > now &&
				      cell_time(i + 1) + rule.settle_ms > now);
	for (size_t k = 0; k < c.len; k++)
		for (int i = 0; i < CELLS; i++)
			if (c.v[k].from <= cell_time(i) &&
			    cell_time(i) < c.v[k].to)
				covered[i] = settled(&g, &c.v[k], i,
				    cell_time(from), now, refresh);
	good = plan_gaps(&g, &rule, &c,
		   (struct range){ cell_time(from), cell_time(to) }, now,
		   refresh, &out) &&
	       good &&
	       gaps_well_formed(&g, &out,
		   (struct range){ cell_time(from), cell_time(to) }) &&
	       gaps_agree(&g, &out, covered, from, to);
	coverage_free(&c);
	ranges_free(&out);
	return good;
}

static void
against_cells(void)
{
	static const enum asset_class classes[] = { CLASS_STOCK, CLASS_CRYPTO,
		CLASS_FX };

	for (size_t c = 0; c < COUNT(classes); c++) {
		bool good = true;

		for (int i = 0; i < 2000; i++)
			good = round_of(classes[c]) && good;
		ok(good,
		    "%s: 2000 random plans ask for what is not covered, "
		    "and for nothing else",
		    asset_class_name(classes[c]));
	}
}

/* Ask, answer all, ask again: until all is final, and then nothing. */
static void
comes_to_rest(void)
{
	struct grid g = grid_of(CLASS_STOCK, TF_1H);
	struct coverage c = { NULL, 0, 0 };
	struct range wanted;
	int asked = 0, last = -1;

	for (int hour = 0; hour < 24 * 9; hour++) {
		struct ranges out = { NULL, 0, 0 };
		int64_t now = cell_time(hour) + 20 * MD_MINUTE;

		wanted =
		    plan_begun(&g, at("03-11T04:00"), at("03-16T04:00"), now);
		(void)plan_gaps(&g, &rule, &c, wanted, now, false, &out);
		for (size_t i = 0; i < out.len; i++) {
			asked++;
			last = hour;
			(void)coverage_add(&c,
			    (struct span){ out.v[i].from, out.v[i].to, now,
				BARS },
			    &g);
		}
		ranges_free(&out);
	}
	ok(asked > 0 && last == 2 * 24 + 11,
	    "a week that ends on Friday is asked for until Saturday 11:00, "
	    "and never again");
	ok(c.len == 1 && c.v[0].from == wanted.from && c.v[0].to == wanted.to,
	    "and its coverage is one span");
	coverage_free(&c);
}

/* -- three weeks of runs, against a vendor whose bars change -- */

/*
 * What the vendor would answer for a window at t: a number that changes at
 * each moment at which the bar may, and while its window is open.
 */
static int64_t
vendor_bar(const struct grid *g, int64_t start, int64_t t)
{
	int64_t next = finality_late(g, &rule, start, t);

	if (g->timeframe <= TF_1D && t < finality_closes(g, start))
		return t;
	return next == INT64_MAX ? 0 : next;
}

#define WINDOWS_MAX 800

struct known_bar {
	int64_t start, value, as_of;
	bool asked;
};

/* Store what the vendor has now of the gaps; false: what was final is asked. */
static bool
run_once(const struct grid *g, struct coverage *c, struct known_bar *bars,
    size_t n, struct range wanted, int64_t now, int *calls)
{
	struct ranges out = { NULL, 0, 0 };
	bool good = plan_gaps(g, &rule, c, wanted, now, false, &out);

	*calls = (int)out.len;
	for (size_t i = 0; i < n && bars[i].start <= now; i++) {
		if (!in_gaps(&out, bars[i].start))
			continue;
		good = good &&
		       !(bars[i].asked &&
			   bars[i].as_of >= finality_final(g, bars[i].start));
		bars[i].value = vendor_bar(g, bars[i].start, now);
		bars[i].as_of = now;
		bars[i].asked = true;
	}
	for (size_t i = 0; i < out.len; i++)
		good =
		    coverage_add(c,
			(struct span){ out.v[i].from, out.v[i].to, now, BARS },
			g) &&
		    good;
	ranges_free(&out);
	return good;
}

/* No bar that has closed and settled is other than the vendor's. */
static bool
bars_are_right(const struct grid *g, const struct known_bar *bars, size_t n,
    int64_t now)
{
	for (size_t i = 0; i < n && bars[i].start <= now; i++) {
		int64_t start = bars[i].start;

		if (now < finality_closes(g, start) + rule.settle_ms ||
		    !calendar_may_trade(cal, g->class, g->timeframe, start,
			start + 1))
			continue;
		if (!bars[i].asked ||
		    bars[i].value != vendor_bar(g, start, now))
			return false;
	}
	return true;
}

static bool
three_weeks(struct grid g)
{
	struct coverage c = { NULL, 0, 0 };
	static struct known_bar bars[WINDOWS_MAX];
	/* A holiday, Good Friday, and a change of the clock. */
	int64_t first = at("03-04T05:00"), now = first, end = at("04-06T04:00");
	struct range wanted;
	size_t n = 0;
	bool good = true;
	int calls;

	memset(bars, 0, sizeof(bars));
	wanted.from = calendar_window_start(cal, g.class, g.timeframe, first);
	for (int64_t w = wanted.from; w < end && n < WINDOWS_MAX;
	     w = calendar_window_end(cal, g.class, g.timeframe, w))
		bars[n++].start = w;
	end = bars[n - 1].start;
	while (good && now < end) {
		now += (1 + dice(dice(2) ? 90 : 1440)) * MD_MINUTE;
		wanted = plan_begun(&g, first, now, now);
		good = run_once(&g, &c, bars, n, wanted, now, &calls) &&
		       bars_are_right(&g, bars, n, now) &&
		       run_once(&g, &c, bars, n, wanted, now, &calls) &&
		       calls == 0;
	}
	/* Long after: one more run, and then there is nothing to ask. */
	wanted = plan_begun(&g, first, end, end + 40 * MD_DAY);
	good = good &&
	       run_once(&g, &c, bars, n, wanted, end + 40 * MD_DAY, &calls) &&
	       run_once(&g, &c, bars, n, wanted, end + 80 * MD_DAY, &calls) &&
	       calls == 0 && c.len <= 2;
	coverage_free(&c);
	return good;
}

static void
against_a_vendor(void)
{
	static const enum timeframe tfs[] = { TF_1H, TF_4H, TF_1D, TF_1W,
		TF_1MO };

	for (int class = 0; class < CLASS_COUNT; class ++)
		for (size_t t = 0; t < COUNT(tfs); t++) {
			bool good = true;

			for (int i = 0; good && i < 20; i++)
				good = three_weeks(
				    grid_of((enum asset_class) class, tfs[t]));
			ok(good,
			    "%s %s: after each run no settled bar is other "
			    "than the vendor's, none that was final is asked",
			    asset_class_name((enum asset_class) class),
			    timeframe_name(tfs[t]));
		}
}

/* -- merging -- */

static void
merging(void)
{
	static const struct {
		const char *name;
		enum timeframe tf;
		const char *gap[3][2];
		enum coverage_kind between; /* the first two; BARS is none */
		size_t expected;
	} cases[] = {
		{ "gaps of days are one call", TF_1D,
		    { { "03-04T05:00", "03-05T05:00" },
			{ "03-07T05:00", "03-08T05:00" },
			{ "11-01T04:00", "11-02T04:00" } },
		    BARS, 1 },
		{ "not across what is denied", TF_1D,
		    { { "03-04T05:00", "03-05T05:00" },
			{ "03-07T05:00", "03-08T05:00" },
			{ "11-01T04:00", "11-02T04:00" } },
		    DENIED, 2 },
		{ "gaps of minutes some weeks apart are one call", TF_1M,
		    { { "03-04T14:00", "03-04T15:00" },
			{ "04-01T14:00", "04-01T15:00" },
			{ "04-08T14:00", "04-08T15:00" } },
		    BARS, 1 },
		{ "gaps of minutes half a year apart are two", TF_1M,
		    { { "03-04T14:00", "03-04T15:00" },
			{ "03-07T14:00", "03-07T15:00" },
			{ "09-04T14:00", "09-04T15:00" } },
		    BARS, 2 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct grid g = grid_of(CLASS_STOCK, cases[i].tf);
		struct ranges gaps = { NULL, 0, 0 }, calls = { NULL, 0, 0 };
		struct coverage c = { NULL, 0, 0 };
		bool good = true;

		for (size_t k = 0; k < 3; k++)
			good = good && ranges_add(&gaps, at(cases[i].gap[k][0]),
					   at(cases[i].gap[k][1]));
		if (cases[i].between == DENIED)
			good = good &&
			       coverage_append(&c,
				   (struct span){ gaps.v[0].to, gaps.v[1].from,
				       at("12-01T00:00"), DENIED });
		good = good && plan_merge(&g, &c, &gaps, &calls);
		ok(good && calls.len == cases[i].expected &&
			calls.v[0].from == gaps.v[0].from &&
			calls.v[calls.len - 1].to == gaps.v[2].to,
		    "%s", cases[i].name);
		ranges_free(&gaps);
		ranges_free(&calls);
		coverage_free(&c);
	}
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	wanted();
	begun();
	gaps();
	calls();
	merging();
	against_cells();
	comes_to_rest();
	against_a_vendor();
	calendar_destroy(&cal);
	return done();
}
