/*
 * How fresh the store's series are: which are selected, and the age and status
 * of each, worst first.
 */
#ifndef MD_REPORT_FRESHNESS_H
#define MD_REPORT_FRESHNESS_H

#include "market/objectives.h"
#include "store/store.h"

/* Selects series, and says how their age is measured. */
struct freshness_query {
	const struct symbol_list *symbols; /* null: all */
	unsigned timeframes, tiers;        /* bits */
	unsigned statuses;                 /* bits */
	struct staleness_rule rule;
	const struct objectives *objectives;
	int64_t now_ms;
};

/* A series and its age and status. */
struct mark {
	const struct series_row *series;
	enum staleness status;
	int64_t age_ms; /* unless it is missing */
	int64_t rpo_ms; /* its tier's */
	bool rpo_met;
	bool provisional; /* the newest bar may still change */
	int64_t points; /* bars, or rows of features, depending on the basis */
};

struct freshness {
	int64_t now_ms;
	struct staleness_rule rule;
	struct series_rows rows; /* every active series */
	struct mark *v;          /* the selected ones, worst first */
	size_t len;
	int64_t counts[STALENESS_COUNT]; /* of the selected ones */
	int64_t provisional;  /* of these: the newest bar may still change */
	struct store_lag lag; /* of the store that they were read from */
};

/* How a series stands at the query's time. */
void freshness_judge(const struct freshness_query *, const struct series_row *,
    struct mark *);

/*
 * MD_EEMPTY if the store has no active series; MD_EUSAGE if none is
 * selected, or a symbol has none.
 */
bool freshness_read(struct store *, const struct freshness_query *,
    struct freshness *out, struct md_error *);
void freshness_free(struct freshness *);

#endif
