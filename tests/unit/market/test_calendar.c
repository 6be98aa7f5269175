#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/zoneinfo.h"
#include "market/calendar.h"
#include "moment.h"
#include "tap.h"

static struct calendar *cal;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Compares times, and says both when they differ. */
static bool
same(int64_t got, const char *expected)
{
	char text[MD_TIME_MAX];

	md_time_format(got, text);
	if (got != at(expected))
		printf("# got %s, expected %s\n", text, expected);
	return got == at(expected);
}

/* -- sessions -- */

static FILE *
shared_csv(char *path, size_t size)
{
	const char *shared = getenv("MD_SHARED");

	(void)snprintf(path, size, "%s/data/calendars/xnys-2000-2019.csv",
	    shared == NULL ? "../shared" : shared);
	return fopen(path, "r");
}

static bool
session_is(const char *row, md_date *d)
{
	char day[11], open[21], close[21];
	struct session s;

	if (sscanf(row, "%10[^,],%20[^,],%20[^\n]", day, open, close) != 3)
		return false;
	*d = date(day);
	return calendar_session(cal, *d, &s) && s.date == *d &&
	       same(s.open_ms, open) && same(s.close_ms, close) &&
	       s.early == (strcmp(close + 11, "19:00:00Z") < 0) &&
	       s.early == (calendar_holiday(cal, *d) != NULL);
}

/* Every date before that of the row is none, and has a reason. */
static bool
closed_between(md_date from, md_date to)
{
	struct session s;

	for (md_date d = from; d < to; d++)
		if (calendar_session(cal, d, &s) ||
		    calendar_holiday(cal, d) == NULL)
			return false;
	return true;
}

static void
twenty_years_of_the_exchange(void)
{
	char path[512], row[128];
	FILE *f = shared_csv(path, sizeof(path));
	md_date d = 0, next = date("2000-01-01");
	bool sessions = true, closed = true;
	int n = 0;

	if (f == NULL) {
		skip("no shared/data/calendars here (MD_SHARED)");
		return;
	}
	if (fgets(row, sizeof(row), f) == NULL)
		sessions = false;
	for (; fgets(row, sizeof(row), f) != NULL; n++, next = d + 1) {
		if (!session_is(row, &d)) {
			printf("# %s", row);
			sessions = false;
		}
		closed = closed && closed_between(next, d);
	}
	(void)fclose(f);
	ok(sessions && n == 5031,
	    "the %d sessions of 2000 to 2019 are the exchange's", n);
	ok(closed && closed_between(next, date("2020-01-01")),
	    "no other date of 2000 to 2019 is a session");
}

static void
closed_dates(void)
{
	static const struct {
		const char *date, *why;
	} cases[] = {
		{ "1990-01-01", "New Year's Day" },
		{ "1990-04-13", "Good Friday" },
		{ "1991-03-29", "Good Friday" },
		{ "1992-07-03", "Independence Day (observed)" },
		{ "1993-12-24", "Christmas Day (observed)" },
		{ "1994-04-27", "day of mourning for Richard Nixon" },
		{ "1994-12-26", "Christmas Day (observed)" },
		{ "1995-01-02", "New Year's Day (observed)" },
		{ "1998-01-19", "Martin Luther King Jr. Day" },
		{ "1998-07-03", "Independence Day (observed)" },
		{ "1999-12-24", "Christmas Day (observed)" },
		{ "2001-09-14", "September 11 attacks" },
		{ "2012-10-30", "Hurricane Sandy" },
		{ "2020-04-10", "Good Friday" },
		{ "2020-07-03", "Independence Day (observed)" },
		{ "2021-01-18", "Martin Luther King Jr. Day" },
		{ "2021-07-05", "Independence Day (observed)" },
		{ "2021-12-24", "Christmas Day (observed)" },
		{ "2022-06-20", "Juneteenth (observed)" },
		{ "2023-01-02", "New Year's Day (observed)" },
		{ "2023-06-19", "Juneteenth" },
		{ "2024-03-29", "Good Friday" },
		{ "2025-01-09", "day of mourning for Jimmy Carter" },
		{ "2025-04-18", "Good Friday" },
		{ "2026-02-16", "Washington's Birthday" },
		{ "2026-04-03", "Good Friday" },
		{ "2026-06-19", "Juneteenth" },
		{ "2026-07-03", "Independence Day (observed)" },
		{ "2026-07-04", "Saturday" },
		{ "2026-07-05", "Sunday" },
		{ "2026-11-26", "Thanksgiving Day" },
		{ "2027-03-26", "Good Friday" },
		{ "2027-05-31", "Memorial Day" },
		{ "2027-06-18", "Juneteenth (observed)" },
		{ "2027-07-05", "Independence Day (observed)" },
		{ "2027-09-06", "Labor Day" },
		{ "2027-12-24", "Christmas Day (observed)" },
		{ "2028-04-14", "Good Friday" },
		{ "2028-07-04", "Independence Day" },
		{ "2099-12-25", "Christmas Day" },
	};
	struct session s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		md_date d = date(cases[i].date);
		const char *why = calendar_holiday(cal, d);

		ok(!calendar_session(cal, d, &s) && why != NULL &&
			strcmp(why, cases[i].why) == 0,
		    "%s is closed: %s", cases[i].date, cases[i].why);
	}
}

