/*
 * Writing the report of a backfill's measurement.
 */
#ifndef MD_OUTPUT_BASELINE_H
#define MD_OUTPUT_BASELINE_H

#include <stdio.h>

#include "baseline/baseline.h"

#define OUTPUT_BASELINE_FORMATS "table json csv markdown svg"

struct output_baseline {
	const char *name;
	void (*write)(FILE *, const struct baseline_report *, bool color);
};

/* Null if there is no such format. */
const struct output_baseline *output_baseline_find(const char *name);

/* "12.3 s", "0.532 s": for people. */
void output_baseline_seconds(double, char out[32]);

/* The stage's share of the whole time, in percent. */
double output_baseline_share(const struct stage_times *, enum stage,
    int64_t whole);

/* The formats, for the table. */
void output_baseline_csv(FILE *, const struct baseline_report *, bool color);
void output_baseline_json(FILE *, const struct baseline_report *, bool color);
void output_baseline_markdown(FILE *, const struct baseline_report *,
    bool color);
void output_baseline_svg(FILE *, const struct baseline_report *, bool color);
void output_baseline_table(FILE *, const struct baseline_report *, bool color);

#endif
