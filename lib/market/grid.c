#include "market/grid.h"

#include <string.h>

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

/* -- kinds -- */

static const char *const kind_names[GRID_KINDS] = {
	[GRID_NEWYORK] = "newyork",
	[GRID_UTC] = "utc",
	[GRID_NEWYORK_MONDAY] = "newyork/mon",
	[GRID_UTC_MONDAY] = "utc/mon",
};

const char *
grid_kind_name(enum grid_kind k)
{
	return kind_names[k];
}

enum grid_kind
grid_kind_parse(const char *s)
{
	for (int i = 1; s != NULL && i < GRID_KINDS; i++)
		if (strcmp(s, kind_names[i]) == 0)
			return (enum grid_kind)i;
	return GRID_UNKNOWN;
}

static enum grid_kind
kind_of(const struct grid *g)
{
	if (g->kind != GRID_UNKNOWN && g->timeframe >= TF_4H)
		return g->kind;
	return g->class == CLASS_CRYPTO ? GRID_UTC : GRID_NEWYORK;
}

static bool
on_utc(const struct grid *g)
{
	enum grid_kind k = kind_of(g);

	return k == GRID_UTC || k == GRID_UTC_MONDAY;
}

static int
first_weekday(const struct grid *g)
{
	enum grid_kind k = kind_of(g);

	return k == GRID_NEWYORK_MONDAY || k == GRID_UTC_MONDAY ? 1 : 0;
}

/* The kinds that the vendor's bars of the class and timeframe can have. */
static unsigned
candidates(const struct grid *g)
{
	const unsigned newyork = 1U << GRID_NEWYORK, utc = 1U << GRID_UTC;
	const unsigned mondays = 1U << GRID_NEWYORK_MONDAY;

	if (g->kind != GRID_UNKNOWN || g->timeframe < TF_4H)
		return 1U << kind_of(g);
	if (g->timeframe == TF_4H)
		return g->class == CLASS_CRYPTO ? utc : newyork | utc;
	if (asset_class_has_sessions(g->class))
		return g->timeframe == TF_1W ? newyork | mondays : newyork;
	if (g->timeframe != TF_1W)
		return newyork | utc;
	return newyork | utc | mondays | 1U << GRID_UTC_MONDAY;
}

bool
grid_next_candidate(const struct grid *g, enum grid_kind *kind)
{
	unsigned all = candidates(g);

	for (int k = (int)*kind + 1; k < GRID_KINDS; k++)
		if (all & 1U << k) {
			*kind = (enum grid_kind)k;
			return true;
		}
	return false;
}

/* -- local days -- */

md_date
grid_date(const struct grid *g, int64_t t)
{
	t = clamp_time(t);
	if (on_utc(g))
		return (md_date)floor_div(t, MD_DAY);
	return calendar_ny_date(g->calendar, t);
}

int64_t
grid_midnight(const struct grid *g, md_date date)
{
	if (on_utc(g))
		return date * MD_DAY;
	return calendar_ny_midnight(g->calendar, date);
}

bool
grid_hours(const struct grid *g, md_date date, struct hours *out)
{
	int weekday = md_weekday(date);

	if (g->class == CLASS_CRYPTO) {
		out->from = grid_midnight(g, date);
		out->to = grid_midnight(g, date + 1);
		return true;
	}
	if (!calendar_hours(g->calendar, g->class, date, out))
		return false;
	/* On UTC's days only Sunday's opening and Friday's close are of New
	 * York. */
	if (g->class == CLASS_FX && on_utc(g) && weekday != 0)
		out->from = date * MD_DAY;
	if (g->class == CLASS_FX && on_utc(g) && weekday != 5)
		out->to = (date + 1) * MD_DAY;
	return true;
}

/* -- windows of days -- */

/* The date that the day, week or month of that date starts on. */
static md_date
period_start(const struct grid *g, md_date date)
{
	int year, month, day;

	if (g->timeframe == TF_1W)
		return date - (md_weekday(date) + 7 - first_weekday(g)) % 7;
	if (g->timeframe != TF_1MO)
		return date;
	md_date_split(date, &year, &month, &day);
	return date - day + 1;
}