static void
session_hours(void)
{
	static const struct {
		const char *date, *open, *close, *why;
	} cases[] = {
		{ "1990-01-02", "1990-01-02T14:30Z", "1990-01-02T21:00Z", "" },
		{ "1990-12-24", "1990-12-24T14:30Z", "1990-12-24T19:00Z",
		    "Christmas Eve" },
		{ "1991-11-29", "1991-11-29T14:30Z", "1991-11-29T21:00Z", "" },
		{ "1992-11-27", "1992-11-27T14:30Z", "1992-11-27T19:00Z",
		    "day after Thanksgiving" },
		{ "1992-12-24", "1992-12-24T14:30Z", "1992-12-24T19:00Z",
		    "Christmas Eve" },
		{ "1993-11-26", "1993-11-26T14:30Z", "1993-11-26T18:00Z",
		    "day after Thanksgiving" },
		{ "1991-07-03", "1991-07-03T13:30Z", "1991-07-03T20:00Z", "" },
		{ "1991-07-05", "1991-07-05T13:30Z", "1991-07-05T20:00Z", "" },
		{ "1995-07-03", "1995-07-03T13:30Z", "1995-07-03T17:00Z",
		    "day before Independence Day" },
		{ "1996-07-03", "1996-07-03T13:30Z", "1996-07-03T20:00Z", "" },
		{ "1996-07-05", "1996-07-05T13:30Z", "1996-07-05T17:00Z",
		    "day after Independence Day" },
		{ "1996-01-08", "1996-01-08T14:30Z", "1996-01-08T21:00Z", "" },
		{ "1997-01-20", "1997-01-20T14:30Z", "1997-01-20T21:00Z", "" },
		{ "1997-12-26", "1997-12-26T14:30Z", "1997-12-26T18:00Z",
		    "day after Christmas" },
		{ "1999-12-31", "1999-12-31T14:30Z", "1999-12-31T18:00Z",
		    "New Year's Eve" },
		{ "2021-06-18", "2021-06-18T13:30Z", "2021-06-18T20:00Z", "" },
		{ "2021-12-31", "2021-12-31T14:30Z", "2021-12-31T21:00Z", "" },
		{ "2022-07-05", "2022-07-05T13:30Z", "2022-07-05T20:00Z", "" },
		{ "2023-07-03", "2023-07-03T13:30Z", "2023-07-03T17:00Z",
		    "day before Independence Day" },
		{ "2024-07-03", "2024-07-03T13:30Z", "2024-07-03T17:00Z",
		    "day before Independence Day" },
		{ "2024-07-05", "2024-07-05T13:30Z", "2024-07-05T20:00Z", "" },
		{ "2025-07-03", "2025-07-03T13:30Z", "2025-07-03T17:00Z",
		    "day before Independence Day" },
		{ "2025-12-26", "2025-12-26T14:30Z", "2025-12-26T21:00Z", "" },
		{ "2026-07-02", "2026-07-02T13:30Z", "2026-07-02T20:00Z", "" },
		{ "2026-11-27", "2026-11-27T14:30Z", "2026-11-27T18:00Z",
		    "day after Thanksgiving" },
		{ "2026-12-24", "2026-12-24T14:30Z", "2026-12-24T18:00Z",
		    "Christmas Eve" },
		{ "2027-11-26", "2027-11-26T14:30Z", "2027-11-26T18:00Z",
		    "day after Thanksgiving" },
		{ "2027-12-31", "2027-12-31T14:30Z", "2027-12-31T21:00Z", "" },
		{ "2028-07-03", "2028-07-03T13:30Z", "2028-07-03T17:00Z",
		    "day before Independence Day" },
		{ "2028-11-24", "2028-11-24T14:30Z", "2028-11-24T18:00Z",
		    "day after Thanksgiving" },
		{ "2099-12-24", "2099-12-24T14:30Z", "2099-12-24T18:00Z",
		    "Christmas Eve" },
	};
	struct session s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		md_date d = date(cases[i].date);
		const char *why = calendar_holiday(cal, d);

		ok(calendar_session(cal, d, &s) &&
			same(s.open_ms, cases[i].open) &&
			same(s.close_ms, cases[i].close) &&
			s.early == (cases[i].why[0] != '\0') &&
			strcmp(why == NULL ? "" : why, cases[i].why) == 0,
		    "%s is a session until %.5s UTC%s%s", cases[i].date,
		    cases[i].close + 11, cases[i].why[0] == '\0' ? "" : ": ",
		    cases[i].why);
	}
}

/* As data vendors count them, 1990 to 2026. */
static void
sessions_a_year(void)
{
	static const int counts[] = { 253, 253, 254, 253, 252, 252, 254, 253,
		252, 252, 252, 248, 252, 252, 252, 252, 251, 251, 253, 252, 252,
		252, 250, 252, 252, 252, 252, 251, 251, 252, 253, 252, 251, 250,
		252, 250, 251 };
	char day[11];
	int64_t n;

	for (int i = 0; i < (int)COUNT(counts); i++) {
		md_date_format(md_date_of(1990 + i, 1, 1), day);
		n = calendar_bars_expected(cal, CLASS_STOCK, TF_1D,
		    md_date_of(1990 + i, 1, 1) * MD_DAY,
		    md_date_of(1991 + i, 1, 1) * MD_DAY);
		ok(n == counts[i], "%.4s has %d sessions (%d)", day, counts[i],
		    (int)n);
	}
}

