/*
 * The timeframes: the lengths of bars' windows, with our names and the API's.
 */
#ifndef MD_MARKET_TIMEFRAME_H
#define MD_MARKET_TIMEFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum timeframe {
	TF_1M,
	TF_5M,
	TF_15M,
	TF_30M,
	TF_1H,
	TF_4H,
	TF_1D,
	TF_1W,
	TF_1MO,
};

#define TF_COUNT 9
#define TF_NAMES "1m 5m 15m 30m 1h 4h 1d 1w 1mo"

const char *timeframe_name(enum timeframe);

/* s need not be terminated; exact, lower case. */
bool timeframe_parse(const char *s, size_t len, enum timeframe *out);

/* The API's path: multiplier and timespan ("15", "minute"). */
int timeframe_multiplier(enum timeframe);
const char *timeframe_timespan(enum timeframe);

/* The reverse, from a path's multiplier and timespan; false if there is no such
 * timeframe. */
bool timeframe_of_api(int multiplier, const char *timespan,
    enum timeframe *out);

/* 1m to 4h: built by the API from minutes; the rest from days. */
bool timeframe_intraday(enum timeframe);

/* The length of an intraday window in ms; for 1d, 1w (7 d) and 1mo (30 d) the
 * nominal length: their windows begin at local midnights, see calendar.h. */
int64_t timeframe_nominal_ms(enum timeframe);

#endif
