/*
 * What the files of the PostgreSQL engine share; nobody else includes it.
 *
 * Nothing here rests on the state of a session, so that a pooler may hand each
 * transaction another one: statements are not prepared, settings and temporary
 * tables end with their transaction.
 */
#ifndef MD_STORE_POSTGRES_H
#define MD_STORE_POSTGRES_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "store/page.h"
#include "store/store.h"

/* Years from this one on that partitions are made for, as md_date has them. */
#define YEAR_FIRST 1900
#define YEARS      300

/* Statements that may wait for their answers together. */
#define PIPELINE_MAX 32
#define ASKED_MAX    8 /* at a time */

enum piped {
	PIPED_LATER,  /* its answer is looked at for errors alone */
	PIPED_NUMBER, /* of the transaction */
	PIPED_ASKED,  /* its answer is taken */
};

struct pipeline {
	enum piped kinds[PIPELINE_MAX];
	size_t len, at; /* sent, answered */
	size_t asked;
	bool synced; /* no more will come before the answers */
};

enum partitioned { PARTITIONED_BARS, PARTITIONED_FEATURES, PARTITIONED_COUNT };

struct params;

struct postgres_store {
	struct store base;
	PGconn *db;
	char *url; /* holds no password */
	bool readonly;
	bool in_transaction;
	struct pipeline pipeline;
	char number[24];          /* of the transaction; empty: not known */
	atomic_llong patience_ms; /* with what is locked or away */

	/* What the last failure was. */
	bool again;        /* it passes: the same may be tried again */
	bool collided;     /* another program made the same thing first */
	bool no_partition; /* of a row: it was dropped behind our back */
	bool overlaps;     /* the user's own partition is there already */

	/* What the server can do and how the store is laid out, as found. */
	bool has_xact_status;
	bool has_snapshot;
	bool has_jit;
	bool has_async;      /* commits */
	bool idles_for_ever; /* a session may, in a transaction */
	bool is_partitioned[PARTITIONED_COUNT];
	int64_t identity; /* of the table of series */

	bool years[PARTITIONED_COUNT][YEARS]; /* have a partition */
	struct page_merge merge;              /* of put_page */
};

/* -- store_postgres_link.c: the connection -- */

/* Once; and the same when the store is opened. */
bool postgres_connect(struct postgres_store *, struct md_error *);
bool postgres_connect_first(struct postgres_store *, struct md_error *);

/*
 * A statement with parameters bound by letters: i int64_t, j int64_t or
 * negative for null, d double, D double or NaN for null, t text, T text or
 * null pointer, m a time in ms, M a time in ms or 0 for null, b bool (int).
 * Results are binary.  Null with *e set.  Outside of a transaction a
 * connection that is lost is made anew, and the statement sent again: such a
 * statement must only read.
 */
PGresult *postgres_query(struct postgres_store *, struct md_error *,
    const char *sql, const char *letters, ...);

/* The same where no row is looked at; *changed (may be null) how many. */
bool postgres_run(struct postgres_store *, struct md_error *, int64_t *changed,
    const char *sql, const char *letters, ...);

/* How many rows the statement changed. */
int64_t postgres_changed(PGresult *);

typedef bool postgres_work(struct postgres_store *, void *ctx,
    struct md_error *);

/*
 * The work in a transaction, committed when it returns true.  What fails
 * because of other transactions, or with the connection, is done again from
 * the start, while patience lasts; a commit whose answer was lost is looked up.
 * So the work may be called more than once, and begins by forgetting what it
 * found before.
 */
bool postgres_write(struct postgres_store *, postgres_work *, void *ctx,
    struct md_error *);

#define PATIENCE_MS INT64_C(120000)

/* A transaction that only reads, as of one moment. */
bool postgres_read_begin(struct postgres_store *, struct md_error *);
void postgres_read_end(struct postgres_store *);

/* Several statements without parameters, in one round trip. */
bool postgres_script(struct postgres_store *, const char *sql,
    struct md_error *);

/* -- store_postgres_pipeline.c: statements that share the way -- */

/*
 * Sent, within a transaction.  What asks is answered in order, all of it
 * before anything else is sent; what comes later has been done at the latest
 * by the next answer or statement, or the commit, and fails there.
 */
bool postgres_ask(struct postgres_store *, struct md_error *, const char *sql,
    const char *letters, ...);
bool postgres_later(struct postgres_store *, struct md_error *, const char *sql,
    const char *letters, ...);

/* Null with *e set: then none of the others is answered any more. */
PGresult *postgres_answer(struct postgres_store *, struct md_error *);

/* All has been done that was sent. */
bool postgres_settle(struct postgres_store *, struct md_error *);

/* For store_postgres_link.c: what the above are made of. */
bool postgres_piped(const struct postgres_store *);
bool postgres_pipe(struct postgres_store *, enum piped, const char *sql,
    const struct params *, struct md_error *);
void postgres_pipe_end(struct postgres_store *);

/* *e from a result or, when that is null, the connection.  Returns false. */
bool postgres_fail(struct postgres_store *, const PGresult *,
    struct md_error *);

/* -- store_postgres_values.c: values on the wire -- */

