/*
 * The store: one interface, an engine behind it.  --db takes a path,
 * sqlite:PATH or a postgresql:// URI; store_open() picks the engine.
 *
 * A store handle is used by one thread at a time.  Every function that returns
 * bool is false with *e set (MD_ESTORE unless it says otherwise), and then has
 * changed nothing: each is one transaction.  Times are ms UTC.
 */
#ifndef MD_STORE_H
#define MD_STORE_H

#include "answer/page.h"
#include "base/error.h"
#include "market/bar.h"
#include "market/coverage.h"
#include "market/execution.h"
#include "market/feature.h"
#include "market/series.h"
#include "market/split.h"
#include "pace/budget.h"
#include "plan/grouped.h"
#include "store/records.h"
#include "store/rows.h"

/* How many series may be requested: readers are not to fill the store. */
#define REQUESTS_MAX 10000

struct store;

struct store_ops {
	void (*close)(struct store *);

	/* -- what is kept -- */

	/*
	 * Make sure that these symbols and their series exist (entry by
	 * entry; timeframes 0 stands for the bits given) and are active; class,
	 * tier and the first day of its history (or that there is none) become
	 * the entry's where it describes them, or is new.
	 * whole: the list is all there is, symbols and series not in it become
	 * inactive.
	 */
	bool (*keep)(struct store *, const struct symbol_list *,
	    unsigned timeframes, bool whole, struct md_error *);

	/*
	 * The series of those symbols (null: every active one of the tiers
	 * given as bits) with their coverage, in the list's order.
	 */
	bool (*series)(struct store *, const struct symbol_list *,
	    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
	    struct md_error *);

	/* -- writing a series -- */

	/*
	 * Claim a series that nobody else holds, or whose lease is over or
	 * lies further ahead than any can; what was held before is void.  now
	 * is the wall clock's, here and in renew: leases are between programs.
	 * False with MD_ELEASE when another run holds it.  *coverage is read
	 * anew.
	 */
	bool (*claim)(struct store *, int64_t series_id,
	    const char *execution_id, int64_t now, struct lease *,
	    struct coverage *, struct md_error *);
	bool (*put_page)(struct store *, const struct page_put *,
	    struct page_counts *, struct md_error *); /* MD_ELEASE: lost it */
	/*
	 * The same for pages of several series, all in one transaction.  A
	 * page whose lease was lost is left out: its lost is true.
	 */
	bool (*put_pages)(struct store *, const struct page_put *, size_t n,
	    struct page_counts *, bool *lost, struct md_error *);
	bool (*release)(struct store *, const struct lease *,
	    struct md_error *);
	/* All leases of the execution hold on for lease_ms from now. */
	bool (*renew)(struct store *, const char *execution_id, int64_t now,
	    struct md_error *);

	/* -- the rate that runs on a key share -- */

	/*
	 * Reserve slots with budget_reserve(), by a clock that is the same for
	 * all who use the store; the answer's times are of that clock.
	 */
	bool (*budget_take)(struct store *, const char *budget,
	    double per_minute, int64_t want, struct budget_answer *,
	    struct md_error *);
	/* What budget_limited() says. */
	bool (*budget_limited)(struct store *, const char *budget,
	    const struct budget_limit *, struct md_error *);
	/* As it stands; the grant is left alone. */
	bool (*budget_read)(struct store *, const char *budget,
	    struct budget_answer *, struct md_error *);
	/* The execution was heard of now: one of the sharers. */
	bool (*budget_join)(struct store *, const char *budget,
	    const char *execution_id, struct md_error *);
	bool (*budget_leave)(struct store *, const char *budget,
	    const char *execution_id, struct md_error *);

	/* -- days that a call for a whole market was refused (403) -- */

	/* Remember one; what was remembered of the day is replaced. */
	bool (*grouped_deny)(struct store *, const struct grouped_denial *,
	    struct md_error *);
	/*
	 * Claim the 1d series of symbols that may not be wanted at all: those
	 * that the store does not know are added with that class, symbol and
	 * series inactive.  As claim(), for n symbols in one transaction;
	 * series_id 0: another run, or this one, holds it.
	 */
	bool (*claim_spare)(struct store *, const struct page_name *, size_t n,
	    enum asset_class, const char *execution_id, int64_t now,
	    struct lease *, struct md_error *);
	/* Appends those refused after since, ms. */
	bool (*grouped_denied)(struct store *, int64_t since,
	    struct grouped_denials *out, struct md_error *);

