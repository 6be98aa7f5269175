#include "market/holidays.h"

enum weekday { SUN, MON, TUE, WED, THU, FRI, SAT };

struct day {
	md_date date;
	int year, month, day;
	enum weekday weekday;
};

/* -- what no rule foresaw -- */

struct special {
	int yyyymmdd;
	const char *why;
};

static const struct special closures[] = {
	{ 19940427, "day of mourning for Richard Nixon" },
	{ 20010911, "September 11 attacks" },
	{ 20010912, "September 11 attacks" },
	{ 20010913, "September 11 attacks" },
	{ 20010914, "September 11 attacks" },
	{ 20040611, "day of mourning for Ronald Reagan" },
	{ 20070102, "day of mourning for Gerald Ford" },
	{ 20121029, "Hurricane Sandy" },
	{ 20121030, "Hurricane Sandy" },
	{ 20181205, "day of mourning for George H. W. Bush" },
	{ 20250109, "day of mourning for Jimmy Carter" },
};

/* At 13:00, announced for that year alone. */
static const struct special early_closes[] = {
	{ 19971226, "day after Christmas" },
	{ 19991231, "New Year's Eve" },
	{ 20031226, "day after Christmas" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
special_find(const struct special *s, size_t n, const struct day *d)
{
	int key = d->year * 10000 + d->month * 100 + d->day;

	for (size_t i = 0; i < n; i++)
		if (s[i].yyyymmdd == key)
			return s[i].why;
	return NULL;
}

/* -- rules -- */

/* The anonymous Gregorian computus (Meeus, "Astronomical Algorithms"). */
static md_date
easter(int year)
{
	int cycle = year % 19;
	int century = year / 100, of_century = year % 100;
	int moon = (19 * cycle + century - century / 4 -
		       (century - (century + 8) / 25 + 1) / 3 + 15) %
		   30;
	int sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon -
			 of_century % 4) %
		     7;
	int late = (cycle + 11 * moon + 22 * sunday) / 451;
	int n = moon + sunday - 7 * late + 114;

	return md_date_of(year, n / 31, n % 31 + 1);
}

static bool
is_nth(const struct day *d, enum weekday weekday, int n)
{
	return d->weekday == weekday && (d->day - 1) / 7 == n - 1;
}

/* A feast on a Saturday is kept on the Friday, on a Sunday on the Monday. */
static bool
is_moved(const struct day *d, int feast)
{
	return (d->weekday == FRI && d->day == feast - 1) ||
	       (d->weekday == MON && d->day == feast + 1);
}

static const char *
fixed(const struct day *d, int feast, const char *name, const char *moved)
{
	if (d->day == feast)
		return name;
	return is_moved(d, feast) ? moved : NULL;
}

static const char *
january(const struct day *d)
{
	if (d->day == 1)
		return "New Year's Day";
	/* From a Saturday it is not moved: 31 December closes the books. */
	if (d->day == 2 && d->weekday == MON)
		return "New Year's Day (observed)";
	if (d->year >= 1998 && is_nth(d, MON, 3))
		return "Martin Luther King Jr. Day";
	return NULL;
}

static const char *
november(const struct day *d)
{
	return is_nth(d, THU, 4) ? "Thanksgiving Day" : NULL;
}

/* Of a weekday: the holiday, or null. */
static const char *
holiday(const struct day *d)
{
	switch (d->month) {
	case 1:
		return january(d);
	case 2:
		return is_nth(d, MON, 3) ? "Washington's Birthday" : NULL;
	case 3:
	case 4:
		return d->weekday == FRI && d->date + 2 == easter(d->year)
			   ? "Good Friday"
			   : NULL;
	case 5:
		return d->weekday == MON && d->day >= 25 ? "Memorial Day"
							 : NULL;
	case 6:
		return d->year >= 2022
			   ? fixed(d, 19, "Juneteenth", "Juneteenth (observed)")
			   : NULL;
	case 7:
		return fixed(d, 4, "Independence Day",
		    "Independence Day (observed)");
	case 9:
		return is_nth(d, MON, 1) ? "Labor Day" : NULL;
	case 11:
		return november(d);
	case 12:
		return fixed(d, 25, "Christmas Day",
		    "Christmas Day (observed)");
	default:
		return NULL;
	}
}

/*
 * 3 July closes early before a 4th in the week, from 1995; on a Wednesday
 * from 2013 only: until then the Friday after the Thursday did.
 */
static const char *
july_early(const struct day *d)
{
	if (d->day == 3 && d->year >= (d->weekday == WED ? 2013 : 1995))
		return "day before Independence Day";
	if (d->day == 5 && d->weekday == FRI && d->year >= 1995 &&
	    d->year < 2013)
		return "day after Independence Day";
	return NULL;
}

/* Of a session: why it closes early, or null. */
static const char *
early_close(const struct day *d)
{
	if (d->month == 7)
		return july_early(d);
	if (d->month == 11 && d->weekday == FRI && d->day >= 23 &&
	    d->day <= 29 && d->year >= 1992)
		return "day after Thanksgiving";
	if (d->month != 12)
		return NULL;
	if (d->day == 24)
		return "Christmas Eve";
	return special_find(early_closes, COUNT(early_closes), d);
}

static const char *
closed(const struct day *d)
{
	const char *why;

	if (d->weekday == SAT)
		return "Saturday";
	if (d->weekday == SUN)
		return "Sunday";
	why = holiday(d);
	return why != NULL ? why : special_find(closures, COUNT(closures), d);
}

struct nyse_day
nyse_day(md_date date)
{
	struct nyse_day out = { false, REGULAR_OPEN, REGULAR_CLOSE, NULL };
	struct day d = { date, 0, 0, 0, (enum weekday)md_weekday(date) };

	md_date_split(date, &d.year, &d.month, &d.day);
	out.why = closed(&d);
	if (out.why != NULL)
		return out;
	out.open = true;
	out.why = early_close(&d);
	if (out.why != NULL)
		out.close_clock_ms = (d.year < 1993 ? 14 : 13) * MD_HOUR;
	return out;
}
