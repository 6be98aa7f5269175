/*
 * Shared by the files of the backfill, and included by no others.
 */
#ifndef MD_BACKFILL_INTERNAL_H
#define MD_BACKFILL_INTERNAL_H

#include <stdatomic.h>

#include "answer/closures.h"
#include "backfill/file_list.h"
#include "backfill/jobs.h"
#include "market/hold.h"
#include "plan/mix.h"

/* Rows of features per batch: one transaction, a megabyte and a half. */
#define FEATURES_BATCH 8192

/* The calls for splits, or dividends: for all symbols since a day, and for new
 * symbols. */
struct actions_plan {
	/* The API lacks the present endpoint.  Splits are then asked of that
	 * of before, a new symbol a call; dividends are not. */
	bool absent;
	bool of_all;
	bool new_by_all; /* cheaper than the calls for new symbols */
	md_date since;
	int64_t looked; /* the earliest last request; now: none */
	int64_t calls;  /* expected */
};

/* What was seen to be refused to the key, a day ago or less. */
struct rights {
	bool without[ACTION_COUNT];
	bool withheld[CLASS_COUNT]; /* bars that may change, as it is sold */
};

/* The call for closures to come: it is due, or under way, or was answered. */
struct closures_call {
	bool due, asking, answered, ended;
	int64_t alone_since; /* it is all that is open: monotonic ms; or 0 */
	struct closures_answer answer;
	struct md_error error;
};

/* What a series has got from flat files in this run. */
struct filed {
	struct bar_counts counts;
	struct ranges done;    /* answered: not to be requested, too */
	struct ranges unfiled; /* not to be taken from files */
};

struct run {
	const struct backfill_options *o;
	const struct calendar *calendar;
	struct calendar *corrected; /* the same, if the run made it; or null */
	const volatile sig_atomic_t *stop;
	struct store *store;
	struct polygon *polygon;
	struct writer *writer;
	struct stored_series_list series;
	struct stored_series_list sources; /* not only the run's own */
	struct renames renames;            /* of the store's symbols */
	struct actions_plan plans[ACTION_COUNT];
	struct closures_call closures;
	struct rights rights;    /* as the run began */
	struct filed *filed;     /* by series; null: no files */
	double files_db_seconds; /* of the writer, for files */
	int64_t file_bytes_planned;
	int64_t files_since, files_shown; /* monotonic ms */
	struct md_error files_error;
	/* Jobs: those of series in the series' order, those of days the most
	 * urgent first. */
	struct series_job *series_jobs;
	size_t series_jobs_len;
	struct actions_job *actions_jobs;
	size_t actions_jobs_len;
	struct day_job *days;
	size_t days_len;
	size_t in[KIND_COUNT][STATE_COUNT]; /* how many there are: job_go's */
	struct job **queue; /* series and splits, as they take their turns */
	size_t queue_len;
	size_t queue_first; /* those before it have ended */
	size_t days_next;   /* those before it have started, … */
	size_t days_first;  /* … and those before this one have ended */
	size_t days_asked[GROUPED_MARKETS]; /* started, not ended */
	bool days_good[GROUPED_MARKETS];    /* one has been answered */
	unsigned days_failed[GROUPED_MARKETS];
	struct series_job **members; /* those that need days of those calls */
	size_t members_len;          /* sorted by symbol */
	struct concurrency concurrency; /* how many jobs at once */
	size_t pieces_out;              /* asked for, beyond one of a series */
	size_t pieces_left;             /* series with more to be asked for */
	bool held_back;                 /* and others wait, for these are all */
	int64_t last_start;             /* monotonic ms */
	int64_t last_beat;
	int64_t last_turn;  /* of the loop, monotonic ms */
	unsigned stalls;    /* how often it stood still longer than a lease */
	unsigned moves;     /* of the store that have been followed */
	bool following;     /* one is being followed */
	struct job *served; /* by the fetching thread, or null */
	int64_t served_since;
	int64_t calls_planned, calls_done;
	struct execution execution;
	struct decode_sample sample; /* if the run is measured */
	atomic_llong features_us;    /* the writer's time spent on features */
	/* Owned by the writer, FEATURES_BATCH of each. */
	struct bar *feature_bars;
	struct features *feature_rows;
	struct md_error fatal; /* why the run stops */
	bool held; /* the runs of the store are on hold: what is asked already
		      is answered and stored, then it stops */
	struct md_error held_why;
	bool actions_failed;
	bool denied[ACTION_COUNT];   /* not in the plan: no more requests */
	bool given[ACTION_COUNT];    /* it has answered */
	bool told[ACTION_COUNT];     /* that an earlier run saw that */
	bool withheld[CLASS_COUNT];  /* by the plan: bars that may change */
	bool granted[CLASS_COUNT];   /* it has given some of them */
	bool log_failed;             /* reported once */
	bool told_of_holder;         /* of a lease that is waited for long */
	bool server_behind;          /* reported once */
	char budget[BUDGET_ID_SIZE]; /* "": the pace is not shared */
	bool budget_failed;          /* reported once */
	bool limit_told;             /* a limit is known, and was told */
	bool budget_looking;
	int64_t budget_looked; /* monotonic ms */
};

