/*
 * When the next request may start, so that a key's rate limit is not hit or,
 * once it was hit, is learned.  Pure: now is an argument; times are ms of one
 * clock.
 *
 * With a given rate, requests are spaced evenly, one per cent slower than the
 * rate, so that none of the server's windows holds one too many.  Without a
 * rate, the pace starts at what the vendor asks of everyone (under 100 a
 * second), and a 429 lowers it to what the last minute allowed, or the shorter
 * period that Retry-After implies.  The first 429 lowers it no further than the
 * vendor's smallest plan, since another run may just have used that up; each
 * later one by half at most.  Every five minutes without a 429 the pace
 * recovers by a twentieth.  If the first 429 came within the first minute,
 * after more requests than the smallest plan allows, it may be a stray one and
 * the pace too low: it then recovers by half every minute until the next 429.
 */
#ifndef MD_PACE_PACING_H
#define MD_PACE_PACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pace/budget.h"

#define PACING_MINUTE_SLOTS 60

struct pacing {
	double per_minute; /* the pace now */
	bool adaptive;
	double burst;  /* requests that may start at once */
	double tokens; /* how many of them were left at `at` */
	int64_t at;
	int64_t paused_until;
	int64_t recovers_at;
	bool provisional; /* learned from less than a minute: recovers fast */
	int64_t since;    /* requests are counted from here on */
	int64_t sharers;  /* runs on the key, including this one */
	int64_t lessons;  /* how many of the budget's were applied */
	/* Answers that were not rate-limited, per second of the last minute. */
	uint32_t allowed[PACING_MINUTE_SLOTS];
	int64_t slot; /* the second that allowed[slot % 60] counts */
};

/* per_minute 0: adapt. */
void pacing_init(struct pacing *, double per_minute, int64_t now);

/* The time from which a request may start: now or before means at once. */
int64_t pacing_next(const struct pacing *, int64_t now);

/* A request starts. */
void pacing_start(struct pacing *, int64_t now);

/* It was answered, and not with a 429. */
void pacing_allowed(struct pacing *, int64_t now);

/*
 * It was answered 429.  All requests pause for retry_after_ms or, if the server
 * did not say (negative), until the end of the current minute of the wall
 * clock, which reads wall_ms.
 */
void pacing_limited(struct pacing *, int64_t now, int64_t wall_ms,
    int64_t retry_after_ms);

/*
 * Apply what all runs on the key know: pauses apply to all of them, and so does
 * the pace that one of several learned.  The clock of the state is ahead_us
 * ahead of that of now.
 */
void pacing_share(struct pacing *, int64_t now, const struct budget_state *,
    int64_t ahead_us);

/* Is the pace shared by all runs on the key, so that each start takes a slot?
 */
bool pacing_takes_slots(const struct pacing *);

/*
 * "5/min", "2.5/s", or a number alone: what stands before the slash, not looked
 * at further, and of how many seconds it is (0: not said).
 */
#define RATE_NUMBER_SIZE 32
bool rate_split(const char *, char number[RATE_NUMBER_SIZE], int *seconds);

/* "5/min" or "2.5/s", as requests per minute; MD_EUSAGE. */
bool pacing_parse(const char *, double *per_minute, struct md_error *);

#endif