	/* -- splits -- */

	/*
	 * Remember splits (those of unknown symbols are left out; what was
	 * confirmed of the same split stays), and from when on they are known
	 * now: of one symbol all; of every symbol those since that day, where
	 * that continues its last look, SPLITS_LATE_DAYS in common, or is the
	 * first.
	 */
	bool (*put_splits)(struct store *, const struct splits_put *,
	    struct md_error *);
	/* From now on wait no longer than so, for a lock or a server that is
	 * away; 0: what fails has failed.  May be called while another thread
	 * uses the handle; who was in more of a hurry stays so. */
	void (*hurry)(struct store *, int64_t ms);
	/*
	 * Derive the adjustments as of today, writing only what changed.
	 * First each executed split is judged by split_doubt(), with the raw
	 * prices of the symbol's 1d series (or the one with the most bars):
	 * the last close less than SPLIT_PRICES_DAYS before the split, the
	 * first open less than that after it.  One that is doubted and not
	 * confirmed adjusts nothing.
	 */
	bool (*derive_adjustments)(struct store *, const struct calendar *,
	    md_date today, struct md_error *);

	/* A person says that the splits of that date are right; *found: any. */
	bool (*split_confirm)(struct store *, const char *symbol, md_date,
	    bool *found, struct md_error *);
	/* Appends what is doubted and not confirmed, by symbol and date. */
	bool (*report_doubtful_splits)(struct store *, struct suspicions *out,
	    struct md_error *);
	/*
	 * Appends the holes, so long or longer, between two neighbouring bars
	 * of active 1d series of stocks and ETFs; not those that end by the
	 * day that the symbol's history begins, nor what nobody asked for.
	 */
	bool (*report_holes)(struct store *, int64_t at_least_ms,
	    struct hole_rows *out, struct md_error *);

	/* -- features -- */

	/*
	 * The series' bars from *from on owe their features; *owed false:
	 * none does.  put_page and derive_adjustments make them owe.
	 */
	bool (*features_owed)(struct store *, int64_t series_id, bool *owed,
	    int64_t *from, struct md_error *);
	/* All of a series' bars owe theirs. */
	bool (*features_expire)(struct store *, int64_t series_id,
	    struct md_error *);
	/* Appends the ids of all series that owe some; *ids is the caller's. */
	bool (*features_debtors)(struct store *, int64_t **ids, size_t *len,
	    struct md_error *);
	/*
	 * The features, that they are no longer owed and, with the last, when
	 * they were computed and that an earlier failure is resolved.  Where
	 * the adjustments have changed nothing is stored, all are owed, and
	 * *stale is true.
	 */
	bool (*features_put)(struct store *, const struct features_put *,
	    bool *stale, struct md_error *); /* MD_ELEASE: lost it */
	bool (*features_fail)(struct store *, const struct features_failure *,
	    struct md_error *);
	/*
	 * The execution's jobs that completed and owe no features have found
	 * them to be current when they ended.
	 */
	bool (*features_current)(struct store *, const char *execution_id,
	    struct md_error *);
	bool (*adjustments)(struct store *, const char *symbol,
	    struct adjustments *, struct md_error *);
	/* Up to cap raw bars with start ≥ from, ascending. */
	bool (*bars)(struct store *, int64_t series_id, int64_t from,
	    struct bar *out, size_t cap, size_t *len, struct md_error *);
	/*
	 * The start of the n-th bar before from or, if that is earlier, of the
	 * last bar before day; of the first bar where there are fewer.
	 */
	bool (*bars_before)(struct store *, int64_t series_id, int64_t from,
	    int64_t n, int64_t day, int64_t *start, struct md_error *);

	/* -- the log -- */
	bool (*execution_put)(struct store *, const struct execution *,
	    struct md_error *);
	bool (*jobs_put)(struct store *, const char *execution_id,
	    const struct job_record *const *, size_t len, struct md_error *);
	/*
	 * Running executions of this host, for the caller to look whether
	 * their processes live, and those of others that were not heard of
	 * since silent_since; then mark one interrupted: its log, its jobs
	 * that were under way, its leases.
	 */
	bool (*executions_running)(struct store *, const char *host,
	    int64_t silent_since, struct running_execution *out, size_t cap,
	    size_t *len, struct md_error *);
	bool (*execution_interrupt)(struct store *, const char *execution_id,
	    int64_t now, struct md_error *);

