/*
 * What mdstale --gaps prints: one writer per format.
 */
#ifndef MD_OUTPUT_GAPS_H
#define MD_OUTPUT_GAPS_H

#include <stdio.h>

#include "output/table.h"
#include "report/gaps.h"

#define OUTPUT_GAPS_FORMATS "table json jsonl csv series"

struct output_gaps {
	const char *format;
	bool whole; /* lists every gap unless a limit is given */
	void (*write)(FILE *, const struct gap_list *, size_t limit,
	    const struct report_view *);
};

/* What a gap's row of the table may have. */
extern const struct table_kind output_gaps_columns;

/* Null if there is no such format. */
const struct output_gaps *output_gaps_find(const char *format);

#endif
