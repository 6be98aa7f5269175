/*
 * All that is known of one series: how fresh it is, what is covered and what
 * is not, what of it the vendor changed, and what is to be asked for next.
 */
#ifndef MD_REPORT_SERIES_H
#define MD_REPORT_SERIES_H

#include "market/wanted.h"
#include "report/gaps.h"

#define SERIES_CHANGES 10   /* the newest */
#define SERIES_GAPS    10   /* the newest */
#define SERIES_WIDTH   1440 /* holes nearer than this part of it all are one */

struct series_query {
	struct staleness_rule rule;
	struct finality_rule finality;
	int days; /* that runs ask for before today */
	int64_t now_ms;
};

struct series_report {
	int64_t now_ms;
	struct series_row row;
	struct grid grid;
	enum staleness status;
	int64_t age_ms; /* unless it is missing */
	enum staleness_basis basis;
	struct coverage coverage;
	struct gap_list gaps; /* the newest, and the number of all */
	/* Where bars are absent: holes that lie so near that no picture of the
	 * coverage could part them are one. */
	struct ranges absent;
	struct restated_rows changes;
	/* What a run of now would ask for, and why: bits of wanted_reason. */
	struct ranges wanted;
	unsigned reasons;
	/* Where that is nothing: when something will be due, and why;
	 * INT64_MAX: nobody knows. */
	int64_t due_ms;
	enum finality_moment due;
};

/* *found false: the store has no such series.  series_report_free() in any
 * case. */
bool series_report_read(struct store *, const struct series_query *,
    const char *symbol, enum timeframe, struct series_report *out, bool *found,
    struct md_error *);
void series_report_free(struct series_report *);

#endif
