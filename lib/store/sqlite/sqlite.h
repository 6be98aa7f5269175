/*
 * Shared by the files of the SQLite engine, and included by no others.
 */
#ifndef MD_STORE_SQLITE_H
#define MD_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "store/page.h"
#include "store/sql.h"
#include "store/store.h"

#define STATEMENTS_MAX 96

/* The rows of a virtual table: the array that is being stored. */
struct row_source {
	const char *declaration; /* CREATE TABLE: its columns */
	void (*column)(sqlite3_context *, const void *row, int column);
	const void *rows;
	size_t len, size; /* rows, and bytes of each */
};

struct sqlite_wal;

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	char *path;
	bool readonly;
	bool immutable;           /* opened as a file that nobody writes */
	struct stat file;         /* when it was opened */
	atomic_llong patience_ms; /* for locks */
	struct sqlite_wal *wal;   /* null until checkpoints are needed */
	struct row_source page;   /* of pointers to bars */
	struct row_source features;

	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statements[STATEMENTS_MAX];

	size_t statements_len;
	sqlite3_stmt *asked[SQL_ASKED_MAX]; /* whose answers were not begun */
	size_t asked_at, asked_len;
};

/*
 * The cached statement for this text (a constant, identified by its address),
 * reset, with its parameters bound by letters: i int64_t, d double, D double or
 * NaN for null, t text, T text or null pointer, j int64_t or negative for null.
 * On failure null with *e set.
 */
sqlite3_stmt *sqlite_bind(struct sqlite_store *, struct md_error *,
    const char *sql, const char *letters, ...);

/* Bind a statement and run it to its end, ignoring rows. */
bool sqlite_run(struct sqlite_store *, struct md_error *, const char *sql,
    const char *letters, ...);

/* Step: 1 for a row, 0 at the end, -1 with *e set.  Resets unless 1. */
int sqlite_row(struct sqlite_store *, sqlite3_stmt *, struct md_error *);

bool sqlite_begin(struct sqlite_store *, struct md_error *);
/* Commit if good; otherwise, or if that fails, roll back and return false. */
bool sqlite_end(struct sqlite_store *, bool good, struct md_error *);

/* Set *e from the connection's last error: what it means and what to do. */
bool sqlite_fail(struct sqlite_store *, struct md_error *);

/* For statements about series: the time of the series' first bar. */
#define FIRST_BAR                                                              \
	"SELECT min(b.ts) FROM bars b WHERE b.series_id = series.series_id"

/* driver.c: what the operations of all engines are written in. */
extern const struct sql_driver sqlite_driver;

/* The source must outlive the connection. */
bool sqlite_register_rows(struct sqlite_store *, const char *name,
    struct row_source *);
bool sqlite_register_page(struct sqlite_store *);
bool sqlite_register_features(struct sqlite_store *);

/* Columns ts, open, high, low, close, volume, vwap, transactions. */
struct bar sqlite_read_bar(sqlite3_stmt *);
/* Fail unless the lease is still held; renew it for lease_ms from wall. */
bool sqlite_hold_lease(struct sqlite_store *, const struct lease *,
    int64_t wall, struct md_error *);
bool sqlite_read_coverage(struct sqlite_store *, int64_t series_id,
    struct coverage *, struct md_error *);

/* The time as ISO text, in out; null if it is 0. */
const char *sqlite_time_text(int64_t ms, char out[MD_TIME_MAX]);

/* wal.c: checkpoints in a thread of their own; end it before closing. */
void sqlite_wal_begin(struct sqlite_store *);
void sqlite_wal_end(struct sqlite_store *);

/* Can it be read as a file that nobody writes? */
bool sqlite_is_quiescent(const struct sqlite_store *);

/* -- rows for reports -- */
bool sqlite_read_series_row(sqlite3_stmt *, struct series_row *);

/* -- operations of struct store_ops -- */

/* page.c: the hot path, for driver.c */
bool sqlite_insert_bars(struct store *, const struct page_put *,
    const struct page_merge *, struct md_error *);
bool sqlite_change_bars(struct store *, const struct page_put *,
    const struct page_merge *, const struct page_counts *, struct md_error *);

/* grouped.c */
bool sqlite_grouped_deny(struct store *, const struct grouped_denial *,
    struct md_error *);
bool sqlite_claim_unrequested(struct store *, const struct page_name *,
    size_t n, enum asset_class, const char *execution_id, int64_t now,
    struct lease *, struct md_error *);
bool sqlite_grouped_denied(struct store *, int64_t since,
    struct grouped_denials *out, struct md_error *);

/* series.c */
bool sqlite_keep(struct store *base, const struct symbol_list *l,
    unsigned timeframes, bool whole, struct md_error *e);
