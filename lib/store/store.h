/*
 * The store: one interface, an engine behind it.  --db takes a path,
 * sqlite:PATH or a postgresql:// URI; store_open() picks the engine.
 *
 * A store handle is used by one thread at a time.  Each operation is one
 * transaction: a function that returns bool and fails returns false with *e set
 * (MD_ESTORE unless it says otherwise) and has changed nothing.  Times are ms
 * UTC.
 */
#ifndef MD_STORE_H
#define MD_STORE_H

#include <signal.h>
#include <stdatomic.h>

#include "answer/merge.h"
#include "answer/page.h"
#include "base/error.h"
#include "base/log.h"
#include "market/bar.h"
#include "market/coverage.h"
#include "market/dividend.h"
#include "market/execution.h"
#include "market/feature.h"
#include "market/rows.h"
#include "market/series.h"
#include "pace/budget.h"
#include "pace/lesson.h"
#include "plan/grouped.h"
#include "store/records.h"

/* The limit of requested series, so that readers cannot fill the store. */
#define REQUESTS_MAX 1000

/* How long a dropped request is not taken again. */
#define REQUEST_DROPPED_MS (7 * MD_DAY)

struct store;

struct sql_driver;

/* How a store's locks that another program holds are waited for. */
struct store_waiting {
	int64_t ms;      /* at most so long; negative: 10 s, or what an engine
			  * gives a reader */
	struct log *log; /* told once of each long wait; may be null */
	/* Once it is not 0, nothing is waited for longer than 10 s; may be
	 * null. */
	const volatile sig_atomic_t *stop;
};

#define STORE_WAITING_MS INT64_C(10000)

struct store {
	const struct sql_driver *sql;
	const char *name;        /* for messages: the path, or the URI */
	struct page_merge merge; /* of the page being stored */
	bool locked;      /* another program held a lock: why it failed last */
	int64_t lease_ms; /* how long the leases of this handle last */
	bool in_snapshot; /* between report_begin and report_end */
	struct store_waiting waiting; /* as when it was opened */
	atomic_llong patience_ms;     /* for locks, or a server that is away */
	/*
	 * How long a server may be silent before it is asked whether it is
	 * there, and how long an answer may take in all; 0: as the engine has
	 * it.
	 */
	int64_t silence_ms, answer_ms;
	/* How often another server took its server's place, which may lack what
	 * was committed last: a lease that was claimed before is lost. */
	atomic_uint moves;
	bool standby;   /* it is read from one */
	bool cancelled; /* what was read last: that is to be read again */
};

/* From now on stores are opened so.  While no other thread opens one. */
void store_wait_so(const struct store_waiting *);

/* Opens the store, creating it and applying migrations as needed. */
bool store_open(const char *url, struct store **out, struct md_error *);
void store_close(struct store **);

/* The same, but a store that does not exist is an error and is not created. */
bool store_open_existing(const char *url, struct store **out,
    struct md_error *);

/*
 * Opens the store without creating or changing anything.  If it does not exist
 * yet, returns true with *out null.
 */
bool store_open_readonly(const char *url, struct store **out,
    struct md_error *);

