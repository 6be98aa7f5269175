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
 * The windows wanted of a series: those that start in [from, to) and have begun
 * at now.  from and to are extended to whole windows, so that the first and the
 * last are requested in full.
 */
struct range plan_begun(const struct grid *, int64_t from, int64_t to,
    int64_t now);

/* The same, but only those that ended at least settle_ms before now. */
struct range plan_ended(const struct grid *, int64_t from, int64_t to,
    int64_t now, int64_t settle_ms);

/*
 * The gaps: the parts of wanted that were never answered, or for which a better
 * answer is due (finality_due()).  A range that was denied less than a week
 * before now, in a request that began no more than a week earlier, is left out;
 * but if it was denied before it was final it is requested again once it is,
 * because plans without today's bars have yesterday's.  Gaps in which,
 * according to the calendar, nothing trades are left out.  refresh: all of
 * wanted.
 */
bool plan_gaps(const struct grid *, const struct finality_rule *,
    const struct coverage *, struct range wanted, int64_t now, bool refresh,
    struct ranges *out);

/* Why a gap is requested; used as bits. */
enum plan_reason {
	REASON_MISSING,  /* it was never answered */
	REASON_OPEN,     /* its market is open: the bar has grown */
	REASON_CLOSED,   /* its window has closed since the last answer */
	REASON_EXTENDED, /* its extended hours have ended since */
	REASON_FINAL,    /* it has become final since */
	REASON_DENIED,   /* it was denied long ago, or before it was final */
	REASON_REFRESH,  /* all is to be fetched again */
};

#define REASON_COUNT 7

/* "missing", "open", … */
const char *plan_reason_name(enum plan_reason);

/* The reasons for a gap that plan_gaps() found, or for several in one call. */
unsigned plan_reasons(const struct grid *, const struct finality_rule *,
    const struct coverage *, struct range gap, int64_t now, bool refresh);

/*
 * Whether the plan withholds bars that may still change, as the coverage of one
 * series tells: it has older bars and was refused these (403).  One without any
 * bars tells nothing of others: perhaps its symbol is not in the plan.
 */
bool plan_withholds(const struct grid *, const struct coverage *, int64_t now);

/* Whether it has given this series bars that may still change. */
bool plan_grants(const struct grid *, const struct coverage *, int64_t now);

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
