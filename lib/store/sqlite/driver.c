/*
 * SQLite as a driver of the operations that all engines share.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

/* -- statements -- */

static sqlite3_stmt *
statement(struct sqlite_store *st, const char *sql, struct md_error *e)
{
	sqlite3_stmt *stmt;

	for (size_t i = 0; i < st->statements_len; i++)
		if (st->statements[i].sql == sql)
			return st->statements[i].stmt;
	if (st->statements_len == STATEMENTS_MAX) {
		(void)md_fail(e, MD_ESTORE, "store: too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&stmt, NULL) != SQLITE_OK) {
		(void)sqlite_fail(st, e);
		return NULL;
	}
	st->statements[st->statements_len].sql = sql;
	st->statements[st->statements_len++].stmt = stmt;
	return stmt;
}

static int
bind_one(sqlite3_stmt *stmt, int i, const struct sql_value *v)
{
	char text[MD_TIME_MAX];

	if (v->null)
		return sqlite3_bind_null(stmt, i);
	switch (v->type) {
	case SQL_REAL:
		return sqlite3_bind_double(stmt, i, v->d);
	case SQL_TEXT:
		return sqlite3_bind_text(stmt, i, v->text, -1,
		    SQLITE_TRANSIENT);
	case SQL_STAMP:
		md_time_format(v->n, text);
		return sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
	case SQL_DATE:
		md_date_format((md_date)v->n, text);
		return sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
	case SQL_INT:
	case SQL_BOOL:
	case SQL_TIME:
		break;
	}
	return sqlite3_bind_int64(stmt, i, v->n);
}

/* SQLite numbers parameters in the order in which the text names them. */
static sqlite3_stmt *
bind(struct sqlite_store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	sqlite3_stmt *stmt = statement(st, sql, e);

	if (stmt != NULL)
		(void)sqlite3_reset(stmt); /* repeats the last step's result */
	for (int i = stmt == NULL ? 0 : sqlite3_bind_parameter_count(stmt);
	     i > 0; i--) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);
		size_t k = strtoul(name + 1, NULL, 10) - 1;

		if (k < n && bind_one(stmt, i, &v[k]) != SQLITE_OK) {
			(void)sqlite_fail(st, e);
			return NULL;
		}
	}
	return stmt;
}

static int
step(struct sqlite_store *st, sqlite3_stmt *stmt, struct md_error *e)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		(void)sqlite_fail(st, e);
	(void)sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : -1;
}

static bool
driver_run(struct store *base, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = bind(st, e, sql, v, n);
	int row = -1;

	while (stmt != NULL && (row = step(st, stmt, e)) == 1)
		;
	if (changed != NULL)
		*changed = row == 0 ? sqlite3_changes(st->db) : 0;
	return row == 0;
}

/* -- transactions -- */

bool
sqlite_end(struct sqlite_store *st, bool good, struct md_error *e)
{
	if (good && sql_run(&st->base, e, "COMMIT", SQL_NONE))
		return true;
	/* Some errors have rolled back already; then this one fails. */
	if (sqlite3_get_autocommit(st->db) == 0)
		(void)sql_run(&st->base, NULL, "ROLLBACK", SQL_NONE);
	return false;
}

static bool
driver_write(struct store *base, sql_work *work, void *ctx, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	st->asked_at = st->asked_len = 0; /* what failed has left some */
	return sql_run(base, e, "BEGIN IMMEDIATE", SQL_NONE) &&
	       sqlite_end(st, work(base, ctx, e), e);
}

static bool
driver_snapshot(struct store *base, struct md_error *e)
{
	return sql_run(base, e, "BEGIN", SQL_NONE);
}

static void
driver_snapshot_end(struct store *base)
{
	(void)sqlite_end((struct sqlite_store *)base, false, NULL);
}

/* -- rows -- */

static void
driver_select(struct sql_rows *r, const char *sql, const struct sql_value *v,
    size_t n)
{
	r->handle = bind((struct sqlite_store *)r->st, r->e, sql, v, n);
	r->good = r->handle != NULL;
}

/* Questions that need no way to a server wait for their turn. */
static bool
driver_ask(struct store *base, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = bind(st, e, sql, v, n);

	if (st->asked_at == st->asked_len)
		st->asked_at = st->asked_len = 0;
	if (stmt != NULL)
		st->asked[st->asked_len++] = stmt;
	return stmt != NULL;
}

