/*
 * SQL that both engines take, for the operations of the store: parameters $1,
 * $2, … with their types, rows read by column, transactions.  An engine is a
 * driver of these functions; what an operation does is written once.
 *
 * Both know TRUE and FALSE, coalesce(), CAST (x AS bigint), RETURNING,
 * ON CONFLICT … DO UPDATE.  Only one knows ::casts, arrays, DISTINCT ON and
 * LATERAL, the other max(a, b): where they part, sql_for() chooses the text.
 */
#ifndef MD_STORE_SQL_H
#define MD_STORE_SQL_H

#include <math.h>

#include "store/report.h"
#include "store/store.h"

/* -- parameters -- */

enum sql_type {
	SQL_INT,
	SQL_REAL, /* NaN: null */
	SQL_BOOL,
	SQL_TEXT,  /* a null pointer: null */
	SQL_TIME,  /* ms UTC */
	SQL_STAMP, /* ms UTC; SQLite has these as ISO text, for people */
	SQL_DATE,
};

struct sql_value {
	enum sql_type type;
	bool null;
	int64_t n;
	double d;
	const char *text; /* borrowed */
};

#define SQL_PARAMS_MAX 26

static inline struct sql_value
sql_int(int64_t n)
{
	return (struct sql_value){ .type = SQL_INT, .n = n };
}

/* Negative: null. */
static inline struct sql_value
sql_int_or_null(int64_t n)
{
	return (struct sql_value){ .type = SQL_INT, .null = n < 0, .n = n };
}

static inline struct sql_value
sql_real(double d)
{
	return (struct sql_value){ .type = SQL_REAL, .null = isnan(d), .d = d };
}

static inline struct sql_value
sql_bool(bool b)
{
	return (struct sql_value){ .type = SQL_BOOL, .n = b };
}

static inline struct sql_value
sql_text(const char *text)
{
	return (struct sql_value){ .type = SQL_TEXT,
		.null = text == NULL,
		.text = text };
}

/* "": null, too. */
static inline struct sql_value
sql_text_or_null(const char *text)
{
	return sql_text(text == NULL || *text == '\0' ? NULL : text);
}

static inline struct sql_value
sql_time(int64_t ms)
{
	return (struct sql_value){ .type = SQL_TIME, .n = ms };
}

/* 0: null. */
static inline struct sql_value
sql_time_or_null(int64_t ms)
{
	return (struct sql_value){ .type = SQL_TIME, .null = ms == 0, .n = ms };
}

/* 0: null. */
static inline struct sql_value
sql_stamp(int64_t ms)
{
	return (struct sql_value){ .type = SQL_STAMP,
		.null = ms == 0,
		.n = ms };
}

static inline struct sql_value
sql_date(md_date date)
{
	return (struct sql_value){ .type = SQL_DATE, .n = date };
}

static inline struct sql_value
sql_date_or_null(bool has, md_date date)
{
	return (struct sql_value){ .type = SQL_DATE, .null = !has, .n = date };
}

/* The parameters of a statement, as two arguments of the functions below. */
#define SQL_VALUES(...)                                                        \
	(const struct sql_value[]){ __VA_ARGS__ },                             \
	    sizeof((const struct sql_value[]){ __VA_ARGS__ }) /                \
		sizeof(struct sql_value)
#define SQL_NONE NULL, 0

/* -- rows, and what an engine is -- */

/* How a store that is being opened is to wait. */
struct store_waiting store_waits(void);

/* How long it may wait for a lock. */
static inline int64_t
store_lock_ms(const struct store *st, int64_t otherwise)
{
	return st->waiting.ms < 0 ? otherwise : st->waiting.ms;
}

struct sql_rows {
	struct store *st;
	struct md_error *e;
	void *handle; /* the engine's */
	int64_t changed;
	int row, len;
	bool good;
};

typedef bool sql_work(struct store *, void *ctx, struct md_error *);

