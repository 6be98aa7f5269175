/*
 * Which daily bars come by the call of their series and which by the call of
 * their day: the fewest calls of both kinds.  Pure.
 */
#ifndef MD_PLAN_DAILY_H
#define MD_PLAN_DAILY_H

#include "plan/grouped.h"

/* A call that would bring a part of a series, and whether a day's calls do. */
struct daily_row {
	enum asset_class class;
	enum tier tier;
	const struct ranges *gaps; /* of the series, in order, borrowed */
	struct range call;         /* those of them that lie in here */
	bool grouped;              /* the result: leave it to the days' calls */
};

struct daily_call {
	enum grouped_market market;
	md_date date;
	enum tier tier; /* the most urgent of the rows that need it */
	size_t rows;    /* how many do */
};

struct daily_calls {
	struct daily_call *v;
	size_t len, cap;
};

/*
 * Decide for each row, and append the days' calls, most urgent tier first,
 * then newest first.  No plan has fewer calls; of plans with as many it takes
 * one with the most calls of series.  Days that are denied to us have no call.
 * Rows of classes without such calls keep theirs.
 */
bool plan_daily(const struct calendar *, const struct grouped_denials *,
    int64_t now, struct daily_row *, size_t n, struct daily_calls *);
void daily_calls_free(struct daily_calls *);

#endif
