/*
 * The jobs of a run: what each kind is made of, where a job stands, and the
 * steps that take it on.
 *
 * A step does its work and returns the state that is next, its own where it
 * waits for an answer; what takes the answer does the same.  job_go alone
 * changes a state, and counts who is where.
 */
#ifndef MD_BACKFILL_JOBS_H
#define MD_BACKFILL_JOBS_H

#include "answer/verify.h"
#include "backfill/backfill.h"
#include "backfill/left_out.h"
#include "backfill/writer.h"
#include "market/bar_join.h"
#include "plan/pieces.h"

enum job_kind {
	KIND_SERIES,  /* a series to complete */
	KIND_ACTIONS, /* splits, or dividends, to ask for */
	KIND_DAY,     /* a day of all symbols of a market, by one call */
	KIND_COUNT
};

enum job_state {
	STATE_WAITING,  /* for its turn, for days, or for another run's lease */
	STATE_JOINING,  /* the lease is being claimed, for the calls of days */
	STATE_JOINED,   /* its days are requested with those of others */
	STATE_READY,    /* they were; it waits for its turn for the rest */
	STATE_CLAIMING, /* its turn: the lease is being claimed */
	STATE_DERIVING, /* its bars are made of a finer series' */
	STATE_FETCHING, /* a request is in progress */
	STATE_STORING,  /* everything was fetched; the last pages are stored */
	STATE_FEATURES, /* the features still lacking are computed */
	STATE_CLOSING,  /* its end is being logged */
	STATE_ENDED,
	STATE_COUNT
};

/* Of a job's name, as messages have it. */
#define JOB_NAME_SIZE (SYMBOL_MAX + 48)

/* What the kinds have in common, as the first member of each. */
struct job {
	struct run *run;
	enum job_kind kind;
	enum job_state state;
	struct md_error error; /* the first one */
	struct stage_log stages;
	struct lease lease;
	bool leased;
	bool held;          /* by another run, which was reported */
	int64_t held_since; /* monotonic ms */
	unsigned stalls;    /* the run's, when the lease was claimed */
	int64_t started;    /* its first turn: monotonic ms */
	int64_t not_before; /* while another run holds it: monotonic ms */
	int64_t parked_at;  /* since when it has waited for a turn: µs */
};

struct actions_job {
	struct job job;
	enum action kind;
	bool of_all; /* one call for all symbols since the last one */
	/* New symbols, after their former names, by the first series of each;
	 * one symbol where of_all. */
	const struct stored_series **series;
	const char **symbols; /* theirs */
	size_t symbols_len, symbols_cap;
	size_t bytes;      /* of them in a call's address */
	md_date first;     /* the first day wanted of any */
	md_date since;     /* asked for from then on, where of_all */
	bool old;          /* splits by the endpoint of before */
	bool found_absent; /* this job found that the present one is */
	size_t asked; /* symbols that were answered: each, or all at once */
	struct coverage unused; /* no series has such a lease */
	struct actions told;    /* as answered */
	struct left_out refused;
	int64_t as_of;
};

/* Features: owned by the writer while a task of the job may run there. */
struct features_state {
	struct feature_work *work;
	int64_t rows; /* stored */
	bool failed;
	bool unwritten;        /* the failure is not in the store yet */
	struct md_error error; /* the first one; no more are tried */
};

