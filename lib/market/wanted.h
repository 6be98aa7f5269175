/*
 * What of a series is worth a request now, and why, by what is known of it.
 * Pure.
 */
#ifndef MD_MARKET_WANTED_H
#define MD_MARKET_WANTED_H

#include "market/knowledge.h"

/* After a 403 the range is not requested again for this long. */
#define WANTED_DENIED_MS INT64_C(604800000)

/*
 * Appends the parts of wanted that were never answered or are in doubt, for
 * which a better answer is due (finality_due()), or that were refused a day
 * ago.  A range that was denied less than a week before now, in a request that
 * began no more than a week earlier, is left out; but if it was denied before
 * it was final it is requested again once it is, because plans without today's
 * bars have yesterday's.  Of a symbol that is silent only what is final is
 * requested.  refresh: all of wanted.  False: out of memory.
 */
bool wanted_now(const struct grid *, const struct finality_rule *,
    const struct coverage *, struct range wanted, int64_t now, bool refresh,
    struct ranges *out);

/* Why a range is requested; used as bits. */
enum wanted_reason {
	REASON_MISSING,  /* it was never answered, or is in doubt */
	REASON_OPEN,     /* its market is open: the bar has grown */
	REASON_CLOSED,   /* its window has closed since the last answer */
	REASON_EXTENDED, /* its extended hours have ended since */
	REASON_FINAL,    /* it has become final since */
	REASON_DENIED,   /* it was denied long ago, or before it was final */
	REASON_REFUSED,  /* its row could not be right a day ago */
	REASON_REFRESH,  /* all is to be fetched again */
};

#define REASON_COUNT 8

/* "missing", "open", … */
const char *wanted_reason_name(enum wanted_reason);

/* The reasons for a range of wanted_now(), or for several in one call. */
unsigned wanted_reasons(const struct grid *, const struct finality_rule *,
    const struct coverage *, struct range, int64_t now, bool refresh);

/*
 * Whether the plan withholds bars that may still change, as the coverage of one
 * series tells: it has older bars and was refused these (403).  One without any
 * bars tells nothing of others: perhaps its symbol is not in the plan.
 */
bool wanted_withheld(const struct grid *, const struct coverage *, int64_t now);

/* Whether it has given this series bars that may still change. */
bool wanted_granted(const struct grid *, const struct coverage *, int64_t now);

#endif
