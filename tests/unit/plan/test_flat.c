/*
 * flat.h: names, days and when they are due, and of which day a file is.
 */
#include "plan/flat.h"

#include <string.h>

#include "cli/zoneinfo.h"
#include "moment.h"
#include "tap.h"

static void
test_names(void)
{
	char name[FLAT_NAME_MAX];
	enum flat_set set;

	flat_name(FLAT_STOCK_MINUTES, date("2024-01-03"), name);
	ok(strcmp(name,
	       "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-03.csv.gz") == 0,
	    "a file's name");
	ok(flat_set_of(CLASS_ETF, TF_1D, &set) && set == FLAT_STOCK_DAYS,
	    "funds are stocks");
	ok(!flat_set_of(CLASS_STOCK, TF_1H, &set), "hours have no files");
}

static void
test_due(const struct calendar *cal)
{
	md_date d = date("2024-01-03");

	ok(!flat_due(cal, FLAT_STOCK_DAYS, d, at("2024-01-04T15:59:00Z")) &&
		flat_due(cal, FLAT_STOCK_DAYS, d, at("2024-01-04T16:00:00Z")),
	    "a file is due at 11:00 New York of the next day");
	ok(flat_trades(cal, FLAT_STOCK_DAYS, d) &&
		!flat_trades(cal, FLAT_STOCK_DAYS, date("2024-01-06")) &&
		flat_trades(cal, FLAT_CRYPTO_DAYS, date("2024-01-06")),
	    "a Saturday has files of crypto alone");
	ok(flat_minutes(cal, FLAT_STOCK_MINUTES, date("2024-07-03")) == 210,
	    "a half day is as short as it is");
}

static bool
proves(const struct calendar *cal, enum flat_set set, const char *day,
    const char *const *times, const char *from, const char *to)
{
	struct flat_times t;
	struct range r;

	flat_times_begin(&t, cal, set, date(day));
	for (; *times != NULL; times++)
		flat_count(&t, at(*times));
	if (!flat_proved(&t, &r))
		return from == NULL;
	return from != NULL && r.from == at(from) && r.to == at(to);
}

#define TIMES(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static void
test_proved(const struct calendar *cal)
{
	ok(proves(cal, FLAT_STOCK_MINUTES, "2024-03-11",
	       TIMES("2024-03-11T13:30:00Z", "2024-03-11T23:59:00Z"),
	       "2024-03-11T04:00:00Z", "2024-03-12T04:00:00Z"),
	    "New York's day, by its summer time");
	ok(proves(cal, FLAT_STOCK_MINUTES, "2024-03-11",
	       TIMES("2024-03-11T13:30:00Z", "2024-03-11T13:31:00Z",
		   "2024-03-12T13:30:00Z"),
	       "2024-03-11T04:00:00Z", "2024-03-12T04:00:00Z"),
	    "a row of another day among its own");
	ok(proves(cal, FLAT_STOCK_MINUTES, "2024-03-11",
	       TIMES("2024-03-12T13:30:00Z"), NULL, NULL),
	    "the rows of another day");
	ok(proves(cal, FLAT_STOCK_MINUTES, "2024-03-11",
	       (const char *const[]){ NULL }, NULL, NULL),
	    "no row at all");
	ok(proves(cal, FLAT_FX_MINUTES, "2024-01-03",
	       TIMES("2024-01-03T00:00:00Z", "2024-01-03T23:59:00Z"),
	       "2024-01-03T00:00:00Z", "2024-01-04T00:00:00Z"),
	    "forex by UTC");
	ok(proves(cal, FLAT_FX_MINUTES, "2024-01-03",
	       TIMES("2024-01-03T05:00:00Z", "2024-01-04T04:59:00Z"),
	       "2024-01-03T05:00:00Z", "2024-01-04T05:00:00Z"),
	    "forex by New York");
	ok(proves(cal, FLAT_FX_MINUTES, "2024-01-03",
	       TIMES("2024-01-03T12:00:00Z"), "2024-01-03T05:00:00Z",
	       "2024-01-04T00:00:00Z"),
	    "where rows do not tell, what both days have");
	ok(proves(cal, FLAT_FX_DAYS, "2024-01-03",
	       TIMES("2024-01-03T00:00:00Z"), "2024-01-03T00:00:00Z",
	       "2024-01-04T00:00:00Z") &&
		proves(cal, FLAT_CRYPTO_DAYS, "2024-01-03",
		    TIMES("2024-01-03T05:00:00Z"), "2024-01-03T05:00:00Z",
		    "2024-01-04T05:00:00Z"),
	    "days by their start");
}

int
main(void)
{
	struct calendar *cal = NULL;
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e))
		printf("Bail out! %s\n", e.text);

	test_names();
	test_due(cal);
	test_proved(cal);
	calendar_destroy(&cal);
	return done();
}
