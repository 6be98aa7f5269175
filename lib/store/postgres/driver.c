/*
 * PostgreSQL as a driver of the operations that all engines share.
 */
#include <string.h>

#include "base/hash.h"
#include "store/postgres/postgres.h"

#define PIECE INT64_C(10000) /* rows */

/* -- statements -- */

static bool
driver_run(struct store *base, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	struct postgres_store *st = (struct postgres_store *)base;
	struct params p;
	PGresult *r = NULL;
	bool good;

	if (!params_of(&p, v, n, e))
		return false;
	if (changed == NULL)
		good = postgres_pipe(st, PIPED_LATER, sql, &p, e);
	else {
		r = postgres_query_params(st, e, sql, &p);
		good = r != NULL;
	}
	if (r != NULL)
		*changed = postgres_changed(r);
	PQclear(r);
	params_free(&p);
	return good;
}

struct shared_work {
	sql_work *work;
	void *ctx;
};

static bool
do_work(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct shared_work *w = ctx;

	return w->work(&st->base, w->ctx, e);
}

static bool
driver_write(struct store *base, sql_work *work, void *ctx, struct md_error *e)
{
	struct shared_work w = { work, ctx };

	return postgres_write((struct postgres_store *)base, do_work, &w, e);
}

static bool
driver_snapshot(struct store *base, struct md_error *e)
{
	return postgres_read_begin((struct postgres_store *)base, e);
}

static void
driver_snapshot_end(struct store *base)
{
	postgres_read_end((struct postgres_store *)base);
}

/* -- rows -- */

static void
take(struct sql_rows *rows, PGresult *r)
{
	rows->handle = r;
	rows->good = r != NULL;
	if (r == NULL)
		return;
	rows->len = PQntuples(r);
	rows->changed = postgres_changed(r);
}

static void
driver_select(struct sql_rows *rows, const char *sql, const struct sql_value *v,
    size_t n)
{
	struct params p;

	rows->good = params_of(&p, v, n, rows->e);
	if (!rows->good)
		return;
	take(rows, postgres_query_params((struct postgres_store *)rows->st,
		       rows->e, sql, &p));
	params_free(&p);
}

static bool
driver_ask(struct store *base, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	struct params p;
	bool good;

	if (!params_of(&p, v, n, e))
		return false;
	good = postgres_pipe((struct postgres_store *)base, PIPED_ASKED, sql,
	    &p, e);
	params_free(&p);
	return good;
}

static void
driver_answer(struct sql_rows *rows)
{
	take(rows, postgres_answer((struct postgres_store *)rows->st, rows->e));
}

static bool
driver_next(struct sql_rows *rows)
{
	return ++rows->row < rows->len;
}

static void
driver_end(struct sql_rows *rows)
{
	PQclear(rows->handle);
}

/* -- columns -- */

static bool
driver_is_null(const struct sql_rows *r, int column)
{
	return postgres_null(r->handle, r->row, column);
}

static int64_t
driver_int(const struct sql_rows *r, int column)
{
	return postgres_int(r->handle, r->row, column);
}

static double
driver_real(const struct sql_rows *r, int column)
{
	return postgres_double(r->handle, r->row, column);
}

static int64_t
driver_time(const struct sql_rows *r, int column)
{
	return postgres_time(r->handle, r->row, column);
}

static const char *
driver_text(const struct sql_rows *r, int column)
{
	return postgres_text(r->handle, r->row, column);
}

static bool
driver_date(const struct sql_rows *r, int column, md_date *out)
{
	return postgres_date(r->handle, r->row, column, out);
}

static struct bar
driver_bar(const struct sql_rows *r, int first)
{
	return postgres_bar(r->handle, r->row, first);
}

/* -- has it changed? -- */

/*
 * By what is visible: the numbers of the transactions that are over.  Whatever
 * commits changes them; so do those of neighbouring databases, and then what
 * was kept is read anew for nothing.
 */
static bool
driver_version(struct store *base, int64_t *version, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    st->has_snapshot ? "SELECT pg_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint"
			     : "SELECT txid_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint",
	    "");
	bool same;

	if (r == NULL)
		return false;
	*version = (int64_t)hash_text(HASH_EMPTY, postgres_text(r, 0, 0));
	same = postgres_int(r, 0, 1) == st->identity;
	PQclear(r);
	if (!same)
		return store_fail(e, st->url,
		    "is not the one any more that was opened");
	return true;
}

/* -- what is this engine's own -- */

static bool
driver_now_us(struct store *base, int64_t *now, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
	    "");

	if (r == NULL)
		return false;
	*now = postgres_int(r, 0, 0);
	PQclear(r);
	return true;
}

static bool
driver_series_id(struct sql_value *out, struct md_error *e)
{
	int64_t id;

	if (!postgres_new_series_id(&id, e))
		return false;
	*out = sql_int(id);
	return true;
}

static bool
driver_make_room(struct store *base, bool features, int64_t first, int64_t last,
    struct md_error *e)
{
	return postgres_partitions((struct postgres_store *)base,
	    features ? PARTITIONED_FEATURES : PARTITIONED_BARS, first, last, e);
}

/* A partition that we knew was dropped: all are looked for anew. */
static bool
driver_lacks_room(struct store *base)
{
	struct postgres_store *st = (struct postgres_store *)base;

	if (st->no_partition)
		memset(st->years, 0, sizeof(st->years));
	return st->no_partition;
}

const struct sql_driver postgres_driver = {
	.is_postgres = true,
	.piece = PIECE,
	.close = postgres_close,
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
	.column_time = driver_time,
	.column_stamp = driver_time,
	.column_text = driver_text,
	.column_date = driver_date,
	.insert_bars = postgres_insert_bars,
	.change_bars = postgres_change_bars,
	.insert_features = postgres_insert_features,
	.make_room = driver_make_room,
	.lacks_room = driver_lacks_room,
	.column_bar = driver_bar,
	.now_us = driver_now_us,
	.series_id = driver_series_id,
};
