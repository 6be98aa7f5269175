/*
 * When requests may start: the run's own pace, or slots of the one that all
 * runs on the key share.  It knows no calls; the client asks it for each.
 */
#ifndef MD_POLYGON_PACE_H
#define MD_POLYGON_PACE_H

#include "pace/pacing.h"
#include "pace/slots.h"
#include "polygon/polygon.h"

struct pace {
	struct pacing own;
	const struct polygon_sharer *sharer; /* null: the pace is its own */
	void *sharer_ctx;
	struct slots slots;
	int64_t alone_until; /* there was no answer; monotonic us */
	double told;         /* the pace that the sharer was told of last */
};

/* The clock of the times here: monotonic ms. */
int64_t pace_now(void);

void pace_init(struct pace *, double per_minute); /* 0: adapt */

/* As polygon_share(), polygon_budget_seen(), polygon_granted(). */
void pace_share(struct pace *, const struct polygon_sharer *, void *ctx);
void pace_informed(struct pace *, const struct budget_answer *);
void pace_granted(struct pace *, const struct budget_answer *);

/* Begin with what an earlier run learnt. */
void pace_recall(struct pace *, const struct limit_lesson *);

/* When a request may start, ms; far away when a slot is still to come. */
int64_t pace_next(struct pace *, int64_t now);
/* One starts. */
void pace_start(struct pace *, int64_t now);
/* So many calls are due, and slots are asked for if it takes them: how long
 * until it makes sense to ask again, at most wait_ms. */
int64_t pace_ask(struct pace *, int64_t due, int64_t wait_ms);

/* A request that was sent then (monotonic ms) was answered, and not with a 429;
 * or got no answer; or was answered 429, which the sharer is told. */
void pace_allowed(struct pace *, int64_t sent);
void pace_lost(struct pace *);
void pace_limited(struct pace *, int64_t sent, int64_t retry_after_ms);

/* How many may start now. */
struct pacing_room pace_room(struct pace *, int64_t now);

/* Nothing starts before, because of a 429; ms. */
int64_t pace_paused_until(const struct pace *);
/* Nor because of a limit: now, later, or LIMIT_LATER. */
int64_t pace_held(const struct pace *, int64_t now);

#endif
