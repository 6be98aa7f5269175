#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "holidays.h"
#include "zone.h"

#define ZONE_NAME "America/New_York"

/* What is tabulated: 1990-01-01 to 2100-12-31. */
#define FIRST_DATE 7305
#define END_DATE   47847
#define DAYS       (END_DATE - FIRST_DATE)

/* What is told apart at all: years 1 to 9999.  Beyond is taken as these. */
#define DATE_MIN (-719162)
#define DATE_MAX 2932896

/* Timeframes whose windows lie within one day; windows of a day add up. */
#define TF_DAILY (TF_1D + 1)

struct entry {
	struct session session;
	int32_t windows_before[TF_DAILY]; /* in all sessions before it */
};

struct calendar {
	struct zone *zone;
	int64_t midnight[DAYS + 1];
	int32_t sessions_before[DAYS + 1]; /* sessions on dates before it */
	struct entry *sessions;            /* and one more, for its sums */
};

/* A stretch of time, and evenly spaced windows. */
struct hours {
	int64_t from, to;
};

struct windows {
	int64_t first, step, count;
};

/* -- arithmetic that cannot overflow -- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
floor_to(int64_t a, int64_t step)
{
	return floor_div(a, step) * step;
}

static int64_t
clamp(int64_t x, int64_t low, int64_t high)
{
	if (x < low)
		return low;
	return x > high ? high : x;
}

static int64_t
clamp_time(int64_t t)
{
	return clamp(t, DATE_MIN * MD_DAY, DATE_MAX * MD_DAY);
}

static md_date
clamp_date(int64_t date)
{
	return (md_date)clamp(date, DATE_MIN, DATE_MAX);
}

static int64_t
add(int64_t a, int64_t b)
{
	if (b > 0 && a > INT64_MAX - b)
		return INT64_MAX;
	if (b < 0 && a < INT64_MIN - b)
		return INT64_MIN;
	return a + b;
}

static bool
tabulated(md_date date)
{
	return date >= FIRST_DATE && date < END_DATE;
}

/* -- New York's clock -- */