static void
sessions_beside(void)
{
	struct session s;

	ok(calendar_next_session(cal, date("2001-09-10"), &s) &&
		s.date == date("2001-09-17"),
	    "the next session after 2001-09-10 is 2001-09-17");
	ok(calendar_previous_session(cal, date("2001-09-17"), &s) &&
		s.date == date("2001-09-10"),
	    "the session before 2001-09-17 is 2001-09-10");
	ok(calendar_next_session(cal, date("1989-12-30"), &s) &&
		s.date == date("1990-01-02"),
	    "the first session of 1990 is found from before the table");
	ok(calendar_previous_session(cal, date("2101-01-01"), &s) &&
		s.date == date("2100-12-31"),
	    "the last session of 2100 is found from after the table");
	ok(calendar_session(cal, date("1980-06-03"), &s) &&
		same(s.open_ms, "1980-06-03T13:30Z") &&
		!calendar_session(cal, date("1980-06-01"), &s) &&
		calendar_session(cal, date("2150-07-01"), &s) &&
		same(s.close_ms, "2150-07-01T20:00Z") &&
		!calendar_session(cal, date("2150-07-03"), &s),
	    "dates out of the table follow the rules");
	ok(!calendar_session(cal, INT32_MAX, &s) &&
		!calendar_session(cal, INT32_MIN, &s) &&
		!calendar_next_session(cal, INT32_MAX, &s) &&
		!calendar_previous_session(cal, INT32_MIN, &s),
	    "the ends of time have no sessions");
	(void)calendar_holiday(cal, INT32_MAX);
	(void)calendar_holiday(cal, INT32_MIN);
}

/* -- the clock -- */

