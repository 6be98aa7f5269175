/*
 * What storing a page is, whatever the engine: the bars of the page beside
 * those that are stored, and the coverage that follows from it.  Engines read
 * rows, call these, and write what came of it.  No I/O.
 */
#ifndef MD_STORE_PAGE_H
#define MD_STORE_PAGE_H

#include "store.h"

/* A bar that is stored with other values than the page has. */
struct bar_change {
	struct bar old;
	const struct bar *new; /* borrowed from the page */
	bool restated; /* had been answered for as final or not: not just grown
			*/
};

/* The walk of a page beside what is stored of its range. */
struct page_merge {
	const struct bar **fresh; /* not stored yet; borrowed from the page */
	size_t fresh_len, fresh_cap;
	struct bar_change *changes;
	size_t changes_len, changes_cap;
	size_t at; /* bars of the page that have been walked over */
};

/*
 * merge_begin, then merge_stored for each bar that is stored from the page's
 * first to its last, ascending, then merge_end.  Memory is kept from page to
 * page until merge_free.  False: out of memory.  Equal bars are counted as
 * unchanged; nothing else is counted.
 */
bool merge_begin(struct page_merge *, const struct page_put *);
bool merge_stored(struct page_merge *, const struct page_put *,
    const struct bar *stored, struct page_counts *);
void merge_end(struct page_merge *, const struct page_put *);
void merge_free(struct page_merge *);

/*
 * After merge_end: takes out the changes that contradict an earlier page of
 * the same answer, handing each to late() (false stops: its error), and counts
 * the others as updated and, where the bar had been answered for before, as
 * restated.
 */
bool merge_judge(struct page_merge *, const struct page_put *,
    const struct coverage *before, struct page_counts *,
    bool (*late)(void *ctx, const struct bar *), void *ctx);

/* The start of the first bar that is new or changed; INT64_MAX: none. */
int64_t merge_first(const struct page_merge *);

/* Why a bar is refused that merge_judge calls late. */
#define REASON_LATE "contradicts an earlier page of the same answer"

/*
 * The coverage and doubts after the page, from those before (*after empty,
 * *doubts as read).  Ranges that are now to be believed are appended to
 * *believed: each is covered as bars or empty, by what is stored of it, with
 * coverage_believe.  False: out of memory.
 */
bool page_coverage(const struct page_put *, const struct coverage *before,
    struct coverage *after, struct doubts *, struct ranges *believed);
bool coverage_believe(const struct page_put *, const struct range *,
    bool has_bars, struct coverage *after);

/*
 * What of the coverage is to be written: old->v[*head, *old_end) goes,
 * new->v[*head, *new_end) comes; what lies before and after stays.
 */
void coverage_difference(const struct coverage *old, const struct coverage *new,
    size_t *head, size_t *old_end, size_t *new_end);

bool adjustments_equal(const struct adjustments *, const struct adjustments *);

#endif
