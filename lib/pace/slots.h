/*
 * The slots that a run has reserved from its key's budget: when the next
 * request may start, and how many slots to reserve next.  A slot that is not
 * used in time lapses, since the next one belongs to another run; so in no
 * period do more requests start than the pace allows.  Pure; times are µs.
 */
#ifndef MD_PACE_SLOTS_H
#define MD_PACE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/budget.h"

struct slots {
	struct budget_grant now;  /* what is left of the current grant */
	struct budget_grant next; /* reserved before `now` was used up */
	int64_t granted;          /* how many slots `now` had at first */
	int64_t lapsed;           /* how many of them lapsed */
	int64_t late_us;          /* `now` came so long after its first slot */
	bool seen;                /* so late_us is `now`'s */
	bool asking;
	int64_t asked_at;
	int64_t ask_again_at; /* all slots before this time are taken */
};

/* When the next slot may be used; INT64_MAX: none is reserved. */
int64_t slots_next(struct slots *, int64_t now);

/* A request starts in that slot. */
void slots_use(struct slots *);

/*
 * How many slots to reserve now, with this many requests waiting: 0, or enough
 * for a second, judging by how many were used so far.
 */
int64_t slots_wanted(const struct slots *, int64_t now, int64_t waiting,
    double per_minute);

void slots_asked(struct slots *, int64_t now);
void slots_granted(struct slots *, const struct budget_grant *);

#endif
