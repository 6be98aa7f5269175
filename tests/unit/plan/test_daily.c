#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "plan/daily.h"
#include "plan/plan.h"
#include "tap.h"

static struct calendar *cal;

static const int64_t now = INT64_C(1718000000000); /* 2024-06-10T06:13:20Z */

/* Midnights of June 2024. */
static int64_t
june(enum asset_class class, int day)
{
	return calendar_midnight(cal, class, md_date_of(2024, 6, day));
}

/* A series that lacks the days [from, to), and perhaps [from2, to2). */
static struct daily_row
lacks(struct ranges *gaps, enum asset_class class, int from, int to, int from2,
    int to2)
{
	*gaps = (struct ranges){ NULL, 0, 0 };
	if (!ranges_add(gaps, june(class, from), june(class, to)) ||
	    !ranges_add(gaps, june(class, from2), june(class, to2)))
		printf("Bail out! out of memory\n");
	return (struct daily_row){ class, TIER_STANDARD, gaps,
		{ gaps->v[0].from, gaps->v[gaps->len - 1].to }, true,
		GRID_UNKNOWN };
}

static bool
is_call(const struct daily_call *c, enum grouped_market market, int day,
    size_t rows)
{
	return c->market == market && c->date == md_date_of(2024, 6, day) &&
	       c->rows == rows;
}

static void
both_kinds(void)
{
	const struct grouped_denials none = { NULL, 0, 0 };
	struct daily_calls calls = { NULL, 0, 0 };
	struct ranges gaps[6];
	struct daily_row rows[6];

	/* The 5th of four, of one of them a week more; the 8th and 9th are a
	 * weekend. */
	for (size_t i = 0; i < 4; i++)
		rows[i] = lacks(&gaps[i], i == 3 ? CLASS_ETF : CLASS_STOCK, 5,
		    6, 0, 0);
	rows[4] = lacks(&gaps[4], CLASS_STOCK, 3, 10, 0, 0);
	rows[5] = lacks(&gaps[5], CLASS_INDEX, 5, 6, 0, 0);
	rows[3].tier = TIER_CRITICAL;
	ok(plan_daily(cal, &none, now, rows, 6, &calls) && calls.len == 1 &&
		is_call(&calls.v[0], GROUPED_STOCKS, 5, 4) &&
		calls.v[0].tier == TIER_CRITICAL,
	    "a day that four series lack is one call");
	ok(rows[0].grouped && rows[3].grouped && !rows[4].grouped,
	    "the one that lacks a week asks for it");
	ok(!rows[5].grouped, "an index has no such call");
	daily_calls_free(&calls);
	for (size_t i = 0; i < 6; i++)
		ranges_free(&gaps[i]);
}

static void
closed_days(void)
{
	const struct grouped_denials none = { NULL, 0, 0 };
	struct daily_calls calls = { NULL, 0, 0 };
	struct ranges gaps[8];
	struct daily_row rows[8];

	/* Friday to Monday: two days of stocks, four of crypto. */
	for (size_t i = 0; i < 8; i++)
		rows[i] = lacks(&gaps[i], i < 4 ? CLASS_STOCK : CLASS_CRYPTO, 7,
		    11, 0, 0);
	ok(plan_daily(cal, &none, now, rows, 8, &calls) && calls.len == 2 &&
		is_call(&calls.v[0], GROUPED_STOCKS, 10, 4) &&
		is_call(&calls.v[1], GROUPED_STOCKS, 7, 4),
	    "closed days have no call; the newest comes first");
	ok(!rows[4].grouped && !rows[7].grouped,
	    "where it costs the same, series have their own");
	daily_calls_free(&calls);
	for (size_t i = 0; i < 8; i++)
		ranges_free(&gaps[i]);
}

static void
denied(void)
{
	struct grouped_denial one = { GROUPED_STOCKS, md_date_of(2024, 6, 4),
		now - MD_DAY };
	struct grouped_denials l = { &one, 1, 1 };
	struct daily_calls calls = { NULL, 0, 0 };
	struct ranges gaps[6];
	struct daily_row rows[6];

	for (size_t i = 0; i < 6; i++)
		rows[i] = lacks(&gaps[i], CLASS_STOCK, i < 3 ? 3 : 5, 6, 0, 0);
	ok(plan_daily(cal, &l, now, rows, 6, &calls) && calls.len == 1 &&
		is_call(&calls.v[0], GROUPED_STOCKS, 5, 3) &&
		!rows[0].grouped && rows[5].grouped,
	    "who lacks a day that is denied has its own call");
	daily_calls_free(&calls);
	for (size_t i = 0; i < 6; i++)
		ranges_free(&gaps[i]);
	ok(grouped_denied(&l, cal, GROUPED_STOCKS, one.date - 300, now) &&
		!grouped_denied(&l, cal, GROUPED_STOCKS, one.date + 1, now) &&
		!grouped_denied(&l, cal, GROUPED_CRYPTO, one.date, now),
	    "a refusal is of all days before, not of later ones or others");
	ok(!grouped_denied(&l, cal, GROUPED_STOCKS, one.date,
	       one.denied_at + WANTED_DENIED_MS),
	    "it is remembered for a week");
	/* Asked for on its own day: plans without today have it tomorrow. */
	one.denied_at = june(CLASS_STOCK, 4) + 20 * MD_HOUR;
	ok(grouped_denied(&l, cal, GROUPED_STOCKS, one.date,
	       one.denied_at + MD_HOUR) &&
		!grouped_denied(&l, cal, GROUPED_STOCKS, one.date - 1,
		    one.denied_at + MD_HOUR) &&
		!grouped_denied(&l, cal, GROUPED_STOCKS, one.date,
		    one.denied_at + MD_DAY),
	    "one of a day that was not final is of it alone, until it is");
}