struct series_job {
	struct job job;
	struct stored_series *series;
	struct job_record record;
	struct grid grid;
	struct range wanted;
	struct coverage coverage;  /* as claimed */
	struct actions_job *after; /* a new symbol's splits: they come first, or
				     do unless they take long; or null */
	/* Its own calls, and their pages. */
	struct ranges gaps;
	size_t gap; /* the one being requested */
	struct asked asked;
	struct range took; /* by the page that came last, of so many rows */
	int64_t took_rows;
	struct pieces_seen seen; /* of its full pages */
	struct pieces *pieces;   /* the rest of that gap, cut; or null */
	/* A window in which the symbol's name changed is asked for by each of
	 * its names, the earliest first: so many have been answered, … */
	size_t names_asked;
	bool more_names; /* the one being asked is not its last */
	bool has_held;   /* … with these bars, joined */
	struct bar_join held;
	unsigned pages;         /* submitted to the writer, not yet stored */
	bool asked_any;         /* its bars were requested at least once */
	bool untried;           /* the run ended before its first request */
	bool reopened;          /* for features only: no more requests */
	int64_t refused_again;  /* rows whose windows were refused before */
	struct md_error denied; /* a 403 for some of its ranges */
	/* Calls for days of all symbols. */
	bool by_days; /* they return some of it, before its own calls */
	size_t days;  /* to come that return a day of it */
	enum grid_kind days_kind; /* by which the plan counted them */
	/* A finer series of which it is made. */
	const struct stored_series *source; /* or null */
	struct series_job *fetches_source;  /* the run's; or null */
	struct series_job *compares; /* the symbol's job that verifies; or
					null */
	struct derivation *derivation;
	bool refused;  /* not derived: a window differed from the API's */
	bool compared; /* no window of the symbol's series differed */
	struct features_state features;
};

struct day_job {
	struct job job;
	struct daily_call what;
	int64_t asked_at;
	bool withheld; /* it is today's, and has no row of any symbol */
};

/* -- job.c -- */

void job_init(struct job *, struct run *, enum job_kind, enum job_state);
/* Its step ended, or what it waited for has come: go on to that state, and as
 * far from there as nothing is waited for. */
void job_go(struct job *, enum job_state next);
/* Its turn has come. */
void job_take_turn(struct job *);
/* How many there are in a state that takes a turn; that may want one; series
 * and splits that have not ended; of a kind in a state. */
size_t jobs_active(const struct run *);
size_t jobs_waiting(const struct run *);
bool jobs_have_room(const struct run *); /* for one more that is active */
size_t jobs_open(const struct run *);
size_t jobs_in(const struct run *, enum job_kind, enum job_state);

/* Only the first error counts. */
void job_fail(struct job *, const struct md_error *);
/*
 * Charge the job for a task that has run in this stage, and for its waits
 * before and after.  From features_at on (µs; 0: never) the task computed
 * features.
 */
void job_charge(struct job *, const struct task *, enum stage,
    int64_t features_at);
/* On the writer's thread: claim the lease of that id, whose holder the job is
 * even if what follows fails. */
bool job_claim(struct job *, struct store *, int64_t id, struct coverage *,
    struct md_error *);
/* Another run holds the lease, as *why says: wait for another turn. */
enum job_state job_wait_for_holder(struct job *, const struct md_error *why);
/* It has ended, and is to be looked at again: it waits for another turn. */
void job_reopen(struct job *);
/* Has the lease perhaps lapsed?  Then only a new claim can tell; nothing more
 * is requested before. */
bool job_lease_uncertain(struct job *);
/* "AAPL 1d", "splits of AAPL", "dividends of AAPL and 2 more", "splits of all
 * symbols" */
void job_name(const struct job *, char out[static JOB_NAME_SIZE]);

/* -- series.c: the steps of a series -- */

enum job_state series_claim(struct job *);
enum job_state series_store(struct job *);
enum job_state series_compute(struct job *);
enum job_state series_close(struct job *);
enum job_state series_tell(struct job *);
/* It has ended, but lacks features after all: reopen it for these only. */
void series_reopen(struct series_job *);
/* Note in its record if part of what is wanted is known to be denied, or came
 * with rows that cannot be right. */
void series_note_known(struct series_job *, const struct coverage *);

/* -- pages.c -- */

/* The step of its turn: request its gaps, the newest first. */
enum job_state series_ask(struct job *);
/* Ask for the current gap, or leave it at what was fetched; the same for the
 * next one, as this is done with. */
