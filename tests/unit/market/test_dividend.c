/*
 * What dividends are worth, which are doubtful, and the adjustments that
 * follow.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/dividend.h"
#include "moment.h"
#include "tap.h"

static struct calendar *cal;

#define ROWS_MAX 6
#define TODAY    "2020-06-01"

/* A dividend, and what is expected of it. */
struct row {
	const char *date; /* null: the last */
	double cash, close;
	const char *currency;
	double step; /* the vendor's */
	bool confirmed;
	double factor; /* … */
	const char *doubt;
};

static const struct {
	const char *name;
	struct row rows[ROWS_MAX];
} tables[] = {
	{ "one by the close before",
	    { { "2020-02-07", 1, 100, "USD", 0, false, 0.99, NULL } } },
	{ "two of one date together",
	    { { "2020-02-07", 1, 100, "USD", 0, false, 0.97, NULL },
		{ "2020-02-07", 2, 100, "USD", 0, false, 0.97, NULL } } },
	{ "one to come has none",
	    { { "2020-06-02", 1, 100, "USD", 0, false, 0, NULL } } },
	{ "one of today has one",
	    { { TODAY, 1, 100, "USD", 0, false, 0.99, NULL } } },
	{ "another currency",
	    { { "2020-02-07", 1, 100, "CAD", 0, false, 0, NULL } } },
	{ "no currency", { { "2020-02-07", 1, 100, "", 0, false, 0,
			     "its currency is not told" } } },
	{ "no price before it",
	    { { "2020-02-07", 1, 0, "USD", 0, false, 0, NULL } } },
	{ "as much as the price",
	    { { "2020-02-07", 100, 100, "USD", 0, false, 0,
		"it is not less than the price before it" } } },
	{ "together more than the price",
	    { { "2020-02-07", 60, 100, "USD", 0, false, 0,
		  "it is not less than the price before it" },
		{ "2020-02-07", 70, 100, "USD", 0, false, 0,
		    "it is not less than the price before it" } } },
	{ "told twice", { { "2020-02-07", 1, 100, "USD", 0, false, 0.99, NULL },
			    { "2020-02-07", 1, 100, "USD", 0, false, 0,
				"told twice, and counted once" } } },
	{ "told twice, and confirmed",
	    { { "2020-02-07", 1, 100, "USD", 0, true, 0.98, NULL },
		{ "2020-02-07", 1, 100, "USD", 0, true, 0.98, NULL } } },
	{ "as the vendor has it",
	    { { "2020-02-07", 1, 100, "USD", 0.9900009, false, 0.99, NULL } } },
	{ "not as the vendor has it",
	    { { "2020-02-07", 1, 100, "USD", 0.9901, false, 0.99,
		"the vendor's own adjustment factor contradicts it" } } },
};

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
judgements(void)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		struct dividend_facts v[ROWS_MAX];
		const struct row *r = tables[t].rows;
		bool good = true;
		size_t n = 0;

		memset(v, 0, sizeof(v));
		for (; n < ROWS_MAX && r[n].date != NULL; n++) {
			v[n].d.date = date(r[n].date);
			v[n].d.cash = r[n].cash;
			(void)snprintf(v[n].d.currency, sizeof(v[n].d.currency),
			    "%s", r[n].currency);
			v[n].d.step = r[n].step;
			v[n].d.step_error = 1e-6;
			v[n].close = r[n].close;
			v[n].confirmed = r[n].confirmed;
		}
		dividends_judge(v, n, date(TODAY));
		for (size_t i = 0; i < n; i++)
			good = good &&
			       fabs(v[i].factor - r[i].factor) < 1e-12 &&
			       same_text(v[i].doubt, r[i].doubt);
		ok(good, "%s", tables[t].name);
	}
}

