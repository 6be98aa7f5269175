/*
 * What mdbackfill prints: its plan and its summary, one writer per format.
 */
#ifndef MD_OUTPUT_BACKFILL_H
#define MD_OUTPUT_BACKFILL_H

#include <stdio.h>

#include "backfill/backfill.h"

#define OUTPUT_BACKFILL_FORMATS "table json"

struct output_backfill {
	const char *format;
	/* per_minute 0: no rate was given. */
	void (*plan)(FILE *, const struct backfill_plan *, double per_minute);
	/* verbose: more than most people want to know. */
	void (*summary)(FILE *, const struct backfill_result *, bool verbose);
};

/* Null if there is no such format. */
const struct output_backfill *output_backfill_find(const char *format);

#endif