static void
open_hours(void)
{
	static const struct {
		enum asset_class class;
		const char *time;
		bool open;
	} cases[] = {
		{ CLASS_STOCK, "2024-03-08T14:29:59.999Z", false },
		{ CLASS_STOCK, "2024-03-08T14:30Z", true },
		{ CLASS_ETF, "2024-03-08T20:59:59.999Z", true },
		{ CLASS_INDEX, "2024-03-08T21:00Z", false },
		{ CLASS_STOCK, "2024-03-11T13:30Z", true },
		{ CLASS_STOCK, "2024-03-09T15:00Z", false },
		{ CLASS_STOCK, "2024-11-29T17:59:59.999Z", true },
		{ CLASS_STOCK, "2024-11-29T18:00Z", false },
		{ CLASS_CRYPTO, "2024-12-25T00:00Z", true },
		{ CLASS_CRYPTO, "1912-12-25T00:00Z", true },
		{ CLASS_FX, "2024-03-10T20:59:59.999Z", false },
		{ CLASS_FX, "2024-03-10T21:00Z", true },
		{ CLASS_FX, "2024-03-03T21:59:59.999Z", false },
		{ CLASS_FX, "2024-03-03T22:00Z", true },
		{ CLASS_FX, "2024-03-06T03:00Z", true },
		{ CLASS_FX, "2024-03-08T21:59:59.999Z", true },
		{ CLASS_FX, "2024-03-08T22:00Z", false },
		{ CLASS_FX, "2024-03-15T20:59:59.999Z", true },
		{ CLASS_FX, "2024-03-15T21:00Z", false },
		{ CLASS_FX, "2024-03-09T12:00Z", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(calendar_is_open(cal, cases[i].class, at(cases[i].time)) ==
			cases[i].open,
		    "%s is %s at %s", asset_class_name(cases[i].class),
		    cases[i].open ? "open" : "closed", cases[i].time);
}

static void
clock_of_new_york(void)
{
	static const struct {
		const char *date;
		int64_t minutes;
		const char *time;
	} cases[] = {
		{ "2024-03-08", 570, "2024-03-08T14:30Z" },
		{ "2024-03-10", 0, "2024-03-10T05:00Z" },
		{ "2024-03-10", 119, "2024-03-10T06:59Z" },
		{ "2024-03-10", 120, "2024-03-10T07:00Z" },
		{ "2024-03-10", 150, "2024-03-10T07:00Z" },
		{ "2024-03-10", 180, "2024-03-10T07:00Z" },
		{ "2024-03-10", 181, "2024-03-10T07:01Z" },
		{ "2024-03-10", 1440, "2024-03-11T04:00Z" },
		{ "2024-03-10", -60, "2024-03-10T04:00Z" },
		{ "2024-11-03", 59, "2024-11-03T04:59Z" },
		{ "2024-11-03", 60, "2024-11-03T05:00Z" },
		{ "2024-11-03", 90, "2024-11-03T05:30Z" },
		{ "2024-11-03", 120, "2024-11-03T07:00Z" },
		{ "2024-11-03", 1440, "2024-11-04T05:00Z" },
		{ "1985-04-28", 150, "1985-04-28T07:00Z" },
		{ "2150-03-08", 180, "2150-03-08T07:00Z" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(same(calendar_ny_time(cal, date(cases[i].date),
			    cases[i].minutes * MD_MINUTE),
		       cases[i].time),
		    "minute %d of %s in New York is %s", (int)cases[i].minutes,
		    cases[i].date, cases[i].time);
	ok(calendar_ny_offset(cal, at("2024-03-10T06:59:59.999Z")) ==
		    -5 * MD_HOUR &&
		calendar_ny_offset(cal, at("2024-03-10T07:00Z")) ==
		    -4 * MD_HOUR,
	    "New York is 5 h behind UTC in winter and 4 h in summer");
}

static void
local_days(void)
{
	bool good = true;

	ok(calendar_date(cal, CLASS_STOCK, at("2024-03-08T04:59:59.999Z")) ==
		    date("2024-03-07") &&
		calendar_date(cal, CLASS_STOCK, at("2024-03-08T05:00Z")) ==
		    date("2024-03-08"),
	    "a stock's day starts at midnight in New York");
	ok(calendar_date(cal, CLASS_CRYPTO, at("2024-03-08T04:59Z")) ==
		    date("2024-03-08") &&
		calendar_midnight(cal, CLASS_CRYPTO, date("2024-03-08")) ==
		    at("2024-03-08T00:00Z"),
	    "a day of crypto starts at midnight UTC");
	ok(same(calendar_midnight(cal, CLASS_FX, date("2024-03-11")),
	       "2024-03-11T04:00Z"),
	    "a day of fx starts at midnight in New York");
	for (md_date d = date("1980-01-01"); d < date("2110-01-01"); d++) {
		int64_t t = calendar_midnight(cal, CLASS_STOCK, d);

		good = good && calendar_date(cal, CLASS_STOCK, t) == d &&
		       calendar_date(cal, CLASS_STOCK, t - 1) == d - 1 &&
		       t + calendar_ny_offset(cal, t) == d * MD_DAY;
	}
	ok(good, "every midnight from 1980 to 2110 is the first of its date");
}

/* -- windows -- */

static void
windows(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *time, *start, *end;
	} cases[] = {
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:30:59.999Z",
		    "2024-03-08T14:30Z", "2024-03-08T14:31Z" },
		{ CLASS_STOCK, TF_5M, "2024-03-08T14:34:59Z",
		    "2024-03-08T14:30Z", "2024-03-08T14:35Z" },
		{ CLASS_STOCK, TF_15M, "2024-03-08T14:44:59Z",
		    "2024-03-08T14:30Z", "2024-03-08T14:45Z" },
		{ CLASS_STOCK, TF_30M, "2024-03-08T14:59:59Z",
		    "2024-03-08T14:30Z", "2024-03-08T15:00Z" },
		{ CLASS_STOCK, TF_1H, "2024-03-08T14:30Z", "2024-03-08T14:00Z",
		    "2024-03-08T15:00Z" },
		{ CLASS_STOCK, TF_1H, "2024-03-10T06:30Z", "2024-03-10T06:00Z",
		    "2024-03-10T07:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-08T14:30Z", "2024-03-08T13:00Z",
		    "2024-03-08T17:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-08T04:59Z", "2024-03-08T01:00Z",
		    "2024-03-08T05:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-10T05:00Z", "2024-03-10T05:00Z",
		    "2024-03-10T08:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-10T07:59Z", "2024-03-10T05:00Z",
		    "2024-03-10T08:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-10T08:00Z", "2024-03-10T08:00Z",
		    "2024-03-10T12:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-03-11T03:59Z", "2024-03-11T00:00Z",
		    "2024-03-11T04:00Z" },
		{ CLASS_FX, TF_4H, "2024-11-03T08:59Z", "2024-11-03T04:00Z",
		    "2024-11-03T09:00Z" },
		{ CLASS_FX, TF_4H, "2024-11-03T09:00Z", "2024-11-03T09:00Z",
		    "2024-11-03T13:00Z" },
		{ CLASS_CRYPTO, TF_4H, "2024-03-10T07:59Z", "2024-03-10T04:00Z",
		    "2024-03-10T08:00Z" },
		{ CLASS_STOCK, TF_1D, "2024-03-10T12:00Z", "2024-03-10T05:00Z",
		    "2024-03-11T04:00Z" },
		{ CLASS_STOCK, TF_1D, "2024-11-03T12:00Z", "2024-11-03T04:00Z",
		    "2024-11-04T05:00Z" },
		{ CLASS_CRYPTO, TF_1D, "2024-03-10T23:59Z", "2024-03-10T00:00Z",
		    "2024-03-11T00:00Z" },
		{ CLASS_STOCK, TF_1W, "2024-03-10T04:59Z", "2024-03-03T05:00Z",
		    "2024-03-10T05:00Z" },
		{ CLASS_STOCK, TF_1W, "2024-03-12T12:00Z", "2024-03-10T05:00Z",
		    "2024-03-17T04:00Z" },
		{ CLASS_CRYPTO, TF_1W, "2024-03-12T12:00Z", "2024-03-10T00:00Z",
		    "2024-03-17T00:00Z" },
		{ CLASS_STOCK, TF_1MO, "2024-03-31T12:00Z", "2024-03-01T05:00Z",
		    "2024-04-01T04:00Z" },
		{ CLASS_STOCK, TF_1MO, "2024-12-31T12:00Z", "2024-12-01T05:00Z",
		    "2025-01-01T05:00Z" },
		{ CLASS_CRYPTO, TF_1MO, "2024-02-29T23:59Z",
		    "2024-02-01T00:00Z", "2024-03-01T00:00Z" },
		{ CLASS_STOCK, TF_4H, "1985-04-28T06:00Z", "1985-04-28T05:00Z",
		    "1985-04-28T08:00Z" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t start = calendar_window_start(cal, cases[i].class,
		    cases[i].tf, at(cases[i].time));

		ok(same(start, cases[i].start) &&
			same(calendar_window_end(cal, cases[i].class,
				 cases[i].tf, start),
			    cases[i].end),
		    "the %s window of %s at %s is %s to %s",
		    timeframe_name(cases[i].tf),
		    asset_class_name(cases[i].class), cases[i].time,
		    cases[i].start, cases[i].end);
	}
}

static void
windows_tile(void)
{
	int64_t from = at("2023-10-29T00:00Z"), to = at("2024-12-01T00:00Z");

	for (int tf = 0; tf < TF_COUNT; tf++) {
		bool good = true;
		int64_t t = calendar_window_start(cal, CLASS_STOCK,
		    (enum timeframe)tf, from);

		while (t < to && good) {
			enum timeframe f = (enum timeframe)tf;
			int64_t end =
			    calendar_window_end(cal, CLASS_STOCK, f, t);

			good = end > t &&
			       calendar_on_grid(cal, CLASS_STOCK, f, t) &&
			       calendar_window_start(cal, CLASS_STOCK, f,
				   end - 1) == t &&
			       calendar_window_start(cal, CLASS_STOCK, f,
				   end) == end;
			t = end;
		}
		ok(good, "%s windows follow each other without a gap",
		    timeframe_name((enum timeframe)tf));
	}
}

static void
grids(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *time;
		bool on;
	} cases[] = {
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:31Z", true },
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:31:01Z", false },
		{ CLASS_STOCK, TF_1H, "2024-03-08T14:30Z", false },
		{ CLASS_STOCK, TF_4H, "2024-03-08T13:00Z", true },
		{ CLASS_STOCK, TF_4H, "2024-03-08T12:00Z", true },
		{ CLASS_STOCK, TF_4H, "2024-03-08T14:00Z", false },
		{ CLASS_STOCK, TF_1D, "2024-03-08T05:00Z", true },
		{ CLASS_STOCK, TF_1D, "2024-03-08T00:00Z", false },
		{ CLASS_STOCK, TF_1D, "2024-03-11T05:00Z", false },
		{ CLASS_CRYPTO, TF_1D, "2024-03-08T00:00Z", true },
		{ CLASS_CRYPTO, TF_1D, "2024-03-08T05:00Z", true },
		{ CLASS_CRYPTO, TF_1D, "2024-03-08T04:00Z", false },
		{ CLASS_FX, TF_1D, "2024-03-08T00:00Z", true },
		{ CLASS_FX, TF_1D, "2024-03-11T04:00Z", true },
		{ CLASS_STOCK, TF_1W, "2024-03-10T05:00Z", true },
		{ CLASS_STOCK, TF_1W, "2024-03-11T04:00Z", true },
		{ CLASS_STOCK, TF_1W, "2024-03-12T04:00Z", false },
		{ CLASS_STOCK, TF_1W, "2024-03-10T00:00Z", false },
		{ CLASS_CRYPTO, TF_1W, "2024-03-11T00:00Z", true },
		{ CLASS_CRYPTO, TF_1W, "2024-03-11T04:00Z", true },
		{ CLASS_CRYPTO, TF_1W, "2024-03-12T00:00Z", false },
		{ CLASS_STOCK, TF_1MO, "2024-04-01T04:00Z", true },
		{ CLASS_STOCK, TF_1MO, "2024-04-02T04:00Z", false },
		{ CLASS_FX, TF_1MO, "2024-04-01T00:00Z", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(calendar_on_grid(cal, cases[i].class, cases[i].tf,
		       at(cases[i].time)) == cases[i].on,
		    "a %s bar of %s %s start at %s",
		    timeframe_name(cases[i].tf),
		    asset_class_name(cases[i].class),
		    cases[i].on ? "may" : "may not", cases[i].time);
	ok(same(calendar_window_end(cal, CLASS_STOCK, TF_1W,
		    at("2024-03-04T05:00Z")),
	       "2024-03-11T04:00Z") &&
		same(calendar_window_end(cal, CLASS_CRYPTO, TF_1D,
			 at("2024-03-10T05:00Z")),
		    "2024-03-11T04:00Z") &&
		same(calendar_window_end(cal, CLASS_FX, TF_1MO,
			 at("2024-03-01T00:00Z")),
		    "2024-04-01T00:00Z") &&
		same(calendar_window_end(cal, CLASS_STOCK, TF_4H,
			 at("2024-03-08T12:00Z")),
		    "2024-03-08T16:00Z"),
	    "a window of a variant ends where its next one starts");
}

/* -- expectation -- */

static void
expected_counts(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *from, *to;
		int64_t count;
	} cases[] = {
		/* a full day, in winter */
		{ CLASS_STOCK, TF_1M, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    390 },
		{ CLASS_STOCK, TF_5M, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    78 },
		{ CLASS_STOCK, TF_15M, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    26 },
		{ CLASS_STOCK, TF_30M, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    13 },
		{ CLASS_STOCK, TF_1H, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    7 },
		{ CLASS_STOCK, TF_4H, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    2 },
		{ CLASS_STOCK, TF_1D, "2024-03-08T05:00Z", "2024-03-09T05:00Z",
		    1 },
		/* a half day: 13:00 ends the 1h of 12, not the 4h */
		{ CLASS_STOCK, TF_1M, "2024-11-29T05:00Z", "2024-11-30T05:00Z",
		    210 },
		{ CLASS_STOCK, TF_30M, "2024-11-29T05:00Z", "2024-11-30T05:00Z",
		    7 },
		{ CLASS_STOCK, TF_1H, "2024-11-29T05:00Z", "2024-11-30T05:00Z",
		    4 },
		{ CLASS_STOCK, TF_4H, "2024-11-29T05:00Z", "2024-11-30T05:00Z",
		    2 },
		/* until 14:00 */
		{ CLASS_STOCK, TF_1M, "1990-12-24T05:00Z", "1990-12-25T05:00Z",
		    270 },
		{ CLASS_STOCK, TF_1H, "1990-12-24T05:00Z", "1990-12-25T05:00Z",
		    5 },
		/* parts of a day: the start counts, the end does not */
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:30Z", "2024-03-08T14:31Z",
		    1 },
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:30:00.001Z",
		    "2024-03-08T14:31Z", 0 },
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:30:00.001Z",
		    "2024-03-08T14:31:00.001Z", 1 },
		{ CLASS_STOCK, TF_1H, "2024-03-08T14:00:00.001Z",
		    "2024-03-09T00:00Z", 6 },
		{ CLASS_STOCK, TF_1M, "2024-03-08T20:59Z", "2024-03-11T13:31Z",
		    2 },
		{ CLASS_STOCK, TF_1M, "2024-03-08T21:00Z", "2024-03-11T13:30Z",
		    0 },
		{ CLASS_STOCK, TF_1M, "2024-03-11T13:30Z", "2024-03-08T14:31Z",
		    0 },
		/* months with changes of the clock */
		{ CLASS_STOCK, TF_1M, "2024-03-01T05:00Z", "2024-04-01T04:00Z",
		    20 * 390 },
		{ CLASS_STOCK, TF_1H, "2024-11-01T04:00Z", "2024-12-01T05:00Z",
		    19 * 7 + 4 },
		{ CLASS_STOCK, TF_1W, "2024-03-01T05:00Z", "2024-04-01T04:00Z",
		    5 },
		{ CLASS_STOCK, TF_1MO, "2024-01-01T05:00Z", "2025-01-01T05:00Z",
		    12 },
		{ CLASS_STOCK, TF_1MO, "2024-01-01T05:00:00.001Z",
		    "2025-01-01T05:00Z", 11 },
		/* crypto never closes */
		{ CLASS_CRYPTO, TF_1M, "2024-03-10T00:00Z", "2024-03-11T00:00Z",
		    1440 },
		{ CLASS_CRYPTO, TF_4H, "2024-03-09T23:00Z", "2024-03-11T00:00Z",
		    6 },
		{ CLASS_CRYPTO, TF_1D, "2024-01-01T00:00Z", "2025-01-01T00:00Z",
		    366 },
		{ CLASS_CRYPTO, TF_1W, "2024-03-01T00:00Z", "2024-04-01T00:00Z",
		    5 },
		/* fx, one week, the clock changing in it or not */
		{ CLASS_FX, TF_1H, "2024-03-03T05:00Z", "2024-03-10T05:00Z",
		    120 },
		{ CLASS_FX, TF_1H, "2024-03-10T05:00Z", "2024-03-17T04:00Z",
		    120 },
		{ CLASS_FX, TF_4H, "2024-11-03T04:00Z", "2024-11-10T05:00Z",
		    31 },
		{ CLASS_FX, TF_1D, "2024-03-10T05:00Z", "2024-03-17T04:00Z",
		    6 },
		{ CLASS_FX, TF_1M, "2024-01-07T05:00Z", "2024-12-29T05:00Z",
		    51 * 7200 },
		/* none before 1990, nor after 2100 */
		{ CLASS_STOCK, TF_1D, "1985-01-01T05:00Z", "1990-01-02T05:00Z",
		    0 },
		{ CLASS_STOCK, TF_1D, "2101-01-01T05:00Z", "2150-01-02T05:00Z",
		    0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t n = calendar_bars_expected(cal, cases[i].class,
		    cases[i].tf, at(cases[i].from), at(cases[i].to));

		ok(n == cases[i].count &&
			calendar_expects_bars(cal, cases[i].class, cases[i].tf,
			    at(cases[i].from), at(cases[i].to)) == (n > 0),
		    "%s %s: %lld bars are expected from %s to %s (%lld)",
		    asset_class_name(cases[i].class),
		    timeframe_name(cases[i].tf), (long long)cases[i].count,
		    cases[i].from, cases[i].to, (long long)n);
	}
}

/* Windows of days are open when any minute of them is. */
static bool
window_open(enum asset_class class, int64_t start, int64_t end)
{
	for (int64_t t = start; t < end; t += MD_MINUTE)
		if (calendar_is_open(cal, class, t))
			return true;
	return false;
}

struct brute {
	int64_t count, first, newest;
};

static struct brute
brute_force(enum asset_class class, enum timeframe tf, int64_t from, int64_t to)
{
	struct brute b = { 0, -1, -1 };
	int64_t t = calendar_window_start(cal, class, tf, from);

	while (t < to) {
		int64_t end = calendar_window_end(cal, class, tf, t);

		if (t >= from && window_open(class, t, end)) {
			b.count++;
			if (b.first < 0)
				b.first = t;
			if (end <= to)
				b.newest = t;
		}
		t = end;
	}
	return b;
}

static bool
agrees(enum asset_class class, enum timeframe tf, int64_t from, int64_t to)
{
	struct brute b = brute_force(class, tf, from, to);
	int64_t n = calendar_bars_expected(cal, class, tf, from, to);
	int64_t first = -1, newest = -1;
	bool good = n == b.count &&
		    calendar_expects_bars(cal, class, tf, from, to) == (n > 0);

	(void)calendar_next_expected(cal, class, tf, from, &first);
	(void)calendar_newest_due(cal, class, tf, to, 0, &newest);
	good = good && (b.first < 0 ? first >= to : first == b.first) &&
	       (b.newest < 0 ? newest < from : newest == b.newest) &&
	       (n == 0 || calendar_may_trade(cal, class, tf, from, to));
	if (!good)
		printf("# %s %s [%lld, %lld): %lld of %lld\n",
		    asset_class_name(class), timeframe_name(tf),
		    (long long)from, (long long)to, (long long)n,
		    (long long)b.count);
	return good;
}

/* Random ranges around holidays and both changes of the clock. */
static void
expectation_by_brute_force(void)
{
	static const enum asset_class classes[] = { CLASS_STOCK, CLASS_CRYPTO,
		CLASS_FX };

	static const char *const around[] = { "2024-03-10T00:00Z",
		"2024-11-03T00:00Z", "2024-11-29T00:00Z", "2001-09-13T00:00Z",
		"2023-12-31T00:00Z" };
	uint32_t seed = 7;

	for (size_t c = 0; c < COUNT(classes); c++)
		for (int tf = 0; tf < TF_COUNT; tf++) {
			bool good = true;

			for (int i = 0; i < 60; i++) {
				int64_t from =
				    at(around[i % (int)COUNT(around)]);
				int64_t to;

				seed = seed * 1664525U + 1013904223U;
				from += ((int64_t)(seed >> 10) % 12000 - 6000) *
					MD_MINUTE;
				seed = seed * 1664525U + 1013904223U;
				to = from +
				     (int64_t)(seed >> 10) % 9000 * MD_MINUTE;
				if (i % 3 == 0)
					from++, to--;
				good = agrees(classes[c], (enum timeframe)tf,
					   from, to) &&
				       good;
			}
			ok(good, "%s %s: what is expected is what is open",
			    asset_class_name(classes[c]),
			    timeframe_name((enum timeframe)tf));
		}
}

static void
newest_and_due(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *now, *start;
	} cases[] = {
		/* settled for a minute */
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:31:59.999Z",
		    "2024-03-07T20:59Z" },
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:32Z",
		    "2024-03-08T14:30Z" },
		{ CLASS_STOCK, TF_1M, "2024-03-10T12:00Z",
		    "2024-03-08T20:59Z" },
		{ CLASS_STOCK, TF_1H, "2024-11-29T18:01Z",
		    "2024-11-29T17:00Z" },
		{ CLASS_STOCK, TF_1H, "2024-12-02T12:00Z",
		    "2024-11-29T17:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-11-29T20:00Z",
		    "2024-11-29T13:00Z" },
		{ CLASS_STOCK, TF_4H, "2024-11-29T21:01Z",
		    "2024-11-29T17:00Z" },
		{ CLASS_STOCK, TF_1D, "2024-03-09T05:00:59Z",
		    "2024-03-07T05:00Z" },
		{ CLASS_STOCK, TF_1D, "2024-03-09T05:01Z",
		    "2024-03-08T05:00Z" },
		{ CLASS_STOCK, TF_1D, "2024-11-29T03:00Z",
		    "2024-11-27T05:00Z" },
		{ CLASS_STOCK, TF_1W, "2024-03-16T12:00Z",
		    "2024-03-03T05:00Z" },
		{ CLASS_STOCK, TF_1MO, "2024-03-31T12:00Z",
		    "2024-02-01T05:00Z" },
		{ CLASS_CRYPTO, TF_1D, "2024-03-10T00:01Z",
		    "2024-03-09T00:00Z" },
		{ CLASS_FX, TF_1H, "2024-03-10T12:00Z", "2024-03-08T21:00Z" },
	};

	int64_t start;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now = at(cases[i].now);

		ok(calendar_newest_due(cal, cases[i].class, cases[i].tf, now,
		       MD_MINUTE, &start) &&
			same(start, cases[i].start) &&
			calendar_due(cal, cases[i].class, cases[i].tf, start,
			    MD_MINUTE) <= now,
		    "the newest %s bar of %s due at %s is %s",
		    timeframe_name(cases[i].tf),
		    asset_class_name(cases[i].class), cases[i].now,
		    cases[i].start);
	}
	ok(same(calendar_due(cal, CLASS_STOCK, TF_1D, at("2024-03-10T05:00Z"),
		    15 * MD_MINUTE),
	       "2024-03-11T04:15Z"),
	    "a bar is due when its window has ended and settled");
	ok(!calendar_newest_due(cal, CLASS_STOCK, TF_1M,
	       at("1990-01-02T14:30:59Z"), 0, &start) &&
		calendar_newest_due(cal, CLASS_STOCK, TF_1M,
		    at("1990-01-02T14:31Z"), 0, &start),
	    "the first bar ever is that of 1990-01-02 09:30");
	ok(calendar_next_expected(cal, CLASS_STOCK, TF_5M,
	       at("2024-11-29T18:00Z"), &start) &&
		same(start, "2024-12-02T14:30Z"),
	    "after a half day's close Monday's open is next");
	ok(!calendar_next_expected(cal, CLASS_STOCK, TF_1D,
	       at("1985-01-01T00:00Z"), &start) &&
		!calendar_next_expected(cal, CLASS_STOCK, TF_1D,
		    at("2150-01-01T00:00Z"), &start),
	    "nothing is next when nothing is within a year");
}

