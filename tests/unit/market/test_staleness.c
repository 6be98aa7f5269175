#include <string.h>

#include "base/mdtime.h"
#include "cli/zoneinfo.h"
#include "market/staleness.h"
#include "moment.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *cal;

static const struct staleness_bounds usual = { MD_HOUR, 6 * MD_HOUR, MD_DAY };

static void
classes(void)
{
	static const struct {
		int64_t age;
		enum staleness expected;
	} cases[] = {
		{ 0, STALENESS_FRESH },
		{ MD_HOUR - 1, STALENESS_FRESH },
		{ MD_HOUR, STALENESS_AGING },
		{ 6 * MD_HOUR - 1, STALENESS_AGING },
		{ 6 * MD_HOUR, STALENESS_STALE },
		{ MD_DAY - 1, STALENESS_STALE },
		{ MD_DAY, STALENESS_STALE },
		{ INT64_MAX, STALENESS_STALE },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(staleness_of(&usual, cases[i].age) == cases[i].expected,
		    "%lld ms is %s", (long long)cases[i].age,
		    staleness_name(cases[i].expected));
}

/* null newest or computed: there is none. */
struct age_case {
	const char *name;
	enum staleness_basis basis;
	enum staleness_clock clock;
	enum asset_class class;
	enum timeframe timeframe;
	const char *newest, *computed, *now;
	int64_t age; /* -1: missing */
};

static int64_t
age_of(const struct age_case *c)
{
	struct staleness_rule rule = { c->basis, c->clock, usual,
		15 * MD_MINUTE, cal };
	struct staleness_facts facts = { .class = c->class,
		.timeframe = c->timeframe };
	int64_t age = -7;

	facts.has_bars = c->newest != NULL;
	if (c->newest != NULL)
		facts.newest_ts = at(c->newest);
	facts.has_features = c->computed != NULL;
	if (c->computed != NULL) {
		facts.computed_ms = at(c->computed);
		/* The market's clock looks at the bar that has features. */
		facts.has_featured_ts = c->newest != NULL;
		facts.featured_ts = facts.newest_ts;
	}
	return staleness_age(&rule, &facts, at(c->now), &age) ? age : -1;
}

#define WALL_FEATURES   BASIS_FEATURES, CLOCK_WALL
#define WALL_BARS       BASIS_BARS, CLOCK_WALL
#define MARKET          BASIS_BARS, CLOCK_MARKET
#define MARKET_FEATURES BASIS_FEATURES, CLOCK_MARKET

static const struct age_case ages[] = {
	/* -- by the wall's clock -- */
	{ "features: since they were computed", WALL_FEATURES, CLASS_STOCK,
	    TF_1D, "2024-07-01T04:00:00Z", "2024-07-02T10:00:00Z",
	    "2024-07-02T10:00:00.001Z", 1 },
	{ "what was computed ahead of now is new", WALL_FEATURES, CLASS_STOCK,
	    TF_1D, "2024-07-01T04:00:00Z", "2024-07-02T10:00:00Z",
	    "2024-07-02T09:00:00Z", 0 },
	{ "no features are missing", WALL_FEATURES, CLASS_STOCK, TF_1D,
	    "2024-07-01T04:00:00Z", NULL, "2024-07-02T10:00:00Z", -1 },
	{ "so are features without a bar", WALL_FEATURES, CLASS_STOCK, TF_1D,
	    NULL, "2024-07-01T04:00:00Z", "2024-07-02T10:00:00Z", -1 },
	{ "bars: since the newest one's window ended", WALL_BARS, CLASS_STOCK,
	    TF_1H, "2024-07-01T19:00:00Z", NULL, "2024-07-01T21:00:00Z",
	    MD_HOUR },
	{ "a day of a stock ends at New York's midnight", WALL_BARS,
	    CLASS_STOCK, TF_1D, "2024-07-01T04:00:00Z", NULL,
	    "2024-07-02T04:00:00.001Z", 1 },
	{ "a day of crypto at UTC's", WALL_BARS, CLASS_CRYPTO, TF_1D,
	    "2024-07-01T00:00:00Z", NULL, "2024-07-02T00:00:00.001Z", 1 },
	{ "a window that has not ended is new", WALL_BARS, CLASS_STOCK, TF_1W,
	    "2024-06-30T04:00:00Z", NULL, "2024-07-02T10:00:00Z", 0 },
	{ "a week that began on Monday ends with its Sunday", WALL_BARS,
	    CLASS_STOCK, TF_1W, "2024-07-01T04:00:00Z", NULL,
	    "2024-07-08T05:00:00Z", MD_HOUR },
	{ "bars need no features, and no bar is missing", WALL_BARS,
	    CLASS_STOCK, TF_1D, NULL, "2024-07-02T09:00:00Z",
	    "2024-07-02T10:00:00Z", -1 },
	/* -- by the market's -- */
	{ "an hour is late from its settling on", MARKET, CLASS_STOCK, TF_1H,
	    "2024-07-01T14:00:00Z", NULL, "2024-07-01T16:15:00Z", 0 },
	{ "and then by the millisecond", MARKET, CLASS_STOCK, TF_1H,
	    "2024-07-01T14:00:00Z", NULL, "2024-07-01T16:15:00.001Z", 1 },
	{ "after the last hour nothing is late all night", MARKET, CLASS_STOCK,
	    TF_1H, "2024-07-01T19:00:00Z", NULL, "2024-07-02T14:14:59.999Z",
	    0 },
	{ "until the first hour of the morning is due", MARKET, CLASS_STOCK,
	    TF_1H, "2024-07-01T19:00:00Z", NULL, "2024-07-02T14:15:00.001Z",
	    1 },
	{ "Friday's day is enough on Saturday", MARKET, CLASS_STOCK, TF_1D,
	    "2024-06-28T04:00:00Z", NULL, "2024-06-29T20:00:00Z", 0 },
	{ "and on Sunday", MARKET, CLASS_STOCK, TF_1D, "2024-06-28T04:00:00Z",
	    NULL, "2024-06-30T23:00:00Z", 0 },
	{ "and on Monday until it has closed and settled", MARKET, CLASS_STOCK,
	    TF_1D, "2024-06-28T04:00:00Z", NULL, "2024-07-01T20:15:00Z", 0 },
	{ "from then on Monday's is late", MARKET, CLASS_STOCK, TF_1D,
	    "2024-06-28T04:00:00Z", NULL, "2024-07-01T22:15:00Z", 2 * MD_HOUR },
	{ "Thursday's day is late on Friday when Friday's is not there", MARKET,
	    CLASS_STOCK, TF_1D, "2024-06-27T04:00:00Z", NULL,
	    "2024-06-28T21:15:00Z", MD_HOUR },
	{ "a half day's is late from its early close on", MARKET, CLASS_STOCK,
	    TF_1D, "2024-11-27T05:00:00Z", NULL, "2024-11-29T19:15:00Z",
	    MD_HOUR },
	{ "a week's from its first close on", MARKET, CLASS_STOCK, TF_1W,
	    "2024-06-23T04:00:00Z", NULL, "2024-07-01T21:15:00Z", MD_HOUR },
	{ "nothing is late on Thanksgiving", MARKET, CLASS_STOCK, TF_1H,
	    "2024-11-27T20:00:00Z", NULL, "2024-11-28T22:00:00Z", 0 },
	{ "the evening before a half day is fresh", MARKET, CLASS_STOCK, TF_1H,
	    "2024-11-27T20:00:00Z", NULL, "2024-11-29T01:00:00Z", 0 },
	{ "so is the afternoon of one", MARKET, CLASS_STOCK, TF_1H,
	    "2024-11-29T17:00:00Z", NULL, "2024-11-29T23:00:00Z", 0 },
	{ "a long time is counted from the first that is absent", MARKET,
	    CLASS_STOCK, TF_1D, "2024-06-03T04:00:00Z", NULL,
	    "2024-06-09T20:15:00Z", 5 * MD_DAY },
	{ "crypto is late on a Sunday, too", MARKET, CLASS_CRYPTO, TF_1H,
	    "2024-06-30T10:00:00Z", NULL, "2024-06-30T13:15:00Z", MD_HOUR },
	{ "foreign exchange is not", MARKET, CLASS_FX, TF_1H,
	    "2024-06-28T20:00:00Z", NULL, "2024-06-30T22:15:00Z", 0 },
	{ "until its week has begun", MARKET, CLASS_FX, TF_1H,
	    "2024-06-28T20:00:00Z", NULL, "2024-06-30T22:15:00.001Z", 1 },
	{ "fx of a day stamped at UTC's midnight", MARKET, CLASS_FX, TF_1D,
	    "2024-07-01T00:00:00Z", NULL, "2024-07-03T01:15:00Z", MD_HOUR },
	{ "a month is late once the next has had a close", MARKET, CLASS_STOCK,
	    TF_1MO, "2024-05-01T04:00:00Z", NULL, "2024-06-03T21:15:00Z",
	    MD_HOUR },
	{ "a bar of before the calendar's years is old", MARKET, CLASS_STOCK,
	    TF_1D, "1980-01-02T05:00:00Z", NULL, "1980-01-03T06:15:00Z",
	    MD_HOUR },
	{ "features: the bar that has them counts", MARKET_FEATURES,
	    CLASS_STOCK, TF_1H, "2024-07-01T14:00:00Z", "2024-07-01T20:00:00Z",
	    "2024-07-01T17:15:00Z", MD_HOUR },
	{ "features by the market's clock may be missing", MARKET_FEATURES,
	    CLASS_STOCK, TF_1H, "2024-07-01T14:00:00Z", NULL,
	    "2024-07-01T17:15:00Z", -1 },
};

static void
every_age(void)
{
	for (size_t i = 0; i < COUNT(ages); i++) {
		int64_t age = age_of(&ages[i]);

		if (!ok(age == ages[i].age, "%s", ages[i].name))
			printf("# got %lld\n", (long long)age);
	}
}

static void
bounds(void)
{
	static const struct {
		const char *name;
		struct staleness_bounds b;
		bool good;
	} cases[] = {
		{ "the usual bounds are in order",
		    { MD_HOUR, 6 * MD_HOUR, MD_DAY }, true },
		{ "equal bounds leave a class empty", { 1, 1, 1 }, true },
		{ "nothing could be fresh", { 0, 6 * MD_HOUR, MD_DAY }, false },
		{ "aging before fresh", { MD_HOUR, MD_HOUR - 1, MD_DAY },
		    false },
		{ "overdue before stale", { MD_HOUR, MD_DAY, MD_DAY - 1 },
		    false },
	};
	struct md_error e;

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(staleness_bounds_check(&cases[i].b, &e) == cases[i].good,
		    "%s", cases[i].name);
}

/* Of SPY's day of 1 July 2024, answered at as_of: session until 20:00 UTC. */
static void
provisional(void)
{
	static const struct {
		const char *name;
		enum staleness_clock clock;
		const char *as_of, *now;
		int64_t age;
		bool provisional;
	} cases[] = {
		{ "while the session lasts an answer is good", CLOCK_MARKET,
		    "2024-07-01T15:20:00Z", "2024-07-01T20:15:00Z", 0, true },
		{ "it ages from when the close has settled", CLOCK_MARKET,
		    "2024-07-01T15:20:00Z", "2024-07-01T21:15:00Z", MD_HOUR,
		    true },
		{ "on the wall's clock too", CLOCK_WALL, "2024-07-01T15:20:00Z",
		    "2024-07-01T21:15:00Z", MD_HOUR, true },
		{ "that of the close is good through the evening", CLOCK_MARKET,
		    "2024-07-01T20:20:00Z", "2024-07-02T00:15:00Z", 0, true },
		{ "and then through the night", CLOCK_MARKET,
		    "2024-07-02T00:20:00Z", "2024-07-02T15:00:00Z", 0, true },
		{ "until 11:00 New York", CLOCK_MARKET, "2024-07-02T00:20:00Z",
		    "2024-07-02T15:01:00Z", MD_MINUTE, true },
		{ "what is final is not provisional", CLOCK_MARKET,
		    "2024-07-02T15:00:00Z", "2024-07-02T20:00:00Z", 0, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct staleness_rule rule = { BASIS_BARS, cases[i].clock,
			usual, 15 * MD_MINUTE, cal };
		struct staleness_facts facts = { .class = CLASS_ETF,
			.timeframe = TF_1D,
			.has_bars = true,
			.newest_ts = at("2024-07-01T04:00:00Z"),
			.answered = true,
			.as_of_ms = at(cases[i].as_of) };
		int64_t age = -7;

		ok(staleness_age(&rule, &facts, at(cases[i].now), &age) &&
			age == cases[i].age &&
			staleness_provisional(&rule, &facts) ==
			    cases[i].provisional,
		    "%s", cases[i].name);
	}
}

static void
words(void)
{
	static const char *const bad[] = { "", "fresh,", ",fresh", "Fresh",
		"fresh aging", "freshest", "fres" };
	struct md_error e;
	enum staleness_basis basis;
	enum staleness_clock clock;
	unsigned bits = 0;

	ok(staleness_parse("stale,missing", &bits, &e) &&
		bits == (1U << STALENESS_STALE | 1U << STALENESS_MISSING),
	    "statuses are read as a list");
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!staleness_parse(bad[i], &bits, &e) && e.code == MD_EUSAGE,
		    "'%s' is no list of statuses", bad[i]);
	ok(staleness_basis_parse("bars", &basis) && basis == BASIS_BARS &&
		!staleness_basis_parse("bar", &basis),
	    "a basis is read");
	ok(staleness_clock_parse("market", &clock) && clock == CLOCK_MARKET &&
		!staleness_clock_parse("sun", &clock),
	    "a clock is read");
	ok(strcmp(staleness_basis_name(BASIS_FEATURES), "features") == 0 &&
		strcmp(staleness_clock_name(CLOCK_WALL), "wall") == 0,
	    "they have names");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	classes();
	every_age();
	bounds();
	words();
	provisional();
	calendar_destroy(&cal);
	return done();
}