/* -- plan.c -- */

/* The series of the run, from the store (or, if that is null, from the list).
 */
bool plan_series(const struct backfill_options *, struct store *,
    struct stored_series_list *, struct md_error *);

/* What a series lacks, and the calls that fetch it. */
struct need {
	const struct stored_series *series; /* borrowed */
	struct grid grid;
	struct finality_rule finality;
	struct range wanted;
	struct ranges gaps;
	struct ranges calls;   /* its own, each for one gap or several */
	struct ranges left;    /* calls that grouped calls replace */
	struct ranges filed;   /* days that flat files bring; no gaps */
	struct ranges unfiled; /* days that they could, but requests do */
	struct ranges derived; /* to be built from the source's bars */
	const struct stored_series *source; /* borrowed; null: none */
	int64_t pages;                      /* of its own calls */
	int64_t naive;                      /* pages with one call per gap */
};

struct file_plan;

struct needs {
	struct need *v; /* one per series, in the list's order */
	size_t len;
	struct daily_calls days;
	bool
	    withheld[CLASS_COUNT]; /* by the plan: bars that may still change */
	bool granted[CLASS_COUNT]; /* it has given some of them */
};

/* The fewest calls that suffice; with a plan of files, beside those. */
bool plan_needs(const struct backfill_options *, const struct calendar *,
    const struct stored_series_list *, const struct stored_series_list *sources,
    const struct grouped_denials *, const struct rights *, struct file_plan *,
    int64_t now, struct needs *);
void needs_free(struct needs *);

/* When bars of a class are requested again. */
struct finality_rule plan_finality(const struct backfill_options *,
    const bool withheld[CLASS_COUNT], enum asset_class);

/* The class under which the vendor sells it: stocks and ETFs are one, so a plan
 * that withholds bars of the one withholds those of the other. */
enum asset_class plan_sold_as(enum asset_class);

/* The range of a series that the options want at now. */
struct range plan_range(const struct backfill_options *,
    const struct stored_series *, const struct grid *, int64_t now);

/* -- files.c: bars of flat files, before all requests -- */

/* Store what they have of the run's series, which are then as the store knows
 * them.  False: the run cannot go on. */
bool run_files(struct run *, struct md_error *);
/* What they brought is the jobs'. */
void run_count_files(struct run *);
/* Cut what they answered out of a series' gaps.  False: out of memory. */
bool run_cut_filed(const struct run *, const struct series_job *,
    struct ranges *gaps);
void run_filed_free(struct run *);
/* A file, or a listing of them, could not be had or believed. */
void run_file_failed(struct run *, const char *name, const char *why);

/* What a plan takes from files. */
struct file_plan {
	struct file_list *list;    /* null: nothing more, as … */
	const struct filed *filed; /* … this was, by series; or null */
	struct mix_prices prices;
	bool all;                 /* files wherever there are any */
	bool *counted[FLAT_SETS]; /* by date */
	int64_t files, bytes;
};

/* Count the file of that day, once.  False: out of memory. */
bool file_plan_count(struct file_plan *, enum flat_set, md_date);
void file_plan_free(struct file_plan *);

/* -- plan_derive.c -- */

/* The stored series from which the listed series could be built. */
bool plan_sources(const struct backfill_options *, struct store *,
    const struct stored_series_list *, struct stored_series_list *out,
    struct md_error *);

/* Decide what to build from finer series, preferring the run's own. */
bool plan_derive(const struct calendar *, const struct stored_series_list *,
    const struct stored_series_list *sources, int64_t now, struct needs *);

/* -- plan_actions.c -- */

/* Are a symbol's splits, or dividends, known since that first day, and as of
 * today?  ACTIONS_NEW: not that far back, or not at all; ACTIONS_OUTDATED: not
 * as of today. */
enum actions_need { ACTIONS_KNOWN, ACTIONS_NEW, ACTIONS_OUTDATED };
enum actions_need plan_actions(const struct calendar *, enum action,
    const struct stored_series *, md_date first, int64_t now);

/* The same for the symbol whose series begin at i in the list; *first is the
 * first day wanted of any of them. */
enum actions_need plan_actions_of(const struct calendar *, enum action,
    const struct stored_series_list *, const struct needs *, size_t i,
    int64_t now, md_date *first);

/* The fewest calls that return all these. */
void plan_actions_calls(const struct calendar *, enum action,
    const struct stored_series_list *, const struct needs *, int64_t now,
    bool absent, struct actions_plan *);

/* The pages of all symbols' since a day, as far as a plan can know. */
int64_t plan_actions_pages(enum action, md_date since, md_date today, bool old);

/* The bytes that a symbol and its former names take in a call. */
size_t plan_actions_bytes(const struct stored_series *);

