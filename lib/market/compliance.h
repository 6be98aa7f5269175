/*
 * How well the objectives of age (RPO) were kept, day by day: the share of the
 * looks at a tier's series, one an hour each, that found them within it; and
 * what is left of the error budget.  Pure.
 *
 * Source of the terms and formulas: Google, The Site Reliability Workbook
 * (2018), chapter 2, "Implementing SLOs", and chapter 5, "Alerting on SLOs".
 */
#ifndef MD_MARKET_COMPLIANCE_H
#define MD_MARKET_COMPLIANCE_H

#include "base/array.h"
#include "base/mdtime.h"
#include "market/objectives.h"

#define COMPLIANCE_DAYS 30

struct compliance_count {
	int64_t looks, within;
};

/* A day, UTC, by tier. */
struct compliance_day {
	md_date day;
	struct compliance_count tier[TIER_COUNT];
};

ARRAY_OF(compliance_days, struct compliance_day);

/* The full hour at or before a time. */
int64_t compliance_hour(int64_t ms);

/*
 * Counts a series of the tier, nobody having written it since before through:
 * a look at each full hour after through, up to until, both full hours.
 * missing: it is of no age; else age_ms is its age at until.  The days are
 * there, in order, one for each date.
 */
void compliance_add(struct compliance_days *, enum tier, int64_t through_ms,
    int64_t until_ms, bool missing, int64_t age_ms, int64_t rpo_ms);

/* Days from the first to the last, without counts, beside those that are there,
 * in order.  False: out of memory. */
bool compliance_days_fill(struct compliance_days *, md_date first,
    md_date last);

/* Of the last n days until today, inclusive. */
struct compliance_count compliance_sum(const struct compliance_days *,
    enum tier, md_date today, int n);

/* In percent; NaN: nothing was looked at. */
double compliance_percent(const struct compliance_count *);

/*
 * How many times as fast as the target allows the error budget is used: the
 * share of bad looks divided by 1 - target.  1: over as many days as the window
 * has it is used up just then.  NaN: nothing was looked at.
 */
double compliance_burn(const struct compliance_count *, double target_percent);

/* What is left of the budget of these looks, in percent: below zero if more
 * than all of it is gone. */
double compliance_left(const struct compliance_count *, double target_percent);

#endif
