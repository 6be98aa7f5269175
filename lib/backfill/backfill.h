/*
 * The main job: what is wanted, less what is covered, fetched and stored.
 */
#ifndef MD_BACKFILL_H
#define MD_BACKFILL_H

#include <signal.h>

#include "backfill/decode_sample.h"
#include "base/log.h"
#include "market/execution.h"
#include "market/series.h"
#include "measure/slow.h"
#include "measure/stage.h"
#include "plan/daily.h"
#include "polygon/polygon.h"
#include "store/store.h"

struct backfill_progress {
	size_t jobs, jobs_done, jobs_failed;
	int64_t bars, requests, rate_limited;
	int64_t calls_planned, calls_done;
	int64_t elapsed_ms, paused_ms;
};

struct backfill_options {
	const char *db;
	const struct symbol_list *symbols; /* null: every active series */
	unsigned timeframes; /* bits; of symbols that name none themselves */
	unsigned tiers;      /* bits; which of them */
	bool whole;          /* symbols is a watchlist: the truth */
	bool has_from, has_to;
	md_date from, to;   /* whole local days, both included */
	int days;           /* up to now, where there is no from */
	unsigned jobs;      /* at once */
	int64_t stagger_ms; /* between starts */
	int64_t settle_ms;  /* a window is settled this long after its end */
	bool refresh;       /* ask again for what is covered */
	bool no_grouped;    /* a series' bars come by its own calls only */
	bool store_all;     /* what a day's call brings of others, too */
	bool derive;        /* bars of finer ones, where that can be */
	int64_t
	    verify_derived;    /* windows of each series to be compared first */
	bool no_features;      /* bars alone */
	bool features_only;    /* ask nothing; refresh: compute all anew */
	const char *run_id;    /* ties executions; null: none */
	int64_t lease_ms;      /* 0: as long as is usual */
	bool measured;         /* keep where the time went */
	bool requested;        /* symbols were requested: clear what is done */
	int64_t now_offset_ms; /* added to the wall clock */
	struct polygon_options polygon;
	const struct slow *slow; /* a test's; null: nothing is */
	struct log *log;
	/* Called now and then, on the caller's thread; may be null. */
	void (*progress)(void *ctx, const struct backfill_progress *);
	void *progress_ctx;
};

/* How bars come: by calls of their series, by those of their days for all
 * symbols, or made of a finer series'. */
enum backfill_by { BY_RANGE, BY_GROUPED, BY_DERIVING };

/* "range", "grouped", "derive" */
const char *backfill_by_name(enum backfill_by);

/* What the run will ask for: what one call of a series brings, or would. */
struct backfill_gap {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	int64_t from_ms, to_ms; /* window starts in [from, to) */
	enum backfill_by by;
	int64_t calls;         /* of its own */
	int64_t bars_expected; /* that are lacking */
};

struct backfill_plan {
	struct backfill_gap *gaps;
	size_t len, cap;
	struct daily_calls days; /* calls of a day of a market each */
	int64_t calls;           /* of all kinds: those of the next four */
	int64_t calls_range, calls_grouped, calls_splits, calls_verify;
	int64_t naive_calls; /* series by series and gap by gap, no splits */
	int64_t bars_expected, bars_derived;
	size_t series;
};

struct backfill_result {
	struct execution execution;
	struct job_record *jobs;
	size_t jobs_len;
	/* Where the time of each job went; empty unless it was measured.  And
	 * that of all calls for splits. */
	struct stage_log *stages;
	struct stage_log splits;
	struct decode_sample sample; /* if it was measured and bars came */
	double seconds; /* from the first job's turn to the last one's end */
	/* MD_OK, or why the run could not be done or went no further. */
	struct md_error stopped;
	bool splits_failed;
	bool reached; /* the API answered at all */
};

/* What is not said is so: 30 days, 3 jobs, all tiers; the vendor's API, whose
 * key is not among it. */
void backfill_defaults(struct backfill_options *);

/* Reads the store without changing it; none is as good as an empty one. */
bool backfill_plan(const struct backfill_options *, const struct calendar *,
    struct backfill_plan *, struct md_error *);
void backfill_plan_free(struct backfill_plan *);

/*
 * Runs to the end, or until *stop becomes a signal's number.  False, with no
 * result, only when it could not begin (store, key, nothing to do).  All else
 * is in the result: also a run that failed.
 */
bool backfill_run(const struct backfill_options *, const struct calendar *,
    const volatile sig_atomic_t *stop, struct backfill_result *,
    struct md_error *);
void backfill_result_free(struct backfill_result *);

#endif
