#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "tap.h"

static void
dates_agree_with_the_calendar(void)
{
	static const struct {
		int year, month, day;
		md_date date;
		int weekday;
	} cases[] = {
		{ 1970, 1, 1, 0, 4 },
		{ 1969, 12, 31, -1, 3 },
		{ 2000, 2, 29, 11016, 2 },
		{ 2000, 3, 1, 11017, 3 },
		{ 1900, 3, 1, -25508, 4 },
		{ 2100, 2, 28, 47540, 0 },
		{ 2199, 12, 31, 84005, 2 },
		{ 1, 1, 1, -719162, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int y, m, d;
		md_date date =
		    md_date_of(cases[i].year, cases[i].month, cases[i].day);

		md_date_split(cases[i].date, &y, &m, &d);
		ok(date == cases[i].date && y == cases[i].year &&
			m == cases[i].month && d == cases[i].day &&
			md_weekday(date) == cases[i].weekday,
		    "%04d-%02d-%02d is day %d and weekday %d", cases[i].year,
		    cases[i].month, cases[i].day, cases[i].date,
		    cases[i].weekday);
	}
}

static void
dates_agree_with_the_system(void)
{
	bool good = true;

	for (md_date d = -80000; d < 90000 && good; d++) {
		time_t t = (time_t)d * 86400;
		struct tm tm;
		int year, month, day;

		(void)gmtime_r(&t, &tm);
		md_date_split(d, &year, &month, &day);
		good = year == tm.tm_year + 1900 && month == tm.tm_mon + 1 &&
		       day == tm.tm_mday && md_weekday(d) == tm.tm_wday &&
		       md_date_of(year, month, day) == d;
	}
	ok(good, "every date from 1750 to 2216 is the system's");
	ok(md_date_of(2024, 13, 1) == md_date_of(2025, 1, 1) &&
		md_date_of(2024, 0, 1) == md_date_of(2023, 12, 1) &&
		md_date_of(2024, 3, 0) == md_date_of(2024, 2, 29),
	    "months and days out of range carry over");
}

static void
extremes_are_defined(void)
{
	char text[MD_TIME_MAX], date[11];
	int y, m, d;

	md_date_split(INT32_MIN, &y, &m, &d);
	ok(md_date_of(y, m, d) == INT32_MIN, "the first date comes back");
	md_date_split(INT32_MAX, &y, &m, &d);
	ok(md_date_of(y, m, d) == INT32_MAX, "the last date comes back");
	ok(md_date_of(INT32_MAX, 12, 31) == INT32_MAX &&
		md_date_of(INT32_MIN, 1, 1) == INT32_MIN,
	    "years that no date has are clamped");
	md_date_format(INT32_MAX, date);
	ok(strcmp(date, "9999-12-31") == 0, "the last date that is written");
	md_date_format(INT32_MIN, date);
	ok(strcmp(date, "0000-01-01") == 0, "the first date that is written");
	md_time_format(INT64_MIN, text);
	ok(strncmp(text, "0000-01-01T", 11) == 0, "the earliest time: %s",
	    text);
	md_time_format(INT64_MAX, text);
	ok(strncmp(text, "9999-12-31T", 11) == 0, "the latest time: %s", text);
}

static void
dates_are_read_strictly(void)
{
	static const char *const bad[] = { "", "2024", "2024-1-02", "2024-01-2",
		"2024-13-01", "2024-00-01", "2024-01-00", "2024-02-30",
		"2023-02-29", "2100-02-29", "2024-04-31", "2024-01-02 ",
		" 2024-01-02", "2024-01-02T", "20240102", "1899-12-31",
		"2200-01-01", "2024/01/02", "-024-01-02", "+024-01-02" };
	md_date date = 77;

	ok(md_date_parse("2024-02-29", &date) && date == 19782,
	    "a leap day is read");
	ok(md_date_parse("1900-01-01", &date) &&
		md_date_parse("2199-12-31", &date),
	    "the first and the last date are read");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		date = 77;
		ok(!md_date_parse(bad[i], &date) && date == 77,
		    "\"%s\" is not a date", bad[i]);
	}
}

