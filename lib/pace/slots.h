/*
 * The slots that a run has reserved of the budget on its key: when the next
 * request may start, and how many to reserve next.  A slot that is not used
 * in its time lapses, since the next belongs to another run; so there are no
 * more starts in any time than the pace allows.  Pure; times are us.
 */
#ifndef MD_PACE_SLOTS_H
#define MD_PACE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/budget.h"

struct slots {
	struct budget_grant now;  /* what is left of it */
	struct budget_grant next; /* reserved while some were left */
	int64_t granted;          /* how many `now` was */
	int64_t lapsed;           /* of them */
	bool asking;
	int64_t asked_at;
	int64_t ask_again_at; /* all are given away until then */
};

/* When the next may be used; INT64_MAX: none is in hand. */
int64_t slots_next(struct slots *, int64_t now);

/* A request starts in it. */
void slots_use(struct slots *);

/*
 * How many to ask for now, with so many requests waiting: 0, or enough for a
 * second, as far as they were used up till now.
 */
int64_t slots_wanted(const struct slots *, int64_t now, int64_t waiting,
    double per_minute);

void slots_asked(struct slots *, int64_t now);
void slots_granted(struct slots *, const struct budget_grant *);

#endif
