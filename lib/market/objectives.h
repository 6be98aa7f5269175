/*
 * The objectives: how soon data must be available again after a failure (RTO),
 * how old it may be (RPO, by tier), and what a reader is given for each status.
 * The definitions, and the arithmetic to compare them with measurements.  Pure.
 */
#ifndef MD_MARKET_OBJECTIVES_H
#define MD_MARKET_OBJECTIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/staleness.h"

#define TIER_COUNT 3

/* The failures that must be recovered from. */
enum rto {
	RTO_SCHEDULER_CRASH,    /* a run failed, or ended without logging it */
	RTO_RATE_LIMIT,         /* the API answered 429 */
	RTO_DATABASE_LOSS,      /* the store could not be used */
	RTO_COMPUTATION_FAILURE /* features of a series were not computed */
};

#define RTO_COUNT 4

const char *rto_name(enum rto); /* "scheduler_crash" */

/* What a reader is given who asks for data with a certain status. */
enum staleness_action {
	ACTION_RETURN,
	ACTION_WARN,    /* return, with a warning */
	ACTION_ALERT,   /* return, with an alert */
	ACTION_REQUEST, /* 404, and a backfill is requested */
};

#define ACTION_NAMES "return warn alert request"

const char *action_name(enum staleness_action);
const char *action_phrase(enum staleness_action); /* a phrase for people */
bool action_parse(const char *, enum staleness_action *out);

struct rpo {
	int64_t within_ms; /* how old data may be */
	int64_t every_ms;  /* how often a backfill should run */
};

struct objectives {
	enum staleness_action actions[STALENESS_COUNT];
	int64_t rto_ms[RTO_COUNT];
	struct rpo rpo[TIER_COUNT];        /* by enum tier */
	double target_percent[TIER_COUNT]; /* of the time, of each series that
					    * its data is that young; < 100 */
	int64_t window_ms; /* how far back recoveries are measured */
};

extern const struct objectives objectives_default;

/* -- measurements -- */

/* How long recoveries took, ms. */
struct recoveries {
	int64_t *v;
	size_t len, cap;
};

bool recoveries_add(struct recoveries *, int64_t took_ms);
void recoveries_free(struct recoveries *);

struct recovery_summary {
	size_t count, within;        /* within the objective */
	int64_t median_ms, worst_ms; /* 0 if there were none */
};

/* Sorts them.  The median of an even number is the lower of the middle two, so
 * that it is a measured value. */
struct recovery_summary recoveries_sum_up(struct recoveries *,
    int64_t objective_ms);

#endif