static void
adjustments(void)
{
	static const char *const days[] = { "2019-11-08", "2020-02-07",
		"2020-02-07", "2020-03-09", "2020-05-08" };
	static const double factors[] = { 0.5, 0.8, 0.8, 0, 0.9 };
	struct dividend_facts v[5];
	struct adjustment_list l = { NULL, 0, 0 };
	struct bar b = { 0, 8, 12, 4, 10, 100, 9, 7 };

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < 5; i++) {
		v[i].d.date = date(days[i]);
		v[i].factor = factors[i];
	}
	ok(dividend_adjustments(cal, v, 5, &l) && l.len == 3 &&
		l.v[0].from_ts == ADJUSTMENT_SINCE &&
		l.v[0].to_ts == l.v[1].from_ts &&
		l.v[1].to_ts == l.v[2].from_ts &&
		l.v[2].to_ts ==
		    calendar_midnight(cal, CLASS_STOCK, v[4].d.date),
	    "each date with a factor ends a range");
	ok(fabs(l.v[2].factor - 0.9) < 1e-15 &&
		fabs(l.v[1].factor - 0.72) < 1e-15 &&
		fabs(l.v[0].factor - 0.36) < 1e-15,
	    "older prices have all the dividends since, each date once");
	b.t = l.v[2].to_ts;
	ok(!dividend_adjust(&l.v[2], &b) && b.o >= 8,
	    "the bar of the ex-date stays as it is");
	b.t--;
	ok(dividend_adjust(&l.v[2], &b) && fabs(b.c - 9) < 1e-15 &&
		b.v >= 100 && b.v <= 100,
	    "prices before are multiplied, and no volume");
	adjustment_list_free(&l);
}

static void
steps(void)
{
	struct dividend v[4];

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < 4; i++)
		v[i].date = date("2020-01-06") + (md_date)(i == 2 ? 1 : i);
	v[0].factor = 0.9603; /* then two of one date */
	v[1].factor = v[2].factor = 0.9702;
	v[3].factor = 0.98;
	dividends_find_steps(v, 4);
	ok(fabs(v[3].step - 0.98) < 1e-9 && fabs(v[2].step - 0.99) < 1e-9 &&
		fabs(v[1].step - 0.99) < 1e-9 &&
		fabs(v[0].step - 0.9603 / 0.9702) < 1e-9 &&
		v[0].step_error > 1e-6 && v[0].step_error < 1e-5,
	    "from one date's factor to the next, or to 1");
	v[3].factor = 0;
	dividends_find_steps(v, 4);
	ok(!(v[3].step > 0) && !(v[2].step > 0) && v[0].step > 0,
	    "what is untold tells nothing of the date before either");
	v[3].factor = 1e-320;
	v[2].factor = v[1].factor = 1e300;
	dividends_find_steps(v, 4);
	ok(isfinite(v[2].step) && isfinite(v[2].step_error),
	    "nonsense makes no infinite steps");
}

static void
prices_before(void)
{
	struct session s;
	md_date monday = date("2020-08-31");

	ok(dividend_prices_before(cal, TF_1D, monday) ==
		calendar_midnight(cal, CLASS_STOCK, monday),
	    "days: all before the ex-date");
	ok(calendar_session(cal, date("2020-08-28"), &s) &&
		dividend_prices_before(cal, TF_1M, monday) == s.close_ms,
	    "minutes: until the last close");
	ok(dividend_prices_before(cal, TF_1W, monday) ==
		calendar_midnight(cal, CLASS_STOCK, date("2020-08-25")),
	    "weeks: those that have ended");
	ok(dividend_prices_before(cal, TF_1MO, monday) ==
		calendar_midnight(cal, CLASS_STOCK, date("2020-08-01")),
	    "months: those that have ended");
}

static void
called_off(void)
{
	const struct dividend told[] = {
		{ .symbol = "A", .date = date("2020-02-07"), .id = "1" },
		{ .symbol = "A", .date = date("2020-05-08"), .id = "2" },
	};
	struct dividend s = { .symbol = "A", .date = date("2020-02-07") };
	md_date looked = date("2020-03-01");

	ok(dividend_is_void(&s, told, 2, looked), "another of that date");
	s.id[0] = '1';
	ok(!dividend_is_void(&s, told, 2, looked), "the same");
	s.date = date("2020-06-01");
	ok(!dividend_is_void(&s, told, 2, looked), "the same, moved");
	s.id[0] = '3';
	ok(dividend_is_void(&s, told, 2, looked), "called off");
	s.date = date("2020-02-28");
	ok(!dividend_is_void(&s, told, 2, looked), "of before the last look");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	judgements();
	adjustments();
	steps();
	prices_before();
	called_off();
	calendar_destroy(&cal);
	return done();
}
