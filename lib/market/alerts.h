/*
 * The rules by which a backfill is called healthy, and what they say.  Pure:
 * facts go in, alerts come out.
 */
#ifndef MD_MARKET_ALERTS_H
#define MD_MARKET_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/symbol.h"

struct alert_bounds {
	int64_t no_success_ms;       /* longer without a good run: warning */
	double failed_percent;       /* more failed: critical */
	double no_features_percent;  /* more without features: warning */
	double rate_limited_percent; /* that much or more: warning */
	/* A run is too long at this many times the longest of its
	 * predecessors, but not before running_at_least_ms. */
	double running_factor;
	int64_t running_at_least_ms;
};

extern const struct alert_bounds alert_bounds_default;

enum alert_rule {
	ALERT_NO_SUCCESS,
	ALERT_FAILED_JOBS,
	ALERT_NO_FEATURES,
	ALERT_RATE_LIMITED,
	ALERT_RUNNING_LONG,
	ALERT_PROCESS_GONE,
	ALERT_RPO_CRITICAL,
	ALERT_RPO_STANDARD,
	ALERT_RPO_LOW,
	ALERT_API,
	ALERT_SPLITS,
	ALERT_REUSED,
};

#define ALERT_RULES 12

const char *alert_rule_name(enum alert_rule); /* "no_success" */

enum alert_level { ALERT_WARNING, ALERT_CRITICAL };

const char *alert_level_name(enum alert_level);

/* What level the rule has when it speaks. */
enum alert_level alert_rule_level(enum alert_rule);

struct alert {
	enum alert_rule rule;
	double value, threshold; /* NaN: there is none */
	char message[200];
};

/* A tier's series against its objective. */
struct tier_facts {
	int64_t series, within, missing;
	int64_t worst_ms; /* of those with an age */
	int64_t rpo_ms;
};

struct health_facts {
	bool has_good;
	int64_t since_good_ms; /* since the last good run ended */
	bool has_finished;
	int64_t jobs, failed_jobs; /* of the last run that has ended */
	int64_t series, without_features;
	int64_t requests, rate_limited; /* of late */
	/* The run that is under way for longest; 0: none. */
	int64_t running_ms, longest_before_ms;
	bool has_before;
	const char *gone; /* the execution whose process is gone; or null */
	struct tier_facts tiers[3];
	const char *api; /* why it does not answer; or null */
	/* Splits that are not applied, names that may have been another's, and
	 * the first of each in words. */
	int64_t splits, reused;
	const char *split, *reuse;
};

/* out holds ALERT_RULES; how many there are, in the order of the rules. */
size_t alerts_find(const struct alert_bounds *, const struct health_facts *,
    struct alert *out);

/* Share of n in percent; 0 of nothing. */
double percent_of(int64_t part, int64_t n);

enum health_status { HEALTH_HEALTHY, HEALTH_DEGRADED, HEALTH_CRITICAL };

const char *health_status_name(enum health_status);
enum health_status health_of(const struct alert *, size_t len);

#endif