/* The first time in (low, high] at which the offset is no longer low's. */
static int64_t
offset_change(const struct zone *z, int64_t low, int64_t high)
{
	int64_t offset = zone_offset_ms(z, low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (zone_offset_ms(z, middle) == offset)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* UTC of a local time, which is written as if it were UTC. */
static int64_t
zone_time(const struct zone *z, int64_t local)
{
	int64_t before = zone_offset_ms(z, local - MD_DAY);
	int64_t after = zone_offset_ms(z, local + MD_DAY);
	int64_t t = local - before;

	/* The earlier offset's reading is the first of two. */
	if (before == after || zone_offset_ms(z, t) == before)
		return t;
	t = local - after;
	if (zone_offset_ms(z, t) == after)
		return t;
	return offset_change(z, local - MD_DAY, local + MD_DAY);
}

static int64_t
ny_midnight(const struct calendar *cal, md_date date)
{
	if (date >= FIRST_DATE && date <= END_DATE)
		return cal->midnight[date - FIRST_DATE];
	return zone_time(cal->zone, date * MD_DAY);
}

static md_date
ny_date(const struct calendar *cal, int64_t t)
{
	/* No zone is a day from UTC. */
	md_date date = (md_date)floor_div(t, MD_DAY) - 1;

	while (ny_midnight(cal, date + 1) <= t)
		date++;
	return date;
}

int64_t
calendar_ny_offset(const struct calendar *cal, int64_t t)
{
	return zone_offset_ms(cal->zone, clamp_time(t));
}

int64_t
calendar_ny_time(const struct calendar *cal, md_date date, int64_t clock)
{
	int64_t days, midnight;

	clock = clamp(clock, -DATE_MAX * MD_DAY, DATE_MAX * MD_DAY);
	days = floor_div(clock, MD_DAY);
	clock -= days * MD_DAY;
	date = clamp_date(date + days);
	midnight = ny_midnight(cal, date);
	if (ny_midnight(cal, date + 1) - midnight == MD_DAY)
		return midnight + clock;
	return zone_time(cal->zone, date * MD_DAY + clock);
}

md_date
calendar_date(const struct calendar *cal, enum asset_class class, int64_t t)
{
	t = clamp_time(t);
	if (class == CLASS_CRYPTO)
		return (md_date)floor_div(t, MD_DAY);
	return ny_date(cal, t);
}

int64_t
calendar_midnight(const struct calendar *cal, enum asset_class class,
    md_date date)
{
	if (class == CLASS_CRYPTO)
		return date * MD_DAY;
	return ny_midnight(cal, date);
}

/* -- sessions -- */

static bool
session_make(const struct calendar *cal, md_date date,
    const struct nyse_day *day, struct session *out)
{
	if (!day->open)
		return false;
	out->date = date;
	out->open_ms = calendar_ny_time(cal, date, day->open_clock_ms);
	out->close_ms = calendar_ny_time(cal, date, day->close_clock_ms);
	out->early = day->why != NULL;
	return true;
}

bool
calendar_session(const struct calendar *cal, md_date date, struct session *out)
{
	struct nyse_day day;

	if (tabulated(date)) {
		const int32_t *before =
		    &cal->sessions_before[date - FIRST_DATE];

		if (before[0] == before[1])
			return false;
		*out = cal->sessions[before[0]].session;
		return true;
	}
	if (date != clamp_date(date))
		return false;
	day = nyse_day(date);
	return session_make(cal, date, &day, out);
}

const char *
calendar_holiday(const struct calendar *cal, md_date date)
{
	(void)cal;
	return nyse_day(clamp_date(date)).why;
}

/* The exchange was never closed for a month since 1914. */
static bool
session_beside(const struct calendar *cal, md_date date, int step,
    struct session *out)
{
	date = clamp_date(date);
	for (int i = 1; i <= 31; i++)
		if (calendar_session(cal, date + i * step, out))
			return true;
	return false;
}

bool
calendar_next_session(const struct calendar *cal, md_date date,
    struct session *out)
{
	return session_beside(cal, date, 1, out);
}

bool
calendar_previous_session(const struct calendar *cal, md_date date,
    struct session *out)
{
	return session_beside(cal, date, -1, out);
}

/* -- opening hours of any class -- */

static bool
fx_hours(const struct calendar *cal, md_date date, struct hours *out)
{
	int weekday = md_weekday(date);

	if (weekday == 6)
		return false;
	out->from =
	    calendar_ny_time(cal, date, weekday == 0 ? 17 * MD_HOUR : 0);
	out->to =
	    calendar_ny_time(cal, date, (weekday == 5 ? 17 : 24) * MD_HOUR);
	return true;
}

/* When the market of that class is open on its local date; false: not. */
static bool
hours_of(const struct calendar *cal, enum asset_class class, md_date date,
    struct hours *out)
{
	struct session s;

	if (class == CLASS_CRYPTO) {
		out->from = date * MD_DAY;
		out->to = out->from + MD_DAY;
		return true;
	}
	if (class == CLASS_FX)
		return fx_hours(cal, date, out);
	if (!calendar_session(cal, date, &s))
		return false;
	out->from = s.open_ms;
	out->to = s.close_ms;
	return true;
}

bool
calendar_is_open(const struct calendar *cal, enum asset_class class, int64_t t)
{
	struct hours h;

	t = clamp_time(t);
	return hours_of(cal, class, calendar_date(cal, class, t), &h) &&
	       t >= h.from && t < h.to;
}

/* -- windows of days -- */

/* The date that the day, week or month of that date starts on. */
static md_date
period_start(enum timeframe tf, md_date date)
{
	int year, month, day;

	if (tf == TF_1W)
		return date - md_weekday(date);
	if (tf != TF_1MO)
		return date;
	md_date_split(date, &year, &month, &day);
	return date - day + 1;
}

static md_date
period_next(enum timeframe tf, md_date start)
{
	int year, month, day;

	if (tf == TF_1W)
		return start + 7;
	if (tf != TF_1MO)
		return start + 1;
	md_date_split(start, &year, &month, &day);
	return md_date_of(year, month + 1, 1);
}

/* Is the market open on any of its days? */
static bool
period_open(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, md_date start)
{
	struct hours h;

	for (md_date d = start, end = period_next(tf, start); d < end; d++)
		if (hours_of(cal, class, d, &h))
			return true;
	return false;
}

/* The first period that starts at t or later. */
static md_date
period_from(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	md_date start = period_start(tf, calendar_date(cal, class, t));

	return calendar_midnight(cal, class, start) < t ? period_next(tf, start)
							: start;
}

static bool
is_midnight(const struct calendar *cal, enum asset_class class, int64_t t)
{
	return calendar_midnight(cal, class, calendar_date(cal, class, t)) == t;
}

/* -- windows -- */

/* The k-th of the six 4h windows of a New York date; 6 is the next's first. */
static int64_t
quarter(const struct calendar *cal, md_date date, int k)
{
	return calendar_ny_time(cal, date, k * 4 * MD_HOUR);
}

static int64_t
quarter_start(const struct calendar *cal, int64_t t)
{
	md_date date = ny_date(cal, t);
	int64_t midnight = ny_midnight(cal, date);
	int k = 5;

	if (ny_midnight(cal, date + 1) - midnight == MD_DAY)
		return midnight + floor_to(t - midnight, 4 * MD_HOUR);
	while (k > 0 && quarter(cal, date, k) > t)
		k--;
	return quarter(cal, date, k);
}

static int64_t
quarter_end(const struct calendar *cal, int64_t start)
{
	md_date date = ny_date(cal, start);
	int k = 1;

	/* The vendor's variant, on the UTC grid. */
	if (quarter_start(cal, start) != start)
		return start + 4 * MD_HOUR;
	while (k < 6 && quarter(cal, date, k) <= start)
		k++;
	return quarter(cal, date, k);
}

/* Do the class's windows lie evenly from the epoch on? */
static bool
even(enum asset_class class, enum timeframe tf)
{
	return tf < TF_4H || (tf == TF_4H && class == CLASS_CRYPTO);
}

int64_t
calendar_window_start(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	md_date date;

	t = clamp_time(t);
	if (even(class, tf))
		return floor_to(t, timeframe_nominal_ms(tf));
	if (tf == TF_4H)
		return quarter_start(cal, t);
	date = calendar_date(cal, class, t);
	return calendar_midnight(cal, class, period_start(tf, date));
}

int64_t
calendar_window_end(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t start)
{
	md_date date;

	start = clamp_time(start);
	if (even(class, tf))
		return start + timeframe_nominal_ms(tf);
	if (tf == TF_4H)
		return quarter_end(cal, start);
	/* The vendor's variants end at the midnights that they start at. */
	if (!is_midnight(cal, class, start) && start % MD_DAY == 0)
		class = CLASS_CRYPTO;
	else if (!is_midnight(cal, class, start) &&
		 is_midnight(cal, CLASS_FX, start))
		class = CLASS_FX;
	date = calendar_date(cal, class, start);
	return calendar_midnight(cal, class, period_next(tf, date));
}

static bool
starts_period(enum timeframe tf, md_date date)
{
	if (tf == TF_1W)
		return md_weekday(date) <= 1; /* or Monday */
	return period_start(tf, date) == date;
}

static bool
starts_period_at(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	return is_midnight(cal, class, t) &&
	       starts_period(tf, calendar_date(cal, class, t));
}

bool
calendar_on_grid(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	if (t != clamp_time(t))
		return false;
	if (calendar_window_start(cal, class, tf, t) == t)
		return true;
	if (timeframe_intraday(tf))
		return tf == TF_4H && t % (4 * MD_HOUR) == 0;
	if (asset_class_has_sessions(class))
		return starts_period_at(cal, class, tf, t);
	return starts_period_at(cal, CLASS_FX, tf, t) ||
	       starts_period_at(cal, CLASS_CRYPTO, tf, t);
}

/* -- expectation: windows that overlap opening hours -- */

/*
 * The intraday windows of a date that overlap h.  Evenly spaced: the clock
 * changes on Sundays at 02:00, when only crypto, which has no clock, is open.
 */
static struct windows
windows_of(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, const struct hours *h)
{
	int64_t step = timeframe_nominal_ms(tf);
	int64_t first = calendar_window_start(cal, class, tf, h->from);

	return (struct windows){ first, step,
		floor_div(h->to - 1 - first, step) + 1 };
}

/* How many of them start before t. */
static int64_t
windows_before(const struct windows *w, int64_t t)
{
	if (t <= w->first)
		return 0;
	return clamp(floor_div(t - w->first - 1, w->step) + 1, 0, w->count);
}

static int64_t
windows_between(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, md_date date, int64_t from, int64_t to)
{
	struct windows w;
	struct hours h;

	if (!hours_of(cal, class, date, &h))
		return 0;
	w = windows_of(cal, class, tf, &h);
	return windows_before(&w, to) - windows_before(&w, from);
}

/* The windows of a whole date, up to 1d. */
static int64_t
windows_on(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, md_date date)
{
	struct hours h;

	if (!hours_of(cal, class, date, &h))
		return 0;
	return tf == TF_1D ? 1 : windows_of(cal, class, tf, &h).count;
}

/* The windows of whole dates, [from, to) and tabulated, up to 1d. */
static int64_t
windows_sum(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, md_date from, md_date to)
{
	int64_t week = 0, weeks = (to - from) / 7, sum = 0;

	if (from >= to)
		return 0;
	if (asset_class_has_sessions(class)) {
		const int32_t *before = cal->sessions_before;

		return cal->sessions[before[to - FIRST_DATE]]
			   .windows_before[tf] -
		       cal->sessions[before[from - FIRST_DATE]]
			   .windows_before[tf];
	}
	/* One week is like another. */
	for (int i = 0; i < 7; i++)
		week += windows_on(cal, class, tf, from + i);
	for (md_date d = from + (md_date)weeks * 7; d < to; d++)
		sum += windows_on(cal, class, tf, d);
	return sum + weeks * week;
}

/* Bars are expected within the table only. */
static bool
within_table(const struct calendar *cal, enum asset_class class, int64_t *from,
    int64_t *to)
{
	int64_t low = calendar_midnight(cal, class, FIRST_DATE);
	int64_t high = calendar_midnight(cal, class, END_DATE);

	*from = clamp(*from, low, high);
	*to = clamp(*to, low, high);
	return *from < *to;
}

static int64_t
periods_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	md_date first = period_from(cal, class, tf, from);
	md_date end = period_from(cal, class, tf, to);
	int64_t n = 0;

	if (tf == TF_1D)
		return windows_sum(cal, class, tf, first, end);
	for (md_date d = first; d < end; d = period_next(tf, d))
		n += period_open(cal, class, tf, d);
	return n;
}

int64_t
calendar_bars_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	md_date first, last;

	if (!within_table(cal, class, &from, &to))
		return 0;
	if (!timeframe_intraday(tf))
		return periods_expected(cal, class, tf, from, to);
	first = calendar_date(cal, class, from);
	last = calendar_date(cal, class, to - 1);
	if (first == last)
		return windows_between(cal, class, tf, first, from, to);
	return windows_between(cal, class, tf, first, from, to) +
	       windows_sum(cal, class, tf, first + 1, last) +
	       windows_between(cal, class, tf, last, from, to);
}

