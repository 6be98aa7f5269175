/*
 * The calendar's windows: where bars start, which of them should exist, and
 * when they are final.
 */
#include "market/calendar_internal.h"

/* Evenly spaced windows. */
struct windows {
	int64_t first, step, count;
};

static int64_t
add(int64_t a, int64_t b)
{
	if (b > 0 && a > INT64_MAX - b)
		return INT64_MAX;
	if (b < 0 && a < INT64_MIN - b)
		return INT64_MIN;
	return a + b;
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
		if (calendar_hours(cal, class, d, &h))
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
	md_date date = calendar_ny_date(cal, t);
	int64_t midnight = calendar_ny_midnight(cal, date);
	int k = 5;

	if (calendar_ny_midnight(cal, date + 1) - midnight == MD_DAY)
		return midnight + floor_to(t - midnight, 4 * MD_HOUR);
	while (k > 0 && quarter(cal, date, k) > t)
		k--;
	return quarter(cal, date, k);
}

static int64_t
quarter_end(const struct calendar *cal, int64_t start)
{
	md_date date = calendar_ny_date(cal, start);
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
	return clamp64(floor_div(t - w->first - 1, w->step) + 1, 0, w->count);
}

static int64_t
windows_between(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, md_date date, int64_t from, int64_t to)
{
	struct windows w;
	struct hours h;

	if (!calendar_hours(cal, class, date, &h))
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

	if (!calendar_hours(cal, class, date, &h))
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

	*from = clamp64(*from, low, high);
	*to = clamp64(*to, low, high);
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
		if (!calendar_hours(cal, class, d, &h))
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
		if (!tabulated(d) || !calendar_hours(cal, class, d, &h))
			continue;
		w = windows_of(cal, class, tf, &h);
		ended = clamp64(floor_div(t - w.first, w.step), 0, w.count);
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
	if (!calendar_hours(cal, class, date, out))
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
calendar_may_trade(const struct calendar *cal, enum asset_class class,
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
	date = calendar_ny_date(cal, asked);
	if (asked < calendar_ny_time(cal, date, 11 * MD_HOUR))
		date--;
	return calendar_ny_midnight(cal, date);
}
