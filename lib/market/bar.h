/*
 * A bar as the API sends it, and whether its values are possible.  Raw: as
 * traded, never adjusted.
 */
#ifndef MD_MARKET_BAR_H
#define MD_MARKET_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct bar {
	int64_t t; /* window start, ms UTC */
	double o, h, l, c;
	double v;  /* may be fractional; NaN when absent, as for indices */
	double vw; /* volume-weighted price; NaN when absent */
	int64_t n; /* transactions; -1 when absent */
};

/*
 * Null if the values are possible: finite, prices above zero, low ≤ open,
 * close ≤ high, volume and vw absent or ≥ 0.  Otherwise the reason, a constant
 * phrase.  The bar's time is not checked.
 */
const char *bar_impossible(const struct bar *);

/* Are the two bars equal to the last bit (absent equals absent)? */
bool bar_equal(const struct bar *, const struct bar *);

/* Are they equal but for a vw that the second lacks? */
bool bar_adds_vwap(const struct bar *, const struct bar *);

/* Writes it as the API would: {"v":…,"vw":…,"o":…,…}, with shortest numbers. */
void bar_write(const struct bar *, struct buf *);

#endif