/* The first expected start in [from, to). */
static bool
first_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to, int64_t *start)
{
	struct windows w;
	struct hours h;
	int64_t before;
	md_date d;

	if (!within_table(cal, class, &from, &to))
		return false;
	if (!timeframe_intraday(tf)) {
		d = period_from(cal, class, tf, from);
		while (!period_open(cal, class, tf, d))
			d = period_next(tf, d);
		*start = calendar_midnight(cal, class, d);
		return *start < to;
	}
	d = calendar_date(cal, class, from);
	for (; calendar_midnight(cal, class, d) < to; d++) {
		if (!hours_of(cal, class, d, &h))
			continue;
		w = windows_of(cal, class, tf, &h);
		before = windows_before(&w, from);
		if (before == w.count)
			continue;
		*start = w.first + before * w.step;
		return *start < to;
	}
	return false;
}

bool
calendar_expects_bars(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	int64_t start;

	return first_expected(cal, class, tf, from, to, &start);
}

bool
calendar_next_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t, int64_t *start)
{
	int64_t first;

	if (!first_expected(cal, class, tf, t, add(t, 366 * MD_DAY), &first))
		return false;
	*start = first;
	return true;
}

/* Of those that end by t. */
static bool
newest_period(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t, int64_t *start)
{
	md_date d = period_start(tf, calendar_date(cal, class, t));

	do {
		d = period_start(tf, d - 1);
		if (d < FIRST_DATE)
			return false;
	} while (!period_open(cal, class, tf, d));
	*start = calendar_midnight(cal, class, d);
	return true;
}

