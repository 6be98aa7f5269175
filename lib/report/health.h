/*
 * Is the backfill healthy?  What the store tells of runs, failures and
 * freshness, judged by the rules of alerts.h, and the objectives with what was
 * measured beside each.
 */
#ifndef MD_REPORT_HEALTH_H
#define MD_REPORT_HEALTH_H

#include "market/alerts.h"
#include "market/objectives.h"
#include "polygon/probe.h"
#include "report/freshness.h"
#include "store/store.h"

/* "Of late": what the summary tells of failures and requests. */
#define HEALTH_RECENT_MS MD_DAY

struct health_query {
	struct staleness_rule rule;
	const struct objectives *objectives;
	const struct alert_bounds *bounds;
	int64_t now_ms;
	/*
	 * Does the process of an execution on that host live?  Null: it is not
	 * looked for, and the leases must tell.
	 */
	bool (*lives)(const char *host, int64_t pid, bool *known);
	int64_t executions; /* how many are wanted; 0: all */
};

/* Whether an objective for recovery is met. */
struct rto_measured {
	struct recovery_summary recoveries;
	int64_t open_ms; /* since what has not been recovered from; 0: none */
};

struct health {
	int64_t now_ms;
	enum health_status status;
	struct staleness_rule rule;
	const struct objectives *objectives; /* borrowed */
	struct execution_rows executions;    /* newest first */
	bool has_last, has_good;
	struct execution_row last, good;
	struct freshness freshness; /* of every active series */
	int64_t symbols;            /* that they are of */
	int64_t stale_features;
	int64_t overdue; /* stale for longer than the last bound */
	struct tier_facts tiers[TIER_COUNT];
	struct failure_rows failures;   /* of late, newest first */
	int64_t requests, rate_limited; /* of late */
	struct log_totals totals;
	struct probe probe;
	struct suspicions suspicions; /* of the data, by kind and symbol */
	struct alert alerts[ALERT_RULES];
	size_t alerts_len;
	struct rto_measured rto[RTO_COUNT]; /* of health_measure() */
};

/* MD_ESTORE also when the store has no active series. */
bool health_read(struct store *, const struct health_query *,
    const struct probe *, struct health *out, struct md_error *);

/* Fill in how long recoveries took, as the log tells. */
bool health_measure(struct store *, struct health *, struct md_error *);
void health_free(struct health *);

/* Newest first; limit 0: all. */
bool failures_read(struct store *, int64_t since_ms, int64_t now_ms,
    size_t limit, struct failure_rows *out, struct md_error *);

#endif
