/*
 * What a store tells of its series and runs: facts of one moment, without a
 * verdict.  Pure.
 */
#ifndef MD_MARKET_ROWS_H
#define MD_MARKET_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/mdtime.h"
#include "market/coverage.h"
#include "market/execution.h"
#include "market/staleness.h"

/* An active series. */
struct series_row {
	int64_t id;
	char symbol[SYMBOL_MAX];
	enum tier tier;
	int64_t bars;     /* their number */
	int64_t features; /* the number of rows */
	bool delisted;    /* and has had no bar since: none is late */
	struct staleness_facts facts;
	/* Of one that was read alone: they count the changes of its bars and
	 * features that may not show in the rest; neither falls. */
	int64_t revision, writes;
};

ARRAY_OF(series_rows, struct series_row);

/* A bar that the vendor changed.  Prices and volumes that it had not, or has
 * not any more, are NaN. */
struct restated_row {
	int64_t ts, seen_ms;
	double old_close, new_close, old_volume, new_volume;
};

ARRAY_OF(restated_rows, struct restated_row);

/* How far a run under way is; without jobs: it is not, or logs none. */
struct run_progress {
	int64_t jobs, done, failed; /* failed ones are done, too */
	int64_t at_work;
};

/* An execution, with facts that only reports use. */
struct execution_row {
	struct execution x; /* in x.bars only received is known */
	bool leased;        /* it holds a lease that has not expired */
	struct run_progress progress;
};

/* How long a run that has been under way for so long will go on, if its jobs
 * take as long as before; negative: nobody knows. */
int64_t run_left_ms(const struct run_progress *, int64_t elapsed_ms);

ARRAY_OF(execution_rows, struct execution_row);

/* How many leases an execution holds. */
struct lease_count {
	char execution_id[EXECUTION_ID_SIZE];
	int64_t leases;
};

ARRAY_OF(lease_counts, struct lease_count);

/* Selects executions that started from since to until, both inclusive. */
struct execution_query {
	const char *id; /* if not null, only those whose id begins so */
	int64_t since_ms, until_ms;
	bool good;     /* only successful ones */
	int64_t limit; /* 0: all */
};

/* Did it succeed, perhaps with errors in some series? */
bool execution_good(const struct execution *);

ARRAY_OF(job_rows, struct job_record);

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
	int64_t resolved_ms; /* 0: unresolved or unknown */
};

ARRAY_OF(failure_rows, struct failure_row);

/* The longest time that an execution went without a successful job. */
struct success_gap {
	char execution_id[EXECUTION_ID_SIZE];
	int64_t last_ms;    /* the end of the last successful job */
	int64_t longest_ms; /* the longest gap from the start to last_ms */
};

ARRAY_OF(success_gaps, struct success_gap);

/* The rows are sorted by id.  Null: there is none for that execution. */
const struct success_gap *success_gaps_find(const struct success_gaps *,
    const char *execution_id);

/* The log's totals, for counters. */
struct log_totals {
	int64_t executions[EXECUTION_INTERRUPTED + 1]; /* by status */
	int64_t requests, rate_limited, retries, bytes, records;
	int64_t open_failures; /* unresolved ones of features */
};

/* A hole between two neighbouring bars of a series. */
struct hole_row {
	char symbol[SYMBOL_MAX];
	int64_t from_ts, to_ts; /* the bars' starts */
	double before, after;   /* close and open, adjusted for splits */
};

ARRAY_OF(hole_rows, struct hole_row);

/* After this long without bars, a name may belong to another company, … */
#define REUSE_HOLE_MS (60 * MD_DAY)
/* … and is taken to if the price changes by this factor or more. */
#define REUSE_JUMP 1.5

/* Does the hole suggest that the name was reused?  Unknown prices do not. */
bool hole_is_reuse(const struct hole_row *);

/* A span of windows of which only rows came that cannot be right. */
struct refused_row {
	int64_t series_id;
	char symbol[SYMBOL_MAX];
	enum asset_class class;
	enum timeframe timeframe;
	int64_t from_ts, to_ts; /* window starts in [from, to) */
	int64_t asked_ms;       /* last */
	enum grid_kind grid;
	int64_t times;   /* how often such a row came */
	char reason[80]; /* the newest row's; "" if none was kept */
};

ARRAY_OF(refused_rows, struct refused_row);

/* A span of coverage after the newest bar of an active series. */
struct tail_row {
	int64_t series_id;
	char symbol[SYMBOL_MAX];
	enum asset_class class;
	enum timeframe timeframe;
	enum grid_kind grid;
	int64_t newest_ts; /* start of the symbol's newest bar of all */
	struct span span;
};

ARRAY_OF(tail_rows, struct tail_row);

/* Data that an operator should check; from SUSPICION_RENAMED on, why a symbol
 * has no bars. */
enum suspicion_kind {
	SUSPICION_SPLIT,    /* a split that is not applied */
	SUSPICION_DIVIDEND, /* one that is not, or that the vendor contradicts
			     */
	SUSPICION_REUSED,   /* a name that belonged to another company before */
	SUSPICION_RENAMED,  /* a symbol that has, or had, another name */
	SUSPICION_DELISTED, /* one that is gone for good */
	SUSPICION_SILENT,   /* a symbol that has no bars any more */
	SUSPICION_DROPPED   /* a requested series that never had any */
};

const char *suspicion_kind_name(enum suspicion_kind);

struct suspicion {
	enum suspicion_kind kind;
	char symbol[SYMBOL_MAX];
	/* The split's, or that of the first bar after the hole, or of the last
	 * bar of all, or the first of the next name, or the last it was listed,
	 * or when it was dropped. */
	md_date date;
	char detail[560]; /* the reason */
};

ARRAY_OF(suspicions, struct suspicion);

size_t suspicions_count(const struct suspicions *, enum suspicion_kind);

/* Sort newest first, and keep only the first limit rows (0: all). */
void execution_rows_newest(struct execution_rows *, size_t limit);

/* For qsort() and bsearch(): by symbol, then by timeframe. */
int series_row_compare(const void *, const void *);
/* In all that is known of them, their revisions among it? */
bool series_row_same(const struct series_row *, const struct series_row *);

#endif