static bool
newest_window(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t, int64_t *start)
{
	struct windows w;
	struct hours h;
	int64_t ended;

	for (md_date d = calendar_date(cal, class, t); d >= FIRST_DATE; d--) {
		if (!tabulated(d) || !hours_of(cal, class, d, &h))
			continue;
		w = windows_of(cal, class, tf, &h);
		ended = clamp(floor_div(t - w.first, w.step), 0, w.count);
		if (ended == 0)
			continue;
		*start = w.first + (ended - 1) * w.step;
		return true;
	}
	return false;
}

bool
calendar_newest_due(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t now, int64_t settle, int64_t *start)
{
	int64_t t = add(now, settle == INT64_MIN ? INT64_MAX : -settle);
	int64_t end = calendar_midnight(cal, class, END_DATE);

	if (t > end)
		t = end;
	if (t <= calendar_midnight(cal, class, FIRST_DATE))
		return false;
	if (timeframe_intraday(tf))
		return newest_window(cal, class, tf, t, start);
	return newest_period(cal, class, tf, t, start);
}

int64_t
calendar_due(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t start, int64_t settle)
{
	return add(calendar_window_end(cal, class, tf, start), settle);
}

/* -- what may exist, extended hours and the vendor's variants included -- */

static bool
extended_hours(const struct calendar *cal, enum asset_class class, md_date date,
    struct hours *out)
{
	if (!hours_of(cal, class, date, out))
		return false;
	if (asset_class_has_sessions(class)) {
		out->from = calendar_ny_time(cal, date, 4 * MD_HOUR);
		out->to = calendar_ny_time(cal, date, 20 * MD_HOUR);
	}
	return true;
}

