/*
 * Which daily bars are fetched by calls for their series and which by calls for
 * their day: the fewest calls of both kinds together.  Pure.
 */
#ifndef MD_PLAN_DAILY_H
#define MD_PLAN_DAILY_H

#include "plan/grouped.h"

/* A call that would fetch part of a series, and whether day calls replace it.
 */
struct daily_row {
	enum asset_class class;
	enum tier tier;
	const struct ranges *gaps; /* of the series, in order, borrowed */
	struct range call;         /* only the gaps in this range count */
	bool grouped;              /* result: leave it to the day calls */
	enum grid_kind kind;       /* of the series, as far as known */
};

struct daily_call {
	enum grouped_market market;
	md_date date;
	enum tier tier; /* the most urgent of the rows that need it */
	size_t rows;    /* how many need it */
};

struct daily_calls {
	struct daily_call *v;
	size_t len, cap;
};

/*
 * Decide for each row, and append the day calls, most urgent tier first, then
 * newest first.  No plan has fewer calls; of plans with the same number it
 * takes one with the most series calls.  Days that were denied have no call.
 * Rows of classes without day calls keep their own.
 */
bool plan_daily(const struct calendar *, const struct grouped_denials *,
    int64_t now, struct daily_row *, size_t n, struct daily_calls *);
void daily_calls_free(struct daily_calls *);

#endif
