/*
 * Shared by the files of the backfill, and included by no others.
 */
#ifndef MD_BACKFILL_INTERNAL_H
#define MD_BACKFILL_INTERNAL_H

#include <stdatomic.h>

#include "answer/verify.h"
#include "backfill/backfill.h"
#include "backfill/writer.h"

/* Rows of features per batch: one transaction, a megabyte and a half. */
#define FEATURES_BATCH 8192

enum unit_state {
	UNIT_WAITING,  /* for its turn, or for another run's lease */
	UNIT_CLAIMING, /* the writer is claiming the lease */
	UNIT_GROUPED,  /* its days are requested with those of others */
	UNIT_READY,    /* they were; it waits for its turn for the rest */
	UNIT_FETCHING, /* a request is in progress */
	UNIT_STORING,  /* everything was fetched; the last pages are stored */
	UNIT_FEATURES, /* the features still lacking are computed */
	UNIT_CLOSING,  /* its end is being logged */
	UNIT_ENDED,
};

/* A series to complete, or splits to request. */
struct unit {
	struct run *run;
	enum unit_state state;
	bool is_splits;
	bool splits_of_all; /* one call for all symbols since the last one */
	const struct stored_series *source; /* built from this; or null */
	struct unit *fetches_source; /* the unit that fetches it; or null */
	struct unit *compares; /* the symbol's unit that verifies; or null */
	struct derivation *derivation;
	struct unit *after; /* a new symbol's splits: they come first, … */
	int64_t started;    /* … unless they take long: monotonic ms */
	struct stored_series *series; /* for splits: the symbol's first */
	struct job_record record;
	struct stage_log stages;
	struct grid grid;
	struct range wanted;
	struct ranges gaps;
	size_t gap;               /* the one being requested */
	size_t days;              /* pending calls that return a day of it */
	struct coverage coverage; /* as claimed */
	struct lease lease;
	bool leased;
	unsigned stalls; /* the run's, when the lease was claimed */
	bool held;       /* by another run, which was reported */
	bool grouped;    /* grouped calls return some days, before its own */
	bool asked_any;  /* its bars were requested at least once */
	bool reopened;   /* for features only: no more requests */
	bool untried;    /* the run ended before its first request */
	bool refused;    /* not derived: a window differed from the API's */
	bool compared;   /* no window of the symbol's series differed */
	int64_t refused_again; /* rows whose windows were refused before */
	struct asked asked;
	md_date splits_first;   /* for one symbol: the first day wanted */
	unsigned pages;         /* submitted to the writer, not yet stored */
	int64_t not_before;     /* while another run holds it: monotonic ms */
	int64_t parked_at;      /* since when it has waited for a turn: µs */
	struct md_error error;  /* the first one */
	struct md_error denied; /* a 403 for some of its ranges */
	struct split *splits;
	size_t splits_len;
	int64_t splits_as_of;
	/* Owned by the writer while a task of the unit may run there. */
	struct feature_job *feature_job;
	int64_t features; /* rows stored */
	bool features_failed;
	struct md_error features_error; /* the first one; no more are tried */
	bool features_unwritten; /* the failure is not in the store yet */
};

/* The calls for splits: for all symbols since a day, and for new symbols. */
struct splits_plan {
	bool of_all;
	bool new_by_all; /* cheaper than one call for each new symbol */
	md_date since;
	int64_t looked; /* the earliest last request; now: none */
	int64_t calls;  /* expected */
};

/* A call for a day of all symbols of a market. */
struct grouped_call {
	struct run *run;
	struct daily_call what;

	enum {
		GROUPED_WAITING,
		GROUPED_CLAIMING,
		GROUPED_ASKED,
		GROUPED_OVER
	} state;

	int64_t asked_at;
	bool withheld; /* it is today's, and has no row of any symbol */
};

