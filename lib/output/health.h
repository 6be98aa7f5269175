/*
 * What mdhealth prints: one writer a format and a view.  A format that has no
 * writer for a view does not offer it.
 */
#ifndef MD_OUTPUT_HEALTH_H
#define MD_OUTPUT_HEALTH_H

#include <stdio.h>

#include "report/health.h"

#define OUTPUT_HEALTH_FORMATS "table json csv prometheus html"

/* An execution and its jobs. */
struct job_report {
	int64_t now_ms;
	const struct execution_row *execution;
	const struct job_rows *jobs;
};

struct failure_report {
	int64_t now_ms;
	const struct failure_rows *failures;
};

/* Sessions of the exchange on dates from first to last, both included. */
struct session_report {
	const struct calendar *calendar;
	md_date first, last;
};

struct output_health {
	const char *format;
	bool measured; /* the summary tells of recoveries, too */
	void (*summary)(FILE *, const struct health *, bool color);
	void (*history)(FILE *, const struct health *);
	void (*jobs)(FILE *, const struct job_report *);
	void (*failures)(FILE *, const struct failure_report *);
	void (*objectives)(FILE *, const struct health *);
	void (*sessions)(FILE *, const struct session_report *);
};

/* Null when the format is none of ours. */
const struct output_health *output_health_find(const char *format);

/* -- writers that have files of their own -- */
void output_health_html(FILE *, const struct health *, bool color);
void output_health_prometheus(FILE *, const struct health *, bool color);
extern const struct output_health output_health_json, output_health_csv,
    output_health_table;

/* -- what writers share -- */

/* The seconds that it took, or NaN while it runs. */
double execution_seconds(const struct execution *);
/* Successful symbols of all, in percent; NaN of none. */
double execution_success_percent(const struct execution *);
double job_seconds_taken(const struct job_record *);

#endif
