/*
 * Bars for a picture: however many come, a bounded number of candles, each of
 * as many bars as the others but the last.  Pure.
 */
#ifndef MD_MARKET_CANDLES_H
#define MD_MARKET_CANDLES_H

#include "market/bar.h"

#define CANDLES_MAX 512

struct candles {
	struct bar v[CANDLES_MAX];
	size_t len;
	size_t max;   /* even, at most CANDLES_MAX */
	int64_t each; /* so many bars a candle */
	int64_t last; /* so many are in the last one */
};

void candles_start(struct candles *, size_t max);

/* Bars in order; one without prices is none. */
void candles_add(struct candles *, const struct bar *);

/* The lowest and highest price; false: there is none. */
bool candles_range(const struct candles *, double *low, double *high);

/* The largest volume; 0: none is known. */
double candles_volume(const struct candles *);

/*
 * A round step (1, 2 or 5 times a power of ten) of which at most so many fit
 * between low and high; 1 where they are the same.
 */
double axis_step(double low, double high, int at_most);

#endif
