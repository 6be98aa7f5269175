/*
 * Ranges of time, in order.
 */
#ifndef MD_MARKET_RANGE_H
#define MD_MARKET_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A half-open range of window starts, ms UTC. */
struct range {
	int64_t from, to;
};

struct ranges {
	struct range *v;
	size_t len, cap;
};

/* The same, borrowed. */
struct range_list {
	const struct range *v;
	size_t len;
};

/* Appends a range unless it is empty.  False: out of memory. */
bool ranges_add(struct ranges *, int64_t from, int64_t to);
/* The same, but extends the last range if this one continues it. */
bool ranges_join(struct ranges *, int64_t from, int64_t to);
/* Cut the others, in order or not, out of the ranges.  False: out of memory. */
bool ranges_cut(struct ranges *, const struct ranges *others);
void ranges_free(struct ranges *);

#endif
