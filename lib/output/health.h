/*
 * What mdhealth prints: one writer per format and view.  A view for which a
 * format has no writer is not available in that format.
 */
#ifndef MD_OUTPUT_HEALTH_H
#define MD_OUTPUT_HEALTH_H

#include <stdio.h>

#include "output/table.h"
#include "report/health.h"
#include "report/hosts.h"

#define OUTPUT_HEALTH_FORMATS "table json csv prometheus html series nagios"

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

/* The hosts that ran something in the window before now. */
struct host_report {
	int64_t now_ms, window_ms;
	const struct host_rows *hosts;
};

/* The exchange's sessions on dates from first to last, inclusive. */
struct session_report {
	const struct calendar *calendar;
	md_date first, last;
};

struct output_health {
	const char *format;
	bool measured; /* the summary includes recoveries */
	void (*summary)(FILE *, const struct health *,
	    const struct report_view *);
	void (*history)(FILE *, const struct health *,
	    const struct report_view *);
	void (*jobs)(FILE *, const struct job_report *,
	    const struct report_view *);
	void (*failures)(FILE *, const struct failure_report *,
	    const struct report_view *);
	void (*objectives)(FILE *, const struct health *,
	    const struct report_view *);
	void (*sessions)(FILE *, const struct session_report *,
	    const struct report_view *);
	void (*hosts)(FILE *, const struct host_report *,
	    const struct report_view *);
};

/* What a row of each list's table may have. */
extern const struct table_kind output_health_runs, output_health_jobs,
    output_health_failures, output_health_sessions, output_health_hosts;

/* Null if there is no such format. */
const struct output_health *output_health_find(const char *format);

/* -- writers in their own files -- */
void output_health_html(FILE *, const struct health *,
    const struct report_view *);
void output_health_nagios(FILE *, const struct health *,
    const struct report_view *);
void output_health_series(FILE *, const struct failure_report *,
    const struct report_view *);
void output_health_prometheus(FILE *, const struct health *,
    const struct report_view *);
extern const struct output_health output_health_json, output_health_csv,
    output_health_table;

/* Hosts, in each format. */
void output_health_table_hosts(FILE *, const struct host_report *,
    const struct report_view *);
void output_health_json_hosts(FILE *, const struct host_report *,
    const struct report_view *);
void output_health_csv_hosts(FILE *, const struct host_report *,
    const struct report_view *);

/* A time to the second, or "-" for 0; so many seconds, or "-" for NaN. */
const char *output_health_time(int64_t ms, char out[MD_TIME_MAX]);
const char *output_health_span(double seconds, char out[32]);

/* Lists for people. */
void output_health_table_history(FILE *, const struct health *,
    const struct report_view *);
void output_health_table_jobs(FILE *, const struct job_report *,
    const struct report_view *);
void output_health_table_failures(FILE *, const struct failure_report *,
    const struct report_view *);
void output_health_table_sessions(FILE *, const struct session_report *,
    const struct report_view *);

/* -- shared by the writers -- */

/* "completed, 3 of 3 symbols, 9 ms", or of one under way "running, 37 of 68
 * jobs, 2 at work, 12 min, about 5 min left"; only what follows the status. */
#define EXECUTION_WORDS 160
void execution_words(const struct execution_row *, int64_t now_ms,
    char out[EXECUTION_WORDS]);
/* How long it has been under way, and will be, in seconds; NaN: it is not, or
 * nobody knows. */
double execution_elapsed(const struct execution_row *, int64_t now_ms);
double execution_left(const struct execution_row *, int64_t now_ms);
/* Its duration in seconds, or NaN while it runs. */
double execution_seconds(const struct execution *);
/* The percentage of successful symbols; NaN if there are none. */
double execution_success_percent(const struct execution *);
double job_seconds_taken(const struct job_record *);

#endif
