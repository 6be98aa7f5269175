/*
 * The doubtful bars of series, as market/quality.h judges them.
 */
#ifndef MD_REPORT_QUALITY_H
#define MD_REPORT_QUALITY_H

#include "market/quality.h"
#include "store/report.h"

struct quality_find {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	struct doubtful_bar bar;
};

ARRAY_OF(quality_finds, struct quality_find);

struct quality_query {
	const struct quality_bounds *bounds;
	const struct calendar *calendar;
	int64_t now_ms;
	size_t limit;         /* of what is kept; 0: all */
	char *const *symbols; /* only of these */
	size_t symbols_len;   /* 0: of all */
};

struct quality_report {
	const struct quality_query *query;
	struct quality_finds finds;    /* by series, then nearly by time */
	size_t series;                 /* that were judged */
	int64_t bars;                  /* theirs */
	int64_t counts[QUALITY_RULES]; /* also of those that are not kept */
};

/* MD_EUSAGE: there is no series of a symbol.  To be freed in any case. */
bool quality_read(struct store *, const struct quality_query *,
    struct quality_report *, struct md_error *);
void quality_report_free(struct quality_report *);

#endif
