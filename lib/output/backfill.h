/*
 * What mdbackfill prints: its plan and its summary, one writer per format.
 */
#ifndef MD_OUTPUT_BACKFILL_H
#define MD_OUTPUT_BACKFILL_H

#include <stdio.h>

#include "backfill/backfill.h"
#include "output/table.h"

#define OUTPUT_BACKFILL_FORMATS "table json"

struct output_backfill {
	const char *format;
	/* per_minute 0: no rate was given. */
	void (*plan)(FILE *, const struct backfill_plan *, double per_minute,
	    const struct report_view *);
	/* verbose: more than most people want to know. */
	void (*summary)(FILE *, const struct backfill_result *, bool verbose,
	    const struct report_view *);
};

/* What a row of the plan's table, and of the summary's, may have. */
extern const struct table_kind output_backfill_gaps, output_backfill_jobs;

/* Null if there is no such format. */
const struct output_backfill *output_backfill_find(const char *format);

/* -- shared by the writers -- */
extern const struct output_backfill output_backfill_table;

/* How long so many calls take, in seconds; NaN: no rate was given. */
double output_backfill_seconds(int64_t calls, double per_minute);

#endif
