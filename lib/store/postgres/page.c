/*
 * Storing a page: the hot path of the PostgreSQL engine.  New bars go in by
 * binary COPY, straight into their table; what is stored of the page's range
 * (mostly nothing) was read before, so that equal rows are not written again.
 */
#include <string.h>

#include "store/postgres/postgres.h"

/* What a page is judged by: asked for and answered in one go. */
struct page_facts {
	PGresult *lease, *coverage, *doubts;
	PGresult *standing, *stored; /* of bars, where there are some */
};

struct put_pages_work {
	const struct page_put *p;
	size_t n;
	struct page_counts *counts;
	bool *lost; /* null: none may be */
};

/* -- what is refused -- */

static bool
reject(struct store *base, const struct page_put *p, const struct rejected *r,
    struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;

	/* Times before 1970 do not pass: 0 stands for null. */
	return postgres_later(st, e,
	    "INSERT INTO rejected_bars (series_id, ts, reason, raw, "
	    "execution_id, received_at, last_received_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $6) "
	    "ON CONFLICT (series_id, coalesce(ts, '-infinity'), reason, "
	    "md5(raw)) DO UPDATE SET times = rejected_bars.times + 1, "
	    "last_received_at = $6",
	    "iMtttm", p->lease->series_id, r->has_ts ? r->ts : (int64_t)0,
	    r->reason, r->raw, p->lease->execution_id, p->now);
}

/* -- coverage and doubts -- */

static bool
write_coverage(struct store *base, const struct page_put *p,
    const struct coverage *old, const struct coverage *new, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	size_t head, a, b;

	coverage_difference(old, new, &head, &a, &b);
	if (a > head && !postgres_later(st, e,
			    "DELETE FROM coverage WHERE series_id = $1 "
			    "AND from_ts BETWEEN $2 AND $3",
			    "imm", p->lease->series_id, old->v[head].from,
			    old->v[a - 1].from))
		return false;
	for (size_t i = head; i < b; i++)
		if (!postgres_later(st, e,
			"INSERT INTO coverage (series_id, from_ts, to_ts, "
			"fetched_at, kind, final) "
			"VALUES ($1, $2, $3, $4, $5, $6)",
			"immmtb", p->lease->series_id, new->v[i].from,
			new->v[i].to, new->v[i].fetched_at,
			coverage_kind_name(new->v[i].kind),
			(int)span_final(&new->v[i], &p->grid)))
			return false;
	return true;
}

static bool
read_doubts(const PGresult *r, struct doubts *d)
{
	bool good = true;

	for (int i = 0; good && i < PQntuples(r); i++)
		good = doubts_append(d, postgres_time(r, i, 0),
		    postgres_time(r, i, 1), postgres_time(r, i, 2),
		    (int)postgres_int(r, i, 3));
	return good;
}

static bool
write_doubts(struct store *base, int64_t series_id, const struct doubts *d,
    struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	bool good = postgres_later(st, e,
	    "DELETE FROM doubts WHERE series_id = $1", "i", series_id);

	for (size_t i = 0; good && i < d->len; i++)
		good = postgres_later(st, e,
		    "INSERT INTO doubts (series_id, from_ts, to_ts, "
		    "answered_at, answers) VALUES ($1, $2, $3, $4, $5)",
		    "immmi", series_id, d->v[i].from, d->v[i].to,
		    d->v[i].answered_at, (int64_t)d->v[i].answers);
	return good;
}

static bool
has_bars(struct store *base, int64_t series_id, const struct range *range,
    bool *has, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT 1 FROM bars WHERE series_id = $1 AND ts >= $2 "
	    "AND ts < $3 LIMIT 1",
	    "imm", series_id, range->from, range->to);

	*has = r != NULL && PQntuples(r) > 0;
	PQclear(r);
	return r != NULL;
}

static bool
write_grid(struct store *base, const struct page_put *p, struct md_error *e)
{
	return postgres_later((struct postgres_store *)base, e,
	    "UPDATE series SET grid = $2 WHERE series_id = $1", "it",
	    p->lease->series_id, grid_kind_name(p->grid.kind));
}