/* Is there room for them in a call that holds so many bytes?  Then these grow.
 */
bool plan_actions_fit(const struct stored_series *, size_t *bytes, bool old);

/* Is it known of the API that it lacks the present endpoint?  A store that is
 * null knows nothing. */
bool plan_actions_absent(const struct backfill_options *, enum action,
    struct store *, int64_t now, bool *absent, struct md_error *);

/* Are there any to ask for? */
bool plan_actions_wanted(const struct backfill_options *, enum action,
    bool absent);

/* -- rights.c -- */

/* A store that is null knows nothing. */
bool plan_rights(const struct backfill_options *, struct store *, int64_t now,
    struct rights *, struct md_error *);
/* Keep what the run has seen.  Called after the writer has ended. */
void run_rights_end(struct run *);

/* -- closures.c -- */

/* Is the call for closures to come due?  A store that is null knows nothing of
 * earlier ones. */
bool plan_closures(const struct backfill_options *, const struct calendar *,
    struct store *, const struct stored_series_list *, const struct needs *,
    int64_t now, bool *due, struct md_error *);
/* Make it once the API has answered. */
void run_closures_step(struct run *);
/* Is it to be waited for, where nothing else is? */
bool run_closures_open(struct run *);
/* Keep what it told.  Called after the writer has ended. */
void run_closures_end(struct run *);

/* -- turns.c: the jobs of a run, and their turns -- */

/* Make the jobs of what is lacked.  False: out of memory. */
bool run_make_jobs(struct run *, struct needs *);
void run_jobs_free(struct run *);
/* Start what there is room for; ms until the next may start. */
int run_start_jobs(struct run *);
/* All jobs of the series' symbol, which are adjacent. */
struct series_job *series_of_symbol(const struct series_job *, size_t *len);

/* -- grouped.c -- */

/* Create the plan's calls for days, after all series' jobs were created. */
bool days_create(struct run *, const struct daily_calls *);
void days_free(struct run *);
/* Start the next call that is at least as urgent.  False: there is none. */
bool days_start(struct run *, enum tier);
/* Send the started calls that have all their leases. */
void days_step(struct run *);

/* -- moves.c: another server takes the store over -- */

/* The series of the list, if there is one, are in the store. */
bool run_keep_series(const struct run *, struct store *, struct md_error *);
/* Has it, and the run not followed yet? */
bool run_is_moving(const struct run *);
/* Follow it; when all jobs have ended, reopen those that it may have undone. */
void run_follow(struct run *);

/* -- silent.c -- */

/* When all is done: ask what became of a few symbols that fell silent. */
void run_ask_silent(struct run *);

/* -- budget.c -- */

/* Called before the writer exists. */
void run_budget_begin(struct run *);
/* On the writer's thread, with the heartbeat. */
bool run_budget_heartbeat(const struct run *, struct store *,
    const char *execution_id, struct md_error *);
/* Check from time to time whether another run was rate-limited. */
void run_budget_check(struct run *, int64_t now);
/* Called after the writer has ended. */
void run_budget_end(struct run *);
/* Keep what the key was seen to be given, or not.  Before the writer exists or
 * after it has ended. */
bool run_note_right(struct run *, const char *what, const char *status,
    struct md_error *);

/* -- backfill.c -- */

int64_t run_now(const struct run *);
/* The writer's, whose context is the client: a task has ended. */
void run_wake(void *polygon);
/* The name of this machine, as the log of runs has it. */
void run_host(char *out, size_t size);
/*
 * In a handler: as of when the answer to a request of asked_at counts, ms UTC.
 * That is the server's clock if it is earlier, so that a clock that is ahead
 * here settles nothing.
 */
int64_t run_as_of(struct run *, int64_t asked_at);
/* From now on the fetching thread works for this job, or for none. */
void run_works_for(struct run *, struct job *);
/* Notice if more time than a lease lasts has passed since the last call. */
void run_notice_stall(struct run *);
void run_fatal(struct run *, const struct md_error *);
void run_log_failed(struct run *, const struct md_error *);

/* -- log.c -- */

/* Update the execution's counts from its jobs and the client. */
void run_sum_up(struct run *);
void run_count_symbols(struct run *);
/* When it is due: renew leases, log the run's progress, find runs that died. */
void run_heartbeat(struct run *);
/* The same before there is a writer, and anything to renew. */
void run_heartbeat_alone(struct run *);
/* MD_EHELD: on hold since when, by whom and why; false. */
bool run_held_error(const struct hold *, struct md_error *);
/* Is it that an operator stopped it, or put it on hold? */
bool run_is_stopped(const struct md_error *);
bool run_reap(struct run *, struct store *, int64_t now, struct md_error *);
/* These use the store directly, before the writer exists and after it ended. */
void run_log_execution(struct run *);
void run_log_jobs(struct run *);
void run_log_features(struct run *);
void run_log_current(struct run *);
void run_settle_requests(struct run *);

#endif
