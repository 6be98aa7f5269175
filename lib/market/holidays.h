/*
 * When the New York Stock Exchange trades on each date, in New York time:
 * holidays and early closes by rules, each from the year when it was
 * introduced; unscheduled closures as data.  Pure.
 *
 * Hours are the announced ones.  A session that an incident delayed, halted
 * or cut short (the blizzard of 1996-01-08, the circuit breaker of
 * 1997-10-27, a minute of silence) has its scheduled hours here, as in the
 * sources below.  Correct from 1990 on; the rules extend without limit in both
 * directions.
 *
 * Sources: the exchange's list "NYSE Special Closings"; its yearly
 * announcements, most recently for 2026 to 2028; Rule 7.2.
 */
#ifndef MD_MARKET_HOLIDAYS_H
#define MD_MARKET_HOLIDAYS_H

#include <stdbool.h>

#include "base/mdtime.h"

/* Wall-clock times of a full session, ms after midnight. */
#define REGULAR_OPEN  (9 * MD_HOUR + 30 * MD_MINUTE)
#define REGULAR_CLOSE (16 * MD_HOUR)

struct nyse_day {
	bool open;
	int64_t open_clock_ms; /* wall-clock time, ms after midnight */
	int64_t close_clock_ms;
	const char *why; /* it is closed or early; null for a full session */
};

/* For a date in the years 1 to 9999. */
struct nyse_day nyse_day(md_date);

#endif
