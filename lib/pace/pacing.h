/*
 * When the next request may start, so that a key's rate limit is not hit and,
 * once hit, is learnt.  Pure: now is an argument; times are ms of one clock.
 *
 * With a rate given, requests are spaced evenly, one per cent slower than the
 * rate, so that no window of the server's can hold one too many.  Without, the
 * pace starts at what the vendor asks of everyone (under 100 a second) and a
 * 429 sets it to what the last minute (or the shorter period that Retry-After
 * lets see) allowed: the first to no less than the
 * vendor's smallest plan, since another run may just have used that up, each
 * later one to no less than half.  Every five quiet minutes it recovers by a
 * twentieth.  Only where the first 429 came before a minute was over, and
 * after more than the smallest plan has, it may have been a stray one and what
 * it taught too little: then by a half every quiet minute, until the next 429.
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
	double tokens; /* of them, those there are at `at` */
	int64_t at;
	int64_t paused_until;
	int64_t recovers_at;
	bool provisional; /* learnt from less than a minute: recovers fast */
	int64_t since;    /* requests are counted from here on */
	int64_t sharers;  /* runs on the key, this one among them */
	int64_t lessons;  /* of the budget, that were taken to heart */
	/* Answers that were not limited, by second, for the last minute. */
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
 * It was answered 429.  Everything pauses for retry_after_ms, or, when the
 * server did not say (negative), until the wall clock's minute ends:
 * wall_ms tells how far it is.
 */
void pacing_limited(struct pacing *, int64_t now, int64_t wall_ms,
    int64_t retry_after_ms);

/*
 * What the runs on the key know together: a pause is everybody's, and so is a
 * pace that one of several learnt.  The clock of the state is ahead of now's
 * by ahead_us.
 */
void pacing_share(struct pacing *, int64_t now, const struct budget_state *,
    int64_t ahead_us);

/* The pace is for all runs on the key together: each start takes a slot. */
bool pacing_takes_slots(const struct pacing *);

/* "5/min" or "2.5/s" → a minute; MD_EUSAGE. */
bool pacing_parse(const char *, double *per_minute, struct md_error *);

#endif
