/*
 * Storing a page: the hot path of the SQLite engine.  New bars go in by one
 * statement that selects from the page's array.
 */
#include "store/sqlite/sqlite.h"

#include <math.h>
#include <string.h>

/* -- the virtual table md_page -- */

static void
page_column(sqlite3_context *ctx, const void *row, int column)
{
	const struct bar *b = *(const struct bar *const *)row;

	switch (column) {
	case 0:
		sqlite3_result_int64(ctx, b->t);
		break;
	case 1:
		sqlite3_result_double(ctx, b->o);
		break;
	case 2:
		sqlite3_result_double(ctx, b->h);
		break;
	case 3:
		sqlite3_result_double(ctx, b->l);
		break;
	case 4:
		sqlite3_result_double(ctx, b->c);
		break;
	case 5:
		sqlite3_result_double(ctx, b->v);
		break;
	case 6: /* a NaN, also of volume, becomes null: absent */
		sqlite3_result_double(ctx, b->vw);
		break;
	default:
		if (b->n >= 0)
			sqlite3_result_int64(ctx, b->n);
		break;
	}
}

bool
sqlite_register_page(struct sqlite_store *st)
{
	st->page.declaration = "CREATE TABLE md_page (ts, open, high, low, "
			       "close, volume, vwap, transactions)";
	st->page.size = sizeof(*st->merge.fresh);
	st->page.column = page_column;
	return sqlite_register_rows(st, "md_page", &st->page);
}

/* -- what is refused -- */

static bool
reject(struct store *base, const struct page_put *p, const struct rejected *r,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	/* Times before 1970 do not pass: negative stands for null. */
	int64_t ts = r->has_ts ? r->ts : -1;

	return sqlite_run(st, e,
	    "INSERT INTO rejected_bars (series_id, ts, reason, raw, "
	    "execution_id, received_at, last_received_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) "
	    "ON CONFLICT (series_id, ifnull(ts, -1), reason, raw) "
	    "DO UPDATE SET times = times + 1, last_received_at = ?6",
	    "ijttti", p->lease->series_id, ts, r->reason, r->raw,
	    p->lease->execution_id, p->now);
}

/* -- coverage and doubts -- */

static bool
write_coverage(struct store *base, const struct page_put *p,
    const struct coverage *old, const struct coverage *new, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	size_t head, a, b;

	coverage_difference(old, new, &head, &a, &b);
	for (size_t i = head; i < a; i++)
		if (!sqlite_run(st, e,
			"DELETE FROM coverage WHERE series_id = ?1 "
			"AND from_ts = ?2",
			"ii", p->lease->series_id, old->v[i].from))
			return false;
	for (size_t i = head; i < b; i++)
		if (!sqlite_run(st, e,
			"INSERT INTO coverage VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			"iiiiti", p->lease->series_id, new->v[i].from,
			new->v[i].to, new->v[i].fetched_at,
			coverage_kind_name(new->v[i].kind),
			(int64_t)span_final(&new->v[i], &p->grid)))
			return false;
	return true;
}

static bool
read_doubts(struct sqlite_store *st, int64_t series_id, struct doubts *d,
    struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT from_ts, to_ts, answered_at, answers FROM doubts "
	    "WHERE series_id = ?1 ORDER BY from_ts",
	    "i", series_id);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		if (!doubts_append(d, sqlite3_column_int64(stmt, 0),
			sqlite3_column_int64(stmt, 1),
			sqlite3_column_int64(stmt, 2),
			sqlite3_column_int(stmt, 3))) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
	return row == 0;
}

static bool
write_doubts(struct store *base, int64_t series_id, const struct doubts *d,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good = sqlite_run(st, e, "DELETE FROM doubts WHERE series_id = ?1",
	    "i", series_id);

	for (size_t i = 0; good && i < d->len; i++)
		good = sqlite_run(st, e,
		    "INSERT INTO doubts VALUES (?1, ?2, ?3, ?4, ?5)", "iiiii",
		    series_id, d->v[i].from, d->v[i].to, d->v[i].answered_at,
		    (int64_t)d->v[i].answers);
	return good;
}

