/*
 * Storing bars and features: the hot path of the PostgreSQL engine.  Rows go in
 * by binary COPY, straight into their table.
 */
#include <math.h>
#include <string.h>

#include "store/postgres/postgres.h"

/* -- COPY -- */

struct copy {
	struct postgres_store *st;
	struct md_error *e;
	bool good;
	size_t len;
	unsigned char bytes[32768];
};

#define ROW_MOST 512 /* bytes of a row, and more */

static void
flush(struct copy *c)
{
	if (c->good && c->len > 0 &&
	    (PQputCopyData(c->st->db, (const char *)c->bytes, (int)c->len) !=
		    1 ||
		!postgres_flush(c->st)))
		c->good = postgres_fail(c->st, NULL, c->e);
	c->len = 0;
}

static void
copy_bytes(struct copy *c, uint64_t n, size_t size)
{
	postgres_put(c->bytes + c->len, n, size);
	c->len += size;
}

static void
put_field(struct copy *c, uint64_t n, size_t size)
{
	copy_bytes(c, size, 4);
	copy_bytes(c, n, size);
}

static bool
copy_begin(struct copy *c, struct postgres_store *st, const char *sql,
    struct md_error *e)
{
	static const char signature[11] = "PGCOPY\n\377\r\n";
	PGresult *r;

	c->st = st;
	c->e = e;
	c->len = 0;
	c->good = postgres_settle(st, e);
	if (!c->good)
		return false;
	r = postgres_exec(st, sql, NULL);
	c->good = r != NULL && PQresultStatus(r) == PGRES_COPY_IN;
	if (!c->good)
		(void)postgres_fail(st, r, e);
	PQclear(r);
	memcpy(c->bytes, signature, sizeof(signature));
	c->len = sizeof(signature);
	copy_bytes(c, 0, 4); /* flags */
	copy_bytes(c, 0, 4); /* no extension */
	return c->good;
}

static void
copy_row(struct copy *c, int columns)
{
	if (c->len + ROW_MOST > sizeof(c->bytes))
		flush(c);
	copy_bytes(c, (uint64_t)columns, 2);
}

static void
copy_int(struct copy *c, int64_t n)
{
	put_field(c, (uint64_t)n, 8);
}

static void
copy_int4(struct copy *c, int32_t n)
{
	put_field(c, (uint32_t)n, 4);
}

static void
copy_bool(struct copy *c, bool b)
{
	put_field(c, b ? 1 : 0, 1);
}

static void
copy_time(struct copy *c, int64_t ms)
{
	put_field(c, (uint64_t)postgres_us(ms), 8);
}

static void
copy_null(struct copy *c)
{
	copy_bytes(c, UINT32_MAX, 4);
}

static void
copy_double(struct copy *c, double d)
{
	if (isnan(d))
		copy_null(c);
	else
		put_field(c, postgres_bits(d), 8);
}

static void
copy_prices(struct copy *c, const struct bar *b)
{
	copy_double(c, b->o);
	copy_double(c, b->h);
	copy_double(c, b->l);
	copy_double(c, b->c);
	copy_double(c, b->v);
	copy_double(c, b->vw);
	if (b->n < 0)
		copy_null(c);
	else
		copy_int(c, b->n);
}

static bool
copy_end(struct copy *c)
{
	PGresult *r;

	if (c->len + ROW_MOST > sizeof(c->bytes))
		flush(c);
	copy_bytes(c, UINT16_MAX, 2);
	flush(c);
	if (c->good && PQputCopyEnd(c->st->db, NULL) != 1)
		c->good = postgres_fail(c->st, NULL, c->e);
	/* Also after a failure: what the server said is read to its end. */
	while ((r = postgres_result(c->st)) != NULL) {
		if (c->good && PQresultStatus(r) != PGRES_COMMAND_OK)
			c->good = postgres_fail(c->st, r, c->e);
		PQclear(r);
		if (PQstatus(c->st->db) == CONNECTION_BAD)
			break;
	}
	return c->good;
}

/* -- bars -- */

