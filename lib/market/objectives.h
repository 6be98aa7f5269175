/*
 * The objectives: how soon the data must be there again after something broke
 * (RTO), how much recent data may be lacking (RPO, by tier), and what a reader
 * is given of data of each freshness.  The definition, and the arithmetic of
 * comparing it with what was measured.  Pure.
 */
#ifndef MD_MARKET_OBJECTIVES_H
#define MD_MARKET_OBJECTIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/staleness.h"

#define TIER_COUNT 3

/* What can break and must recover. */
enum rto {
	RTO_SCHEDULER_CRASH,    /* a run failed, or ended without a word */
	RTO_RATE_LIMIT,         /* the API said: too many requests */
	RTO_DATABASE_LOSS,      /* the store could not be used */
	RTO_COMPUTATION_FAILURE /* features of a series were not computed */
};

#define RTO_COUNT 4

const char *rto_name(enum rto); /* "scheduler_crash" */

/* What a reader who asks for data of that freshness is given. */
enum staleness_action {
	ACTION_RETURN,
	ACTION_WARN,    /* return, with a warning */
	ACTION_ALERT,   /* return, with an alert */
	ACTION_REQUEST, /* 404, and a backfill is requested */
};

#define ACTION_NAMES "return warn alert request"

const char *action_name(enum staleness_action);
const char *action_words(enum staleness_action); /* a phrase */
bool action_parse(const char *, enum staleness_action *out);

struct rpo {
	int64_t within_ms; /* data may be that old */
	int64_t every_ms;  /* so often a backfill is to run */
};

struct objectives {
	enum staleness_action actions[STALENESS_COUNT];
	int64_t rto_ms[RTO_COUNT];
	struct rpo rpo[TIER_COUNT]; /* by enum tier */
	int64_t window_ms;          /* how far back is measured */
};

extern const struct objectives objectives_default;

/* -- what was measured -- */

/* Times that recoveries took, ms. */
struct recoveries {
	int64_t *v;
	size_t len, cap;
};

bool recoveries_add(struct recoveries *, int64_t took_ms);
void recoveries_free(struct recoveries *);

struct recovery_summary {
	size_t count, within;        /* within the objective */
	int64_t median_ms, worst_ms; /* 0 when there were none */
};

/* Sorts them.  The median of an even number is the lower of the middle two:
 * a time that was seen. */
struct recovery_summary recoveries_sum_up(struct recoveries *,
    int64_t objective_ms);

#endif