/* Forex: the stamp tells whose day it is, or that it is of neither. */
static void
forex_stamps(void)
{
	const md_date d = md_date_of(2024, 6, 5);
	const int64_t utc = d * MD_DAY, ny = june(CLASS_FX, 5);

	const struct {
		int64_t t, start; /* 0: none */
	} cases[] = { { utc, utc }, { utc + MD_DAY - 1, utc },
		{ utc + MD_DAY, utc }, { ny, ny }, { ny + MD_DAY - 1, ny },
		{ ny + MD_DAY, ny }, { utc + 21 * MD_HOUR, 0 }, { ny - 1, 0 },
		{ utc - MD_DAY, 0 }, { INT64_MIN, 0 }, { INT64_MAX, 0 } };

	int64_t start;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(grouped_start(cal, GROUPED_FX, d, cases[i].t, &start) ==
			    (cases[i].start != 0) &&
			(cases[i].start == 0 || start == cases[i].start),
		    "forex, stamp %zu", i);
	ok(!grouped_trades(cal, GROUPED_FX, md_date_of(2024, 6, 8)) &&
		grouped_trades(cal, GROUPED_FX, md_date_of(2024, 6, 9)) &&
		grouped_trades(cal, GROUPED_CRYPTO, md_date_of(2024, 6, 8)),
	    "forex rests on Saturdays");
}

/* -- an answer's rows -- */

static void
an_answer(void)
{
	static const char text[] =
	    "{\"resultsCount\":5,\"status\":\"OK\",\"results\":["
	    "{\"T\":\"AAPL\",\"v\":1,\"o\":2,\"c\":2,\"h\":3,\"l\":1,"
	    "\"t\":1717617600000,\"n\":7},"
	    "{\"T\":\"BAD\",\"v\":1,\"o\":2,\"c\":2,\"h\":1,\"l\":3,"
	    "\"t\":1717617600000},"
	    "{\"T\":\"LATE\",\"v\":1,\"o\":2,\"c\":2,\"h\":3,\"l\":1,"
	    "\"t\":1717704000000},"
	    "{\"v\":1,\"o\":2,\"c\":2,\"h\":3,\"l\":1,"
	    "\"t\":1717617600000},"
	    "{\"T\":\"A_NAME_THAT_IS_TOO_LONG_FOR_ANY_SYMBOL\",\"v\":1,"
	    "\"o\":2,\"c\":2,\"h\":3,\"l\":1,\"t\":1717617600000}]}";

	static const struct {
		const char *symbol;
		size_t rows, place, bars, refused, covered, doubted, unusable;
	} cases[] = {
		{ "AAPL", 1, 0, 1, 0, 1, 0, 0 },
		{ "BAD", 1, 1, 0, 1, 0, 0, 1 },
		{ "LATE", 1, 2, 0, 1, 0, 1, 0 },
		{ "NONE", 0, 0, 0, 0, 0, 1, 0 },
	};
	struct page page = PAGE_INIT;
	struct md_error e;

	page.named = true;
	ok(page_parse(&page, text, sizeof(text) - 1, &e) && page.len == 4 &&
		page.refused_len == 1 &&
		strcmp(page.names[0].text, "AAPL") == 0 &&
		page.names[3].text[0] == '\0' &&
		page.refused[0].name.text[0] == '\0',
	    "rows say whose they are; one that does not is refused");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range day = { june(CLASS_STOCK, 5),
			june(CLASS_STOCK, 6) };
		struct asked a = { .ticker = cases[i].symbol,
			.grid = { cal, CLASS_STOCK, TF_1D, GRID_UNKNOWN },
			.from = day.from,
			.to = day.to,
			.asked_at = now,
			.cover_to = day.to,
			.cursor = day.from };
		struct grouped_rows rows = { &page, &cases[i].place,
			cases[i].rows, cal, GROUPED_STOCKS,
			md_date_of(2024, 6, 5), day };
		struct verified v = VERIFIED_INIT;
		struct bar bar;

		ok(grouped_verify(&a, &rows, &bar, &v) &&
			v.len == cases[i].bars &&
			v.refused_len == cases[i].refused &&
			v.covered.len == cases[i].covered &&
			v.refused_windows.len == cases[i].unusable &&
			v.doubted.len == cases[i].doubted && v.empty.len == 0 &&
			(v.len == 0 || (bar.t == day.from && bar.n == 7)),
		    "%s: %zu bar, %zu refused", cases[i].symbol, v.len,
		    v.refused_len);
		verified_free(&v);
	}
	page_free(&page);
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	both_kinds();
	closed_days();
	denied();
	forex_stamps();
	an_answer();
	calendar_destroy(&cal);
	return done();
}
