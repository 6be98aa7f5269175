/*
 * What to request: what is wanted, minus what was answered for good.  Pure.
 */
#ifndef MD_PLAN_H
#define MD_PLAN_H

#include "market/names.h"
#include "market/wanted.h"

/* The value of the API's limit, in every request; it counts base aggregates. */
#define PLAN_PAGE_BASE 50000

/*
 * The windows wanted of a series: those that start in [from, to) and have begun
 * at now.  from and to are extended to whole windows, so that the first and the
 * last are requested in full.
 */
struct range plan_begun(const struct grid *, int64_t from, int64_t to,
    int64_t now);

/* The same, but only those that closed at least settle_ms before now. */
struct range plan_ended(const struct grid *, int64_t from, int64_t to,
    int64_t now, int64_t settle_ms);

/* The gaps: what is wanted now (wanted_now()), but for those in which,
 * according to the calendar, nothing trades and no row was refused. */
bool plan_gaps(const struct grid *, const struct finality_rule *,
    const struct coverage *, struct range wanted, int64_t now, bool refresh,
    struct ranges *out);

/* How many base aggregates (minutes, or days) are expected in the range. */
int64_t plan_base_expected(const struct grid *, struct range);

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

/* The same where the symbol had other names: a call asks by one of them, or
 * for a window that has several. */
bool plan_merge_by_name(const struct grid *, const struct former_names *,
    const struct coverage *, const struct ranges *gaps, struct ranges *calls);

/* plan_calls() of such a call: as many for each of its names. */
int64_t plan_calls_by_name(const struct grid *, const struct former_names *,
    struct range call);

#endif
