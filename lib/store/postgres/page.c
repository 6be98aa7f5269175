/*
 * Storing bars: the hot path of the PostgreSQL engine.  New ones go in by
 * binary COPY, straight into their table.
 */
#include "store/postgres/postgres.h"

bool
postgres_insert_bars(struct store *base, const struct page_put *p,
    const struct page_merge *m, struct md_error *e)
{
	struct postgres_copy c;

	if (!postgres_copy_begin(&c, (struct postgres_store *)base,
		"COPY bars (series_id, ts, open, high, low, close, volume, "
		"vwap, transactions) FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < m->fresh_len; i++) {
		postgres_copy_row(&c, 9);
		postgres_copy_int(&c, p->lease->series_id);
		postgres_copy_time(&c, m->fresh[i]->t);
		postgres_copy_prices(&c, m->fresh[i]);
	}
	return postgres_copy_end(&c);
}

/*
 * Changed bars by way of a table that ends with the transaction: one statement
 * for the restatements, one for the bars, however many there are.
 */
static bool
stage_changes(struct postgres_store *st, const struct page_merge *m,
    struct md_error *e)
{
	struct postgres_copy c;

	if (!postgres_script(st,
		"CREATE TEMPORARY TABLE md_changes (ts timestamptz, "
		"restated boolean, open float8, high float8, low float8, "
		"close float8, volume float8, vwap float8, "
		"transactions bigint) ON COMMIT DROP",
		e) ||
	    !postgres_copy_begin(&c, st,
		"COPY md_changes FROM STDIN (FORMAT binary)", e))
		return false;
	for (size_t i = 0; i < m->changes_len; i++) {
		postgres_copy_row(&c, 9);
		postgres_copy_time(&c, m->changes[i].new->t);
		postgres_copy_bool(&c, m->changes[i].restated);
		postgres_copy_prices(&c, m->changes[i].new);
	}
	return postgres_copy_end(&c);
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
	if (n->restated > 0 &&
	    !postgres_run(st, e, NULL,
		"INSERT INTO restatements SELECT b.series_id, b.ts, $2, $3, "
		"b.open, b.high, b.low, b.close, b.volume, b.vwap, "
		"b.transactions, c.open, c.high, c.low, c.close, c.volume, "
		"c.vwap, c.transactions FROM bars b JOIN md_changes c "
		"ON c.ts = b.ts AND c.restated WHERE b.series_id = $1 "
		"AND b.ts BETWEEN $4 AND $5 "
		"ON CONFLICT (series_id, ts, seen_at) DO UPDATE SET "
		"execution_id = excluded.execution_id, "
		"old_open = excluded.old_open, old_high = excluded.old_high, "
		"old_low = excluded.old_low, old_close = excluded.old_close, "
		"old_volume = excluded.old_volume, "
		"old_vwap = excluded.old_vwap, "
		"old_transactions = excluded.old_transactions, "
		"new_open = excluded.new_open, new_high = excluded.new_high, "
		"new_low = excluded.new_low, new_close = excluded.new_close, "
		"new_volume = excluded.new_volume, "
		"new_vwap = excluded.new_vwap, "
		"new_transactions = excluded.new_transactions",
		SQL_VALUES(sql_int(p->lease->series_id), sql_time(p->now),
		    sql_text(p->lease->execution_id), sql_time(first),
		    sql_time(last))))
		return false;
	/* The transaction's next page has changes of its own. */
	return postgres_run(st, e, NULL,
		   "UPDATE bars b SET open = c.open, high = c.high, "
		   "low = c.low, close = c.close, volume = c.volume, "
		   "vwap = c.vwap, transactions = c.transactions "
		   "FROM md_changes c WHERE b.series_id = $1 AND b.ts = c.ts "
		   "AND b.ts BETWEEN $2 AND $3",
		   SQL_VALUES(sql_int(p->lease->series_id), sql_time(first),
		       sql_time(last))) &&
	       postgres_script(st, "DROP TABLE md_changes", e);
}