	/* -- reports: nothing is changed, rows are appended to *out -- */

	/* What is read from here to report_end() is as of one moment. */
	bool (*report_begin)(struct store *, struct md_error *);
	void (*report_end)(struct store *);
	/* Every active series, in no order. */
	bool (*report_series)(struct store *, struct series_rows *out,
	    struct md_error *);
	bool (*report_coverage)(struct store *, int64_t series_id,
	    struct coverage *out, struct md_error *);
	/* The starts of its bars in [from, to), in order; each returns false
	 * when memory ran out. */
	bool (*report_bar_times)(struct store *, int64_t series_id,
	    int64_t from, int64_t to, bool (*each)(void *ctx, int64_t ts),
	    void *ctx, struct md_error *);
	/* Newest first. */
	bool (*report_executions)(struct store *,
	    const struct execution_query *, struct execution_rows *out,
	    struct md_error *);
	bool (*report_totals)(struct store *, int64_t until_ms,
	    struct log_totals *out, struct md_error *);
	/* How many jobs it has, and how many of them failed. */
	bool (*report_job_counts)(struct store *, const char *execution_id,
	    int64_t *jobs, int64_t *failed, struct md_error *);
	/* By symbol and timeframe's name. */
	bool (*report_jobs)(struct store *, const char *execution_id,
	    struct job_rows *out, struct md_error *);
	/* By id: of the executions since then that met 429s or did not end
	 * well, those of which a job succeeded. */
	bool (*report_lulls)(struct store *, int64_t since_ms,
	    struct lull_rows *out, struct md_error *);
	/* Of jobs and features, in no order; open ones of features also from
	 * before since. */
	bool (*report_failures)(struct store *, int64_t since_ms,
	    int64_t until_ms, struct failure_rows *out, struct md_error *);

	/* -- readers of one series, on a handle that stays open -- */

	/*
	 * *version differs from what this handle said before when, and only
	 * when, another handle or program has committed since.  False when the
	 * store is not there any more, or is another: open it anew.
	 */
	bool (*version)(struct store *, int64_t *version, struct md_error *);
	/* Active or not; *found false: there is none. */
	bool (*read_series)(struct store *, const char *symbol, enum timeframe,
	    struct series_row *out, bool *found, struct md_error *);
	/* In order; each returns false when memory ran out. */
	bool (*read_bars)(struct store *, const struct read_query *,
	    bool (*each)(void *ctx, const struct bar *), void *ctx,
	    struct md_error *);
	bool (*read_features)(struct store *, const struct read_query *,
	    bool (*each)(void *ctx, const struct features *), void *ctx,
	    struct md_error *);

	/* -- what readers found missing -- */

	/*
	 * That the series was asked for so many times more.  Beyond
	 * REQUESTS_MAX of them nothing is added.
	 */
	bool (*request_put)(struct store *, const char *symbol, enum timeframe,
	    int64_t times, int64_t now, struct md_error *);
	/* Adds those of the timeframes (bits) to the list. */
	bool (*requests)(struct store *, unsigned timeframes,
	    struct symbol_list *, struct md_error *);
	bool (*request_clear)(struct store *, const char *symbol,
	    enum timeframe, struct md_error *);
};

struct store {
	const struct store_ops *ops;
	int64_t lease_ms; /* how long the leases of this handle last */
};

/* Opens, creating the file and applying migrations as needed. */
bool store_open(const char *url, struct store **out, struct md_error *);
void store_close(struct store **);

/* The same, but a store that is not there is an error, and stays so. */
bool store_open_existing(const char *url, struct store **out,
    struct md_error *);

/*
 * Opens without creating or changing anything; *out is null, and true, when
 * there is no store yet.
 */
bool store_open_readonly(const char *url, struct store **out,
    struct md_error *);

/*
 * What engines share: a row of requests, added to the list when it is of one
 * of the timeframes.
 */
bool store_add_request(struct symbol_list *, unsigned timeframes,
    const char *symbol, const char *timeframe, struct md_error *);

/* The engines. */
bool store_postgres_open(const char *uri, bool readonly, struct store **out,
    struct md_error *);
bool store_sqlite_open(const char *path, bool readonly, struct store **out,
    struct md_error *);

/* Of the library, as in use. */
const char *store_sqlite_library_version(void);

#endif