static const struct page_writer writer = {
	.grid = write_grid,
	.reject = reject,
	.has_bars = has_bars,
	.coverage = write_coverage,
	.doubts = write_doubts,
	.unmark = postgres_unmark_derived,
	.mark = postgres_mark_derived,
};

/* -- bars -- */

static bool
insert_fresh(struct postgres_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	const struct page_merge *m = &st->merge;
	struct postgres_copy c;

	n->inserted = (int64_t)m->fresh_len;
	if (m->fresh_len == 0)
		return true;
	if (!postgres_copy_begin(&c, st,
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
stage_changes(struct postgres_store *st, struct md_error *e)
{
	const struct page_merge *m = &st->merge;
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

static bool
change_bars(struct postgres_store *st, const struct page_put *p,
    const struct page_counts *n, struct md_error *e)
{
	const struct page_merge *m = &st->merge;
	int64_t first, last;

	if (m->changes_len == 0)
		return true;
	first = m->changes[0].new->t;
	last = m->changes[m->changes_len - 1].new->t;
	if (!stage_changes(st, e))
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
		"imtmm", p->lease->series_id, p->now, p->lease->execution_id,
		first, last))
		return false;
	/* The transaction's next page has changes of its own. */
	return postgres_run(st, e, NULL,
		   "UPDATE bars b SET open = c.open, high = c.high, "
		   "low = c.low, close = c.close, volume = c.volume, "
		   "vwap = c.vwap, transactions = c.transactions "
		   "FROM md_changes c WHERE b.series_id = $1 AND b.ts = c.ts "
		   "AND b.ts BETWEEN $2 AND $3",
		   "imm", p->lease->series_id, first, last) &&
	       postgres_script(st, "DROP TABLE md_changes", e);
}

/* What is stored of the page's range, walked beside the page. */
static bool
compare(struct page_merge *m, const struct page_put *p, const PGresult *stored,
    struct page_counts *n, struct md_error *e)
{
	if (!merge_begin(m, p))
		return md_nomem(e);
	for (int i = 0; i < PQntuples(stored); i++) {
		struct bar old = postgres_bar(stored, i, 0);

		if (!merge_stored(m, p, &old, n))
			return md_nomem(e);
	}
	merge_end(m, p);
	return true;
}

/* Where the series stood before the page. */
static void
read_standing(const PGresult *r, struct page_counts *n)
{
	if (PQntuples(r) != 1)
		return;
	n->had_bars = !postgres_null(r, 0, 0);
	n->newest_before = postgres_time(r, 0, 0);
	n->features_pending = postgres_int(r, 0, 1) != 0;
}

static bool
put_bars(struct postgres_store *st, const struct page_put *p,
    const struct page_facts *f, const struct coverage *before,
    struct page_counts *n, struct md_error *e)
{
	struct page_merge *m = &st->merge;
	int64_t first;

	if (p->len == 0)
		return true;
	read_standing(f->standing, n);
	if (!compare(m, p, f->stored, n, e))
		return false;
	first = merge_first(m);
	if (!insert_fresh(st, p, n, e) ||
	    !merge_classify_changes(m, p, before, n, &writer, &st->base, e) ||
	    !change_bars(st, p, n, e))
		return false;
	/* A row that stays as it is is not written. */
	if (n->inserted + n->updated == 0)
		return true;
	return postgres_later(st, e,
	    "UPDATE series SET bar_count = bar_count + $2, "
	    "newest_ts = greatest(newest_ts, $3), "
	    "features_from = least(features_from, $4) WHERE series_id = $1",
	    "iimm", p->lease->series_id, n->inserted, p->bars[p->len - 1].t,
	    first);
}

/* -- the page -- */

static bool
ask_facts(struct postgres_store *st, const struct page_put *p,
    struct md_error *e)
{
	int64_t id = p->lease->series_id;

	if (!postgres_ask_lease(st, p->lease, p->wall, e) ||
	    !postgres_ask(st, e, SELECT_COVERAGE, "i", id) ||
	    !postgres_ask(st, e,
		"SELECT from_ts, to_ts, answered_at, answers FROM doubts "
		"WHERE series_id = $1 ORDER BY from_ts",
		"i", id))
		return false;
	return p->len == 0 ||
	       (postgres_ask(st, e,
		    "SELECT newest_ts, features_from IS NOT NULL FROM series "
		    "WHERE series_id = $1",
		    "i", id) &&
		   postgres_ask(st, e,
		       "SELECT ts, open, high, low, close, volume, vwap, "
		       "transactions FROM bars WHERE series_id = $1 "
		       "AND ts BETWEEN $2 AND $3 ORDER BY ts",
		       "imm", id, p->bars[0].t, p->bars[p->len - 1].t));
}

/* All answers are taken, whatever the first says. */
static bool
read_facts(struct postgres_store *st, const struct page_put *p,
    struct page_facts *f, struct md_error *e)
{
	return ask_facts(st, p, e) &&
	       (f->lease = postgres_answer(st, e)) != NULL &&
	       (f->coverage = postgres_answer(st, e)) != NULL &&
	       (f->doubts = postgres_answer(st, e)) != NULL &&
	       (p->len == 0 ||
		   ((f->standing = postgres_answer(st, e)) != NULL &&
		       (f->stored = postgres_answer(st, e)) != NULL));
}

static void
facts_free(struct page_facts *f)
{
	PQclear(f->lease);
	PQclear(f->coverage);
	PQclear(f->doubts);
	PQclear(f->standing);
	PQclear(f->stored);
}

static bool
put_one(struct postgres_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	struct page_facts f = { NULL, NULL, NULL, NULL, NULL };
	struct coverage before = { NULL, 0, 0 };
	struct doubts doubts = { NULL, 0, 0 };
	bool good;

	memset(n, 0, sizeof(*n));
	good = postgres_drop_derived(st, p, e) && read_facts(st, p, &f, e) &&
	       postgres_lease_held(f.lease, e) &&
	       ((postgres_coverage_rows(f.coverage, &before) &&
		    read_doubts(f.doubts, &doubts)) ||
		   md_nomem(e)) &&
	       put_bars(st, p, &f, &before, n, e) &&
	       page_put_rejected(p, &writer, &st->base, e) &&
	       page_put_coverage(p, &before, &doubts, &writer, &st->base, e) &&
	       page_put_derived(p, &writer, &st->base, e);
	doubts_free(&doubts);
	coverage_free(&before);
	facts_free(&f);
	return good;
}

/* The lease is looked at first: a page that lost it has written nothing. */
static bool
put_pages_work(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct put_pages_work *w = ctx;

	for (size_t i = 0; i < w->n; i++) {
		bool good = put_one(st, &w->p[i], &w->counts[i], e);

		if (w->lost != NULL)
			w->lost[i] = !good && e->code == MD_ELEASE;
		if (!good && (w->lost == NULL || !w->lost[i]))
			return false;
	}
	return true;
}

static bool
make_partitions(struct postgres_store *st, const struct put_pages_work *w,
    struct md_error *e)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->p[i].len > 0 &&
		    !postgres_partitions(st, PARTITIONED_BARS,
			w->p[i].bars[0].t, w->p[i].bars[w->p[i].len - 1].t, e))
			return false;
	return true;
}

static bool
put_all(struct postgres_store *st, struct put_pages_work *w, struct md_error *e)
{
	for (int tries = 0; tries < 2; tries++) {
		if (!make_partitions(st, w, e))
			return false;
		if (postgres_write(st, put_pages_work, w, e))
			return true;
		if (!st->no_partition)
			return false;
		/* One that we knew was dropped: made anew. */
		memset(st->years, 0, sizeof(st->years));
	}
	return false;
}

bool
postgres_put_page(struct store *base, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	struct put_pages_work w = { p, 1, n, NULL };

	return put_all((struct postgres_store *)base, &w, e);
}

bool
postgres_put_pages(struct store *base, const struct page_put *p, size_t n,
    struct page_counts *counts, bool *lost, struct md_error *e)
{
	struct put_pages_work w = { p, n, counts, lost };

	return put_all((struct postgres_store *)base, &w, e);
}
