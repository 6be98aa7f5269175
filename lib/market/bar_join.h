/*
 * Building a bar from the finer bars in its window: first open, highest high,
 * lowest low, last close, total volume and transactions, volume-weighted price.
 * Pure.
 */
#ifndef MD_MARKET_BAR_JOIN_H
#define MD_MARKET_BAR_JOIN_H

#include "market/bar.h"

struct bar_join {
	struct bar bar;
	double weighted, weight;
};

/* Start with the window's first bar; then add the others, ascending. */
void bar_join_first(struct bar_join *, const struct bar *, int64_t start_ms);
void bar_join_next(struct bar_join *, const struct bar *);

/*
 * The resulting bar.  Volumes are summed in hundred-millionths, so that no
 * rounding errors add up; the weighted price has four decimals, as the API's
 * have, or eight below 1, and is absent if no bar has one.
 */
struct bar bar_join_end(const struct bar_join *);

#endif