static md_date
period_next(const struct grid *g, md_date start)
{
	int year, month, day;

	if (g->timeframe == TF_1W)
		return start + 7;
	if (g->timeframe != TF_1MO)
		return start + 1;
	md_date_split(start, &year, &month, &day);
	return md_date_of(year, month + 1, 1);
}

/* Is the market open on any of its days? */
static bool
period_open(const struct grid *g, md_date start)
{
	struct hours h;

	for (md_date d = start, end = period_next(g, start); d < end; d++)
		if (grid_hours(g, d, &h))
			return true;
	return false;
}

/* The first period that starts at t or later. */
static md_date
period_from(const struct grid *g, int64_t t)
{
	md_date start = period_start(g, grid_date(g, t));

	return grid_midnight(g, start) < t ? period_next(g, start) : start;
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

	while (k < 6 && quarter(cal, date, k) <= start)
		k++;
	return quarter(cal, date, k);
}

/* Do its windows lie evenly from the epoch on? */
static bool
even(const struct grid *g)
{
	return g->timeframe < TF_4H || (g->timeframe == TF_4H && on_utc(g));
}

int64_t
grid_start(const struct grid *g, int64_t t)
{
	t = clamp_time(t);
	if (even(g))
		return floor_to(t, timeframe_nominal_ms(g->timeframe));
	if (g->timeframe == TF_4H)
		return quarter_start(g->calendar, t);
	return grid_midnight(g, period_start(g, grid_date(g, t)));
}

int64_t
grid_end(const struct grid *g, int64_t start)
{
	int64_t step = timeframe_nominal_ms(g->timeframe);

	start = clamp_time(start);
	if (even(g))
		return floor_to(start, step) + step;
	if (g->timeframe == TF_4H)
		return quarter_end(g->calendar, start);
	return grid_midnight(g,
	    period_next(g, period_start(g, grid_date(g, start))));
}

int64_t
grid_next(const struct grid *g, int64_t t)
{
	int64_t start = grid_start(g, t);

	return start < t ? grid_end(g, start) : start;
}

/* -- what bars tell -- */

/* How many of the candidates have a window that starts at t; *any is one. */
static int
starts(const struct grid *g, int64_t t, enum grid_kind *any)
{
	struct grid one = *g;
	int n = 0;

	if (t != clamp_time(t))
		return 0;
	one.kind = GRID_UNKNOWN;
	while (grid_next_candidate(g, &one.kind)) {
		if (grid_start(&one, t) != t)
			continue;
		*any = one.kind;
		n++;
	}
	return n;
}

bool
grid_has_start(const struct grid *g, int64_t t)
{
	enum grid_kind any;

	/* Of a page of minutes this is asked row by row. */
	if (g->kind != GRID_UNKNOWN || g->timeframe < TF_4H)
		return t == clamp_time(t) && grid_start(g, t) == t;
	return starts(g, t, &any) > 0;
}

bool
grid_learn(struct grid *g, int64_t t)
{
	unsigned all = candidates(g);
	enum grid_kind found;

	/* Where there is only one, there is nothing to learn; and where the
	 * windows of two coincide, as those of 4h do in summer, nothing yet. */
	if ((all & (all - 1)) == 0 || starts(g, t, &found) != 1)
		return false;
	g->kind = found;
	return true;
}

#define OTHER "not on the grid of this series' bars ("

const char *
grid_refusal(const struct grid *g, int64_t t)
{
	static const char *const reasons[GRID_KINDS][2] = {
		[GRID_NEWYORK] = { OTHER "midnight in New York)",
		    OTHER "weeks from Sunday, midnight in New York)" },
		[GRID_UTC] = { OTHER "00:00 UTC)",
		    OTHER "weeks from Sunday, 00:00 UTC)" },
		[GRID_NEWYORK_MONDAY] = { NULL,
		    OTHER "weeks from Monday, midnight in New York)" },
		[GRID_UTC_MONDAY] = { NULL,
		    OTHER "weeks from Monday, 00:00 UTC)" },
	};
	struct grid any = *g;
	const char *reason = reasons[g->kind][g->timeframe == TF_1W];

	any.kind = GRID_UNKNOWN;
	if (reason != NULL && grid_has_start(&any, t))
		return reason;
	return "not on the timeframe's grid";
}

