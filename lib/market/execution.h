/*
 * One run of mdbackfill and its jobs, as they are logged and reported.
 */
#ifndef MD_MARKET_EXECUTION_H
#define MD_MARKET_EXECUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "market/symbol.h"
#include "market/timeframe.h"
#include "sys/uuid.h"

#define EXECUTION_ID_SIZE UUID_SIZE
#define RUN_ID_SIZE       65
#define JOB_MESSAGE_SIZE  480

enum execution_status {
	EXECUTION_RUNNING,
	EXECUTION_COMPLETED,
	EXECUTION_COMPLETED_WITH_ERRORS,
	EXECUTION_FAILED,
	EXECUTION_INTERRUPTED,
};

const char *execution_status_name(enum execution_status);
bool execution_status_parse(const char *, enum execution_status *out);

enum job_status { JOB_PENDING, JOB_IN_PROGRESS, JOB_COMPLETED, JOB_FAILED };

const char *job_status_name(enum job_status);
bool job_status_parse(const char *, enum job_status *out);

struct bar_counts {
	int64_t received, inserted, updated, unchanged, rejected;
	int64_t derived; /* built from a finer series, not received */
};

/* One series within an execution. */
struct job_record {
	char symbol[SYMBOL_MAX];
	enum asset_class class;
	enum timeframe timeframe;
	enum job_status status;
	struct bar_counts bars;
	int64_t features;                 /* rows computed */
	int64_t started_ms, completed_ms; /* 0: not yet */
	char message[JOB_MESSAGE_SIZE];   /* why it failed; "" if it did not */
	char note[120];                   /* a remark for the operator; or "" */
	char features_message[240]; /* why features failed; the job did not */
};

struct execution {
	char id[EXECUTION_ID_SIZE];
	char host[64];
	int64_t pid;
	char run_id[RUN_ID_SIZE]; /* --run-id, which ties runs; or "" */
	enum execution_status status;
	int64_t started_ms, completed_ms; /* 0: not yet */
	int64_t heartbeat_ms;             /* its last heartbeat; 0: none */
	int64_t total, successful, failed;
	struct bar_counts bars;
	int64_t requests, rate_limited, retries, bytes;
	int64_t files, file_bytes; /* flat files that were read */
	int64_t files_failed;      /* flat files that could not be */
	char files_source[512];    /* their bucket's URL; "": a folder */
	int64_t features;          /* rows computed */
	int64_t features_failed;   /* jobs whose features failed */
	double api_seconds;
	double db_seconds;       /* in the store, except for features */
	double features_seconds; /* reading bars back, computing, storing */
	char message[JOB_MESSAGE_SIZE];
};

struct running_execution {
	int64_t pid;
	int64_t started_ms;
	char id[EXECUTION_ID_SIZE];
	bool elsewhere; /* on another host */
};

/* The percentage of requests that were rate-limited; 0 without requests. */
double execution_limited_percent(const struct execution *);

/* What the log says of a run whose process ended without saying how. */
extern const char execution_vanished_message[];

/*
 * Did another run mark this one so?  It was completed when it was marked, not
 * when it ended; a run that was stopped has the same status.
 */
bool execution_vanished(const struct execution *);

/* Letters, digits and "-_.:", at most RUN_ID_SIZE - 1 of them. */
bool run_id_valid(const char *);

#endif