struct run {
	const struct backfill_options *o;
	const struct calendar *calendar;
	const volatile sig_atomic_t *stop;
	struct store *store;
	struct polygon *polygon;
	struct writer *writer;
	struct stored_series_list series;
	struct stored_series_list sources; /* not only the run's own */
	struct splits_plan splits;
	struct unit *units;
	size_t units_len;
	size_t first; /* units before it have ended */
	struct grouped_call *grouped;
	size_t grouped_len;
	size_t grouped_next;   /* calls before it have started, … */
	size_t grouped_first;  /* … and calls before this one have ended */
	size_t grouped_claims; /* members whose claims are pending */
	size_t grouped_asked[GROUPED_MARKETS]; /* started, not ended */
	bool grouped_good[GROUPED_MARKETS];    /* one has been answered */
	unsigned grouped_failed[GROUPED_MARKETS];
	struct unit **members; /* units that need days of those calls */
	size_t members_len;    /* sorted by symbol */
	unsigned active;       /* claiming or fetching */
	size_t open;           /* not ended */
	int64_t last_start;    /* monotonic ms */
	int64_t last_beat;
	int64_t last_turn;   /* of the loop, monotonic ms */
	unsigned stalls;     /* how often it stood still longer than a lease */
	struct unit *served; /* by the fetching thread, or null */
	int64_t served_since;
	int64_t calls_planned, calls_done;
	struct execution execution;
	struct decode_sample sample; /* if the run is measured */
	atomic_llong features_us;    /* the writer's time spent on features */
	/* Owned by the writer, FEATURES_BATCH of each. */
	struct bar *feature_bars;
	struct features *feature_rows;
	struct md_error fatal; /* why the run stops */
	bool splits_failed;
	bool splits_denied;          /* not in the plan: no more requests */
	bool withheld[CLASS_COUNT];  /* by the plan: bars that may change */
	bool granted[CLASS_COUNT];   /* it has given some of them */
	bool log_failed;             /* reported once */
	bool server_behind;          /* reported once */
	char budget[BUDGET_ID_SIZE]; /* "": the pace is not shared */
	bool budget_failed;          /* reported once */
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
	struct ranges derived; /* to be built from the source's bars */
	const struct stored_series *source; /* borrowed; null: none */
	int64_t pages;                      /* of its own calls */
	int64_t naive;                      /* pages with one call per gap */
};

struct needs {
	struct need *v; /* one per series, in the list's order */
	size_t len;
	struct daily_calls days;
	bool
	    withheld[CLASS_COUNT]; /* by the plan: bars that may still change */
	bool granted[CLASS_COUNT]; /* it has given some of them */
};

/* The fewest calls that suffice. */
bool plan_needs(const struct backfill_options *, const struct calendar *,
    const struct stored_series_list *, const struct stored_series_list *sources,
    const struct grouped_denials *, int64_t now, struct needs *);
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

/* -- plan_derive.c -- */

/* The stored series from which the listed series could be built. */
bool plan_sources(const struct backfill_options *, struct store *,
    const struct stored_series_list *, struct stored_series_list *out,
    struct md_error *);

/* Decide what to build from finer series, preferring the run's own. */
bool plan_derive(const struct calendar *, const struct stored_series_list *,
    const struct stored_series_list *sources, int64_t now, struct needs *);

/* -- plan_splits.c -- */

/* Are a symbol's splits known since that first day, and as of today?
 * SPLITS_NEW: not that far back, or not at all; SPLITS_OLD: not as of today. */
enum splits_need { SPLITS_KNOWN, SPLITS_NEW, SPLITS_OLD };
enum splits_need plan_splits(const struct calendar *,
    const struct stored_series *, md_date first, int64_t now);

/* The same for the symbol whose series begin at i in the list; *first is the
 * first day wanted of any of them. */
enum splits_need plan_splits_of(const struct calendar *,
    const struct stored_series_list *, const struct needs *, size_t i,
    int64_t now, md_date *first);

/* The fewest calls that return all these splits. */
void plan_splits_calls(const struct calendar *,
    const struct stored_series_list *, const struct needs *, int64_t now,
    struct splits_plan *);

/* -- unit.c -- */

/*
 * Charge the unit for a task that has run in this stage, and for its waits
 * before and after.  From features_at on (µs; 0: never) the task computed
 * features.
 */
void unit_charge(struct unit *, const struct task *, enum stage,
    int64_t features_at);
/* Start a waiting unit: claim the lease, or send the call. */
void unit_start(struct unit *);
/* Claim the lease of a grouped unit, which needs no turn. */
void unit_claim(struct unit *);
/* A page was stored, or failed with *e. */
void unit_page_stored(struct unit *, const struct page_counts *,
    const struct md_error *e);
void unit_fail(struct unit *, const struct md_error *);
/* A unit that has ended lacks features after all: reopen it for these only. */
void unit_reopen(struct unit *);
/* Note in its record if part of what is wanted is known to be denied, or came
 * with rows that cannot be right. */
