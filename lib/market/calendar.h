/*
 * The trading calendar: when markets are open, which windows bars fall into,
 * and which bars should exist.  Loaded once (the system's time zone data),
 * pure afterwards: `now` is always an argument.  A calendar is read-only
 * after calendar_create() and may be shared by threads.
 *
 * Stocks, ETFs and indices keep the sessions of the New York Stock Exchange:
 * 09:30–16:00 New York, 13:00 on half days.  Known from 1990-01-01; its
 * holidays by rule, its unscheduled closures as data.  Bars also exist in the
 * extended hours of a session date, 04:00–20:00.  Crypto never closes.
 * Foreign exchange is open from Sunday 17:00 to Friday 17:00 New York.
 *
 * Local days: a day of crypto starts at midnight UTC, any other class's at
 * midnight in New York.  Intraday windows are counted from local midnight, so
 * they lie on the UTC grid up to 1h, and a 4h window of a stock starts at
 * 00, 04, 08, … New York.  Weeks start on Sunday, as the API's do, months on
 * their first day.
 */
#ifndef MD_MARKET_CALENDAR_H
#define MD_MARKET_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mdtime.h"
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

/* Adopts the zone America/New_York, also on failure. */
bool calendar_create(struct calendar **out, struct zone *new_york,
    struct md_error *);
void calendar_destroy(struct calendar **);

/* -- the exchange's sessions -- */

/* The session of that date; false when the exchange is closed all day. */
bool calendar_session(const struct calendar *, md_date, struct session *out);

/*
 * Why the exchange is closed on that date ("Good Friday", "Hurricane Sandy",
 * "Saturday") or closes early ("day after Thanksgiving"); null for a full
 * session.  A constant string.
 */
const char *calendar_holiday(const struct calendar *, md_date);

/* The first session after, or the last before, that date (not its own). */
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

/* The UTC time of a New York wall-clock time, ms after that date's 00:00 on
 * the clock on the wall; a time that the spring change skips is the first one
 * after it (02:30 is 03:00), one that the autumn change repeats is the first
 * of the two.  24:00 is the next date's midnight. */
int64_t calendar_ny_time(const struct calendar *, md_date, int64_t clock_ms);

/* -- windows -- */

/* Start of the window that holds t, and end of the window that starts there. */
int64_t calendar_window_start(const struct calendar *, enum asset_class,
    enum timeframe, int64_t t_ms);
int64_t calendar_window_end(const struct calendar *, enum asset_class,
    enum timeframe, int64_t start_ms);

/*
 * May a bar of the API start at t?  calendar_window_start(t) == t, or one of
 * the vendor's known variants: 4h on the UTC grid; days, weeks and months of
 * crypto and fx at New York's or UTC's midnight; weeks that start on Monday.
 */
bool calendar_on_grid(const struct calendar *, enum asset_class, enum timeframe,
    int64_t t_ms);

/* -- expectation -- */

/*
 * How many bars the calendar expects with window starts in [from, to): for
 * classes with sessions the windows that overlap a regular session (390 1m
 * bars, 7 1h bars of a full day), all windows of crypto, the open hours' of
 * fx.  None before 1990 or after 2100.  O(1) up to 1d, else O(windows).
 */
int64_t calendar_bars_expected(const struct calendar *, enum asset_class,
    enum timeframe, int64_t from_ms, int64_t to_ms);

/* Is any expected there?  O(1) days looked at past the first open one. */
bool calendar_expects_bars(const struct calendar *, enum asset_class,
    enum timeframe, int64_t from_ms, int64_t to_ms);

/*
 * May any bar exist with a start in [from, to), extended hours included?
 * (For classes with sessions: 04:00–20:00 of session dates.)
 */
bool calendar_trades(const struct calendar *, enum asset_class, enum timeframe,
    int64_t from_ms, int64_t to_ms);

/*
 * The start of the newest expected bar that is due by now: its window's end
 * + settle_ms ≤ now.  False when there is none since 1990.
 */
bool calendar_newest_due(const struct calendar *, enum asset_class,
    enum timeframe, int64_t now_ms, int64_t settle_ms, int64_t *start_ms);

/*
 * The start of the first expected bar with a start ≥ t.  False when none
 * within a year.
 */
bool calendar_next_expected(const struct calendar *, enum asset_class,
    enum timeframe, int64_t t_ms, int64_t *start_ms);

/* When the bar that starts there is due: its window's end + settle_ms. */
int64_t calendar_due(const struct calendar *, enum asset_class, enum timeframe,
    int64_t start_ms, int64_t settle_ms);

/* -- finality -- */

/*
 * Bars are final from 11:00 New York of the day after the one their window
 * ends in (the New York date of its last millisecond).  Given a time of
 * asking: windows that end at or before the result were final then.  The
 * result is a New York midnight.
 */
int64_t calendar_final_before(const struct calendar *, int64_t asked_ms);

#endif