/* -- expectation: windows that overlap opening hours -- */

/*
 * The intraday windows of a date that overlap h.  Evenly spaced: the clock
 * changes on Sundays at 02:00, when only crypto, which has no clock, is open.
 */
static struct windows
windows_of(const struct grid *g, const struct hours *h)
{
	int64_t step = timeframe_nominal_ms(g->timeframe);
	int64_t first = grid_start(g, h->from);

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
windows_between(const struct grid *g, md_date date, int64_t from, int64_t to)
{
	struct windows w;
	struct hours h;

	if (!grid_hours(g, date, &h))
		return 0;
	w = windows_of(g, &h);
	return windows_before(&w, to) - windows_before(&w, from);
}

/* The windows of a whole date, up to 1d. */
static int64_t
windows_on(const struct grid *g, md_date date)
{
	struct hours h;

	if (!grid_hours(g, date, &h))
		return 0;
	return g->timeframe == TF_1D ? 1 : windows_of(g, &h).count;
}

static int64_t
windows_tabulated(const struct grid *g, md_date from, md_date to)
{
	const struct calendar *cal = g->calendar;
	const int32_t *before = cal->sessions_before;

	return cal->sessions[before[to - FIRST_DATE]]
		   .windows_before[g->timeframe] -
	       cal->sessions[before[from - FIRST_DATE]]
		   .windows_before[g->timeframe];
}

/* The windows of whole dates, [from, to) and tabulated, up to 1d. */
static int64_t
windows_sum(const struct grid *g, md_date from, md_date to)
{
	int64_t week = 0, weeks = (to - from) / 7, sum = 0;

	if (from >= to)
		return 0;
	/* The table is of New York's windows. */
	if (asset_class_has_sessions(g->class) && on_utc(g))
		for (md_date d = from; d < to; d++)
			sum += windows_on(g, d);
	else if (asset_class_has_sessions(g->class))
		sum = windows_tabulated(g, from, to);
	if (asset_class_has_sessions(g->class))
		return sum;
	/* One week is like another. */
	for (int i = 0; i < 7; i++)
		week += windows_on(g, from + i);
	for (md_date d = from + (md_date)weeks * 7; d < to; d++)
		sum += windows_on(g, d);
	return sum + weeks * week;
}

/* Bars are expected within the table only. */
static bool
within_table(const struct grid *g, int64_t *from, int64_t *to)
{
	int64_t low = grid_midnight(g, FIRST_DATE);
	int64_t high = grid_midnight(g, END_DATE);

	*from = clamp64(*from, low, high);
	*to = clamp64(*to, low, high);
	return *from < *to;
}

static int64_t
periods_expected(const struct grid *g, int64_t from, int64_t to)
{
	md_date first = period_from(g, from);
	md_date end = period_from(g, to);
	int64_t n = 0;

	if (g->timeframe == TF_1D)
		return windows_sum(g, first, end);
	for (md_date d = first; d < end; d = period_next(g, d))
		n += period_open(g, d);
	return n;
}

int64_t
grid_bars_expected(const struct grid *g, int64_t from, int64_t to)
{
	md_date first, last;

	if (!within_table(g, &from, &to))
		return 0;
	if (!timeframe_intraday(g->timeframe))
		return periods_expected(g, from, to);
	first = grid_date(g, from);
	last = grid_date(g, to - 1);
	if (first == last)
		return windows_between(g, first, from, to);
	return windows_between(g, first, from, to) +
	       windows_sum(g, first + 1, last) +
	       windows_between(g, last, from, to);
}

/* The first expected start in [from, to). */
static bool
first_expected(const struct grid *g, int64_t from, int64_t to, int64_t *start)
{
	struct windows w;
	struct hours h;
	int64_t before;
	md_date d;

	if (!within_table(g, &from, &to))
		return false;
	if (!timeframe_intraday(g->timeframe)) {
		d = period_from(g, from);
		while (!period_open(g, d))
			d = period_next(g, d);
		*start = grid_midnight(g, d);
		return *start < to;
	}
	d = grid_date(g, from);
	for (; grid_midnight(g, d) < to; d++) {
		if (!grid_hours(g, d, &h))
			continue;
		w = windows_of(g, &h);
		before = windows_before(&w, from);
		if (before == w.count)
			continue;
		*start = w.first + before * w.step;
		return *start < to;
	}
	return false;
}

bool
grid_expects_bars(const struct grid *g, int64_t from, int64_t to)
{
	int64_t start;

	return first_expected(g, from, to, &start);
}

bool
grid_next_expected(const struct grid *g, int64_t t, int64_t *start)
{
	int64_t first;

	if (!first_expected(g, t, add(t, 366 * MD_DAY), &first))
		return false;
	*start = first;
	return true;
}

/* Of those that end by t. */
static bool
newest_period(const struct grid *g, int64_t t, int64_t *start)
{
	md_date d = period_start(g, grid_date(g, t));

	do {
		d = period_start(g, d - 1);
		if (d < FIRST_DATE)
			return false;
	} while (!period_open(g, d));
	*start = grid_midnight(g, d);
	return true;
}

static bool
newest_window(const struct grid *g, int64_t t, int64_t *start)
{
	struct windows w;
	struct hours h;
	int64_t ended;

	for (md_date d = grid_date(g, t); d >= FIRST_DATE; d--) {
		if (!tabulated(d) || !grid_hours(g, d, &h))
			continue;
		w = windows_of(g, &h);
		ended = clamp64(floor_div(t - w.first, w.step), 0, w.count);
		if (ended == 0)
			continue;
		*start = w.first + (ended - 1) * w.step;
		return true;
	}
	return false;
}

bool
grid_newest_due(const struct grid *g, int64_t now, int64_t settle,
    int64_t *start)
{
	int64_t t = add(now, settle == INT64_MIN ? INT64_MAX : -settle);
	int64_t end = grid_midnight(g, END_DATE);

	if (t > end)
		t = end;
	if (t <= grid_midnight(g, FIRST_DATE))
		return false;
	if (timeframe_intraday(g->timeframe))
		return newest_window(g, t, start);
	return newest_period(g, t, start);
}

int64_t
grid_due(const struct grid *g, int64_t start, int64_t settle)
{
	return add(grid_end(g, start), settle);
}

/* -- what may exist, extended hours and every candidate's windows included --
 */

/* Of the class's local day: they reach over UTC's midnight. */
static bool
extended_hours(const struct grid *g, md_date date, struct hours *out)
{
	if (!calendar_hours(g->calendar, g->class, date, out))
		return false;
	if (asset_class_has_sessions(g->class)) {
		out->from = calendar_ny_time(g->calendar, date, 4 * MD_HOUR);
		out->to = calendar_ny_time(g->calendar, date, 20 * MD_HOUR);
	}
	return true;
}

static bool
windows_trade(const struct grid *g, int64_t from, int64_t to)
{
	md_date d = calendar_date(g->calendar, g->class, from);
	struct hours h;

	for (; calendar_midnight(g->calendar, g->class, d) < to; d++) {
		if (!extended_hours(g, d, &h))
			continue;
		/* The window may begin before the hours that it reaches. */
		h.from -= timeframe_nominal_ms(g->timeframe) - 1;
		if (h.from < from)
			h.from = from;
		if (h.to > to)
			h.to = to;
		if (h.from < h.to && grid_next(g, h.from) < h.to)
			return true;
	}
	return false;
}

static bool
periods_trade(const struct grid *g, int64_t from, int64_t to)
{
	md_date d = period_from(g, from);

	for (; grid_midnight(g, d) < to; d = period_next(g, d))
		if (period_open(g, d))
			return true;
	return false;
}

bool
grid_may_trade(const struct grid *g, int64_t from, int64_t to)
{
	struct grid one = *g;

	if (!within_table(g, &from, &to))
		return false;
	one.kind = GRID_UNKNOWN;
	while (grid_next_candidate(g, &one.kind))
		if (timeframe_intraday(g->timeframe)
			? windows_trade(&one, from, to)
			: periods_trade(&one, from, to))
			return true;
	return false;
}