#define PARAMS_MAX 24

struct params {
	int n;
	Oid types[PARAMS_MAX];
	const char *values[PARAMS_MAX]; /* borrowed, or in numbers or owned */
	int lengths[PARAMS_MAX];
	int formats[PARAMS_MAX];
	unsigned char numbers[PARAMS_MAX][8];
	char *owned[PARAMS_MAX];
};

bool params_bind(struct params *, const char *letters, va_list *,
    struct md_error *);
void params_free(struct params *);

/* µs since 2000, ±infinity for what PostgreSQL cannot hold, and back. */
int64_t postgres_us(int64_t ms);
int64_t postgres_ms(int64_t us);

/* A column of a row: 0, NaN (double) or "" when it is null. */
bool postgres_null(const PGresult *, int row, int column);
int64_t postgres_int(const PGresult *, int row, int column);
double postgres_double(const PGresult *, int row, int column);
int64_t postgres_time(const PGresult *, int row, int column);
const char *postgres_text(const PGresult *, int row, int column);
void postgres_copy_text(char *to, size_t size, const PGresult *, int row,
    int column);

/* Columns ts, open, high, low, close, volume, vwap, transactions from first. */
struct bar postgres_bar(const PGresult *, int row, int first);

/* An array as text, of symbols and the like or of numbers. */
void postgres_array_text(struct buf *, const char *);
void postgres_array_int(struct buf *, int64_t);
void postgres_array_end(struct buf *);

/* Rows on their way into a table; COPY … FROM STDIN (FORMAT binary). */
struct postgres_copy {
	struct postgres_store *st;
	struct md_error *e;
	bool good;
	size_t len;
	unsigned char bytes[32768];
};

bool postgres_copy_begin(struct postgres_copy *, struct postgres_store *,
    const char *sql, struct md_error *);
void postgres_copy_row(struct postgres_copy *, int columns);
void postgres_copy_int(struct postgres_copy *, int64_t);
void postgres_copy_int4(struct postgres_copy *, int32_t);
void postgres_copy_bool(struct postgres_copy *, bool);
void postgres_copy_time(struct postgres_copy *, int64_t ms);
void postgres_copy_double(struct postgres_copy *, double); /* NaN: null */
void postgres_copy_null(struct postgres_copy *);
/* open, high, low, close, volume, vwap, transactions */
void postgres_copy_prices(struct postgres_copy *, const struct bar *);
bool postgres_copy_end(struct postgres_copy *);

/* -- store_postgres_schema.c: how the store is laid out -- */

/* *there false: there is no store (and none is made for a reader). */
bool postgres_check_schema(struct postgres_store *, bool *there,
    struct md_error *);
/* Partitions for times from first to last. */
bool postgres_partitions(struct postgres_store *, enum partitioned,
    int64_t first, int64_t last, struct md_error *);

/* Within a statement about series: the time of its first bar. */
#define FIRST_BAR                                                              \
	"SELECT min(b.ts) FROM bars b WHERE b.series_id = series.series_id"

/* -- what operations share -- */

/* Only who holds the lease goes on, and then for lease_ms from wall. */
bool postgres_hold_lease(struct postgres_store *, const struct lease *,
    int64_t wall, struct md_error *);
/* The same to be asked; and whether the answer is yes. */
bool postgres_ask_lease(struct postgres_store *, const struct lease *,
    int64_t wall, struct md_error *);
bool postgres_lease_held(PGresult *, struct md_error *);
/* An id for a series to be made. */
bool postgres_new_series_id(int64_t *id, struct md_error *);
bool postgres_read_coverage(struct postgres_store *, int64_t series_id,
    struct coverage *, struct md_error *);
/* Columns from_ts, to_ts, fetched_at, kind.  False: out of memory. */
bool postgres_coverage_rows(const PGresult *, struct coverage *);
#define SELECT_COVERAGE                                                        \
	"SELECT from_ts, to_ts, fetched_at, kind FROM coverage "               \
	"WHERE series_id = $1 ORDER BY from_ts"
bool postgres_read_adjustments(struct postgres_store *, const char *symbol,
    struct adjustments *, struct md_error *);
bool postgres_read_series_row(const PGresult *, int row, struct series_row *);
bool postgres_broken(struct postgres_store *, PGresult *, const char *what,
    struct md_error *);

/* -- operations of struct store_ops -- */

/* store_postgres_page.c */
bool postgres_put_page(struct store *, const struct page_put *,
    struct page_counts *, struct md_error *);
bool postgres_put_pages(struct store *, const struct page_put *, size_t n,
    struct page_counts *, bool *lost, struct md_error *);

/* store_postgres_series.c */
bool postgres_keep(struct store *, const struct symbol_list *,
    unsigned timeframes, bool whole, struct md_error *);
bool postgres_series(struct store *, const struct symbol_list *,
    unsigned timeframes, unsigned tiers, struct stored_series_list *,
    struct md_error *);

/* store_postgres_lease.c */
bool postgres_claim(struct store *, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *, struct coverage *, struct md_error *);
bool postgres_claim_spare(struct store *, const struct page_name *, size_t n,
    enum asset_class, const char *execution_id, int64_t now, struct lease *,
    struct md_error *);
