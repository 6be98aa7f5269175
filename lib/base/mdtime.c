#include "base/mdtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/integer.h"
#include "base/name.h"

#define DURATION_MAX (INT64_C(36525) * MD_DAY) /* 100 years */

/* -- dates: Hinnant's "chrono-compatible low-level date algorithms" -- */

md_date
md_date_of(int year, int month, int day)
{
	/* Years begin in March here, so that a leap day ends one. */
	int64_t months = (int64_t)year * 12 + month - 3;
	int64_t y = floor_div(months, 12), m = months - y * 12;
	int64_t era = floor_div(y, 400), of_era = y - era * 400;
	int64_t of_year = (153 * m + 2) / 5 + day - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
		       of_year - 719468;

	if (days < INT32_MIN)
		return INT32_MIN;
	return days > INT32_MAX ? INT32_MAX : (md_date)days;
}

#define ERAS INT64_C(14700) /* of 400 years: all dates are after as many */

void
md_date_split(md_date date, int *year, int *month, int *day)
{
	/* From a March so long ago that no date is before it.  Multiplying by
	 * 2939745 and 2141 divides by the days of a year and of a month, at
	 * once for the quotient and the rest (Neri and Schneider, "Euclidean
	 * affine functions and their application to calendar algorithms"). */
	uint64_t quarters =
	    ((uint64_t)((int64_t)date + 719468 + ERAS * 146097)) * 4 + 3;
	uint64_t century = quarters / 146097;
	uint32_t of_century = (uint32_t)(quarters % 146097) | 3;
	uint64_t years = UINT64_C(2939745) * of_century;
	uint32_t of_year = (uint32_t)years / 2939745 / 4;
	uint32_t months = 2141 * of_year + 197913;
	bool next = of_year >= 306; /* January or February */

	*day = (int)(months % 65536 / 2141) + 1;
	*month = (int)(months / 65536) - (next ? 12 : 0);
	*year = (int)((int64_t)(century * 100 + (years >> 32)) - ERAS * 400) +
		(next ? 1 : 0);
}

int
md_weekday(md_date date)
{
	/* 1970-01-01 was a Thursday. */
	int64_t days = (int64_t)date + 4;

	return (int)(days - floor_div(days, 7) * 7);
}

/* -- reading -- */

/* Exactly n digits at *s, which it moves past them. */
static bool
digits(const char **s, int n, int min, int max, int *out)
{
	const char *p = *s;
	int value = 0;

	for (int i = 0; i < n; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = value * 10 + (*p - '0');
	}
	if (value < min || value > max)
		return false;
	*s = p;
	*out = value;
	return true;
}

static bool
literal(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
scan_date(const char **s, md_date *out)
{
	int year, month, day, y, m, d;

	if (!digits(s, 4, 1900, 2199, &year) || !literal(s, '-') ||
	    !digits(s, 2, 1, 12, &month) || !literal(s, '-') ||
	    !digits(s, 2, 1, 31, &day))
		return false;
	*out = md_date_of(year, month, day);
	/* A day that does not exist comes back as one of the next month. */
	md_date_split(*out, &y, &m, &d);
	return d == day;
}

static bool
scan_clock(const char **s, int64_t *ms)
{
	int hour, minute, second = 0, milli = 0;

	if (!digits(s, 2, 0, 23, &hour) || !literal(s, ':') ||
	    !digits(s, 2, 0, 59, &minute))
		return false;
	if (literal(s, ':')) {
		if (!digits(s, 2, 0, 59, &second))
			return false;
		if (literal(s, '.') && !digits(s, 3, 0, 999, &milli))
			return false;
	}
	*ms = hour * MD_HOUR + minute * MD_MINUTE + second * MD_SECOND + milli;
	return true;
}

static bool
scan_offset(const char **s, int64_t *ms)
{
	int hours, minutes;
	bool west;

	*ms = 0;
	if (literal(s, 'Z'))
		return true;
	west = **s == '-';
	if ((!literal(s, '+') && !literal(s, '-')) ||
	    !digits(s, 2, 0, 23, &hours) || !literal(s, ':') ||
	    !digits(s, 2, 0, 59, &minutes))
		return false;
	*ms = (hours * MD_HOUR + minutes * MD_MINUTE) * (west ? -1 : 1);
	return true;
}

bool
md_date_parse(const char *s, md_date *out)
{
	md_date date;

	if (!scan_date(&s, &date) || *s != '\0')
		return false;
	*out = date;
	return true;
}

bool
md_time_parse(const char *s, int64_t *ms)
{
	md_date date;
	int64_t clock, offset;

	if (!scan_date(&s, &date) || !literal(&s, 'T') ||
	    !scan_clock(&s, &clock) || !scan_offset(&s, &offset) || *s != '\0')
		return false;
	*ms = date * MD_DAY + clock - offset;
	return true;
}

/* -- writing -- */

void
md_date_format(md_date date, char out[11])
{
	int year, month, day;

	md_date_split(date, &year, &month, &day);
	if (year < 0)
		year = 0, month = 1, day = 1;
	if (year > 9999)
		year = 9999, month = 12, day = 31;
	/* The remainders tell the compiler that it fits. */
	(void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)day % 100);
}

