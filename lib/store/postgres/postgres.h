/*
 * Shared by the files of the PostgreSQL engine, and included by no others.
 *
 * Nothing depends on the state of a session, so a pooler may give each
 * transaction a different one: statements are not prepared, and settings and
 * temporary tables end with their transaction.
 */
#ifndef MD_STORE_POSTGRES_H
#define MD_STORE_POSTGRES_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "store/sql.h"
#include "store/store.h"

/* The years for which partitions can be created. */
#define YEAR_FIRST 1900
#define YEARS      300

/* The number of statements whose answers may be outstanding. */
#define PIPELINE_MAX 128

enum piped {
	PIPED_LATER,  /* its answer is only checked for errors */
	PIPED_NUMBER, /* it reads the transaction's number */
	PIPED_ASKED,  /* the caller reads its answer */
};

struct pipeline {
	enum piped kinds[PIPELINE_MAX];
	size_t len, at; /* sent, answered */
	size_t asked;
	bool synced; /* nothing more is sent before the answers are read */
};

enum partitioned { PARTITIONED_BARS, PARTITIONED_FEATURES, PARTITIONED_COUNT };

/* Which server it is; see server.c. */
struct postgres_server {
	char cluster[24]; /* "": it does not tell */
	int64_t timeline;
	bool standby;
};

/* A word of a connection, and its value; null: as it is without. */
struct postgres_word {
	const char *keyword, *value;
};

/* What the last failure was. */
struct postgres_failure {
	bool again;        /* temporary: it may be retried */
	bool collided;     /* another program created the same thing first */
	bool cancelled;    /* a standby had to apply what the query kept */
	bool no_partition; /* the partition was dropped in the meantime */
	bool overlaps;     /* the user created an overlapping partition */
};

struct postgres_store {
	struct store base;
	PGconn *db;
	char *url; /* without a password */
	bool readonly;
	bool creates; /* a store where there is none */
	bool in_transaction;
	struct postgres_server server; /* the newest that was reached */
	struct pipeline pipeline;
	char number[24];       /* of the transaction; empty: unknown */
	int64_t silence_ms;    /* that is no sign of a server that is gone */
	int64_t unanswered_ms; /* for which one was waited that is; or 0 */
	char lost[400];        /* why there is no connection */

	struct postgres_failure last;

	/* What the server can do, and the layout of the store. */
	bool has_xact_status;
	bool has_snapshot;
	bool has_jit;
	bool idles_for_ever; /* a session may, in a transaction */
	bool is_partitioned[PARTITIONED_COUNT];
	int64_t identity; /* of the table of series */

	bool years[PARTITIONED_COUNT][YEARS]; /* have a partition */
};

/* -- link.c: the connection -- */

/* Connect; the same when the store is opened. */
bool postgres_connect(struct postgres_store *, struct md_error *);
bool postgres_connect_first(struct postgres_store *, struct md_error *);

/* Does a server there take connections, or say why not?  It is asked for as
 * long as that, 10 s at most. */
bool postgres_is_there(struct postgres_store *, int64_t ms);

/*
 * Run a statement; results are binary.  On failure null with *e set.  Outside a
 * transaction, if the connection is lost, it reconnects and sends the statement
 * again; such a statement must only read.
 */
PGresult *postgres_query(struct postgres_store *, struct md_error *,
    const char *sql, const struct sql_value *, size_t);

/* A connection with our defaults, the URI and then these words, ended by one
 * without a keyword; the caller frees it, whatever its status. */
PGconn *postgres_dial(const struct postgres_store *,
    const struct postgres_word *);

/* The same without a result; *changed (may be null) is the number of rows. */
bool postgres_run(struct postgres_store *, struct md_error *, int64_t *changed,
    const char *sql, const struct sql_value *, size_t);

/* How many rows the statement changed. */
int64_t postgres_changed(PGresult *);

/*
 * Do the work in a transaction, and commit if it returns true.  If it fails
 * because of other transactions or the connection, it is repeated from the
 * start while patience lasts; if a commit's answer was lost, its outcome is
 * looked up. So the work may be called more than once, and must begin by
 * resetting its results.
 */
bool postgres_write(struct store *, sql_work *, void *ctx, struct md_error *);

#define PATIENCE_MS INT64_C(120000)

/* A read-only transaction that sees one snapshot. */
bool postgres_read_begin(struct store *, struct md_error *);
void postgres_read_end(struct store *);

