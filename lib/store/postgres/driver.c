/*
 * PostgreSQL as a driver of the operations that all engines share.
 */
#include <stdlib.h>
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

	return changed == NULL ? postgres_pipe(st, PIPED_LATER, sql, v, n, e)
			       : postgres_run(st, e, changed, sql, v, n);
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
	take(rows, postgres_query((struct postgres_store *)rows->st, rows->e,
		       sql, v, n));
}

static bool
driver_ask(struct store *base, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	return postgres_pipe((struct postgres_store *)base, PIPED_ASKED, sql, v,
	    n, e);
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
	bool same;
	struct sql_rows r;

	sql_select(&r, base, e,
	    st->has_snapshot ? "SELECT pg_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint"
			     : "SELECT txid_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint",
	    SQL_NONE);
	if (!sql_next(&r))
		return sql_end(&r);
	*version = (int64_t)hash_text(HASH_EMPTY, sql_column_text(&r, 0));
	same = sql_column_int(&r, 1) == st->identity;
	(void)sql_end(&r);
	return same || store_fail(e, st->url,
			   "is not the one any more that was opened");
}

/* -- what is this engine's own -- */

/* 60 random bits: two programs that make series at once do not ask each other.
 */
static bool
driver_series_id(struct sql_value *out, struct md_error *e)
{
	char uuid[EXECUTION_ID_SIZE], digits[16];
	size_t n = 0;

	if (!uuid_create(uuid))
		return md_fail(e, MD_EIO,
		    "the system has no randomness (/dev/urandom)");
	/* The digit of the version is the same in all of them. */
	for (size_t i = 0; uuid[i] != '\0' && n < sizeof(digits) - 1; i++)
		if (uuid[i] != '-' && i != 14)
			digits[n++] = uuid[i];
	digits[n] = '\0';
	*out = sql_int(strtoll(digits, NULL, 16));
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

	if (st->last.no_partition)
		memset(st->years, 0, sizeof(st->years));
	return st->last.no_partition;
}

const struct sql_driver postgres_driver = {
	.is_postgres = true,
	.piece = PIECE,
	.close = postgres_close,
	.version = driver_version,
	.lag = postgres_lag,
	.run = driver_run,
	.write = postgres_write,
	.script = postgres_script,
	.snapshot = postgres_read_begin,
	.snapshot_end = postgres_read_end,
	.select = driver_select,
	.ask = driver_ask,
	.answer = driver_answer,
	.next = driver_next,
	.end = driver_end,
	.is_null = postgres_is_null,
	.column_int = postgres_int,
	.column_real = postgres_real,
	.column_time = postgres_time,
	.column_stamp = postgres_time,
	.column_text = postgres_text,
	.column_date = postgres_date,
	.insert_bars = postgres_insert_bars,
	.change_bars = postgres_change_bars,
	.insert_features = postgres_insert_features,
	.make_room = driver_make_room,
	.lacks_room = driver_lacks_room,
	.column_bar = postgres_bar,
	.series_id = driver_series_id,
};
