/*
 * What the files of the backfill share; nobody else includes it.
 */
#ifndef MD_BACKFILL_INTERNAL_H
#define MD_BACKFILL_INTERNAL_H

#include <stdatomic.h>

#include "answer/verify.h"
#include "backfill/backfill.h"
#include "backfill/writer.h"

/* Rows in hand at once: a transaction's worth, a megabyte and a half. */
#define FEATURES_BATCH 8192

enum unit_state {
	UNIT_WAITING,  /* for its turn, or for another run's lease */
	UNIT_CLAIMING, /* asked the writer for the lease */
	UNIT_GROUPED,  /* its days are asked for with those of others */
	UNIT_READY,    /* they were; for the rest it waits for its turn */
	UNIT_FETCHING, /* a request is under way */
	UNIT_STORING,  /* all was fetched; the last pages are being stored */
	UNIT_FEATURES, /* what features are still owed is being computed */
	UNIT_CLOSING,  /* its end is being logged */
	UNIT_ENDED,
};

/* A series to be made complete, or splits to be asked for. */
struct unit {
	struct run *run;
	enum unit_state state;
	bool is_splits;
	bool splits_of_all; /* one call since the last look, for all symbols */
	const struct stored_series *source; /* what it is made of; or null */
	struct unit *fetches_source;        /* in this run, first; or null */
	struct unit *compares; /* for all of the symbol, first; or null */
	struct derivation *derivation;
	struct unit *after; /* the new symbol's splits: they come first, … */
	int64_t started;    /* … unless they take long: monotonic ms */
	struct stored_series *series; /* of splits: the first of the symbol */
	struct job_record record;
	struct stage_log stages;
	struct grid grid;
	struct range wanted;
	struct ranges gaps;
	size_t gap;  /* the one being asked for */
	size_t days; /* calls that have not ended and bring a day of it */
	struct coverage coverage; /* as claimed */
	struct lease lease;
	bool leased;
	unsigned absences; /* the run's, when it asked for the lease */
	bool held;         /* by another run, and that was said */
	bool grouped;   /* days of it come by calls for all, before its own */
	bool asked_any; /* some answer was to bring its bars */
	bool reopened;  /* for its features: nothing more is asked */
	bool untried;   /* the run ended before its first request */
	bool refused;   /* to be derived: a window differed from the API's */
	bool compared;  /* none did, of any series of the symbol */
	struct asked asked;
	md_date splits_first;   /* of one symbol: the first day wanted */
	unsigned pages;         /* submitted to the writer, not yet stored */
	int64_t not_before;     /* while another run holds it: monotonic ms */
	int64_t parked_at;      /* since when its turn is to come again: µs */
	struct md_error error;  /* the first that befell it */
	struct md_error denied; /* a 403, the rest went on */
	struct split *splits;
	size_t splits_len;
	/* The writer's, while a task of the unit may run there. */
	struct feature_job *feature_job;
	int64_t features; /* rows stored */
	bool features_failed;
	struct md_error features_error; /* the first; no more are tried */
	bool features_unwritten;        /* the failure, in the store */
};

/* The calls for splits: for all symbols since a day, and of new symbols. */
struct splits_plan {
	bool of_all;
	bool new_by_all; /* which is cheaper than one for each new symbol */
	md_date since;
	int64_t looked; /* the earliest last look; now: there was none */
	int64_t calls;  /* as expected */
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
};

struct run {
	const struct backfill_options *o;
	const struct calendar *calendar;
	const volatile sig_atomic_t *stop;
	struct store *store;
	struct polygon *polygon;
	struct writer *writer;
	struct stored_series_list series;
	struct stored_series_list sources; /* not all of them the run's */
	struct splits_plan splits;
	struct unit *units;
	size_t units_len;
	size_t first; /* units before it have ended */
	struct grouped_call *grouped;
	size_t grouped_len;
	size_t grouped_next;   /* calls before it have been taken up, … */
	size_t grouped_first;  /* … and before this one are over */
	size_t grouped_claims; /* members whose claims are under way */
	size_t grouped_asked[GROUPED_MARKETS]; /* taken up, not over */
	bool grouped_good[GROUPED_MARKETS];    /* one has been answered */
	unsigned grouped_failed[GROUPED_MARKETS];
	struct unit **members; /* units with days left to those calls */
	size_t members_len;    /* by symbol */
	unsigned active;       /* claiming or fetching */
	size_t open;           /* not ended */
	int64_t last_start;    /* monotonic ms */
	int64_t last_beat;
	int64_t last_turn;   /* of the loop, monotonic ms */
	unsigned absences;   /* longer than a lease: the process stood still */
	struct unit *served; /* by the thread that fetches, or none */
	int64_t served_since;
	int64_t calls_planned, calls_done;
	struct execution execution;
	struct decode_sample sample; /* where the run is measured */
	atomic_llong features_us;    /* of the writer's time, on features */
	/* The writer's, FEATURES_BATCH of each. */
	struct bar *feature_bars;
	struct features *feature_rows;
	struct md_error fatal; /* why the run goes no further */
	bool splits_failed;
	bool splits_denied; /* not in the plan: no use in asking further */
	bool log_failed;    /* said once */
	char budget[BUDGET_ID_SIZE]; /* "": the pace is shared with nobody */
	bool budget_failed;          /* said once */
	bool budget_looking;
	int64_t budget_looked; /* monotonic ms */
};