enum job_state series_ask_next(struct series_job *);
enum job_state series_end_gap(struct series_job *);
/*
 * The next page of the gap that is asked for: check it, and have it stored.
 * last: nothing comes after it.  False with *e: the series needs no more.
 */
bool series_take_page(struct series_job *, struct page *, bool last,
    struct md_error *);
/* For who wants to follow it. */
void series_log_asked(const struct series_job *, const struct aggs_query *);
/* What was answered was no page. */
void series_take_unreadable(struct series_job *, const char *excerpt,
    const char *why);
/* A call was answered 403: remember what was not answered of the gap, up to
 * `to`. */
void series_deny(struct series_job *, const struct md_error *, int64_t to);
/* A page was stored, or failed with *e. */
void series_page_stored(struct series_job *, const struct page_counts *,
    const struct md_error *e);
/* Convert the verified page for the store; the caller frees *rejected.  False:
 * out of memory. */
bool put_verified(const struct verified *, struct rejected **rejected,
    struct page_put *);
/* The page that was verified last may have told the series' grid. */
void series_note_grid(struct series_job *, struct page_put *);
/* Count the rows that were refused, and those whose windows were before. */
void series_count_refused(struct series_job *, const struct verified *);
/* A page with bars that may still change shows that the plan has them. */
void series_note_granted(struct series_job *, const struct page_put *);

/* -- pieces.c: the rest of a gap, in pieces that are asked for at once -- */

/* After a full page, which was taken: may the rest be cut?  False: it stays
 * whole. */
bool pieces_begin(struct series_job *);
/* The call for the whole has ended. */
enum job_state pieces_go(struct series_job *);
/* If there is room, ask for one more; true: it was, and is to be sent. */
bool pieces_ask_more(struct run *);
/* Give up those that are left; answers that still come are none. */
void pieces_abandon(struct series_job *);

/* -- derive.c -- */

/* The step that builds what can be built. */
enum job_state series_derive(struct job *);
void series_derivation_free(struct series_job *);

/* -- features.c: on the writer's thread -- */

/* The series was claimed, perhaps not for the first time. */
void series_features_begin(struct series_job *);
/* A page was stored: compute its features if that needs no earlier bars. */
void series_features_page(struct series_job *, struct store *,
    const struct page_put *, const struct page_counts *);
/* Compute one batch of the features that the series lacks; true: there is more.
 */
bool series_features_step(struct series_job *, struct store *);
bool series_features_write_failure(struct series_job *, struct store *,
    struct md_error *);
void series_features_free(struct series_job *);

/* -- actions.c -- */

enum job_state actions_claim(struct job *);
enum job_state actions_ask(struct job *);
enum job_state actions_store(struct job *);
enum job_state actions_tell(struct job *);
/* A symbol more, and its former names, by its first series, of which they are
 * wanted from that day on.  False: out of memory. */
bool actions_job_add(struct actions_job *, const struct stored_series *,
    md_date first);
void actions_job_free(struct actions_job *);

/* -- grouped.c -- */

/* The series that lack the day are claimed; then it is requested. */
enum job_state day_claim(struct job *);
enum job_state day_ask(struct job *);
/* The lease that was claimed for days has come, or did not. */
enum job_state day_joined(struct series_job *);
/* A call that the series waited for has ended, successfully or not. */
enum job_state day_ended_for(struct series_job *);
/* The day of the call. */
struct range day_range(const struct day_job *, enum grid_kind);
/* The series' gap that includes the day; null: it does not lack it. */
const struct range *day_gap(const struct series_job *, const struct day_job *);

/* -- grouped_rows.c -- */

/* Pass an answer's rows to the series that wait for them.  False: out of
 * memory; some of them may have been passed. */
bool day_deliver(struct day_job *, const struct page *);

/* -- spare.c -- */

/*
 * Store the rows of a day's answer at these indices, whose symbols are not part
 * of the run, together with the symbols.  False: out of memory.
 */
bool store_unrequested_rows(const struct day_job *, const struct page *,
    const size_t *places, size_t n);

#endif
