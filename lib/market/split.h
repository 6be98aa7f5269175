/*
 * Splits, and what they do to prices that were traded before them.  Pure.
 */
#ifndef MD_MARKET_SPLIT_H
#define MD_MARKET_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/calendar.h"
#include "market/symbol.h"

/* split_to new shares for split_from old: a 4-for-1 split is from 1 to 4. */
struct split {
	char symbol[SYMBOL_MAX];
	md_date date; /* traded at the new price from this date on */
	double from, to;
};

/*
 * Prices of bars that start in [from_ts, to_ts) are divided by factor, volumes
 * multiplied: the factor of all splits executed after them and by now.
 */
struct adjustment {
	int64_t from_ts, to_ts;
	double factor;
};

/* What from_ts is of the earliest adjustment: before any bar. */
#define ADJUSTMENT_SINCE INT64_C(-2208988800000) /* 1900-01-01 */

/*
 * The adjustments that splits of one symbol, sorted by date, make as of today
 * (a New York date): at most n, oldest first; splits after today wait for
 * their day.  Each factor is a product of shares after, divided once by that
 * of shares before, so whole-number splits stay exact.  Returns how many.
 */
size_t split_adjustments(const struct calendar *, const struct split *,
    size_t n, md_date today, struct adjustment *out);

/* A look at all splits goes back so far past the last one: they come late. */
#define SPLITS_LATE_DAYS 14

/* Prices so long before and after a split's date tell of it. */
#define SPLIT_PRICES_DAYS 10

/*
 * Why the i-th of n executed splits of one symbol, sorted by date, is hard to
 * believe: a constant phrase, or null.  before and after: the last raw price
 * before its date, and the first from then on; 0 where there is none, and then
 * prices say nothing.  A split that changes the price by less than what a
 * price may do in a day or two is believed.
 */
const char *split_doubt(const struct split *, size_t n, size_t i, double before,
    double after);

#endif