static bool
has_bars(struct store *base, int64_t series_id, const struct range *r,
    bool *has, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT 1 FROM bars WHERE series_id = ?1 AND ts >= ?2 "
	    "AND ts < ?3 LIMIT 1",
	    "iii", series_id, r->from, r->to);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	if (row == 1)
		(void)sqlite3_reset(stmt);
	*has = row == 1;
	return row >= 0;
}

static bool
write_grid(struct store *base, const struct page_put *p, struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE series SET grid = ?2 WHERE series_id = ?1", "it",
	    p->lease->series_id, grid_kind_name(p->grid.kind));
}

static const struct page_writer writer = {
	.grid = write_grid,
	.reject = reject,
	.has_bars = has_bars,
	.coverage = write_coverage,
	.doubts = write_doubts,
	.unmark = sqlite_unmark_derived,
	.mark = sqlite_mark_derived,
};

/* -- bars -- */

static bool
insert_fresh(struct sqlite_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	bool good;

	n->inserted = (int64_t)st->merge.fresh_len;
	if (n->inserted == 0)
		return true;
	st->page.rows = st->merge.fresh;
	st->page.len = st->merge.fresh_len;
	good = sqlite_run(st, e,
	    "INSERT INTO bars SELECT ?1, ts, open, high, low, close, volume, "
	    "vwap, transactions FROM md_page",
	    "i", p->lease->series_id);
	st->page.len = 0;
	return good;
}

struct bar
sqlite_read_bar(sqlite3_stmt *stmt)
{
	struct bar b;

	b.t = sqlite3_column_int64(stmt, 0);
	b.o = sqlite3_column_double(stmt, 1);
	b.h = sqlite3_column_double(stmt, 2);
	b.l = sqlite3_column_double(stmt, 3);
	b.c = sqlite3_column_double(stmt, 4);
	b.v = sqlite3_column_type(stmt, 5) == SQLITE_NULL
		  ? (double)NAN
		  : sqlite3_column_double(stmt, 5);
	b.vw = sqlite3_column_type(stmt, 6) == SQLITE_NULL
		   ? (double)NAN
		   : sqlite3_column_double(stmt, 6);
	b.n = sqlite3_column_type(stmt, 7) == SQLITE_NULL
		  ? -1
		  : sqlite3_column_int64(stmt, 7);
	return b;
}

static bool
change_bar(struct sqlite_store *st, const struct page_put *p,
    const struct bar_change *c, struct md_error *e)
{
	const struct bar *old = &c->old, *new = c->new;

	if (c->restated &&
	    !sqlite_run(st, e,
		"INSERT OR REPLACE INTO restatements VALUES (?1, ?2, "
		"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15, ?16, ?17, ?18)",
		"iiitddddDDjddddDDj", p->lease->series_id, old->t, p->now,
		p->lease->execution_id, old->o, old->h, old->l, old->c, old->v,
		old->vw, old->n, new->o, new->h, new->l, new->c, new->v,
		new->vw, new->n))
		return false;
	return sqlite_run(st, e,
	    "UPDATE bars SET open = ?3, high = ?4, low = ?5, close = ?6, "
	    "volume = ?7, vwap = ?8, transactions = ?9 "
	    "WHERE series_id = ?1 AND ts = ?2",
	    "iiddddDDj", p->lease->series_id, new->t, new->o, new->h, new->l,
	    new->c, new->v, new->vw, new->n);
}

/* What is stored of the page's range, walked beside the page. */
static bool
compare(struct sqlite_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT ts, open, high, low, close, volume, vwap, transactions "
	    "FROM bars WHERE series_id = ?1 AND ts BETWEEN ?2 AND ?3 "
	    "ORDER BY ts",
	    "iii", p->lease->series_id, p->bars[0].t, p->bars[p->len - 1].t);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		struct bar old = sqlite_read_bar(stmt);

		if (!merge_stored(&st->merge, p, &old, n)) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
	}
	merge_end(&st->merge, p);
	return row == 0;
}