static void
driver_answer(struct sql_rows *r)
{
	struct sqlite_store *st = (struct sqlite_store *)r->st;

	r->handle = st->asked[st->asked_at++];
}

static bool
driver_next(struct sql_rows *r)
{
	struct sqlite_store *st = (struct sqlite_store *)r->st;
	int row = step(st, r->handle, r->e);

	if (row == 1)
		return true;
	r->good = row == 0;
	r->changed = sqlite3_changes(st->db);
	r->handle = NULL; /* reset already */
	return false;
}

static void
driver_end(struct sql_rows *r)
{
	(void)sqlite3_reset(r->handle);
}

/* -- columns -- */

static bool
driver_is_null(const struct sql_rows *r, int column)
{
	return sqlite3_column_type(r->handle, column) == SQLITE_NULL;
}

static int64_t
driver_int(const struct sql_rows *r, int column)
{
	return sqlite3_column_int64(r->handle, column);
}

static double
driver_real(const struct sql_rows *r, int column)
{
	return driver_is_null(r, column)
		   ? (double)NAN
		   : sqlite3_column_double(r->handle, column);
}

static const char *
driver_text(const struct sql_rows *r, int column)
{
	const char *s = (const char *)sqlite3_column_text(r->handle, column);

	return s == NULL ? "" : s;
}

/* 0 also when it is not a time: somebody else wrote it. */
static int64_t
driver_stamp(const struct sql_rows *r, int column)
{
	int64_t ms = 0;

	(void)md_time_parse(driver_text(r, column), &ms);
	return ms;
}

static bool
driver_date(const struct sql_rows *r, int column, md_date *out)
{
	return md_date_parse(driver_text(r, column), out);
}

static struct bar
driver_bar(const struct sql_rows *r, int first)
{
	sqlite3_stmt *stmt = r->handle;

	return (struct bar){
		.t = sqlite3_column_int64(stmt, first),
		.o = sqlite3_column_double(stmt, first + 1),
		.h = sqlite3_column_double(stmt, first + 2),
		.l = sqlite3_column_double(stmt, first + 3),
		.c = sqlite3_column_double(stmt, first + 4),
		.v = driver_real(r, first + 5),
		.vw = driver_real(r, first + 6),
		.n = driver_is_null(r, first + 7)
			 ? -1
			 : sqlite3_column_int64(stmt, first + 7),
	};
}

/* -- has it changed? -- */

static bool
same_file(const struct sqlite_store *st, const struct stat *now)
{
	const struct stat *then = &st->file;

	if (now->st_dev != then->st_dev || now->st_ino != then->st_ino)
		return false;
	/* Whoever writes to it makes a log first, which is looked for. */
	return !st->immutable ||
	       (now->st_size == then->st_size &&
		   now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
		   now->st_mtim.tv_nsec == then->st_mtim.tv_nsec &&
		   sqlite_is_quiescent(st));
}

static bool
driver_version(struct store *base, int64_t *version, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct stat now;

	if (stat(st->path, &now) != 0)
		return store_fail(e, st->path, "%s", strerror(errno));
	if (!same_file(st, &now))
		return store_fail(e, st->path,
		    "is not the file any more that was opened");
	return sql_first_int(base, e, version, "PRAGMA data_version", SQL_NONE);
}

const struct sql_driver sqlite_driver = {
	.piece = INT64_MAX,
	.close = sqlite_close,
	.version = driver_version,
	.expect_many = sqlite_expect_many,
	.run = driver_run,
	.write = driver_write,
	.script = sqlite_script,
	.snapshot = driver_snapshot,
	.snapshot_end = driver_snapshot_end,
	.select = driver_select,
	.ask = driver_ask,
	.answer = driver_answer,
	.next = driver_next,
	.end = driver_end,
	.is_null = driver_is_null,
	.column_int = driver_int,
	.column_real = driver_real,
	.column_time = driver_int,
	.column_stamp = driver_stamp,
	.column_text = driver_text,
	.column_date = driver_date,
	.insert_bars = sqlite_insert_bars,
	.change_bars = sqlite_change_bars,
	.insert_features = sqlite_insert_features,
	.column_bar = driver_bar,
};
