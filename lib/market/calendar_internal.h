/*
 * Shared by the two halves of the calendar: its table, New York's days, and
 * arithmetic that cannot overflow.
 */
#ifndef MD_MARKET_CALENDAR_INTERNAL_H
#define MD_MARKET_CALENDAR_INTERNAL_H

#include "base/integer.h"
#include "market/calendar.h"
#include "market/zone.h"

/* The table covers 1990-01-01 to 2100-12-31. */
#define FIRST_DATE 7305
#define END_DATE   47847
#define DAYS       (END_DATE - FIRST_DATE)

/* Dates are clamped to the years 1 to 9999. */
#define DATE_MIN (-719162)
#define DATE_MAX 2932896

/* The timeframes whose windows are within one day. */
#define TF_DAILY (TF_1D + 1)

struct entry {
	struct session session;
	int32_t windows_before[TF_DAILY]; /* in all earlier sessions */
};

struct calendar {
	struct zone *zone;
	struct calendar_changes changes;
	int64_t midnight[DAYS + 1];
	int32_t sessions_before[DAYS + 1]; /* sessions on earlier dates */
	struct entry *sessions;            /* and one more, for the sums */
};

/* A period of time, [from, to). */
struct hours {
	int64_t from, to;
};

/* When the market of that class is open on a local date; false: closed. */
bool calendar_hours(const struct calendar *, enum asset_class, md_date,
    struct hours *out);

struct grid;

/* The same of a local day of the grid, as far as they lie in that day. */
bool grid_hours(const struct grid *, md_date, struct hours *out);

/* The New York midnight of a date, and the New York date of a time, clamped. */
int64_t calendar_ny_midnight(const struct calendar *, md_date);
md_date calendar_ny_date(const struct calendar *, int64_t t_ms);

static inline bool
tabulated(md_date date)
{
	return date >= FIRST_DATE && date < END_DATE;
}

/* -- arithmetic that cannot overflow -- */

static inline int64_t
floor_to(int64_t a, int64_t step)
{
	return floor_div(a, step) * step;
}

static inline int64_t
clamp_time(int64_t t)
{
	return clamp64(t, DATE_MIN * MD_DAY, DATE_MAX * MD_DAY);
}

#endif
