/*
 * When the next request may start, so that a key's rate limit is not hit or,
 * once it was hit, is learned.  Pure: now is an argument; times are ms of one
 * clock.
 *
 * With a given rate, requests are spaced evenly, one per cent slower than the
 * rate, so that none of the server's windows holds one too many.  Without one
 * they start at what the vendor asks of everyone (under 100 a second), within
 * the limit that is learnt (pace/limit.h); and when several runs share the key,
 * at the pace that one of them learnt, spaced evenly: it recovers by a
 * twentieth every five minutes.
 */
#ifndef MD_PACE_PACING_H
#define MD_PACE_PACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pace/budget.h"
#include "pace/limit.h"

/* "Under 100 requests a second"; a minute. */
#define PACING_VENDOR_ASKS (95.0 * 60)

struct pacing {
	double per_minute; /* the pace now */
	bool adaptive;
	double burst;  /* requests that may start at once */
	double tokens; /* how many of them were left at `at` */
	int64_t at;
	int64_t paused_until;
	int64_t recovers_at; /* the pace is shared; 0: it is not */
	bool provisional;    /* and recovers fast */
	int64_t sharers;     /* runs on the key, including this one */
	int64_t lessons;     /* how many of the budget's were applied */
	struct limit limit;
};

/* per_minute 0: adapt. */
void pacing_init(struct pacing *, double per_minute, int64_t now);

/* The time from which a request may start: now or before means at once. */
int64_t pacing_next(const struct pacing *, int64_t now);

/* A request starts. */
void pacing_start(struct pacing *, int64_t now);

/* The one that was sent then was answered, and not with a 429; or it got no
 * answer. */
void pacing_allowed(struct pacing *, int64_t sent, int64_t now);
void pacing_lost(struct pacing *);

/*
 * It was answered 429.  A given rate pauses for retry_after_ms or, if the
 * server did not say (negative), until the end of the current minute of the
 * wall clock, which reads wall_ms.
 */
void pacing_limited(struct pacing *, int64_t sent, int64_t now, int64_t wall_ms,
    int64_t retry_after_ms);

/* Begin with what an earlier run learnt; and what to keep, of all runs. */
void pacing_recall(struct pacing *, const struct limit_lesson *, int64_t now);
struct limit_lesson pacing_lesson(const struct pacing *, int64_t now);

/* The pace that was learnt, a minute; 0: none, or the pace was given. */
double pacing_learnt(const struct pacing *);

/* When a limit or a pause allows another: now, later, or LIMIT_LATER. */
int64_t pacing_held(const struct pacing *, int64_t now);

/* Nothing starts before, because of a 429. */
int64_t pacing_paused_until(const struct pacing *);

/* How many may start now: PACING_ROOM_MOST is as many as one likes. */
#define PACING_ROOM_MOST 1000

struct pacing_room {
	int64_t now;
	bool limits; /* a rate that was given or learnt, or a 429, holds them
			up; not what the vendor asks of everyone */
};

struct pacing_room pacing_room(const struct pacing *, int64_t now);

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
