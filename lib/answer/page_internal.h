/*
 * What the decoders of a page stand on.  page_memory.c is the lowest, then
 * page_scan.c and page_rescue.c, then page.c, which tries the scanner, falls
 * back on jansson, and reads what that refuses row by row.
 */
#ifndef MD_ANSWER_PAGE_INTERNAL_H
#define MD_ANSWER_PAGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/page.h"
#include "base/buf.h"

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

/* -- pages that are no JSON because of some of their rows -- */

struct page_text {
	const char *text; /* in the page's */
	size_t len;
};

struct page_cut {
	const char *text;
	struct page_text *rows;
	size_t len, cap;
	struct buf rest; /* the page with "results":[] */
};

/*
 * Find the rows of "results" without reading them, and what is left without
 * them; neither need be JSON.  False: not to be told, or out of memory.
 * page_cut_free() either way.
 */
bool page_cut(struct page_cut *, const char *text, size_t len);
void page_cut_free(struct page_cut *);

/*
 * The "t" and "T" of a row, which need not be JSON, if it has one of each and
 * they are plain; else false, and "".
 */
bool page_cut_time(const struct page_text *row, int64_t *out);
void page_cut_name(const struct page_text *row, struct page_name *out);

#endif
