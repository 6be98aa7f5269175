/*
 * How fresh the store's series are: which are meant, how old each is, and the
 * worst first.
 */
#ifndef MD_REPORT_FRESHNESS_H
#define MD_REPORT_FRESHNESS_H

#include "market/objectives.h"
#include "store/store.h"

/* Of which series, and how to look. */
struct freshness_query {
	const struct symbol_list *symbols; /* null: all */
	unsigned timeframes, tiers;        /* bits */
	unsigned statuses;                 /* bits: which are selected */
	struct staleness_rule rule;
	const struct objectives *objectives;
	int64_t now_ms;
};

/* A series and what was found. */
struct mark {
	const struct series_row *series;
	enum staleness status;
	int64_t age_ms; /* of what is not missing */
	int64_t rpo_ms; /* of its tier */
	bool rpo_met;
	int64_t points; /* bars, or rows of features: what is looked at */
};

struct freshness {
	int64_t now_ms;
	struct staleness_rule rule;
	struct series_rows rows; /* every active series */
	struct mark *v;          /* the selected ones, worst first */
	size_t len;
	int64_t counts[STALENESS_COUNT]; /* of the selected */
};

/*
 * MD_ESTORE also when the store has no active series, MD_EUSAGE when none of
 * them is meant, or a symbol has none.
 */
bool freshness_read(struct store *, const struct freshness_query *,
    struct freshness *out, struct md_error *);
void freshness_free(struct freshness *);

#endif