/* The first start on the grid at t or after it, the 4h variant's included. */
static int64_t
grid_from(const struct calendar *cal, enum asset_class class, enum timeframe tf,
    int64_t t)
{
	int64_t step = timeframe_nominal_ms(tf);
	int64_t utc = floor_to(t + step - 1, step);
	int64_t start = calendar_window_start(cal, class, tf, t);

	if (start < t)
		start = calendar_window_end(cal, class, tf, start);
	return start < utc ? start : utc;
}

static bool
windows_trade(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	md_date d = calendar_date(cal, class, from);
	struct hours h;

	for (; calendar_midnight(cal, class, d) < to; d++) {
		if (!extended_hours(cal, class, d, &h))
			continue;
		/* A variant may begin before the hours that it reaches. */
		h.from -= timeframe_nominal_ms(tf) - 1;
		if (h.from < from)
			h.from = from;
		if (h.to > to)
			h.to = to;
		if (h.from < h.to && grid_from(cal, class, tf, h.from) < h.to)
			return true;
	}
	return false;
}

/* zone: the class whose midnights are meant. */
static bool
periods_trade(const struct calendar *cal, enum asset_class class,
    enum asset_class zone, enum timeframe tf, int64_t from, int64_t to)
{
	md_date d = period_from(cal, zone, TF_1D, from);

	for (; calendar_midnight(cal, zone, d) < to; d++)
		if (starts_period(tf, d) && period_open(cal, class, tf, d))
			return true;
	return false;
}

bool
calendar_trades(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	if (!within_table(cal, class, &from, &to))
		return false;
	if (timeframe_intraday(tf))
		return windows_trade(cal, class, tf, from, to);
	if (asset_class_has_sessions(class))
		return periods_trade(cal, class, class, tf, from, to);
	return periods_trade(cal, class, CLASS_FX, tf, from, to) ||
	       periods_trade(cal, class, CLASS_CRYPTO, tf, from, to);
}

