/*
 * What the store held at a time that is past.  Whatever changes in it writes
 * down what was there before: within sql_write().
 */
#ifndef MD_STORE_HISTORY_H
#define MD_STORE_HISTORY_H

#include "store/internal.h"

/* When what is being written comes, if it was to at now, when the clock of the
 * machine said wall (0: unknown): it has waited for its turn and for locks. */
int64_t history_time(int64_t now, int64_t wall);

/* New bars of the page come now. */
bool history_came(struct store *, const struct page_put *,
    const struct page_merge *, struct md_error *);
/* What is known of the series now in place of old; on the page's grid. */
bool history_final(struct store *, const struct page_put *,
    const struct coverage *old, const struct coverage *new, struct md_error *);
/* A bar's values before they change, unless that is a restatement, which has
 * them. */
bool history_changed(struct store *, const struct page_put *,
    const struct bar_change *, struct md_error *);

/* The bars of series $1 from $2 to before $3 that were derived. */
#define DERIVED_BARS                                                           \
	" WHERE series_id = $1 AND ts >= $2 AND ts < $3 AND EXISTS (SELECT 1 " \
	"FROM derived d WHERE d.series_id = $1 AND bars.ts >= d.from_ts "      \
	"AND bars.ts < d.to_ts)"

/* Derived bars before they go; all bars before a time, and what restatements
 * have of them. */
bool history_derived(struct store *, int64_t series_id, const struct range *,
    int64_t now, struct md_error *);
bool history_forgotten(struct store *, int64_t series_id, int64_t before,
    int64_t now, struct md_error *);

/* All of a symbol's, before they are replaced. */
bool history_adjustments(struct store *, enum action, const char *symbol,
    int64_t now, struct md_error *);

/* -- bars that came later than a time -- */

struct arrival {
	int64_t from, to; /* window starts */
	int64_t at;
};

ARRAY_OF(arrival_list, struct arrival);

struct arrivals {
	struct arrival_list list; /* by from */
	size_t first;             /* those before end before t */
	int64_t t;                /* that was asked for last */
};

bool arrivals_read(struct store *, int64_t series_id, int64_t as_of,
    struct arrivals *out, struct md_error *);
/* Did a bar of that start come later than as_of, but before that time? */
bool arrivals_have(struct arrivals *, int64_t t, int64_t before);

#endif