struct sql_driver {
	bool is_postgres;
	int64_t piece; /* so many rows of one question may be held in memory */
	void (*close)(struct store *);
	/* See store_version(). */
	bool (*version)(struct store *, int64_t *, struct md_error *);

	/* See store_lag_read(); null: the engine has no standbys. */
	bool (*lag)(struct store *, struct store_lag *, struct md_error *);
	/* See store_expect_many(); null: it makes no difference. */
	void (*expect_many)(struct store *, bool many);

	/* changed: null if nobody waits for it. */
	bool (*run)(struct store *, struct md_error *, int64_t *changed,
	    const char *sql, const struct sql_value *, size_t);
	bool (*write)(struct store *, sql_work *, void *ctx, struct md_error *);
	/* Within write(): statements without parameters. */
	bool (*script)(struct store *, const char *sql, struct md_error *);
	bool (*snapshot)(struct store *, struct md_error *);
	void (*snapshot_end)(struct store *);

	/* Set handle and len, or good to false with *e set. */
	void (*select)(struct sql_rows *, const char *sql,
	    const struct sql_value *, size_t);
	bool (*ask)(struct store *, struct md_error *, const char *sql,
	    const struct sql_value *, size_t);
	void (*answer)(struct sql_rows *);
	bool (*next)(struct sql_rows *);
	void (*end)(struct sql_rows *);

	bool (*is_null)(const struct sql_rows *, int);
	int64_t (*column_int)(const struct sql_rows *, int);
	double (*column_real)(const struct sql_rows *, int);
	int64_t (*column_time)(const struct sql_rows *, int);
	int64_t (*column_stamp)(const struct sql_rows *, int);
	const char *(*column_text)(const struct sql_rows *, int);
	bool (*column_date)(const struct sql_rows *, int, md_date *);
	struct bar (*column_bar)(const struct sql_rows *, int first);

	/*
	 * The hot path.  Bars of a page that are not stored yet; bars whose
	 * values changed, and the restatements of those restated; features of
	 * a range, after those that were there are gone.  Within sql_write().
	 */
	bool (*insert_bars)(struct store *, const struct page_put *,
	    const struct page_merge *, struct md_error *);
	bool (*change_bars)(struct store *, const struct page_put *,
	    const struct page_merge *, const struct page_counts *,
	    struct md_error *);
	bool (*insert_features)(struct store *, const struct features_put *,
	    struct md_error *);
	/* Before a transaction that stores bars, or features, of these times;
	 * null: there is room for all. */
	bool (*make_room)(struct store *, bool features, int64_t first,
	    int64_t last, struct md_error *);
	/* After such a transaction failed: is there room no more, so that it
	 * is to be made anew? */
	bool (*lacks_room)(struct store *);

	/* An id for a new series; a null member: the engine gives one. */
	bool (*series_id)(struct sql_value *, struct md_error *);
};

/*
 * The text for the store's engine.  SQLite keeps a statement for each text by
 * its address: texts are constants.
 */
static inline const char *
sql_for(const struct store *st, const char *sqlite, const char *postgres)
{
	return st->sql->is_postgres ? postgres : sqlite;
}

/* Without their series: what sql_column_bar() reads; struct features. */
#define BAR_COLUMNS "ts, open, high, low, close, volume, vwap, transactions "
#define FEATURE_COLUMNS                                                        \
	"ts, log_return, return_1h, return_1d, volatility_20, volatility_50, " \
	"atr, rolling_volume_20, volume_ratio, states "

/* For statements about series: the time of the series' first bar. */
#define FIRST_BAR                                                              \
	"(SELECT min(b.ts) FROM bars b WHERE b.series_id = series.series_id)"

/* -- statements -- */

/*
 * Run a statement within sql_write().  Nobody waits for its outcome: it is done
 * at the latest by the next statement that is waited for, which then reports
 * its failure.
 */