/* Where the series stood before the page. */
static bool
read_standing(struct sqlite_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT newest_ts, features_from IS NOT NULL FROM series "
	    "WHERE series_id = ?1",
	    "i", p->lease->series_id);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	if (row == 1) {
		n->had_bars = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
		n->newest_before = sqlite3_column_int64(stmt, 0);
		n->features_pending = sqlite3_column_int(stmt, 1) != 0;
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

static bool
put_bars(struct sqlite_store *st, const struct page_put *p,
    const struct coverage *before, struct page_counts *n, struct md_error *e)
{
	struct page_merge *m = &st->merge;
	int64_t first;
	bool good;

	if (p->len == 0)
		return true;
	if (!merge_begin(m, p))
		return md_nomem(e);
	good = read_standing(st, p, n, e) && compare(st, p, n, e);
	first = merge_first(m);
	good = good && insert_fresh(st, p, n, e) &&
	       merge_classify_changes(m, p, before, n, &writer, &st->base, e);
	for (size_t i = 0; good && i < m->changes_len; i++)
		good = change_bar(st, p, &m->changes[i], e);
	return good &&
	       sqlite_run(st, e,
		   "UPDATE series SET bar_count = bar_count + ?2, "
		   "newest_ts = max(ifnull(newest_ts, ?3), ?3), "
		   "features_from = CASE WHEN ?4 = 0 THEN features_from "
		   "ELSE min(ifnull(features_from, ?5), ?5) END "
		   "WHERE series_id = ?1",
		   "iiiii", p->lease->series_id, n->inserted,
		   p->bars[p->len - 1].t, n->inserted + n->updated, first);
}

/* -- the page -- */

/* The transaction advances the lease, which a takeover prevents. */
bool
sqlite_hold_lease(struct sqlite_store *st, const struct lease *lease,
    int64_t wall, struct md_error *e)
{
	if (!sqlite_run(st, e,
		"UPDATE leases SET lease_until = ?3 "
		"WHERE series_id = ?1 AND token = ?2 AND execution_id = ?4",
		"iiit", lease->series_id, lease->token,
		wall + st->base.lease_ms, lease->execution_id))
		return false;
	if (sqlite3_changes(st->db) == 1)
		return true;
	return md_fail(e, MD_ELEASE, "another run took the series over");
}

static bool
put_page(struct sqlite_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	struct coverage before = { NULL, 0, 0 };
	struct doubts doubts = { NULL, 0, 0 };
	bool good;

	memset(n, 0, sizeof(*n));
	good = sqlite_hold_lease(st, p->lease, p->wall, e) &&
	       sqlite_read_coverage(st, p->lease->series_id, &before, e) &&
	       read_doubts(st, p->lease->series_id, &doubts, e) &&
	       sqlite_drop_derived(st, p, e) &&
	       put_bars(st, p, &before, n, e) &&
	       page_put_rejected(p, &writer, &st->base, e) &&
	       page_put_coverage(p, &before, &doubts, &writer, &st->base, e) &&
	       page_put_derived(p, &writer, &st->base, e);
	doubts_free(&doubts);
	coverage_free(&before);
	st->page.len = 0;
	return good;
}

bool
sqlite_put_page(struct store *base, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	return sqlite_begin(st, e) && sqlite_end(st, put_page(st, p, n, e), e);
}

/* The lease is looked at first: what lost it has written nothing. */
bool
sqlite_put_pages(struct store *base, const struct page_put *p, size_t n,
    struct page_counts *counts, bool *lost, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good = true;

	if (!sqlite_begin(st, e))
		return false;
	for (size_t i = 0; good && i < n; i++) {
		lost[i] = false;
		if (put_page(st, &p[i], &counts[i], e))
			continue;
		lost[i] = e->code == MD_ELEASE;
		good = lost[i];
	}
	return sqlite_end(st, good, e);
}
