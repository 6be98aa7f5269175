/*
 * Storing a page, independent of the engine: compare the page's bars with the
 * stored ones, and determine the changes, rejected rows, coverage, doubts and
 * marks of derived ranges.  Engines read rows, call these functions, and write
 * the results.
 */
#ifndef MD_STORE_PAGE_H
#define MD_STORE_PAGE_H

#include "store/store.h"

/* How an engine writes the results, within the page's transaction. */
struct page_writer {
	bool (*reject)(struct store *, const struct page_put *,
	    const struct rejected *, struct md_error *);
	bool (*has_bars)(struct store *, int64_t series_id,
	    const struct range *, bool *, struct md_error *);
	/* Write the differences: most of the coverage is unchanged. */
	bool (*coverage)(struct store *, const struct page_put *,
	    const struct coverage *old, const struct coverage *new,
	    struct md_error *);
	bool (*doubts)(struct store *, int64_t series_id, const struct doubts *,
	    struct md_error *);
	/* The page has told the series' grid. */
	bool (*grid)(struct store *, const struct page_put *,
	    struct md_error *);
	/* Remove the marks in the range; mark it as derived. */
	bool (*unmark)(struct store *, int64_t series_id, const struct range *,
	    struct md_error *);
	bool (*mark)(struct store *, const struct page_put *,
	    const struct range *, struct md_error *);
};

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
	size_t at; /* the number of the page's bars merged so far */
};

/*
 * Call merge_begin, then merge_stored for each stored bar between the page's
 * first and last, ascending, then merge_end.  Memory is kept for the next page
 * until merge_free.  False: out of memory.  Only unchanged bars are counted
 * here.
 */
bool merge_begin(struct page_merge *, const struct page_put *);
bool merge_stored(struct page_merge *, const struct page_put *,
    const struct bar *stored, struct page_counts *);
void merge_end(struct page_merge *, const struct page_put *);
void merge_free(struct page_merge *);

/*
 * After merge_end: rejects the changes that contradict an earlier page of the
 * same answer, and counts the others as updated and, if the bar was covered
 * before, as restated.
 */
bool merge_classify_changes(struct page_merge *, const struct page_put *,
    const struct coverage *before, struct page_counts *,
    const struct page_writer *, struct store *, struct md_error *);

/* The start of the first new or changed bar; INT64_MAX: none. */
int64_t merge_first(const struct page_merge *);

bool page_put_rejected(const struct page_put *, const struct page_writer *,
    struct store *, struct md_error *);

/* Writes the new coverage and doubts, judged from the old ones, which stay. */
bool page_put_coverage(const struct page_put *, const struct coverage *before,
    struct doubts *, const struct page_writer *, struct store *,
    struct md_error *);

/* Writes which ranges are derived; to be called after page_put_coverage(). */
bool page_put_derived(const struct page_put *, const struct page_writer *,
    struct store *, struct md_error *);

/*
 * The part of the coverage to write: new->v[*head, *new_end) replaces
 * old->v[*head, *old_end); the rest is unchanged.
 */
void coverage_difference(const struct coverage *old, const struct coverage *new,
    size_t *head, size_t *old_end, size_t *new_end);

bool adjustments_equal(const struct adjustments *, const struct adjustments *);

#endif
