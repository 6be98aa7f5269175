/*
 * The hours of a trading day that bars are wanted of: the regular ones, from
 * the open to the close, early closes included, or the extended ones before
 * and after them.  Only stocks, ETFs and indices have sessions: of other
 * classes all hours are regular.  Pure.
 */
#ifndef MD_MARKET_HOURS_H
#define MD_MARKET_HOURS_H

#include "market/calendar.h"
#include "market/range.h"

enum hours_kind { HOURS_ALL, HOURS_REGULAR, HOURS_EXTENDED };

#define HOURS_NAMES "all regular extended"

const char *hours_name(enum hours_kind);

/* The hours of one kind, and the day that was looked at last. */
struct hours {
	const struct calendar *calendar; /* borrowed */
	enum asset_class class;
	enum hours_kind kind;
	struct range day; /* local midnights; empty at first */
	struct range parts[2];
	int len;
};

/* Does the kind leave out anything of the class? */
bool hours_cut(const struct hours *);

/*
 * Where bars of that timeframe straddle the open (at 9:30 an hour of the API's
 * is half over), bars of the hours themselves are to be made of finer ones.
 */
bool hours_are_made(const struct hours *, enum timeframe);

/* Is t in these hours? */
bool hours_have(struct hours *, int64_t t);

/*
 * The window of so many ms with t in it, counted from the beginning of the
 * hours, and ended by their end (the last hour of a session has 30 minutes).
 * False: t is outside of them.
 */
bool hours_window(struct hours *, int64_t t, int64_t length_ms,
    struct range *out);

/* The start of the first such window at t or later; false: there is none
 * within a year. */
bool hours_next(struct hours *, int64_t t, int64_t length_ms, int64_t *start);

#endif