static void
extended_hours(void)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		const char *from, *to;
		bool trades;
	} cases[] = {
		{ CLASS_STOCK, TF_1M, "2024-03-08T09:00Z", "2024-03-08T09:01Z",
		    true },
		{ CLASS_STOCK, TF_1M, "2024-03-08T06:00Z", "2024-03-08T09:00Z",
		    false },
		{ CLASS_STOCK, TF_1M, "2024-03-09T00:59Z", "2024-03-09T01:00Z",
		    true },
		{ CLASS_STOCK, TF_1M, "2024-03-09T01:00Z", "2024-03-11T08:00Z",
		    false },
		{ CLASS_STOCK, TF_1M, "2024-03-09T01:00Z", "2024-03-11T08:01Z",
		    true },
		{ CLASS_STOCK, TF_1M, "2024-11-28T05:00Z", "2024-11-29T05:00Z",
		    false },
		{ CLASS_STOCK, TF_1M, "2024-11-29T20:00Z", "2024-11-29T21:00Z",
		    true },
		/* 4h on the UTC grid begins at 03:00 New York */
		{ CLASS_STOCK, TF_4H, "2024-03-08T08:00Z", "2024-03-08T08:01Z",
		    true },
		{ CLASS_STOCK, TF_4H, "2024-03-08T05:00Z", "2024-03-08T08:00Z",
		    false },
		{ CLASS_STOCK, TF_1D, "2024-03-08T05:00Z", "2024-03-08T05:01Z",
		    true },
		{ CLASS_STOCK, TF_1D, "2024-03-08T05:01Z", "2024-03-11T04:00Z",
		    false },
		{ CLASS_STOCK, TF_1W, "2024-03-11T04:00Z", "2024-03-11T04:01Z",
		    true },
		{ CLASS_STOCK, TF_1W, "2024-03-12T04:00Z", "2024-03-17T04:00Z",
		    false },
		{ CLASS_STOCK, TF_1MO, "2024-03-02T00:00Z", "2024-04-01T04:00Z",
		    false },
		{ CLASS_CRYPTO, TF_1D, "2024-03-08T05:00Z", "2024-03-08T05:01Z",
		    true },
		{ CLASS_CRYPTO, TF_1D, "2024-03-08T06:00Z", "2024-03-09T00:00Z",
		    false },
		{ CLASS_CRYPTO, TF_1M, "2024-03-09T00:00Z", "2024-03-09T00:01Z",
		    true },
		{ CLASS_FX, TF_1M, "2024-03-09T12:00Z", "2024-03-10T21:00Z",
		    false },
		{ CLASS_FX, TF_1M, "2024-03-09T12:00Z", "2024-03-10T21:01Z",
		    true },
		{ CLASS_STOCK, TF_1M, "2024-03-08T14:31Z", "2024-03-08T14:31Z",
		    false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(calendar_may_trade(cal, cases[i].class, cases[i].tf,
		       at(cases[i].from), at(cases[i].to)) == cases[i].trades,
		    "%s %s bars %s start from %s to %s",
		    asset_class_name(cases[i].class),
		    timeframe_name(cases[i].tf),
		    cases[i].trades ? "may" : "cannot", cases[i].from,
		    cases[i].to);
}

static void
finality(void)
{
	static const struct {
		const char *asked, *before;
	} cases[] = {
		{ "2024-03-08T15:59:59.999Z", "2024-03-07T05:00Z" },
		{ "2024-03-08T16:00Z", "2024-03-08T05:00Z" },
		{ "2024-03-09T04:59:59.999Z", "2024-03-08T05:00Z" },
		{ "2024-03-09T05:00Z", "2024-03-08T05:00Z" },
		{ "2024-03-10T14:59:59.999Z", "2024-03-09T05:00Z" },
		{ "2024-03-10T15:00Z", "2024-03-10T05:00Z" },
		{ "2024-03-11T15:00Z", "2024-03-11T04:00Z" },
		{ "2024-11-03T16:00Z", "2024-11-03T04:00Z" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(same(calendar_final_before(cal, at(cases[i].asked)),
		       cases[i].before),
		    "asked at %s, what ends by %s is final", cases[i].asked,
		    cases[i].before);
}

/* -- limits -- */

static void
any_time_will_do(void)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1,
		INT64_MIN / 2, -1, 0, 1, INT64_MAX / 2, INT64_MAX - 1,
		INT64_MAX };
	int64_t start;

	for (size_t i = 0; i < COUNT(times); i++)
		for (int tf = 0; tf < TF_COUNT; tf++)
			for (int c = CLASS_STOCK; c <= CLASS_INDEX; c++) {
				enum asset_class class = (enum asset_class)c;
				enum timeframe f = (enum timeframe)tf;
				int64_t t = times[i];

				(void)calendar_window_start(cal, class, f, t);
				(void)calendar_window_end(cal, class, f, t);
				(void)calendar_on_grid(cal, class, f, t);
				(void)calendar_is_open(cal, class, t);
				(void)calendar_due(cal, class, f, t, t);
				(void)calendar_final_before(cal, t);
				(void)calendar_ny_time(cal, INT32_MAX, t);
				(void)calendar_ny_time(cal, INT32_MIN, t);
				(void)calendar_next_expected(cal, class, f, t,
				    &start);
				(void)calendar_newest_due(cal, class, f, t,
				    -(t / 2), &start);
				(void)calendar_newest_due(cal, class, f, t,
				    INT64_MIN, &start);
				(void)calendar_may_trade(cal, class, f,
				    INT64_MIN, t);
				(void)calendar_bars_expected(cal, class, f,
				    INT64_MIN, t);
				(void)calendar_bars_expected(cal, class, f, t,
				    INT64_MAX);
			}
	ok(calendar_bars_expected(cal, CLASS_CRYPTO, TF_1D, INT64_MIN,
	       INT64_MAX) == date("2101-01-01") - date("1990-01-01"),
	    "all of time holds the table's bars");
}

static void
speed(void)
{
	struct calendar *other;
	clock_t begin = clock();
	int64_t n = 0;
	double create, count;

	(void)zoneinfo_calendar(&other, NULL, NULL);
	create = (double)(clock() - begin) / CLOCKS_PER_SEC;
	begin = clock();
	for (int tf = 0; tf < TF_COUNT; tf++)
		for (int c = CLASS_STOCK; c <= CLASS_INDEX; c++)
			n += calendar_bars_expected(other, (enum asset_class)c,
			    (enum timeframe)tf, at("2000-01-03T00:00Z"),
			    at("2020-01-03T00:00Z"));
	count = (double)(clock() - begin) / CLOCKS_PER_SEC;
	calendar_destroy(&other);
	/* Ten times what it may take, for slow machines and sanitizers. */
	ok(create < 0.1, "a calendar is made in %.1f ms", create * 1e3);
	ok(n > 0 && count < 0.1, "20 years are counted 45 times in %.2f ms",
	    count * 1e3);
}

int
main(void)
{
	struct md_error e = { MD_OK, "" };
	struct calendar *none = NULL;

	ok(!zoneinfo_calendar(&none, "/nonexistent", &e) && none == NULL &&
		e.code == MD_EIO && strstr(e.text, "/nonexistent") != NULL,
	    "zone data that is not there is named: %s", e.text);
	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	twenty_years_of_the_exchange();
	closed_dates();
	session_hours();
	sessions_a_year();
	sessions_beside();
	open_hours();
	clock_of_new_york();
	local_days();
	windows();
	windows_tile();
	grids();
	expected_counts();
	expectation_by_brute_force();
	newest_and_due();
	extended_hours();
	finality();
	any_time_will_do();
	speed();
	calendar_destroy(&cal);
	return done();
}