/* Several statements without parameters, in one round trip. */
bool postgres_script(struct store *, const char *sql, struct md_error *);

/* -- server.c: which server it is -- */

/* Of a new connection: may it be used?  A writer may be given another one, on
 * the newest timeline. */
bool postgres_server_check(struct postgres_store *, struct md_error *);

/* See store_lag_read(). */
bool postgres_lag(struct store *, struct store_lag *, struct md_error *);

/* driver.c: what the operations of all engines are written in. */
extern const struct sql_driver postgres_driver;

void postgres_close(struct store *);

/* -- pipeline.c: statements that share the way -- */

/*
 * Send a statement within a transaction, without waiting for its answer.
 * Answers that are asked for must be read in order, all of them before anything
 * else is sent.  What is sent for later is done at the latest by the next
 * answer, statement or commit, which reports its failure.
 */
bool postgres_pipe(struct postgres_store *, enum piped, const char *sql,
    const struct sql_value *, size_t, struct md_error *);

/* The next answer.  Null with *e set: there are no more answers either. */
PGresult *postgres_answer(struct postgres_store *, struct md_error *);

/* Wait until everything sent has been done. */
bool postgres_settle(struct postgres_store *, struct md_error *);

/* For link.c and driver.c, the parts of the above. */
bool postgres_piped(const struct postgres_store *);
void postgres_pipe_end(struct postgres_store *);

/* Set *e from a result or, if that is null, from the connection.  Returns
 * false. */
bool postgres_fail(struct postgres_store *, const PGresult *,
    struct md_error *);

/* -- wait.c: what may wait for the server -- */

struct params;

/* Of a new connection. */
void postgres_wait_begin(struct postgres_store *);

/* As PQflush(), PQgetResult() and PQexecParams() (with no parameters at all,
 * PQexec()), but with an end.  Whatever else of libpq is called does not wait.
 */
bool postgres_flush(struct postgres_store *);
PGresult *postgres_result(struct postgres_store *);
PGresult *postgres_exec(struct postgres_store *, const char *sql,
    const struct params *);

/* The last result of statements without parameters, over a connection that need
 * not be the store's, in at most so many ms: then it is shut.  Null: none. */
PGresult *postgres_ask(PGconn *, const char *sql, int64_t ms);

/* -- values.c: values on the wire -- */

struct params {
	int n;
	Oid types[SQL_PARAMS_MAX];
	const char
	    *values[SQL_PARAMS_MAX]; /* borrowed, or in numbers or owned */
	int lengths[SQL_PARAMS_MAX];
	int formats[SQL_PARAMS_MAX];
	unsigned char numbers[SQL_PARAMS_MAX][8];
	char *owned[SQL_PARAMS_MAX];
};

bool params_of(struct params *, const struct sql_value *, size_t,
    struct md_error *);
void params_free(struct params *);

/* The driver's columns. */
bool postgres_is_null(const struct sql_rows *, int column);
int64_t postgres_int(const struct sql_rows *, int column);
double postgres_real(const struct sql_rows *, int column);
int64_t postgres_time(const struct sql_rows *, int column);
bool postgres_date(const struct sql_rows *, int column, md_date *);
const char *postgres_text(const struct sql_rows *, int column);
struct bar postgres_bar(const struct sql_rows *, int first);

/* A number as the server has it, in so many bytes; a time of ours: µs since
 * 2000, with ±infinity for those that it cannot represent. */
void postgres_put(unsigned char *to, uint64_t n, size_t size);
uint64_t postgres_bits(double);
int64_t postgres_us(int64_t ms);

/* -- libpq.c -- */

/* Before any function of libpq is called.  MD_ESTORE says what is missing. */
bool libpq_load(struct md_error *);

/* -- schema.c: how the store is laid out -- */

/* *there false: there is no store (and it is not created for a reader). */
bool postgres_check_schema(struct postgres_store *, bool *there,
    struct md_error *);
/* Partitions for times from first to last. */
bool postgres_partitions(struct postgres_store *, enum partitioned,
    int64_t first, int64_t last, struct md_error *);

/* copy.c: the hot path, for driver.c */
bool postgres_insert_bars(struct store *, const struct page_put *,
    const struct page_merge *, struct md_error *);
bool postgres_change_bars(struct store *, const struct page_put *,
    const struct page_merge *, const struct page_counts *, struct md_error *);
bool postgres_insert_features(struct store *, const struct features_put *,
    struct md_error *);

#endif
