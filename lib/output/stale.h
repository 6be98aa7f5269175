/*
 * What mdstale prints about the series' freshness: one writer per format.
 */
#ifndef MD_OUTPUT_STALE_H
#define MD_OUTPUT_STALE_H

#include <stdio.h>

#include "output/table.h"
#include "report/freshness.h"

#define OUTPUT_STALE_FORMATS "table json jsonl csv prometheus series nagios"

struct output_stale_options {
	size_t limit; /* list only this many rows, the worst; 0: all */
	struct report_view view;
};

struct output_stale {
	const char *format;
	bool whole; /* lists every series unless a limit is given */
	void (*write)(FILE *, const struct freshness *,
	    const struct output_stale_options *);
};

/* What a series' row of the table may have. */
extern const struct table_kind output_stale_columns;

/* Null if there is no such format. */
const struct output_stale *output_stale_find(const char *format);

#endif
