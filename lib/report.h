/*
 * What the store tells to reports: its rows, read as of one moment and not
 * judged yet.
 */
#ifndef MD_REPORT_H
#define MD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "execution.h"
#include "staleness.h"

/* An active series. */
struct series_row {
	int64_t id;
	char symbol[SYMBOL_MAX];
	enum tier tier;
	int64_t bars;     /* how many there are */
	int64_t features; /* rows of them */
	struct staleness_facts facts;
};

struct series_rows {
	struct series_row *v;
	size_t len, cap;
};

/* An execution with what only reports ask for. */
struct execution_row {
	struct execution x; /* of x.bars only received is known */
	bool leased;        /* it holds a series whose lease is not over */
};

struct execution_rows {
	struct execution_row *v;
	size_t len, cap;
};

/* Which executions: started from since to until, both included. */
struct execution_query {
	const char *id; /* or null: this one alone */
	int64_t since_ms, until_ms;
	bool good;     /* only those that ended well */
	int64_t limit; /* 0: all */
};

/* Has it ended, and may its data be counted on? */
bool execution_good(const struct execution *);

struct job_rows {
	struct job_record *v;
	size_t len, cap;
};

enum failure_kind {
	FAILURE_JOB,     /* bars of a series were not fetched or stored */
	FAILURE_FEATURES /* its features were not computed */
};

const char *failure_kind_name(enum failure_kind);

struct failure_row {
	enum failure_kind kind;
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	char error[JOB_MESSAGE_SIZE];
	char execution_id[EXECUTION_ID_SIZE];
	int64_t failed_ms;
	int64_t retries;
	bool resolved;
	int64_t resolved_ms; /* 0: not, or not known */
};

struct failure_rows {
	struct failure_row *v;
	size_t len, cap;
};

/* What the log holds in all, for counters. */
struct log_totals {
	int64_t executions[EXECUTION_INTERRUPTED + 1]; /* by status */
	int64_t requests, rate_limited, retries, bytes, records;
	int64_t open_failures; /* of features, not resolved */
};

/* One more, zeroed, at the end; null when memory ran out. */
struct series_row *series_rows_append(struct series_rows *);
struct execution_row *execution_rows_append(struct execution_rows *);
struct job_record *job_rows_append(struct job_rows *);
struct failure_row *failure_rows_append(struct failure_rows *);

/* Newest first, and of them only limit (0: all). */
void execution_rows_newest(struct execution_rows *, size_t limit);

void series_rows_free(struct series_rows *);
void execution_rows_free(struct execution_rows *);
void job_rows_free(struct job_rows *);
void failure_rows_free(struct failure_rows *);

#endif
