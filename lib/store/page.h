/*
 * What the operations of the store share about pages and what follows from
 * them.
 */
#ifndef MD_STORE_PAGE_H
#define MD_STORE_PAGE_H

#include "store/store.h"

/* Fail with MD_ELEASE unless the lease is still held; renew it for lease_ms
 * from wall.  Within sql_write(). */
bool lease_hold(struct store *, const struct lease *, int64_t wall,
    struct md_error *);

/*
 * Derived bars in a page's range give way to the API's own: those that it does
 * not have are removed, and the others are no restatements.  To be called first
 * for a page.
 */
bool derived_drop(struct store *, const struct page_put *, struct md_error *);
/* Remove the marks in the range; mark it as derived. */
bool derived_unmark(struct store *, int64_t series_id, const struct range *,
    struct md_error *);
bool derived_mark(struct store *, const struct page_put *, const struct range *,
    struct md_error *);

bool adjustments_equal(const struct adjustments *, const struct adjustments *);

#endif
