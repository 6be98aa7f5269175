/*
 * What storing a page is, whatever the engine: the bars of the page beside
 * those that are stored, and what follows from it: rows refused, coverage,
 * doubts, marks of what was derived.  Engines read rows, call these, and write
 * what comes of it.
 */
#ifndef MD_STORE_PAGE_H
#define MD_STORE_PAGE_H

#include "store/store.h"

/* How an engine writes it, within the page's transaction. */
struct page_writer {
	bool (*reject)(struct store *, const struct page_put *,
	    const struct rejected *, struct md_error *);
	bool (*has_bars)(struct store *, int64_t series_id,
	    const struct range *, bool *, struct md_error *);
	/* Write what differs: what lies before and after mostly stays. */
	bool (*coverage)(struct store *, int64_t series_id,
	    const struct coverage *old, const struct coverage *new,
	    struct md_error *);
	bool (*doubts)(struct store *, int64_t series_id, const struct doubts *,
	    struct md_error *);
	/* What is marked of the range is no more; and mark it. */
	bool (*unmark)(struct store *, int64_t series_id, const struct range *,
	    struct md_error *);
	bool (*mark)(struct store *, const struct page_put *,
	    const struct range *, struct md_error *);
};

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
 * the same answer, rejecting each, and counts the others as updated and, where
 * the bar had been answered for before, as restated.
 */
bool merge_judge(struct page_merge *, const struct page_put *,
    const struct coverage *before, struct page_counts *,
    const struct page_writer *, struct store *, struct md_error *);

/* The start of the first bar that is new or changed; INT64_MAX: none. */
int64_t merge_first(const struct page_merge *);

bool page_put_rejected(const struct page_put *, const struct page_writer *,
    struct store *, struct md_error *);

/* The coverage and doubts that follow, from those before (*doubts as read). */
bool page_put_coverage(const struct page_put *, const struct coverage *before,
    struct doubts *, const struct page_writer *, struct store *,
    struct md_error *);

/* Which of the bars were made of a finer series'; after the coverage. */
bool page_put_derived(const struct page_put *, const struct page_writer *,
    struct store *, struct md_error *);

/*
 * What of the coverage is to be written: old->v[*head, *old_end) goes,
 * new->v[*head, *new_end) comes; what lies before and after stays.
 */
void coverage_difference(const struct coverage *old, const struct coverage *new,
    size_t *head, size_t *old_end, size_t *new_end);

bool adjustments_equal(const struct adjustments *, const struct adjustments *);

#endif
