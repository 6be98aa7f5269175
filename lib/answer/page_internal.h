/*
 * What the two readers of a page share.
 */
#ifndef MD_ANSWER_PAGE_INTERNAL_H
#define MD_ANSWER_PAGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/page.h"

/* Empty, keeping the memory of the bars. */
void page_reset(struct page *);

/* Room for so many bars in all.  False when memory ran out. */
bool page_reserve(struct page *, size_t cap);

/*
 * The store keeps no sign on a zero, so none is read.  (To the nearest, the
 * sum of -0 and +0 is +0.)
 */
static inline double
page_unsigned_zero(double x)
{
	return x + 0.0;
}

#endif
