/*
 * Shared by the files of the SQLite engine, and included by no others.
 */
#ifndef MD_STORE_SQLITE_H
#define MD_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>

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
	bool immutable;         /* opened as a file that nobody writes */
	struct stat file;       /* when it was opened */
	struct sqlite_wal *wal; /* null until checkpoints are needed */
	struct row_source page; /* of pointers to bars */
	struct row_source features;

	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statements[STATEMENTS_MAX];

	size_t statements_len;
	sqlite3_stmt *asked[SQL_ASKED_MAX]; /* whose answers were not begun */
	size_t asked_at, asked_len;

	bool told_growth;  /* of its log */
	bool changes_mode; /* of the store: nobody else may use it */

	struct {
		int64_t since_ms, last_ms; /* monotonic: this wait */
		bool told;
	} wait; /* for a lock of another's */
};

/* -- wait.c: for locks that others hold -- */

/* For sqlite3_busy_handler(): 0 when patience is at its end. */
int sqlite_wait(void *st, int tries);

/* "locked by …": who holds the lock that was waited for, since when, and what
 * to do.  e may be null. */
bool sqlite_locked(struct sqlite_store *, struct md_error *e);

/* The store's log is so long because a reader stays in the past: told once. */
void sqlite_log_grows(struct sqlite_store *, int64_t bytes);

/* Commit if good; otherwise, or if that fails, roll back and return false. */
bool sqlite_end(struct sqlite_store *, bool good, struct md_error *);

/* Set *e from the connection's last error: what it means and what to do. */
bool sqlite_fail(struct sqlite_store *, struct md_error *);

/* driver.c: what the operations of all engines are written in. */
extern const struct sql_driver sqlite_driver;

void sqlite_close(struct store *);
void sqlite_expect_many(struct store *, bool many);
bool sqlite_script(struct store *, const char *sql, struct md_error *);

/* The source must outlive the connection. */
bool sqlite_register_rows(struct sqlite_store *, const char *name,
    struct row_source *);
bool sqlite_register_tables(struct sqlite_store *);

/* wal.c: checkpoints in a thread of their own; end it before closing. */
void sqlite_wal_begin(struct sqlite_store *);
void sqlite_wal_end(struct sqlite_store *);

/* Can it be read as a file that nobody writes? */
bool sqlite_is_quiescent(const struct sqlite_store *);

/* page.c: the hot path, for driver.c */
bool sqlite_insert_bars(struct store *, const struct page_put *,
    const struct page_merge *, struct md_error *);
bool sqlite_change_bars(struct store *, const struct page_put *,
    const struct page_merge *, const struct page_counts *, struct md_error *);
bool sqlite_insert_features(struct store *, const struct features_put *,
    struct md_error *);

#endif