/* -- finality -- */

int64_t
calendar_final_before(const struct calendar *cal, int64_t asked)
{
	md_date date;

	asked = clamp_time(asked);
	date = ny_date(cal, asked);
	if (asked < calendar_ny_time(cal, date, 11 * MD_HOUR))
		date--;
	return ny_midnight(cal, date);
}

/* -- making one -- */

static void
midnights_fill(struct calendar *cal)
{
	int64_t offset = zone_offset_ms(cal->zone, FIRST_DATE * MD_DAY);

	for (md_date i = 0; i <= DAYS; i++) {
		int64_t local = (FIRST_DATE + i) * MD_DAY, t = local - offset;

		/* Mostly the day before's offset still holds. */
		if (zone_offset_ms(cal->zone, t) != offset) {
			t = zone_time(cal->zone, local);
			offset = zone_offset_ms(cal->zone, t);
		}
		cal->midnight[i] = t;
	}
}

/* How many windows of each timeframe overlap a session with those hours. */
static void
windows_count(const struct nyse_day *day, int32_t counts[TF_DAILY])
{
	for (int tf = 0; tf < TF_1D; tf++) {
		int64_t step = timeframe_nominal_ms((enum timeframe)tf);

		counts[tf] = (int32_t)((day->close_clock_ms + step - 1) / step -
				       day->open_clock_ms / step);
	}
	counts[TF_1D] = 1;
}

static void
sessions_fill(struct calendar *cal)
{
	struct entry *entry = cal->sessions;
	int32_t counts[TF_DAILY] = { 0 };
	int64_t counted = -1;

	for (md_date i = 0; i < DAYS; i++) {
		struct nyse_day day = nyse_day(FIRST_DATE + i);

		cal->sessions_before[i] = (int32_t)(entry - cal->sessions);
		if (!session_make(cal, FIRST_DATE + i, &day, &entry->session))
			continue;
		/* Mostly the hours are those of the session before. */
		if (day.close_clock_ms != counted) {
			windows_count(&day, counts);
			counted = day.close_clock_ms;
		}
		for (int tf = 0; tf < TF_DAILY; tf++)
			entry[1].windows_before[tf] =
			    entry[0].windows_before[tf] + counts[tf];
		entry++;
	}
	cal->sessions_before[DAYS] = (int32_t)(entry - cal->sessions);
}

static const char *const zoneinfo_dirs[] = {
	"/usr/share/zoneinfo",
	"/usr/lib/zoneinfo",
	"/usr/share/lib/zoneinfo",
	"/etc/zoneinfo",
};

static bool
zone_find(struct zone **out, const char *dir, struct md_error *e)
{
	char path[4096];

	for (size_t i = 0;
	     dir == NULL && i < sizeof(zoneinfo_dirs) / sizeof(char *); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", zoneinfo_dirs[i],
		    ZONE_NAME);
		if (access(path, F_OK) == 0)
			dir = zoneinfo_dirs[i];
	}
	if (dir == NULL)
		return md_fail(e, MD_EIO,
		    "no time zone " ZONE_NAME " in %s, nor in the other usual "
		    "places: is tzdata installed?",
		    zoneinfo_dirs[0]);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, ZONE_NAME);
	return zone_load(out, path, e);
}

bool
calendar_create(struct calendar **out, const char *zoneinfo_dir,
    struct md_error *e)
{
	struct calendar *cal = calloc(1, sizeof(*cal));

	if (cal == NULL)
		return md_nomem(e);
	/* Pages past the last session are never touched. */
	cal->sessions = calloc(DAYS + 1, sizeof(*cal->sessions));
	if (cal->sessions == NULL || !zone_find(&cal->zone, zoneinfo_dir, e)) {
		if (cal->sessions == NULL)
			(void)md_nomem(e);
		calendar_destroy(&cal);
		return false;
	}
	midnights_fill(cal);
	sessions_fill(cal);
	*out = cal;
	return true;
}

void
calendar_destroy(struct calendar **cal)
{
	if (*cal == NULL)
		return;
	zone_destroy(&(*cal)->zone);
	free((*cal)->sessions);
	free(*cal);
	*cal = NULL;
}
