/*
 * Writing the report of a backfill's measurement.
 */
#ifndef MD_OUTPUT_BASELINE_H
#define MD_OUTPUT_BASELINE_H

#include <stdio.h>

#include "base/json.h"
#include "baseline/baseline.h"

#define OUTPUT_BASELINE_FORMATS                                                \
	"table json csv markdown svg github github-bigger bencher junit"

struct output_baseline {
	const char *name;
	void (*write)(FILE *, const struct baseline_report *, bool color);
};

/* Null if there is no such format. */
const struct output_baseline *output_baseline_find(const char *name);

/* The formats, for the table. */
void output_baseline_bencher(FILE *, const struct baseline_report *,
    bool color);
void output_baseline_csv(FILE *, const struct baseline_report *, bool color);
void output_baseline_github(FILE *, const struct baseline_report *, bool color);
void output_baseline_github_bigger(FILE *, const struct baseline_report *,
    bool color);
void output_baseline_json(FILE *, const struct baseline_report *, bool color);
void output_baseline_junit(FILE *, const struct baseline_report *, bool color);
void output_baseline_markdown(FILE *, const struct baseline_report *,
    bool color);
void output_baseline_svg(FILE *, const struct baseline_report *, bool color);
void output_baseline_table(FILE *, const struct baseline_report *, bool color);

/* -- parts: the history; null: there is none -- */
void output_baseline_history_annotate(FILE *, const struct baseline_history *);
void output_baseline_history_json(struct json_writer *,
    const struct baseline_history *);
void output_baseline_history_markdown(FILE *, const struct baseline_history *);
void output_baseline_history_table(FILE *, const struct baseline_history *);

/* What is past its bound or was not judged, as annotations of a GitHub run. */
void output_baseline_annotate(FILE *, const struct baseline_report *);

#endif
