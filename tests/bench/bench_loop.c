/*
 * The yardstick of `make bench`: the bars of a store put into an empty table
 * of the same shape by one prepared INSERT a row in one transaction.
 *   bench_loop STORE NEW_FILE     prints "BARS SECONDS"
 * Page size, journal and synchronous setting are the store's own.
 */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mdtime.h"
#include "market/bar.h"

struct row {
	int64_t series_id;
	struct bar bar;
};

struct rows {
	struct row *v;
	size_t len, cap;
};

static void
fail(sqlite3 *db)
{
	fprintf(stderr, "bench_loop: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
}

static double
real_or_nan(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL
		   ? (double)NAN
		   : sqlite3_column_double(s, i);
}

static void
load(sqlite3 *db, struct rows *r)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db,
		"SELECT series_id, ts, open, high, low, close, volume, vwap, "
		"ifnull(transactions, -1) FROM bars ORDER BY series_id, ts",
		-1, &s, NULL) != SQLITE_OK)
		fail(db);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (r->len == r->cap) {
			r->cap = r->cap == 0 ? 65536 : r->cap * 2;
			r->v = realloc(r->v, r->cap * sizeof(*r->v));
			if (r->v == NULL)
				exit(1);
		}
		r->v[r->len++] = (struct row){
			.series_id = sqlite3_column_int64(s, 0),
			.bar = { .t = sqlite3_column_int64(s, 1),
			    .o = sqlite3_column_double(s, 2),
			    .h = sqlite3_column_double(s, 3),
			    .l = sqlite3_column_double(s, 4),
			    .c = sqlite3_column_double(s, 5),
			    .v = sqlite3_column_double(s, 6),
			    .vw = real_or_nan(s, 7),
			    .n = sqlite3_column_int64(s, 8) },
		};
	}
	sqlite3_finalize(s);
}

static void
insert(sqlite3 *db, const struct rows *r)
{
	sqlite3_stmt *s;

	run(db, "BEGIN");
	if (sqlite3_prepare_v2(db,
		"INSERT INTO bars VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		-1, &s, NULL) != SQLITE_OK)
		fail(db);
	for (size_t i = 0; i < r->len; i++) {
		const struct bar *b = &r->v[i].bar;

		sqlite3_bind_int64(s, 1, r->v[i].series_id);
		sqlite3_bind_int64(s, 2, b->t);
		sqlite3_bind_double(s, 3, b->o);
		sqlite3_bind_double(s, 4, b->h);
		sqlite3_bind_double(s, 5, b->l);
		sqlite3_bind_double(s, 6, b->c);
		sqlite3_bind_double(s, 7, b->v);
		sqlite3_bind_double(s, 8, b->vw); /* a NaN binds null */
		if (b->n < 0)
			sqlite3_bind_null(s, 9);
		else
			sqlite3_bind_int64(s, 9, b->n);
		if (sqlite3_step(s) != SQLITE_DONE)
			fail(db);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	run(db, "COMMIT");
}

int
main(int argc, char **argv)
{
	struct rows rows = { NULL, 0, 0 };
	sqlite3 *from, *to;
	sqlite3_stmt *s;
	int64_t start;
	double took;

	if (argc != 3)
		return 64;
	if (sqlite3_open(argv[1], &from) != SQLITE_OK)
		fail(from);
	load(from, &rows);
	if (sqlite3_open(argv[2], &to) != SQLITE_OK)
		fail(to);
	run(to, "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; "
		"PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192");
	if (sqlite3_prepare_v2(from,
		"SELECT sql FROM sqlite_master WHERE name = 'bars'", -1, &s,
		NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		fail(from);
	run(to, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	start = md_monotonic_us();
	insert(to, &rows);
	took = (double)(md_monotonic_us() - start) / 1e6;
	printf("%zu %.6f\n", rows.len, took);
	sqlite3_close(from);
	sqlite3_close(to);
	free(rows.v);
	return 0;
}