bool sqlite_series(struct store *base, const struct symbol_list *l,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *e);
bool sqlite_claim(struct store *base, int64_t series_id,
    const char *execution_id, int64_t now, struct lease *lease,
    struct coverage *coverage, struct md_error *e);
/* Claim a lease within a transaction; again: even if this run holds it already.
 * lease->series_id and token 0: another run holds it. */
bool sqlite_take_lease(struct sqlite_store *, int64_t series_id,
    const char *execution_id, int64_t now, bool again, struct lease *,
    struct md_error *);
bool sqlite_release(struct store *base, const struct lease *lease,
    struct md_error *e);
bool sqlite_renew(struct store *base, const char *execution_id, int64_t now,
    struct md_error *e);

/* splits.c */
bool sqlite_put_splits(struct store *base, const struct splits_put *,
    struct md_error *);
bool sqlite_derive_adjustments(struct store *base, const struct calendar *cal,
    md_date today, struct md_error *e);
bool sqlite_split_confirm(struct store *, const char *symbol, md_date,
    bool *found, struct md_error *);
bool sqlite_report_doubtful_splits(struct store *, struct suspicions *out,
    struct md_error *);
bool sqlite_report_holes(struct store *, int64_t at_least_ms,
    struct hole_rows *out, struct md_error *);

/* budget.c */
bool sqlite_budget_reserve_slots(struct store *base, const char *id,
    double per_minute, int64_t want, struct budget_answer *out,
    struct md_error *e);
bool sqlite_budget_limited(struct store *base, const char *id,
    const struct budget_limit *l, struct md_error *e);
bool sqlite_budget_read(struct store *base, const char *id,
    struct budget_answer *out, struct md_error *e);
bool sqlite_budget_join(struct store *base, const char *id,
    const char *execution_id, struct md_error *e);
bool sqlite_budget_leave(struct store *base, const char *id,
    const char *execution_id, struct md_error *e);

/* features.c */
bool sqlite_features_pending(struct store *base, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *e);
bool sqlite_features_expire(struct store *base, int64_t series_id,
    struct md_error *e);
bool sqlite_series_lacking_features(struct store *base, int64_t **ids,
    size_t *len, struct md_error *e);
bool sqlite_features_put(struct store *base, const struct features_put *p,
    bool *stale, struct md_error *e);
bool sqlite_features_fail(struct store *base, const struct features_failure *f,
    struct md_error *e);
bool sqlite_features_current(struct store *base, const char *execution_id,
    struct md_error *e);
bool sqlite_adjustments(struct store *base, const char *symbol,
    struct adjustments *out, struct md_error *e);
bool sqlite_bars(struct store *base, int64_t series_id, int64_t from,
    struct bar *out, size_t cap, size_t *len, struct md_error *e);
bool sqlite_bars_before(struct store *base, int64_t series_id, int64_t from,
    int64_t n, int64_t day, int64_t *start, struct md_error *e);

/* log.c */

/* report.c */
bool sqlite_report_begin(struct store *, struct md_error *);
void sqlite_report_end(struct store *);
bool sqlite_report_series(struct store *, struct series_rows *,
    struct md_error *);
bool sqlite_report_coverage(struct store *, int64_t series_id,
    struct coverage *, struct md_error *);
bool sqlite_report_bar_times(struct store *, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *);
bool sqlite_report_executions(struct store *, const struct execution_query *,
    struct execution_rows *, struct md_error *);
bool sqlite_report_totals(struct store *, int64_t until_ms, struct log_totals *,
    struct md_error *);
bool sqlite_report_job_counts(struct store *, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *);
bool sqlite_report_jobs(struct store *, const char *execution_id,
    struct job_rows *, struct md_error *);
bool sqlite_report_success_gaps(struct store *, int64_t since_ms,
    struct success_gaps *, struct md_error *);
bool sqlite_report_failures(struct store *, int64_t since_ms, int64_t until_ms,
    struct failure_rows *, struct md_error *);

/* read.c */
bool sqlite_version(struct store *, int64_t *version, struct md_error *);
bool sqlite_read_series(struct store *, const char *symbol, enum timeframe,
    struct series_row *, bool *found, struct md_error *);
bool sqlite_read_bars(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *);
bool sqlite_read_features(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *);
bool sqlite_request_put(struct store *, const char *symbol, enum timeframe,
    int64_t times, int64_t now, struct md_error *);
bool sqlite_requests(struct store *, unsigned timeframes, struct symbol_list *,
    struct md_error *);
bool sqlite_request_clear(struct store *, const char *symbol, enum timeframe,
    struct md_error *);

#endif
