/*
 * A run of mdbackfill: fetch and store what is wanted and not covered.
 */
#ifndef MD_BACKFILL_H
#define MD_BACKFILL_H

#include <signal.h>

#include "backfill/decode_sample.h"
#include "base/log.h"
#include "market/execution.h"
#include "market/objectives.h"
#include "market/series.h"
#include "measure/slow.h"
#include "measure/stage.h"
#include "pace/concurrency.h"
#include "plan/daily.h"
#include "plan/plan.h"
#include "polygon/polygon.h"
#include "store/store.h"
#include "sys/key.h"

struct backfill_progress {
	size_t jobs, jobs_done, jobs_failed;
	int64_t bars, requests, rate_limited;
	int64_t calls_planned, calls_done;
	int64_t elapsed_ms, paused_ms;
	/* While files are read, which is before there are jobs. */
	int64_t file_bytes, file_bytes_planned;
};

struct backfill_options {
	const char *db;
	/* The configuration's, which closures to come leave; null: none. */
	const struct calendar_changes *changes;
	const struct symbol_list *symbols; /* null: every active series */
	unsigned timeframes; /* bits; for symbols without their own */
	unsigned tiers;      /* bits; only symbols of these tiers */
	bool whole;          /* symbols is a complete watchlist */
	bool has_from, has_to;
	md_date from, to;              /* whole local days, both inclusive */
	int days;                      /* before today, if there is no from */
	unsigned jobs;                 /* at the same time; 0: to be found */
	int64_t stagger_ms;            /* between starts */
	struct finality_rule finality; /* when to request a bar again */
	const char *flat_files;        /* a folder of them, or the URL of … */
	const struct s3_keys *s3;      /* … a bucket for these; null: none */
	const char *spool_folder;      /* for what of them is kept aside … */
	int64_t spool_memory;          /* … beyond so many bytes */
	bool refresh;                  /* request again what is covered */
	bool no_dividends;             /* neither requested nor applied anew */
	bool no_grouped;        /* fetch a series only by its own calls */
	bool store_all;         /* keep other symbols' bars of grouped calls */
	bool derive;            /* build bars from finer ones where possible */
	int64_t verify_derived; /* windows of each series to compare first */
	/* The run is of now: closures to come are asked for, once a day, and
	 * what the key may do is kept for a day. */
	bool present;
	/* By which a run that is of now counts, before it writes anything, how
	 * well the objectives were kept since the last; null: it does not. */
	const struct objectives *objectives;
	struct staleness_rule rule;
	bool no_features;      /* bars only */
	bool features_only;    /* no requests; with refresh: recompute all */
	const char *run_id;    /* ties executions; null: none */
	int64_t lease_ms;      /* 0: the default */
	bool measured;         /* record where the time goes */
	bool requested;        /* symbols were requested: clear when done */
	int64_t now_offset_ms; /* added to the wall clock */
	struct polygon_options polygon;
	const struct slow *slow; /* for tests; null: nothing is slowed */
	struct log *log;
	/* Called from time to time, on the caller's thread; may be null. */
	void (*progress)(void *ctx, const struct backfill_progress *);
	void *progress_ctx;
};

/* How bars are obtained: by calls for their series, by calls for a day of all
 * symbols, built from a finer series, or from flat files. */
enum backfill_by { BY_RANGE, BY_GROUPED, BY_DERIVING, BY_FILE };

/* "range", "grouped", "derive", "file" */
const char *backfill_by_name(enum backfill_by);

/* A part of the plan: what one call for a series fetches, or would fetch. */
struct backfill_gap {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	int64_t from_ms, to_ms; /* window starts in [from, to) */
	enum backfill_by by;
	int64_t calls;         /* its own */
	int64_t bars_expected; /* expected bars that are missing */
	unsigned reasons;      /* bits of enum wanted_reason */
};

/* A way to fetch what is missing: what it takes, as estimated. */
struct backfill_way {
	const char *name;
	int64_t calls_range, calls_grouped, files;
	int64_t bytes; /* of answers and files */
	double seconds;
};

/* The one that is chosen, then others. */
#define BACKFILL_WAYS 4

struct backfill_plan {
	struct backfill_gap *gaps;
	size_t len, cap;
	struct daily_calls days; /* calls for one day of a market each */
	int64_t calls;           /* the sum of the next five */
	int64_t calls_range, calls_grouped, calls_splits, calls_dividends,
	    calls_verify;
	int64_t calls_closures;
	int64_t calls_provisional; /* range and grouped calls for bars that
				      may still change */
	int64_t naive_calls;       /* one per gap and series, of bars alone */
	int64_t bars_expected, bars_derived;
	int64_t files, file_bytes; /* flat files to read, instead of calls */
	/* The calls, if there were no files; as calls, if there are none. */
	int64_t calls_without_files;
	struct backfill_way ways[BACKFILL_WAYS];
	size_t ways_len;
	size_t series;
};

struct backfill_result {
	struct execution execution;
	struct job_record *jobs;
	size_t jobs_len;
	/* Where the time of each job went, and that of all calls for splits and
	 * dividends;
	 * empty unless the run was measured. */
	struct stage_log *stages;
	struct stage_log actions;
	struct decode_sample sample; /* if measured and bars were received */
	struct concurrency
	    concurrency; /* how many at once there were, and why */
	double seconds;  /* from the first job's start to the last one's end */
	/* MD_OK, or why the run failed or stopped early. */
	struct md_error stopped;
	bool actions_failed;
	bool reached; /* the API answered at least once */
	/* Flat files, or listings of them, that could not be had or believed,
	 * so that their days were requested; why the first was not. */
	int64_t files_failed;
	struct md_error files_error;
};

/* Defaults: 30 days, as many jobs as turn out well, all tiers, the vendor's
 * API; no key. */
void backfill_defaults(struct backfill_options *);

/* Reads the store without changing it; a missing store counts as empty. */
bool backfill_plan(const struct backfill_options *, const struct calendar *,
    struct backfill_plan *, struct md_error *);
void backfill_plan_free(struct backfill_plan *);

/*
 * Runs to the end, or until *stop becomes a signal's number.  False, without a
 * result, only if it could not begin (store, key, nothing to do).  Otherwise
 * the outcome is in the result, even if the run failed.
 */
bool backfill_run(const struct backfill_options *, const struct calendar *,
    const volatile sig_atomic_t *stop, struct backfill_result *,
    struct md_error *);
void backfill_result_free(struct backfill_result *);

#endif
