/*
 * Which alerts are news to somebody who was told of others before.  Pure.
 */
#ifndef MD_MARKET_ALERT_CHANGES_H
#define MD_MARKET_ALERT_CHANGES_H

#include "market/alerts.h"

/* The alerts that somebody was told of, and not yet that they are over. */
struct alerts_told {
	int64_t since_ms[ALERT_RULES]; /* when; 0: this one was not told */
};

struct alert_change {
	enum alert_rule rule;
	const struct alert *raised; /* borrowed; null: it is over */
	int64_t since_ms;           /* when it was told, if it is over */
};

/*
 * What has changed by these n alerts, for which out has room for ALERT_RULES;
 * returns the number.  What was not looked at (looked: bits of rules) is as it
 * was.
 */
size_t alert_changes(const struct alerts_told *, const struct alert *, size_t n,
    unsigned looked, struct alert_change *out);

/* What was told once these changes are, at now. */
void alert_changes_told(struct alerts_told *, const struct alert_change *,
    size_t n, int64_t now_ms);

#endif