/* -- plan.c -- */

/* The series to be looked at, from the store (or, when null, from the list). */
bool plan_series(const struct backfill_options *, struct store *,
    struct stored_series_list *, struct md_error *);

/* What a series lacks, and the calls that bring it. */
struct need {
	const struct stored_series *series; /* borrowed */
	struct grid grid;
	struct range wanted;
	struct ranges gaps;
	struct ranges calls;   /* of its own, each of a gap or several */
	struct ranges left;    /* calls that those of days make needless */
	struct ranges derived; /* made of the source's bars */
	const struct stored_series *source; /* null: nothing is; borrowed */
	int64_t pages;                      /* of its own calls */
	int64_t naive;                      /* of calls gap by gap */
};

struct needs {
	struct need *v; /* of each series, in the list's order */
	size_t len;
	struct daily_calls days;
};

/* The calls that suffice, as few as can be. */
bool plan_needs(const struct backfill_options *, const struct calendar *,
    const struct stored_series_list *, const struct stored_series_list *sources,
    const struct grouped_denials *, int64_t now, struct needs *);
void needs_free(struct needs *);

/* What is wanted of a series at now, as the options say. */
struct range plan_range(const struct backfill_options *,
    const struct stored_series *, const struct grid *, int64_t now);

/* Where the request for a gap ends: past what is settled when that is next. */
int64_t plan_ask_until(const struct backfill_options *, const struct grid *,
    struct range wanted, struct range gap, int64_t now);

/* -- plan_derive.c -- */

/* What is stored that bars of the listed series could be made of. */
bool plan_sources(const struct backfill_options *, struct store *,
    const struct stored_series_list *, struct stored_series_list *out,
    struct md_error *);

/* Of the needs, what is made of finer series; the run's own come first. */
bool plan_derive(const struct calendar *, const struct stored_series_list *,
    const struct stored_series_list *sources, int64_t now, struct needs *);

/* -- plan_splits.c -- */

/* Are the splits of a symbol known since that first day, and as of today?  New:
 * not that far back, or not at all. */
enum splits_need { SPLITS_KNOWN, SPLITS_NEW, SPLITS_OLD };
enum splits_need plan_splits(const struct calendar *,
    const struct stored_series *, md_date first, int64_t now);

/* The same of the symbol whose series begin at i in the list; *first is the
 * first day that is wanted of any. */
enum splits_need plan_splits_of(const struct calendar *,
    const struct stored_series_list *, const struct needs *, size_t i,
    int64_t now, md_date *first);

/* The fewest calls that tell of all of them. */
void plan_splits_calls(const struct calendar *,
    const struct stored_series_list *, const struct needs *, int64_t now,
    struct splits_plan *);

/* -- unit.c -- */

/*
 * The unit's task has run, for this stage, and is looked at now: what it
 * waited for.  From features_at on (µs; 0: never) it was for features.
 */
void unit_charge(struct unit *, const struct task *, enum stage,
    int64_t features_at);
/* Take a waiting unit up: claim the lease, or send the call. */
void unit_start(struct unit *);
/* Claim the lease of a grouped unit, which takes no turn. */
void unit_claim(struct unit *);
/* A page was stored, or was not: *e says why. */
void unit_page_stored(struct unit *, const struct page_counts *,
    const struct md_error *e);