void
md_time_format(int64_t ms, char out[MD_TIME_MAX])
{
	int64_t days = floor_div(ms, MD_DAY);
	unsigned clock = (unsigned)(ms - days * MD_DAY);
	unsigned s = clock / 1000, milli = clock % 1000;
	char date[11], fraction[8] = "";

	if (days < INT32_MIN)
		days = INT32_MIN;
	if (days > INT32_MAX)
		days = INT32_MAX;
	md_date_format((md_date)days, date);
	if (milli != 0)
		(void)snprintf(fraction, sizeof(fraction), ".%03u", milli);
	(void)snprintf(out, MD_TIME_MAX, "%sT%02u:%02u:%02u%sZ", date,
	    s / 3600 % 24, s / 60 % 60, s % 60, fraction);
}

/* -- lengths of time -- */

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{ "", MD_SECOND },
	{ "ms", 1 },
	{ "s", MD_SECOND },
	{ "m", MD_MINUTE },
	{ "h", MD_HOUR },
	{ "d", MD_DAY },
	{ "w", 7 * MD_DAY },
};

static bool
unit_parse(const char *s, int64_t *ms)
{
	int i = NAME_FIND(units, s);

	if (i < 0)
		return false;
	*ms = units[i].ms;
	return true;
}

/* Digits after the point, as billionths; those past the ninth are dropped. */
static bool
scan_fraction(const char **s, int64_t *billionths)
{
	int64_t place = 100000000;

	*billionths = 0;
	if (!literal(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, place /= 10)
		*billionths += (**s - '0') * place;
	return true;
}

bool
md_duration_parse(const char *s, int64_t *ms)
{
	int64_t whole = 0, billionths, unit, total;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		whole = whole * 10 + (*s - '0');
		if (whole > DURATION_MAX)
			return false;
	}
	if (!scan_fraction(&s, &billionths) || !unit_parse(s, &unit) ||
	    whole > DURATION_MAX / unit)
		return false;
	total = whole * unit + (billionths * unit + 500000000) / 1000000000;
	if (total > DURATION_MAX)
		return false;
	*ms = total;
	return true;
}

void
md_duration_format(int64_t ms, char out[32])
{
	const char *sign = ms < 0 ? "-" : "";
	uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	/* Rounded before the unit is chosen: 59.97 s is 1 min, not 60.0 s. */
	uint64_t tenths = (left + 50) / 100, seconds = (left + 500) / 1000;
	uint64_t minutes = (seconds + 30) / 60, hours = (minutes + 30) / 60;

	if (left < 1000)
		(void)snprintf(out, 32, "%s%" PRIu64 " ms", sign, left);
	else if (tenths < 600)
		(void)snprintf(out, 32, "%s%" PRIu64 ".%" PRIu64 " s", sign,
		    tenths / 10, tenths % 10);
	else if (seconds < 3600)
		(void)snprintf(out, 32, "%s%" PRIu64 " min %02" PRIu64 " s",
		    sign, seconds / 60, seconds % 60);
	else if (minutes < 24 * 60)
		(void)snprintf(out, 32, "%s%" PRIu64 " h %02" PRIu64 " min",
		    sign, minutes / 60, minutes % 60);
	else
		(void)snprintf(out, 32, "%s%" PRIu64 " d %" PRIu64 " h", sign,
		    hours / 24, hours % 24);
}

/* -- clocks -- */

static int64_t
clock_us(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
md_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
md_now_ms(void)
{
	return md_now_us() / 1000;
}

int64_t
md_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t
md_monotonic_ms(void)
{
	return md_monotonic_us() / 1000;
}

int64_t
md_thread_cpu_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}
