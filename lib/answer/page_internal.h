/*
 * What the two decoders of a page stand on.  page_memory.c is the lowest, then
 * page_scan.c, then page.c, which tries the scanner and falls back on jansson.
 */
#ifndef MD_ANSWER_PAGE_INTERNAL_H
#define MD_ANSWER_PAGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/page.h"

/* Empty the page, keeping the memory for bars. */
void page_reset(struct page *);

/* Make room for cap bars in total.  False when out of memory. */
bool page_reserve(struct page *, size_t cap);

/*
 * The store does not keep the sign of a zero, so it is not read.  (When
 * rounding to nearest, -0 + +0 is +0.)
 */
static inline double
page_unsigned_zero(double x)
{
	return x + 0.0;
}

#endif