bool
postgres_insert_bars(struct store *base, const struct page_put *p,
    const struct page_merge *m, struct md_error *e)
{
	struct copy c;

	if (!copy_begin(&c, (struct postgres_store *)base,
		"COPY bars (series_id, " BAR_COLUMNS
		") FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < m->fresh_len; i++) {
		copy_row(&c, 9);
		copy_int(&c, p->lease->series_id);
		copy_time(&c, m->fresh[i]->t);
		copy_prices(&c, m->fresh[i]);
	}
	return copy_end(&c);
}

/*
 * Changed bars by way of a table that ends with the transaction: one statement
 * for the restatements, one for the bars, however many there are.
 */
static bool
stage_changes(struct postgres_store *st, const struct page_merge *m,
    struct md_error *e)
{
	struct copy c;

	if (!postgres_script(&st->base,
		"CREATE TEMPORARY TABLE md_changes (ts timestamptz, "
		"restated boolean, open float8, high float8, low float8, "
		"close float8, volume float8, vwap float8, "
		"transactions bigint) ON COMMIT DROP",
		e) ||
	    !copy_begin(&c, st, "COPY md_changes FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < m->changes_len; i++) {
		copy_row(&c, 9);
		copy_time(&c, m->changes[i].new->t);
		copy_bool(&c, m->changes[i].restated);
		copy_prices(&c, m->changes[i].new);
	}
	return copy_end(&c);
}

bool
postgres_change_bars(struct store *base, const struct page_put *p,
    const struct page_merge *m, const struct page_counts *n, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	int64_t first, last;

	first = m->changes[0].new->t;
	last = m->changes[m->changes_len - 1].new->t;
	if (!stage_changes(st, m, e))
		return false;
	/* A bar restated twice within a ms is told of once. */
	if (n->restated > 0 &&
	    (!sql_run(base, e,
		 "DELETE FROM restatements r USING md_changes c "
		 "WHERE r.series_id = $1 AND r.ts = c.ts AND c.restated "
		 "AND r.seen_at = $2",
		 SQL_VALUES(sql_int(p->lease->series_id), sql_time(p->now))) ||
		!sql_run(base, e,
		    "INSERT INTO restatements SELECT b.series_id, b.ts, $2, "
		    "$3, "
		    "b.open, b.high, b.low, b.close, b.volume, b.vwap, "
		    "b.transactions, c.open, c.high, c.low, c.close, c.volume, "
		    "c.vwap, c.transactions FROM bars b JOIN md_changes c "
		    "ON c.ts = b.ts AND c.restated WHERE b.series_id = $1 "
		    "AND b.ts BETWEEN $4 AND $5",
		    SQL_VALUES(sql_int(p->lease->series_id), sql_time(p->now),
			sql_text(p->lease->execution_id), sql_time(first),
			sql_time(last)))))
		return false;
	/* The transaction's next page has changes of its own. */
	return sql_run(base, e,
		   "UPDATE bars b SET open = c.open, high = c.high, "
		   "low = c.low, close = c.close, volume = c.volume, "
		   "vwap = c.vwap, transactions = c.transactions "
		   "FROM md_changes c WHERE b.series_id = $1 AND b.ts = c.ts "
		   "AND b.ts BETWEEN $2 AND $3",
		   SQL_VALUES(sql_int(p->lease->series_id), sql_time(first),
		       sql_time(last))) &&
	       postgres_script(base, "DROP TABLE md_changes", e);
}

/* -- features -- */

bool
postgres_insert_features(struct store *base, const struct features_put *p,
    struct md_error *e)
{
	struct copy c;

	if (!copy_begin(&c, (struct postgres_store *)base,
		"COPY quant_features (series_id, " FEATURE_COLUMNS
		") FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < p->len; i++) {
		const struct features *f = &p->rows[i];

		copy_row(&c, 11);
		copy_int(&c, p->lease->series_id);
		copy_time(&c, f->t);
		copy_double(&c, f->log_return);
		copy_double(&c, f->return_1h);
		copy_double(&c, f->return_1d);
		copy_double(&c, f->volatility_20);
		copy_double(&c, f->volatility_50);
		copy_double(&c, f->atr);
		copy_double(&c, f->rolling_volume_20);
		copy_double(&c, f->volume_ratio);
		copy_int4(&c, (int32_t)features_states(f));
	}
	return copy_end(&c);
}