bool postgres_release(struct store *, const struct lease *, struct md_error *);
bool postgres_renew(struct store *, const char *execution_id, int64_t now,
    struct md_error *);

/* store_postgres_budget.c */
bool postgres_budget_take(struct store *, const char *id, double per_minute,
    int64_t want, struct budget_answer *, struct md_error *);
bool postgres_budget_limited(struct store *, const char *id,
    const struct budget_limit *, struct md_error *);
bool postgres_budget_read(struct store *, const char *id,
    struct budget_answer *, struct md_error *);
bool postgres_budget_join(struct store *, const char *id,
    const char *execution_id, struct md_error *);
bool postgres_budget_leave(struct store *, const char *id,
    const char *execution_id, struct md_error *);

/* store_postgres_grouped.c */
bool postgres_grouped_deny(struct store *, const struct grouped_denial *,
    struct md_error *);
bool postgres_grouped_denied(struct store *, int64_t since,
    struct grouped_denials *, struct md_error *);

/* store_postgres_doubts.c */
bool postgres_split_confirm(struct store *, const char *symbol, md_date,
    bool *found, struct md_error *);
bool postgres_report_doubtful_splits(struct store *, struct suspicions *,
    struct md_error *);
bool postgres_report_holes(struct store *, int64_t at_least_ms,
    struct hole_rows *, struct md_error *);

/* store_postgres_derived.c: before all else of a page; and of its writer. */
bool postgres_drop_derived(struct postgres_store *, const struct page_put *,
    struct md_error *);
bool postgres_unmark_derived(struct store *, int64_t series_id,
    const struct range *, struct md_error *);
bool postgres_mark_derived(struct store *, const struct page_put *,
    const struct range *, struct md_error *);

/* store_postgres_splits.c */
bool postgres_put_splits(struct store *, const struct splits_put *,
    struct md_error *);
bool postgres_derive_adjustments(struct store *, const struct calendar *,
    md_date today, struct md_error *);
bool postgres_adjustments(struct store *, const char *symbol,
    struct adjustments *, struct md_error *);

/* store_postgres_features.c */
bool postgres_features_owed(struct store *, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *);
bool postgres_features_expire(struct store *, int64_t series_id,
    struct md_error *);
bool postgres_features_debtors(struct store *, int64_t **ids, size_t *len,
    struct md_error *);
bool postgres_features_put(struct store *, const struct features_put *,
    bool *stale, struct md_error *);
bool postgres_features_fail(struct store *, const struct features_failure *,
    struct md_error *);
bool postgres_features_current(struct store *, const char *execution_id,
    struct md_error *);
bool postgres_bars(struct store *, int64_t series_id, int64_t from,
    struct bar *out, size_t cap, size_t *len, struct md_error *);
bool postgres_bars_before(struct store *, int64_t series_id, int64_t from,
    int64_t n, int64_t day, int64_t *start, struct md_error *);

/* store_postgres_log.c */
bool postgres_execution_put(struct store *, const struct execution *,
    struct md_error *);
bool postgres_jobs_put(struct store *, const char *execution_id,
    const struct job_record *const *, size_t len, struct md_error *);
bool postgres_executions_running(struct store *, const char *host,
    int64_t silent_since, struct running_execution *out, size_t cap,
    size_t *len, struct md_error *);
bool postgres_execution_interrupt(struct store *, const char *execution_id,
    int64_t now, struct md_error *);

/* store_postgres_report.c */
bool postgres_report_begin(struct store *, struct md_error *);
void postgres_report_end(struct store *);
bool postgres_report_series(struct store *, struct series_rows *,
    struct md_error *);
bool postgres_report_coverage(struct store *, int64_t series_id,
    struct coverage *, struct md_error *);
bool postgres_report_executions(struct store *, const struct execution_query *,
    struct execution_rows *, struct md_error *);
bool postgres_report_totals(struct store *, int64_t until_ms,
    struct log_totals *, struct md_error *);
bool postgres_report_job_counts(struct store *, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *);
bool postgres_report_jobs(struct store *, const char *execution_id,
    struct job_rows *, struct md_error *);
bool postgres_report_lulls(struct store *, int64_t since_ms, struct lull_rows *,
    struct md_error *);
bool postgres_report_failures(struct store *, int64_t since_ms,
    int64_t until_ms, struct failure_rows *, struct md_error *);

/* store_postgres_read.c */
bool postgres_report_bar_times(struct store *, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *);
bool postgres_version(struct store *, int64_t *version, struct md_error *);
bool postgres_read_series(struct store *, const char *symbol, enum timeframe,
    struct series_row *, bool *found, struct md_error *);
bool postgres_read_bars(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *);
bool postgres_read_features(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *);
bool postgres_request_put(struct store *, const char *symbol, enum timeframe,
    int64_t times, int64_t now, struct md_error *);
bool postgres_requests(struct store *, unsigned timeframes,
    struct symbol_list *, struct md_error *);
bool postgres_request_clear(struct store *, const char *symbol, enum timeframe,
    struct md_error *);

#endif