void unit_note_known(struct unit *, const struct coverage *);
/* Fetching has ended, successfully or not: wait for the pages being stored. */
void unit_fetched(struct unit *);
/* If the last page has been stored: compute features, then end. */
void unit_close_if_stored(struct unit *);
/* Another run holds the lease: wait for another turn. */
void unit_wait_for_holder(struct unit *);
/* Has the lease perhaps lapsed?  Then only a new claim can tell; nothing more
 * is requested before. */
bool unit_lease_uncertain(struct unit *);

/* -- grouped.c -- */

/* Create the plan's calls for days, after all units were created. */
bool grouped_create(struct run *, const struct daily_calls *);
void grouped_free(struct run *);
/* Start the next call that is at least as urgent.  False: there is none. */
bool grouped_start(struct run *, enum tier);
/* Send the started calls that have all their leases. */
void grouped_step(struct run *);
/* A member has its lease. */
void grouped_claimed(struct unit *);

/* The day of the call. */
struct range grouped_day(const struct grouped_call *);
/* The unit's gap that includes the day; null: the unit does not lack it. */
const struct range *grouped_gap(const struct unit *,
    const struct grouped_call *);
/* A call that the unit waited for has ended, successfully or not. */
void grouped_day_ended(struct unit *);

/* -- grouped_rows.c -- */

/* Pass an answer's rows to the units that wait for them.  False: out of memory;
 * some of them may have been passed. */
bool grouped_deliver(struct grouped_call *, const struct page *);

/* -- spare.c -- */

/*
 * Store the rows of a day's answer at these indices, whose symbols are not part
 * of the run, together with the symbols.  False: out of memory.
 */
bool store_unrequested_rows(const struct grouped_call *, const struct page *,
    const size_t *places, size_t n);

/* -- pages.c -- */

/* The unit's turn: request its gaps, the newest first. */
void unit_ask_ranges(struct unit *);
/* Convert the verified page for the store; the caller frees *rejected.  False:
 * out of memory. */
bool put_verified(const struct verified *, struct rejected **rejected,
    struct page_put *);

/* The page that was verified last may have told the series' grid. */
void unit_note_grid(struct unit *, struct page_put *);
/* Count the rows that were refused, and those whose windows were before. */
void unit_count_refused(struct unit *, const struct verified *);

/* A page with bars that may still change shows that the plan has them. */
void unit_note_granted(struct unit *, const struct page_put *);

/* Request the next gap, or end fetching. */
void unit_next_gap(struct unit *);

/* -- derive.c -- */

/* The unit's turn: build what can be built, then request the rest. */
void unit_derive(struct unit *);
void unit_derivation_free(struct unit *);

/* -- splits.c -- */

void unit_start_splits(struct unit *);

/* -- features.c: on the writer's thread -- */

/* The series was claimed, perhaps not for the first time. */
void unit_features_begin(struct unit *);
/* A page was stored: compute its features if that needs no earlier bars. */
void unit_features_page(struct unit *, struct store *, const struct page_put *,
    const struct page_counts *);
/* Compute one batch of the features that the series lacks; true: there is more.
 */
bool unit_features_step(struct unit *, struct store *);
bool unit_features_write_failure(struct unit *, struct store *,
    struct md_error *);
void unit_features_free(struct unit *);

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

/* -- backfill.c -- */

int64_t run_now(const struct run *);
/*
 * In a handler: as of when the answer to a request of asked_at counts, ms UTC.
 * That is the server's clock if it is earlier, so that a clock that is ahead
 * here settles nothing.
 */
int64_t run_as_of(struct run *, int64_t asked_at);
/* From now on the fetching thread works for this unit, or for none. */
void run_works_for(struct run *, struct unit *);
/* Notice if more time than a lease lasts has passed since the last call. */
void run_notice_stall(struct run *);
void run_fatal(struct run *, const struct md_error *);
void run_log_failed(struct run *, const struct md_error *);
void unit_ended(struct unit *);
/* All units of the unit's symbol, which are adjacent. */
struct unit *run_units_of(const struct run *, const struct unit *, size_t *len);

/* -- log.c -- */

/* Update the execution's counts from its units and the client. */
void run_sum_up(struct run *);
void run_count_symbols(struct run *);
/* When it is due: renew leases, log the run's progress, find runs that died. */
void run_heartbeat(struct run *);
bool run_reap(struct run *, struct store *, int64_t now, struct md_error *);
/* These use the store directly, before the writer exists and after it ended. */
void run_log_execution(struct run *);
void run_log_jobs(struct run *);
void run_log_features(struct run *);
void run_log_current(struct run *);
void run_clear_requests(struct run *);

#endif
