/*
 * What mdhealth --quality prints.
 */
#ifndef MD_OUTPUT_QUALITY_H
#define MD_OUTPUT_QUALITY_H

#include "output/table.h"
#include "report/quality.h"

struct output_quality {
	const char *format;
	void (*write)(FILE *, const struct quality_report *,
	    const struct report_view *);
};

/* Null if the format is not one of table, json and csv. */
const struct output_quality *output_quality_find(const char *format);

extern const struct table_kind output_quality_columns;

#endif
