/*
 * A page's bars beside those stored of its range: which are new, and which
 * differ.
 */
#ifndef MD_ANSWER_MERGE_H
#define MD_ANSWER_MERGE_H

#include "market/bar.h"

/* A bar whose stored values differ from the page's. */
struct bar_change {
	struct bar old;
	const struct bar *new; /* borrowed from the page */
	bool restated;         /* answered before, after its window had ended */
};

/* Merging a page with the stored bars of its range. */
struct page_merge {
	const struct bar **fresh; /* not stored yet; borrowed from the page */
	size_t fresh_len, fresh_cap;
	struct bar_change *changes;
	size_t changes_len, changes_cap;
	const struct bar *bars; /* the page's */
	size_t len, at;         /* their number; so many are merged */
	int64_t unchanged;      /* of those stored */
	bool others;       /* bars are stored amid the page's that it lacks */
	bool without_vwap; /* set after merge_begin: the page's bars lack it,
			      which is no difference */
};

/*
 * Call merge_begin, then merge_stored for each stored bar between the page's
 * first and last, ascending, then merge_end.  Memory is kept for the next page
 * until merge_free.  False: out of memory.
 */
bool merge_begin(struct page_merge *, const struct bar *, size_t len);
bool merge_stored(struct page_merge *, const struct bar *stored);
void merge_end(struct page_merge *);
void merge_free(struct page_merge *);

/* The start of the first new or changed bar; INT64_MAX: none. */
int64_t merge_first(const struct page_merge *);

#endif
