/*
 * A bar of the bars within its window: first open, highest high, lowest low,
 * last close, volumes and transactions summed, prices weighted by volume.
 * Pure.
 */
#ifndef MD_MARKET_BAR_JOIN_H
#define MD_MARKET_BAR_JOIN_H

#include "market/bar.h"

struct bar_join {
	struct bar bar;
	double weighted, weight;
};

/* The window's first bar; then the others, ascending. */
void bar_join_first(struct bar_join *, const struct bar *, int64_t start_ms);
void bar_join_next(struct bar_join *, const struct bar *);

/*
 * What they come to.  Volumes are summed in hundred-millionths, without the
 * noise of adding; the weighted price has four digits, as the API's have, or
 * eight below 1, and is absent where no bar has one.
 */
struct bar bar_join_end(const struct bar_join *);

#endif
