/*
 * The alert rules, which decide whether a backfill is healthy.  Pure: facts go
 * in, alerts come out.
 */
#ifndef MD_MARKET_ALERTS_H
#define MD_MARKET_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/symbol.h"

struct alert_bounds {
	int64_t no_success_ms; /* longer without a successful run: warning */
	double failed_percent; /* more failed jobs: critical */
	double no_features_percent;  /* more series without: warning */
	double rate_limited_percent; /* this percentage or more: warning */
	/* A run is too long when it takes more than this many times as long as
	 * the longest of its predecessors, and over running_at_least_ms. */
	double running_factor;
	int64_t running_at_least_ms;
	int64_t standby_lag_ms; /* a standby further behind: warning */
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
	ALERT_DIVIDENDS,
	ALERT_REUSED,
	ALERT_REFUSED,
	ALERT_STANDBY,
	ALERT_RENAMED,
	ALERT_HELD,
	ALERT_RULES
};

const char *alert_rule_name(enum alert_rule); /* "no_success" */

enum alert_level { ALERT_WARNING, ALERT_CRITICAL };

const char *alert_level_name(enum alert_level);

/* The level of the rule's alert. */
enum alert_level alert_rule_level(enum alert_rule);

#define ALERT_COMMAND 1024

struct alert {
	enum alert_rule rule;
	double value, threshold; /* NaN: none */
	char message[480];
	char command[ALERT_COMMAND]; /* for a shell: mends it, or shows more */
	char series[200]; /* "AAPL 1d, MSFT 1h and 4 more"; "": of none */
};

/* A tier's series, measured against its objective. */
struct tier_facts {
	int64_t series, within, missing;
	int64_t worst_ms; /* the highest age of any that is not missing */
	int64_t rpo_ms;
};

struct health_facts {
	bool has_good;
	int64_t since_good_ms; /* since the last successful run ended */
	bool has_finished;
	int64_t jobs, failed_jobs; /* of the last finished run … */
	const char *failed_run;    /* … which is that execution */
	int64_t series, without_features;
	int64_t requests, rate_limited; /* of the last day */
	/* The run that has been in progress for longest; 0: none. */
	int64_t running_ms, longest_before_ms;
	bool has_before;
	const char *gone; /* the execution whose process is gone; or null */
	struct tier_facts tiers[3];
	const char *api; /* why it cannot be used; or null */
	/* Splits that are not applied, doubtful dividends, names that may have
	 * belonged to another company, symbols that the vendor knows by another
	 * name, and a description of the first of each. */
	int64_t splits, dividends, reused, renamed;
	const char *split, *dividend, *reuse, *rename;
	const char *split_id; /* the first split, "AAPL=2020-08-31" */
	/* Windows of which only rows came that cannot be right, of so many
	 * series, and a description of the worst of these. */
	int64_t refused, refused_series;
	const char *refusal;
	const char *held; /* the runs are on hold: since when, …; or null */
	/* The store and the configuration, for commands to name; null: they
	 * need not. */
	const char *db, *config;
	/* What is read from a standby is so much behind, as far as that is
	 * known. */
	bool standby, standby_connected, standby_known;
	int64_t standby_lag_ms;
};

/* Writes the alerts to out, which has room for ALERT_RULES, in the order of the
 * rules; returns their number. */
size_t alerts_find(const struct alert_bounds *, const struct health_facts *,
    struct alert *out);

/* part as a percentage of n; 0 if n is 0. */
double percent_of(int64_t part, int64_t n);

enum health_status { HEALTH_HEALTHY, HEALTH_DEGRADED, HEALTH_CRITICAL };

const char *health_status_name(enum health_status);
enum health_status health_of(const struct alert *, size_t len);

#endif
