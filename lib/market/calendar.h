/*
 * The trading calendar: when markets are open, which windows bars fall into,
 * and which bars should exist.  Loads the system's time zone data once, and is
 * pure afterwards: `now` is always an argument.  A calendar is read-only
 * after calendar_create() and may be shared by threads.
 *
 * Stocks, ETFs and indices follow the sessions of the New York Stock Exchange:
 * 09:30–16:00 New York time, to 13:00 on half days, known from 1990-01-01.
 * Holidays follow rules, unscheduled closures are data, and changes may be
 * given where both are wrong.  Bars also exist in the extended hours of a
 * session's date, 04:00–20:00.  Crypto never closes. Foreign exchange is open
 * from Sunday 17:00 to Friday 17:00 New York time.
 *
 * Local days start at midnight UTC for crypto, and at midnight in New York for
 * every other class.  Intraday windows are counted from local midnight, so up
 * to 1h they are on the UTC grid, and a 4h window of a stock starts at 00, 04,
 * 08, … New York time.  Weeks start on Sunday, as in the API, months on their
 * first day.
 */
#ifndef MD_MARKET_CALENDAR_H
#define MD_MARKET_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mdtime.h"
#include "market/calendar_changes.h"
#include "market/symbol.h"
#include "market/timeframe.h"
#include "market/zone.h"

struct calendar;

struct session {
	md_date date;
	int64_t open_ms;
	int64_t close_ms;
	bool early; /* closes before 16:00 */
};

/* Adopts the zone America/New_York, also on failure.  changes: copied; null is
 * none. */
bool calendar_create(struct calendar **out, struct zone *new_york,
    const struct calendar_changes *changes, struct md_error *);
void calendar_destroy(struct calendar **);

/* -- the exchange's sessions -- */

/* The session of that date; false when the exchange is closed all day. */
bool calendar_session(const struct calendar *, md_date, struct session *out);

/*
 * Why the exchange is closed on that date ("Good Friday", "Hurricane Sandy",
 * "Saturday") or closes early ("day after Thanksgiving"); null for a full
 * session.  Lives as long as the calendar.
 */
const char *calendar_holiday(const struct calendar *, md_date);

/* Was a change of that date given to calendar_create()? */
bool calendar_is_changed(const struct calendar *, md_date);

/* Who says how that day is: the rules, or who made which change. */
enum day_source calendar_source(const struct calendar *, md_date);

/* The first session after, or the last before, that date (excluding it). */
bool calendar_next_session(const struct calendar *, md_date,
    struct session *out);
bool calendar_previous_session(const struct calendar *, md_date,
    struct session *out);

/* Is the market of that class open at t (regular hours)? */
bool calendar_is_open(const struct calendar *, enum asset_class, int64_t t_ms);

/* -- local days -- */

md_date calendar_date(const struct calendar *, enum asset_class, int64_t t_ms);
int64_t calendar_midnight(const struct calendar *, enum asset_class, md_date);

/* New York's offset from UTC at t, ms (negative). */
int64_t calendar_ny_offset(const struct calendar *, int64_t t_ms);

/* The UTC time of a New York wall-clock time, given as ms after 00:00 of that
 * date.  A time skipped by the spring change becomes the first one after it
 * (02:30 is 03:00); of a time repeated by the autumn change the first is meant.
 * 24:00 is the next date's midnight. */
int64_t calendar_ny_time(const struct calendar *, md_date, int64_t clock_ms);

/* -- windows: of the class's own grid; a series may have another, see
 * market/grid.h -- */

/* The start of the window that contains t; the end of the window that starts at
 * start_ms. */
int64_t calendar_window_start(const struct calendar *, enum asset_class,
    enum timeframe, int64_t t_ms);
int64_t calendar_window_end(const struct calendar *, enum asset_class,
    enum timeframe, int64_t start_ms);

/*
 * May a bar from the API start at t, on whichever grid?  True if
 * calendar_window_start(t) == t, and for the vendor's known variants: 4h on the
 * UTC grid; days, weeks and months of crypto and fx at midnight in New York or
 * UTC; weeks that start on Monday.
 */
bool calendar_on_grid(const struct calendar *, enum asset_class, enum timeframe,
    int64_t t_ms);

/* -- expectation -- */

/*
 * How many bars the calendar expects with window starts in [from, to): for
 * classes with sessions, the windows that overlap a regular session (on a full
 * day 390 1m bars, 7 1h bars); for crypto, all windows; for fx, those in its
 * open hours.  None before 1990 or after 2100.  O(1) up to 1d, else O(windows).
 */
int64_t calendar_bars_expected(const struct calendar *, enum asset_class,
    enum timeframe, int64_t from_ms, int64_t to_ms);

/* Is any bar expected there?  Looks at O(1) days past the first open one. */
bool calendar_expects_bars(const struct calendar *, enum asset_class,
    enum timeframe, int64_t from_ms, int64_t to_ms);

/*
 * Can any bar exist that starts in [from, to), including extended hours?
 * (For classes with sessions: 04:00–20:00 of session dates.)
 */
bool calendar_may_trade(const struct calendar *, enum asset_class,
    enum timeframe, int64_t from_ms, int64_t to_ms);

/*
 * The start of the newest expected bar that is due by now: the end of its
 * window + settle_ms ≤ now.  False if there is none since 1990.
 */
bool calendar_newest_due(const struct calendar *, enum asset_class,
    enum timeframe, int64_t now_ms, int64_t settle_ms, int64_t *start_ms);

/*
 * The start of the first expected bar that starts at t or later.  False if
 * there is none within a year.
 */
bool calendar_next_expected(const struct calendar *, enum asset_class,
    enum timeframe, int64_t t_ms, int64_t *start_ms);

/* When the bar that starts there is due: the end of its window + settle_ms. */
int64_t calendar_due(const struct calendar *, enum asset_class, enum timeframe,
    int64_t start_ms, int64_t settle_ms);

/* -- finality -- */

/*
 * A bar is final from 11:00 New York time on the day after its window ends (the
 * New York date of its last millisecond).  Windows that end at or before the
 * result were final when they were requested at asked_ms.  The result is a New
 * York midnight.
 */
int64_t calendar_final_before(const struct calendar *, int64_t asked_ms);

#endif