/* The error of a store that failed (MD_ESTORE): "store URL: ..."; false. */
bool store_fail(struct md_error *, const char *url, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Did a failure of its store end this run?  The log of runs has no column for
 * it: only the sentence that store_fail() wrote tells.
 */
bool store_ended(const struct execution *);

/* The engines. */
/* create false: *out is null where there is no store. */
bool store_postgres_open(const char *uri, bool readonly, bool create,
    struct store **out, struct md_error *);
bool store_sqlite_open(const char *path, bool readonly, struct store **out,
    struct md_error *);

/* How far is it behind, if it is a standby? */
bool store_lag_read(struct store *, struct store_lag *, struct md_error *);

/*
 * Did a standby break off what was read since store_report_begin(), to apply
 * what its primary sent?  Then it is to be begun anew, but not for ever: *tries
 * is 0 at first.
 */
#define STORE_READS_MAX 5
bool store_reads_again(const struct store *, int *tries);

/* The version of the SQLite library in use. */
const char *store_sqlite_library_version(void);

/* -- symbols and series -- */

/*
 * Make sure that these symbols and their series exist and are active
 * (an entry with timeframes 0 has the given ones).  A symbol's class,
 * tier and first day of history (or that it has none) are set from its
 * entry if that is described or the symbol is new.
 * whole: the list is complete, and symbols and series that are not in
 * it become inactive.
 */
bool store_keep(struct store *, const struct symbol_list *, unsigned timeframes,
    bool whole, struct md_error *);

/*
 * Keep the names that the list's described symbols had.  Where they are others
 * than before, what the symbol's series have of the days concerned came by
 * another name: it is forgotten, to be asked for again, and so are the splits
 * of those days.  *forgotten: bars.
 */
bool store_keep_names(struct store *, const struct symbol_list *,
    const struct calendar *, int64_t now, int64_t *forgotten,
    struct md_error *);

/* Appends all names that are kept, by symbol and date. */
bool store_renames(struct store *, struct renames *out, struct md_error *);

/*
 * store_keep() for series that were requested: those that are new stay
 * inactive, so that they are not reported on, until store_request_settle().
 */
bool store_keep_candidates(struct store *, const struct symbol_list *,
    struct md_error *);

/*
 * The series of these symbols (null: every active series of the tiers,
 * given as bits) with their coverage, in the list's order.
 */
bool store_series(struct store *, const struct symbol_list *,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *);

/* Judge which coverage of an older version's is final; nothing to do mostly. */
bool store_judge_coverage(struct store *, const struct calendar *,
    struct md_error *);

/* Keep the sessions of the calendar that queries of regular hours take, from
 * the first bar within a day to the day after today. */
bool store_keep_sessions(struct store *, const struct calendar *, md_date today,
    struct md_error *);

/* -- writing a series -- */

/*
 * Claim a series that no other run holds, or whose lease has expired
 * or ends later than any lease can; an earlier lease becomes void.  now
 * is wall clock time, here and in renew, because leases are shared by
 * programs.  False with MD_ELEASE if another run holds it, with MD_EEMPTY
 * if there is no such series.  *coverage is read again.
 */
bool store_claim(struct store *, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *, struct coverage *, struct md_error *);

/*
 * Whole days of many series are going to be stored, or no more: an engine that
 * holds what a transaction changes takes up to 32 MiB for that, not 2.
 */
void store_expect_many(struct store *, bool many);

/* Store a page, whose lease must still be held: else false with MD_ELEASE. */
bool store_put_page(struct store *, const struct page_put *,
    struct page_counts *, struct md_error *);

/*
 * The same for pages of several series, in one transaction.  A page
 * whose lease was lost is left out, and its lost is set.
 */
bool store_put_pages(struct store *, const struct page_put *, size_t n,
    struct page_counts *, bool *lost, struct md_error *);
bool store_release(struct store *, const struct lease *, struct md_error *);

/*
 * Claim n series like store_claim(), in one transaction; a lease with series_id
 * 0 means that another run holds the series, or that it is gone.
 */
bool store_claim_all(struct store *, const int64_t *series_ids, size_t n,
    const char *execution_id, int64_t now, struct lease *, struct coverage *,
    struct md_error *);
/* Release those of them that have a series_id, in one transaction. */
bool store_release_all(struct store *, const struct lease *, size_t n,
    struct md_error *);

/* Renew all leases of the execution for lease_ms from now. */
bool store_renew(struct store *, const char *execution_id, int64_t now,
    struct md_error *);

/*
 * Claim the 1d series of symbols that nobody asked for; unknown symbols
 * are added with that class, symbol and series being inactive.  Like
 * claim(), for n symbols in one transaction; a lease with series_id 0
 * means that another run, or this one, holds the series.
 */
bool store_claim_unrequested(struct store *, const struct page_name *, size_t n,
    enum asset_class, const char *execution_id, int64_t now, struct lease *,
    struct md_error *);

/* -- splits and dividends -- */

/*
 * Store splits, or dividends, and from which day on they are known.  Those of
 * unknown symbols are left out; a split that was confirmed stays confirmed.
 * For chosen symbols they are then known since that day if it is dated, and
 * otherwise all of them.  For all symbols, they are known since that day if
 * this continues the symbol's last request with an overlap of SPLITS_LATE_DAYS,
 * or is its first.
 */
bool store_put_actions(struct store *, const struct actions_put *,
    struct md_error *);

/* From now on, wait at most this long for a lock or for a server that
 * is away; with 0, fail at once.  May be called while another thread
 * uses the handle; a shorter limit set earlier remains. */
void store_limit_waiting(struct store *, int64_t ms);

/* From now on a server may be silent so long before it is asked whether it is
 * there, and answers must be complete after the other time. */
void store_limit_answers(struct store *, int64_t silence_ms, int64_t answer_ms);

/* Did the last operation fail because another program holds a lock? */
bool store_was_locked(const struct store *);

/*
 * Derive the adjustments as of today, writing only those that changed.
 * First each executed split is tested by split_doubt(), with the raw
 * prices of the symbol's 1d series (or the one with the most bars):
 * the last close less than SPLIT_PRICES_DAYS before the split, and the
 * first open less than that after it.  A split that is doubtful and not
 * confirmed adjusts nothing.
 */
bool store_derive_adjustments(struct store *, const struct calendar *,
    md_date today, int64_t now, struct md_error *);

/* An operator confirms the splits of that date; *found: are there any?
 */
bool store_split_confirm(struct store *, const char *symbol, md_date,
    bool *found, struct md_error *);

/* Appends doubtful splits that are not confirmed, by symbol and date.
 */
bool store_report_doubtful_splits(struct store *, struct suspicions *out,
    struct md_error *);

/*
 * Derive the dividends' adjustments as of today, writing only what changed: of
 * symbols whose dividends, or splits, were told anew since, and of these more,
 * whose bars may have changed (words with commas between them; null: none).
 * Prices are those of the symbol's 1d series; of the intraday one with the most
 * bars where there is none; or else of weeks or months that ended.
 */
bool store_derive_dividends(struct store *, const struct calendar *,
    md_date today, int64_t now, const char *more, struct md_error *);

/* An operator confirms the dividends of that ex-date; *found: are there any?
 * They are to be derived anew. */
bool store_dividend_confirm(struct store *, const char *symbol, md_date,
    bool *found, struct md_error *);

/* Appends doubtful dividends that are not confirmed, by symbol and date. */
bool store_report_doubtful_dividends(struct store *, struct suspicions *out,
    struct md_error *);

/*
 * Appends the holes of at least this length between neighbouring bars
 * of active 1d series of stocks and ETFs, except holes that end by the
 * first day of the symbol's history, and those of series that nobody
 * asked for.
 */
bool store_report_holes(struct store *, int64_t at_least_ms,
    struct hole_rows *out, struct md_error *);

/* Appends the refused spans of active series, by symbol, series and time. */
bool store_report_refused(struct store *, struct refused_rows *out,
    struct md_error *);
/* Those of one series, active or not: the newest, at most limit, first. */
bool store_report_refused_of(struct store *, int64_t series_id, int64_t limit,
    struct refused_rows *out, struct md_error *);

/*
 * Appends the coverage after the newest bar of each active series whose newest
 * bar starts before then, by symbol, series and time.  A series without bars
 * has none.
 */
bool store_report_tails(struct store *, int64_t older_than,
    struct tail_rows *out, struct md_error *);

/* -- features -- */

/*
 * The series' bars from *from on lack current features; *owed false:
 * none do.  put_page and derive_adjustments mark bars so.
 */
bool store_features_pending(struct store *, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *);

/* Mark all bars of a series as lacking features. */
bool store_features_expire(struct store *, int64_t series_id,
    struct md_error *);

/* Appends the ids of all series that lack features; the caller frees
 * *ids. */
bool store_series_lacking_features(struct store *, int64_t **ids, size_t *len,
    struct md_error *);

/*
 * Store features, and that they are no longer lacking; with the last
 * ones also when they were computed, and that an earlier failure is
 * resolved.  If the adjustments have changed, nothing is stored, all
 * features are lacking, and *stale is true.  MD_ELEASE as with pages.
 */
bool store_features_put(struct store *, const struct features_put *,
    bool *stale, struct md_error *);

bool store_features_fail(struct store *, const struct features_failure *,
    struct md_error *);

/*
 * Record that features were current when they were checked, for those
 * of the execution's jobs that completed and lack none.
 */
bool store_features_current(struct store *, const char *execution_id,
    struct md_error *);
bool store_adjustments(struct store *, const char *symbol, struct adjustments *,
    struct md_error *);
/* Appends all of a kind, ascending; as they were then (ms UTC), which is known
 * from store_history_from() on. */
bool store_adjustments_now(struct store *, enum action, const char *symbol,
    struct adjustment_list *, struct md_error *);
bool store_adjustments_then(struct store *, enum action, const char *symbol,
    int64_t as_of, struct adjustment_list *, struct md_error *);
/* Appends those by dividends, ascending. */
bool store_dividend_adjustments(struct store *, const char *symbol,
    struct adjustment_list *, struct md_error *);

/* Up to cap raw bars that start at from or later, ascending. */
bool store_bars(struct store *, int64_t series_id, int64_t from,
    struct bar *out, size_t cap, size_t *len, struct md_error *);

/*
 * The start of the n-th bar before from or, if that is earlier, of the
 * last bar before day; the first bar's start if there are fewer.
 */
bool store_bars_before(struct store *, int64_t series_id, int64_t from,
    int64_t n, int64_t day, int64_t *start, struct md_error *);

/* -- the log -- */
bool store_execution_put(struct store *, const struct execution *,
    struct md_error *);
bool store_jobs_put(struct store *, const char *execution_id,
    const struct job_record *const *, size_t len, struct md_error *);

/* How many bytes of flat files a second runs have taken, as the log has it; 0:
 * it is not known. */
bool store_files_speed(struct store *, double *bytes_per_second,
    struct md_error *);

/*
 * The running executions of this host, so that the caller can check
 * whether their processes are alive, and those of other hosts without
 * a heartbeat since silent_since.  execution_interrupt() then marks one
 * as interrupted: its log, its jobs in progress, its leases.
 */
bool store_executions_running(struct store *, const char *host,
    int64_t silent_since, struct running_execution *out, size_t cap,
    size_t *len, struct md_error *);
bool store_execution_interrupt(struct store *, const char *execution_id,
    int64_t now, struct md_error *);

#endif
