/*
 * What to request: what is wanted, minus what was answered for good.  Pure.
 */
#ifndef MD_PLAN_H
#define MD_PLAN_H

#include "market/coverage.h"

/* After a 403 the range is not requested again for this long. */
#define PLAN_DENIED_MS INT64_C(604800000)

/* The value of the API's limit, in every request; it counts base aggregates. */
#define PLAN_PAGE_BASE 50000

/*
 * The windows wanted of a series: those that start in [from, to) and ended at
 * least settle_ms before now.  from and to are extended to whole windows, so
 * that the first and the last are requested in full.
 */
struct range plan_wanted(const struct grid *, int64_t from, int64_t to,
    int64_t now, int64_t settle_ms);

/*
 * The gaps: the parts of wanted that no span covers for good.  Covered for good
 * means final when it was fetched, believed empty, or denied less than a week
 * before now in a request that began no more than a week earlier.  A range that
 * was denied before it was final is requested again once it is, because plans
 * without today's bars have yesterday's.  Gaps in which, according to the
 * calendar, nothing trades are left out.  refresh: all of wanted.
 */
bool plan_gaps(const struct grid *, const struct coverage *,
    struct range wanted, int64_t now, bool refresh, struct ranges *out);

/* The expected number of pages in the answer to a gap, at least one. */
int64_t plan_calls(const struct grid *, struct range gap);

/*
 * The calls that fill the gaps: neighbouring gaps become one call if that saves
 * a page, even if there was trading in every hour; what is between them is then
 * requested again.  Calls do not extend across ranges known to be denied.
 * *calls and *gaps are in order.
 */
bool plan_merge(const struct grid *, const struct coverage *,
    const struct ranges *gaps, struct ranges *calls);

#endif
