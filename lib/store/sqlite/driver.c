/*
 * SQLite as a driver of the operations that all engines share.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

/* -- statements -- */

static bool
driver_run(struct store *base, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e, sql, v, n);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		;
	if (changed != NULL)
		*changed = row == 0 ? sqlite3_changes(st->db) : 0;
	return row == 0;
}

static bool
driver_write(struct store *base, sql_work *work, void *ctx, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	st->asked_at = st->asked_len = 0; /* what failed has left some */
	return sqlite_begin(st, e) && sqlite_end(st, work(base, ctx, e), e);
}

static bool
driver_snapshot(struct store *base, struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e, "BEGIN", SQL_NONE);
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
	r->handle = sqlite_bind((struct sqlite_store *)r->st, r->e, sql, v, n);
	r->good = r->handle != NULL;
}

/* Questions that need no way to a server wait for their turn. */
static bool
driver_ask(struct store *base, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e, sql, v, n);

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
	int row = sqlite_row(st, r->handle, r->e);

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
	sqlite3_stmt *stmt;
	int row;

	if (stat(st->path, &now) != 0)
		return store_fail(e, st->path, "%s", strerror(errno));
	if (!same_file(st, &now))
		return store_fail(e, st->path,
		    "is not the file any more that was opened");
	stmt = sqlite_bind(st, e, "PRAGMA data_version", SQL_NONE);
	row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);
	if (row == 1) {
		*version = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row == 1;
}

/* -- what is this engine's own -- */

static bool
driver_series_id(struct sql_value *out, struct md_error *e)
{
	(void)e;
	*out = sql_int_or_null(-1);
	return true;
}

/* A file has room for all times. */
static bool
driver_make_room(struct store *base, bool features, int64_t first, int64_t last,
    struct md_error *e)
{
	(void)base;
	(void)features;
	(void)first;
	(void)last;
	(void)e;
	return true;
}

static bool
driver_lacks_room(struct store *base)
{
	(void)base;
	return false;
}

const struct sql_driver sqlite_driver = {
	.piece = INT64_MAX,
	.close = sqlite_close,
	.version = driver_version,
	.run = driver_run,
	.write = driver_write,
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
	.make_room = driver_make_room,
	.lacks_room = driver_lacks_room,
	.column_bar = driver_bar,
	.series_id = driver_series_id,
};
