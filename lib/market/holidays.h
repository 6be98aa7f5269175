/*
 * When the New York Stock Exchange trades, date by date, on New York's clock:
 * holidays and early closes by rule, each from the year it was kept;
 * unscheduled closures as data.  Pure.
 *
 * Hours are the announced ones.  A session that an incident delayed, halted
 * or cut short (the blizzard of 1996-01-08, the circuit breaker of
 * 1997-10-27, a minute of silence) keeps its scheduled hours here, as in the
 * sources that this follows.  Right from 1990 on; the rules go on for
 * ever, in both directions.
 *
 * Sources: the exchange's own list "NYSE Special Closings"; its yearly
 * announcements, the last for 2026 to 2028; Rule 7.2.
 */
#ifndef MD_MARKET_HOLIDAYS_H
#define MD_MARKET_HOLIDAYS_H

#include <stdbool.h>

#include "base/mdtime.h"

struct nyse_day {
	bool open;
	int64_t open_clock_ms; /* after midnight on the wall's clock */
	int64_t close_clock_ms;
	const char *why; /* closed or early; null for a full session */
};

/* Of a date in the years 1 to 9999. */
struct nyse_day nyse_day(md_date);

#endif