void unit_fail(struct unit *, const struct md_error *);
/* A unit that has ended owes features after all: up again, for those alone. */
void unit_reopen(struct unit *);
/* Say in its record when some of what is wanted is known to be denied. */
void unit_note_denied(struct unit *, const struct coverage *);
/* Everything was fetched, or will not be: wait for the pages under way. */
void unit_fetched(struct unit *);
/* The last page may have been stored: features, then the end. */
void unit_close_if_stored(struct unit *);
/* Another run holds it: it waits for another turn. */
void unit_wait_for_holder(struct unit *);
/* May another run have taken it over?  Then no more is asked before it is
 * claimed anew. */
bool unit_in_doubt(struct unit *);

/* -- grouped.c -- */

/* The plan's calls for days, once all units are made. */
bool grouped_create(struct run *, const struct daily_calls *);
void grouped_free(struct run *);
/* Take up the next call that is no less urgent.  False: there is none. */
bool grouped_start(struct run *, enum tier);
/* Send what was taken up and has its leases. */
void grouped_step(struct run *);
/* The unit, a member, has its lease. */
void grouped_claimed(struct unit *);

/* The day that it is about. */
struct range grouped_day(const struct grouped_call *);
/* The gap of the unit that the day lies in; null: it does not lack it. */
const struct range *grouped_gap(const struct unit *,
    const struct grouped_call *);
/* A call that the unit waited for is over, whatever it brought. */
void grouped_day_over(struct unit *);

/* -- grouped_rows.c -- */

/* An answer: its rows to the units that wait for them, in part also when it
 * returns false: out of memory. */
bool grouped_take(struct grouped_call *, const struct page *);

/* -- spare.c -- */

/*
 * Rows of a day's answer that are nobody's of the run, at these places: store
 * them with their symbols.  False: out of memory.
 */
bool spare_rows(const struct grouped_call *, const struct page *,
    const size_t *places, size_t n);

/* -- pages.c -- */

/* Its turn: ask for its gaps, the newest first. */
void unit_ask_ranges(struct unit *);
/* The verified page as the store takes it; *rejected is the caller's.  False:
 * out of memory. */
bool put_verified(const struct verified *, struct rejected **rejected,
    struct page_put *);

/* Ask for the gap that is next, or end the fetching. */
void unit_next_gap(struct unit *);

/* -- derive.c -- */

/* Its turn: make what can be made, then ask for the rest. */
void unit_derive(struct unit *);
void unit_derivation_free(struct unit *);

/* -- splits.c -- */

void unit_start_splits(struct unit *);

/* -- features.c: on the writer's thread -- */

/* The series was claimed, perhaps again. */
void unit_features_begin(struct unit *);
/* The page was stored: its features too, where that needs no look back. */
void unit_features_page(struct unit *, struct store *, const struct page_put *,
    const struct page_counts *);
/* A batch of what the series owes; true: there is more. */
bool unit_features_step(struct unit *, struct store *);
bool unit_features_write_failure(struct unit *, struct store *,
    struct md_error *);
void unit_features_free(struct unit *);

/* -- budget.c -- */

/* Before there is a writer. */
void run_budget_begin(struct run *);
/* On the writer's thread, with the heartbeat. */
bool run_budget_beat(const struct run *, struct store *,
    const char *execution_id, struct md_error *);
/* Was another run limited?  Now and then it is looked. */
void run_budget_look(struct run *, int64_t now);
/* When there is no writer any more. */
void run_budget_end(struct run *);

/* -- backfill.c -- */

int64_t run_now(const struct run *);
/* From now on the thread that fetches is at work for this unit, or for none. */
void run_serves(struct run *, struct unit *);
/* Notice when more than a lease has gone by since the last look. */
void run_look_awake(struct run *);
void run_fatal(struct run *, const struct md_error *);
void run_log_failed(struct run *, const struct md_error *);
void unit_ended(struct unit *);
/* All units of the unit's symbol: they stand together. */
struct unit *run_units_of(const struct run *, const struct unit *, size_t *len);

/* -- log.c -- */

/* What the execution has counted, from its units and the client. */
void run_sum_up(struct run *);
void run_count_symbols(struct run *);
/* When it is time: leases hold on, the log shows how far the run is, runs
 * that died are found. */
void run_heartbeat(struct run *);
bool run_reap(struct run *, struct store *, int64_t now, struct md_error *);
/* These have the store for themselves, before there is a writer and after. */
void run_log_execution(struct run *);
void run_log_jobs(struct run *);
void run_log_features(struct run *);
void run_log_current(struct run *);
void run_clear_requests(struct run *);

#endif