static inline bool
sql_run(struct store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	return st->sql->run(st, e, NULL, sql, v, n);
}

/* The same, waiting for the number of rows that it changed. */
static inline bool
sql_run_counted(struct store *st, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	return st->sql->run(st, e, changed, sql, v, n);
}

/*
 * Work in a transaction that writes, committed if it returns true.  After a
 * failure that passes (another transaction, a lost connection) it is done again
 * from the start: it must begin by resetting its results.
 */
static inline bool
sql_write(struct store *st, sql_work *work, void *ctx, struct md_error *e)
{
	return st->sql->write(st, work, ctx, e);
}

/* The same for work that stores bars, or features, of times from first to last,
 * if any: with room for them. */
bool sql_write_rows(struct store *, bool features, int64_t first, int64_t last,
    sql_work *work, void *ctx, struct md_error *);

/* One statement as such a transaction; changed may be null. */
bool sql_change(struct store *, struct md_error *, int64_t *changed,
    const char *sql, const struct sql_value *, size_t);

/* -- rows -- */

/*
 * Begin to read a statement's rows, ended by sql_end().  Outside sql_write() it
 * must only read.  A failure is told by sql_end().
 */
void sql_select(struct sql_rows *, struct store *, struct md_error *,
    const char *sql, const struct sql_value *, size_t);

/*
 * Within sql_write(): several questions that share the way to the server and
 * back, at most SQL_ASKED_MAX.  Their answers are begun in order, each ended
 * before the next; nothing else is run before the last has been begun.
 */
#define SQL_ASKED_MAX 8

static inline bool
sql_ask(struct store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	return st->sql->ask(st, e, sql, v, n);
}

void sql_answer(struct sql_rows *, struct store *, struct md_error *);

/* The next row; false at the end, or after a failure. */
bool sql_next(struct sql_rows *);
/* True if all went well.  May be called again. */
bool sql_end(struct sql_rows *);
/* Ends them amid the rows, out of memory; false. */
bool sql_nomem(struct sql_rows *);
/* Ends them at a row that somebody else wrote: "WHAT of an unknown kind";
 * false.
 */
bool sql_broken(struct sql_rows *, const char *what);

/* A query of one number: the first row's; *out stays where there is none. */
bool sql_first_int(struct store *, struct md_error *, int64_t *out,
    const char *sql, const struct sql_value *, size_t);

/* Columns of the row, the first is 0.  Null is 0, NaN, "" or false. */
static inline bool
sql_is_null(const struct sql_rows *r, int column)
{
	return r->st->sql->is_null(r, column);
}

static inline int64_t
sql_column_int(const struct sql_rows *r, int column)
{
	return r->st->sql->column_int(r, column);
}

static inline double
sql_column_real(const struct sql_rows *r, int column)
{
	return r->st->sql->column_real(r, column);
}

static inline bool
sql_column_bool(const struct sql_rows *r, int column)
{
	return r->st->sql->column_int(r, column) != 0;
}

static inline int64_t
sql_column_time(const struct sql_rows *r, int column)
{
	return r->st->sql->column_time(r, column);
}

static inline int64_t
sql_column_stamp(const struct sql_rows *r, int column)
{
	return r->st->sql->column_stamp(r, column);
}

/* Until the next row. */
static inline const char *
sql_column_text(const struct sql_rows *r, int column)
{
	return r->st->sql->column_text(r, column);
}

/* False if it is null. */
static inline bool
sql_column_date(const struct sql_rows *r, int column, md_date *out)
{
	return r->st->sql->column_date(r, column, out);
}

/* Columns ts, open, high, low, close, volume, vwap, transactions from first. */
static inline struct bar
sql_column_bar(const struct sql_rows *r, int first)
{
	return r->st->sql->column_bar(r, first);
}

void sql_copy_text(char *to, size_t size, const struct sql_rows *, int column);
bool sql_column_timeframe(const struct sql_rows *, int column,
    enum timeframe *);

#endif
