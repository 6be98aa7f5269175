/*
 * How well the objectives of age were kept: what the store has of the days
 * before, and the hours since.
 */
#ifndef MD_REPORT_COMPLIANCE_H
#define MD_REPORT_COMPLIANCE_H

#include "market/compliance.h"
#include "report/freshness.h"

/*
 * Before a run writes anything: counts the hours since they were counted last,
 * in which the series stood as they do now.  The first time nothing is known of
 * the hours before.  More than COMPLIANCE_DAYS without a run are not made up.
 */
bool compliance_count_hours(struct store *, const struct freshness_query *,
    struct md_error *);

/* The days until now, each of COMPLIANCE_DAYS, with the hours that no run has
 * counted yet, by the series as they stand; nothing is written. */
bool compliance_read(struct store *, const struct freshness_query *,
    const struct series_rows *, struct compliance_days *out, struct md_error *);

#endif