static void
times_are_read(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00Z", 0 },
		{ "1970-01-01T00:00:00.001Z", 1 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2024-03-10T07:00:00Z", 1710054000000 },
		{ "2024-03-10T03:00:00-04:00", 1710054000000 },
		{ "2024-03-10T12:30+05:30", 1710054000000 },
		{ "2024-03-10T07:00:00.250+00:00", 1710054000250 },
	};

	static const char *const bad[] = { "", "2024-03-10", "2024-03-10T07Z",
		"2024-03-10T07:00", "2024-03-10T07:00:00",
		"2024-03-10 07:00:00Z", "2024-03-10T24:00:00Z",
		"2024-03-10T07:60:00Z", "2024-03-10T07:00:60Z",
		"2024-03-10T07:00:00.Z", "2024-03-10T07:00:00.1Z",
		"2024-03-10T07:00:00.1234Z", "2024-03-10T07:00:00ZZ",
		"2024-03-10T07:00:00+0530", "2024-03-10T07:00:00+05",
		"2024-03-10T07:00:00+24:00", "2024-03-10T07:00.5Z",
		"2024-02-30T07:00Z", "1710054000000" };
	int64_t ms = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(md_time_parse(cases[i].text, &ms) && ms == cases[i].ms,
		    "%s is %lld", cases[i].text, (long long)cases[i].ms);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ms = 77;
		ok(!md_time_parse(bad[i], &ms) && ms == 77,
		    "\"%s\" is not a time", bad[i]);
	}
}

static void
times_are_written(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 1710054000000, "2024-03-10T07:00:00Z" },
		{ 1710054000050, "2024-03-10T07:00:00.050Z" },
	};

	char out[MD_TIME_MAX];
	int64_t ms;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		md_time_format(cases[i].ms, out);
		ok(strcmp(out, cases[i].text) == 0 && md_time_parse(out, &ms) &&
			ms == cases[i].ms,
		    "%lld is written %s, and read again",
		    (long long)cases[i].ms, cases[i].text);
	}
}

static void
durations_are_read(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "0", 0 },
		{ "90", 90000 },
		{ "90s", 90000 },
		{ "1.5h", 5400000 },
		{ "250ms", 250 },
		{ "0.25s", 250 },
		{ "2m", 120000 },
		{ "1d", 86400000 },
		{ "2w", 1209600000 },
		{ "0.0004s", 0 },
		{ "0.00055s", 1 },
		{ "0.123456789123s", 123 },
		{ "36525d", 36525 * MD_DAY },
	};

	static const char *const bad[] = { "", "h", "-1s", "+1s", "1.s", ".5s",
		"1e3", "1 s", "1s ", "1sec", "1H", "1M", "1y", "0x10",
		"36525.5d", "36526d", "99999999999999999999999999", "inf",
		"nan" };
	int64_t ms;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(md_duration_parse(cases[i].text, &ms) && ms == cases[i].ms,
		    "\"%s\" is %lld ms", cases[i].text, (long long)cases[i].ms);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ms = 77;
		ok(!md_duration_parse(bad[i], &ms) && ms == 77,
		    "\"%s\" is not a length of time", bad[i]);
	}
}

static void
durations_are_written(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0 ms" },
		{ 999, "999 ms" },
		{ 1000, "1.0 s" },
		{ 4240, "4.2 s" },
		{ 59949, "59.9 s" },
		{ 59950, "1 min 00 s" },
		{ 200000, "3 min 20 s" },
		{ 3599499, "59 min 59 s" },
		{ 3599500, "1 h 00 min" },
		{ 7500000, "2 h 05 min" },
		{ 86399999, "1 d 0 h" },
		{ 3 * MD_DAY + 4 * MD_HOUR, "3 d 4 h" },
		{ -7500000, "-2 h 05 min" },
		{ INT64_MIN, "-106751991167 d 7 h" },
	};

	char out[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		md_duration_format(cases[i].ms, out);
		ok(strcmp(out, cases[i].text) == 0, "%lld ms is \"%s\"",
		    (long long)cases[i].ms, cases[i].text);
	}
}

int
main(void)
{
	int64_t before;

	dates_agree_with_the_calendar();
	dates_agree_with_the_system();
	extremes_are_defined();
	dates_are_read_strictly();
	times_are_read();
	times_are_written();
	durations_are_read();
	durations_are_written();
	before = md_monotonic_us();
	ok(md_monotonic_us() >= before, "the monotonic clock does not go back");
	ok(md_now_ms() / 1000 - (int64_t)time(NULL) <= 1,
	    "the wall clock is the system's");
	return done();
}
