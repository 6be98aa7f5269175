/*
 * Writing the report of a load test.
 */
#ifndef MD_OUTPUT_LOAD_H
#define MD_OUTPUT_LOAD_H

#include <stdio.h>

#include "load/load.h"
#include "output/table.h"

#define OUTPUT_LOAD_FORMATS "table json csv github github-bigger bencher junit"

struct output_load_options {
	struct report_view view;
	bool intervals; /* rows of figures over time in CSV */
	bool plot;      /* add plots of the latencies to the table */
};

struct output_load {
	const char *name;
	void (*write)(FILE *, const struct load_report *,
	    const struct output_load_options *);
};

/* What a scenario's row of the table may have. */
extern const struct table_kind output_load_columns;

/* Null if there is no such format. */
const struct output_load *output_load_find(const char *name);

/* The formats, for the table. */
void output_load_bencher(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_csv(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_github(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_github_bigger(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_json(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_junit(FILE *, const struct load_report *,
    const struct output_load_options *);
void output_load_table(FILE *, const struct load_report *,
    const struct output_load_options *);

/* What was missed or has regressed, as annotations of a GitHub run. */
void output_load_annotate(FILE *, const struct load_report *);

#endif
