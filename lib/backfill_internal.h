/*
 * What the files of the backfill share; nobody else includes it.
 */
#ifndef MD_BACKFILL_INTERNAL_H
#define MD_BACKFILL_INTERNAL_H

#include <stdatomic.h>

#include "backfill.h"
#include "verify.h"
#include "writer.h"

/* Rows in hand at once: a transaction's worth, a megabyte and a half. */
#define FEATURES_BATCH 8192

enum unit_state {
	UNIT_WAITING,  /* for its turn, or for another run's lease */
	UNIT_CLAIMING, /* asked the writer for the lease */
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
	struct unit *after; /* the new symbol's splits: they come first, … */
	int64_t started;    /* … unless they take long: monotonic ms */
	struct stored_series *series; /* of splits: the first of the symbol */
	struct job_record record;
	struct stage_log stages;
	struct grid grid;
	struct range wanted;
	struct ranges gaps;
	size_t gap;               /* the one being asked for */
	struct coverage coverage; /* as claimed */
	struct lease lease;
	bool leased;
	bool held;     /* by another run, and that was said */
	bool reopened; /* for its features: nothing more is asked */
	bool untried;  /* the run ended before its first request */
	struct asked asked;
	unsigned pages;         /* submitted to the writer, not yet stored */
	int64_t not_before;     /* while another run holds it: monotonic ms */
	int64_t parked_at;      /* since when its turn is to come again: µs */
	struct md_error error;  /* the first that befell it */
	struct md_error denied; /* a 403, the rest went on */
	int64_t splits_since;   /* of all: the earliest last look, ms */
	struct split *splits;
	size_t splits_len;
	/* The writer's, while a task of the unit may run there. */
	struct feature_job *feature_job;
	int64_t features; /* rows stored */
	bool features_failed;
	struct md_error features_error; /* the first; no more are tried */
	bool features_unwritten;        /* the failure, in the store */
};

struct run {
	const struct backfill_options *o;
	const struct calendar *calendar;
	const volatile sig_atomic_t *stop;
	struct store *store;
	struct polygon *polygon;
	struct writer *writer;
	struct stored_series_list series;
	struct unit *units;
	size_t units_len;
	size_t first;       /* units before it have ended */
	unsigned active;    /* claiming or fetching */
	size_t open;        /* not ended */
	int64_t last_start; /* monotonic ms */
	int64_t last_beat;
	int64_t calls_planned, calls_done;
	struct execution execution;
	atomic_llong features_us; /* of the writer's time, on features */
	/* The writer's, FEATURES_BATCH of each. */
	struct bar *feature_bars;
	struct features *feature_rows;
	struct md_error fatal; /* why the run goes no further */
	bool splits_failed;
	bool splits_denied; /* not in the plan: no use in asking further */
	bool log_failed;    /* said once */
};

/* -- backfill_plan.c -- */

/* The series to be looked at, from the store (or, when null, from the list). */
bool plan_series(const struct backfill_options *, struct store *,
    struct stored_series_list *, struct md_error *);

/* What is wanted of a series at now, as the options say. */
struct range plan_range(const struct backfill_options *, const struct grid *,
    int64_t now);

/* Where the request for a gap ends: past what is settled when that is next. */
int64_t plan_ask_until(const struct backfill_options *, const struct grid *,
    struct range wanted, struct range gap, int64_t now);

/* Does the symbol's splits need asking: 1 its own call, 2 the one for all. */
enum splits_need { SPLITS_KNOWN, SPLITS_NEW, SPLITS_OLD };
enum splits_need plan_splits(const struct calendar *,
    const struct stored_series *, int64_t now);

/* -- backfill_unit.c -- */

/*
 * The unit's task has run, for this stage, and is looked at now: what it
 * waited for.  From features_at on (µs; 0: never) it was for features.
 */
void unit_charge(struct unit *, const struct task *, enum stage,
    int64_t features_at);
/* Take a waiting unit up: claim the lease, or send the call. */
void unit_start(struct unit *);
void unit_fail(struct unit *, const struct md_error *);
/* A unit that has ended owes features after all: up again, for those alone. */
void unit_reopen(struct unit *);
/* Say in its record when some of what is wanted is known to be denied. */
void unit_note_denied(struct unit *, const struct coverage *);
/* Everything was fetched, or will not be: wait for the pages under way. */
void unit_fetched(struct unit *);
/* The last page may have been stored: features, then the end. */
void unit_close_if_stored(struct unit *);

/* -- backfill_pages.c -- */

/* Ask for the gap that is next, or end the fetching. */
void unit_next_gap(struct unit *);

/* -- backfill_splits.c -- */

void unit_start_splits(struct unit *);

/* -- backfill_features.c: on the writer's thread -- */

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

/* -- backfill.c -- */

int64_t run_now(const struct run *);
void run_fatal(struct run *, const struct md_error *);
void run_log_failed(struct run *, const struct md_error *);
void unit_ended(struct unit *);

#endif
