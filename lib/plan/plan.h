/*
 * What is to be asked: what is wanted, less what was answered for good.  Pure.
 */
#ifndef MD_PLAN_H
#define MD_PLAN_H

#include "market/coverage.h"

/* A 403 is remembered this long before the range is asked for again. */
#define PLAN_DENIED_MS INT64_C(604800000)

/* What the API's limit is set to, always; it counts base aggregates. */
#define PLAN_PAGE_BASE 50000

/*
 * The windows wanted of a series: those that start in [from, to) and had ended
 * settle_ms before now.  from and to are widened to whole windows, so that the
 * first and the last are asked for in full.
 */
struct range plan_wanted(const struct grid *, int64_t from, int64_t to,
    int64_t now, int64_t settle_ms);

/*
 * The gaps: parts of wanted that no span covers for good.  Covered for good
 * means final as of when it was fetched, believed empty, or denied less than a
 * week before now to who asked from no more than a week earlier; what was
 * denied before it was final is asked again once it is, since plans without
 * today's bars have yesterday's.  Gaps in which the
 * calendar knows that nothing trades are left out.  refresh: all of wanted.
 */
bool plan_gaps(const struct grid *, const struct coverage *,
    struct range wanted, int64_t now, bool refresh, struct ranges *out);

/* Pages that the answer to a gap will have, at least one, as expected. */
int64_t plan_calls(const struct grid *, struct range gap);

/*
 * The calls that fill the gaps: neighbours are one call where that saves a
 * page, even if every hour was traded in; what lies between is asked for again.
 * Not across what is known to be denied.  *calls and *gaps are in order.
 */
bool plan_merge(const struct grid *, const struct coverage *,
    const struct ranges *gaps, struct ranges *calls);

#endif
