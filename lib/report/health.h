/*
 * Is the backfill healthy?  The store's facts about runs, failures and
 * freshness, the alerts that follow by the rules of alerts.h, and the
 * objectives with what was measured for each.
 */
#ifndef MD_REPORT_HEALTH_H
#define MD_REPORT_HEALTH_H

#include "market/alerts.h"
#include "market/closure.h"
#include "market/hold.h"
#include "market/objectives.h"
#include "polygon/probe.h"
#include "report/compliance.h"
#include "report/freshness.h"
#include "report/refused.h"
#include "store/store.h"

/* How far back the summary lists failures and counts requests. */
#define HEALTH_RECENT_MS MD_DAY

struct health_query {
	struct staleness_rule rule;
	const struct objectives *objectives;
	const struct alert_bounds *bounds;
	int64_t now_ms;
	/* The store and the configuration, for commands to name; or null. */
	const char *db, *config;
	/*
	 * Is the process of an execution on that host alive?  Null: processes
	 * are not checked, and leases decide.
	 */
	bool (*lives)(const char *host, int64_t pid, bool *known);
	int64_t executions; /* the maximum; 0: all */
};

/* Whether a recovery time objective is met. */
struct rto_measured {
	struct recovery_summary recoveries;
	int64_t open_ms; /* since an event without recovery; 0: none */
};

struct health {
	int64_t now_ms;
	enum health_status status;
	struct staleness_rule rule;
	const struct objectives *objectives; /* borrowed, as these: */
	const struct alert_bounds *bounds;
	struct execution_rows executions; /* newest first */
	bool has_last, has_good;
	struct execution_row last, good;
	struct freshness freshness; /* of every active series */
	int64_t symbols;            /* of these series */
	int64_t stale_features;
	int64_t overdue; /* older than the overdue bound */
	struct tier_facts tiers[TIER_COUNT];
	struct failure_rows failures;   /* recent ones, newest first */
	int64_t requests, rate_limited; /* recent ones */
	struct log_totals totals;
	struct probe probe;
	struct hold hold;             /* of all runs */
	struct suspicions suspicions; /* by kind and symbol */
	struct refused_summary refused;
	/* From today on: what the vendor has otherwise than the rules, but for
	 * days of the configuration. */
	struct closures closures;
	struct alert alerts[ALERT_RULES];
	size_t alerts_len;
	/* Set by health_measure(): */
	struct rto_measured rto[RTO_COUNT];
	struct compliance_days compliance; /* the last is today, UTC */
};

/* MD_EEMPTY if the store has no active series. */
bool health_read(struct store *, const struct health_query *,
    const struct probe *, struct health *out, struct md_error *);

/* Fill in how long recoveries took, according to the log, and how well the
 * objectives were kept, day by day. */
bool health_measure(struct store *, struct health *, struct md_error *);
void health_free(struct health *);

/* Newest first; limit 0: all. */
bool failures_read(struct store *, int64_t since_ms, int64_t now_ms,
    size_t limit, struct failure_rows *out, struct md_error *);

#endif
