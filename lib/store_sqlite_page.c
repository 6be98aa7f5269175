/*
 * Storing a page: the hot path of the SQLite engine.  New bars go in by one
 * statement that selects from the page's array.
 */
#include "store_sqlite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "buf.h"

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
	st->page.size = sizeof(*st->fresh);
	st->page.column = page_column;
	return sqlite_register_rows(st, "md_page", &st->page);
}

/* -- bars -- */

static bool
insert_fresh(struct sqlite_store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	bool good;

	if (st->page.len == 0)
		return true;
	good = sqlite_run(st, e,
	    "INSERT INTO bars SELECT ?1, ts, open, high, low, close, volume, "
	    "vwap, transactions FROM md_page",
	    "i", p->lease->series_id);
	n->inserted = (int64_t)st->page.len;
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
answered_before(const struct coverage *c, int64_t t)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].from <= t && t < c->v[i].to)
			return true;
	return false;
}

static bool
reject(struct sqlite_store *st, const struct page_put *p,
    const struct rejected *r, struct md_error *e)
{
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

static bool
reject_late(struct sqlite_store *st, const struct page_put *p,
    const struct bar *bar, struct page_counts *n, struct md_error *e)
{
	struct buf raw = BUF_INIT;
	struct rejected r = { true, bar->t,
		"contradicts an earlier page of the same answer", NULL };
	bool good;

	n->rejected++;
	bar_write(bar, &raw);
	r.raw = buf_str(&raw);
	good = buf_ok(&raw) ? reject(st, p, &r, e) : md_nomem(e);
	buf_free(&raw);
	return good;
}

/* A bar that is there with other values: the newest answer counts. */
static bool
change_bar(struct sqlite_store *st, const struct page_put *p,
    const struct coverage *before, const struct bar *old, const struct bar *new,
    struct page_counts *n, struct md_error *e)
{
	if (new->t < p->cursor)
		return reject_late(st, p, new, n, e);
	n->updated++;
	/* A bar whose window was open then has grown, not been restated. */
	if (answered_before(before, old->t)) {
		n->restated++;
		if (!sqlite_run(st, e,
			"INSERT OR REPLACE INTO restatements VALUES (?1, ?2, "
			"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
			"?15, ?16, ?17, ?18)",
			"iiitddddDDjddddDDj", p->lease->series_id, old->t,
			p->now, p->lease->execution_id, old->o, old->h, old->l,
			old->c, old->v, old->vw, old->n, new->o, new->h, new->l,
			new->c, new->v, new->vw, new->n))
			return false;
	}
	return sqlite_run(st, e,
	    "UPDATE bars SET open = ?3, high = ?4, low = ?5, close = ?6, "
	    "volume = ?7, vwap = ?8, transactions = ?9 "
	    "WHERE series_id = ?1 AND ts = ?2",
	    "iiddddDDj", p->lease->series_id, new->t, new->o, new->h, new->l,
	    new->c, new->v, new->vw, new->n);
}

/* The bars of the page that are there with other values. */
struct changes {
	struct {
		struct bar old;
		const struct bar *new;
	} * v;

	size_t len, cap;
};

static bool
note_change(struct changes *c, const struct bar *old, const struct bar *new)
{
	void *v = array_room(c->v, c->len, &c->cap, sizeof(*c->v));

	if (v == NULL)
		return false;
	c->v = v;
	c->v[c->len].old = *old;
	c->v[c->len++].new = new;
	return true;
}

/*
 * Walk the page and what is stored in its range side by side: what is not
 * there yet is left in the virtual table's list, what differs in changes.
 */
static bool
compare(struct sqlite_store *st, const struct page_put *p, struct changes *c,
    struct page_counts *n, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT ts, open, high, low, close, volume, vwap, transactions "
	    "FROM bars WHERE series_id = ?1 AND ts BETWEEN ?2 AND ?3 "
	    "ORDER BY ts",
	    "iii", p->lease->series_id, p->bars[0].t, p->bars[p->len - 1].t);
	size_t i = 0;
	int row = -1;

	st->page.len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		struct bar old = sqlite_read_bar(stmt);

		while (i < p->len && p->bars[i].t < old.t)
			st->fresh[st->page.len++] = &p->bars[i++];
		if (i == p->len || p->bars[i].t > old.t)
			continue;
		if (bar_equal(&p->bars[i], &old))
			n->unchanged++;
		else if (!note_change(c, &old, &p->bars[i])) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
		i++;
	}
	while (i < p->len)
		st->fresh[st->page.len++] = &p->bars[i++];
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
		n->features_owed = sqlite3_column_int(stmt, 1) != 0;
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

static bool
put_bars(struct sqlite_store *st, const struct page_put *p,
    const struct coverage *before, struct page_counts *n, struct md_error *e)
{
	struct changes c = { NULL, 0, 0 };
	int64_t first = INT64_MAX; /* of the bars that change */
	bool good;

	if (p->len == 0)
		return true;
	if (p->len > st->fresh_cap) {
		const struct bar **v = realloc(st->fresh, p->len * sizeof(*v));

		if (v == NULL)
			return md_nomem(e);
		st->fresh = v;
		st->fresh_cap = p->len;
	}
	st->page.rows = st->fresh;
	good = read_standing(st, p, n, e) && compare(st, p, &c, n, e) &&
	       insert_fresh(st, p, n, e);
	for (size_t i = 0; good && i < c.len; i++)
		good = change_bar(st, p, before, &c.v[i].old, c.v[i].new, n, e);
	if (st->page.len > 0)
		first = st->fresh[0]->t;
	if (c.len > 0 && c.v[0].new->t < first)
		first = c.v[0].new->t;
	free(c.v);
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

/* -- coverage and doubts -- */

static bool
same_span(const struct span *a, const struct span *b)
{
	return a->from == b->from && a->to == b->to &&
	       a->fetched_at == b->fetched_at && a->kind == b->kind;
}

/* Write what differs: what lies before and after mostly stays as it is. */
static bool
write_coverage(struct sqlite_store *st, int64_t series_id,
    const struct coverage *old, const struct coverage *new, struct md_error *e)
{
	size_t head = 0, a = old->len, b = new->len;

	while (head < a && head < b && same_span(&old->v[head], &new->v[head]))
		head++;
	while (a > head && b > head &&
	       same_span(&old->v[a - 1], &new->v[b - 1])) {
		a--;
		b--;
	}
	for (size_t i = head; i < a; i++)
		if (!sqlite_run(st, e,
			"DELETE FROM coverage WHERE series_id = ?1 "
			"AND from_ts = ?2",
			"ii", series_id, old->v[i].from))
			return false;
	for (size_t i = head; i < b; i++)
		if (!sqlite_run(st, e,
			"INSERT INTO coverage VALUES (?1, ?2, ?3, ?4, ?5)",
			"iiiit", series_id, new->v[i].from, new->v[i].to,
			new->v[i].fetched_at,
			coverage_kind_name(new->v[i].kind)))
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
write_doubts(struct sqlite_store *st, int64_t series_id, const struct doubts *d,
    struct md_error *e)
{
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
add_all(struct coverage *c, const struct range *r, size_t n,
    enum coverage_kind kind, const struct page_put *p)
{
	for (size_t i = 0; i < n; i++)
		if (!coverage_add(c,
			(struct span){ r[i].from, r[i].to, p->asked_at, kind },
			&p->grid))
			return false;
	return true;
}

/* What was doubted often enough is believed: empty, if no bar is there. */
static bool
believe(struct sqlite_store *st, const struct page_put *p,
    const struct range *r, struct coverage *c, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT 1 FROM bars WHERE series_id = ?1 AND ts >= ?2 "
	    "AND ts < ?3 LIMIT 1",
	    "iii", p->lease->series_id, r->from, r->to);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	if (row < 0)
		return false;
	if (row == 1)
		(void)sqlite3_reset(stmt);
	return add_all(c, r, 1, row == 1 ? COVERAGE_BARS : COVERAGE_EMPTY, p) ||
	       md_nomem(e);
}

static bool
apply_doubts(struct sqlite_store *st, const struct page_put *p,
    struct doubts *d, struct coverage *c, struct md_error *e)
{
	struct ranges believed = { NULL, 0, 0 };
	bool good = true;

	for (size_t i = 0; good && i < p->covered_len; i++)
		good = doubts_clear(d, p->covered[i].from, p->covered[i].to);
	for (size_t i = 0; good && i < p->doubted_len; i++)
		good = doubts_add(d, p->doubted[i].from, p->doubted[i].to,
		    p->asked_at, &believed);
	if (!good)
		(void)md_nomem(e);
	for (size_t i = 0; good && i < believed.len; i++)
		good = believe(st, p, &believed.v[i], c, e);
	ranges_free(&believed);
	return good;
}

static bool
put_coverage(struct sqlite_store *st, const struct page_put *p,
    const struct coverage *before, struct md_error *e)
{
	struct coverage after = { NULL, 0, 0 };
	struct doubts doubts = { NULL, 0, 0 };
	bool good = read_doubts(st, p->lease->series_id, &doubts, e);
	size_t had = doubts.len;

	for (size_t i = 0; good && i < before->len; i++)
		good = coverage_append(&after, before->v[i]) || md_nomem(e);
	if (good &&
	    (!add_all(&after, p->covered, p->covered_len, COVERAGE_BARS, p) ||
		!add_all(&after, p->empty, p->empty_len, COVERAGE_EMPTY, p) ||
		!add_all(&after, p->denied, p->denied_len, COVERAGE_DENIED, p)))
		good = md_nomem(e);
	good = good && apply_doubts(st, p, &doubts, &after, e) &&
	       write_coverage(st, p->lease->series_id, before, &after, e);
	if (good && (had > 0 || doubts.len > 0))
		good = write_doubts(st, p->lease->series_id, &doubts, e);
	coverage_free(&after);
	doubts_free(&doubts);
	return good;
}

static bool
put_rejected(struct sqlite_store *st, const struct page_put *p,
    struct md_error *e)
{
	for (size_t i = 0; i < p->rejected_len; i++)
		if (!reject(st, p, &p->rejected[i], e))
			return false;
	return true;
}

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
	bool good;

	memset(n, 0, sizeof(*n));
	good = sqlite_hold_lease(st, p->lease, p->wall, e) &&
	       sqlite_read_coverage(st, p->lease->series_id, &before, e) &&
	       put_bars(st, p, &before, n, e) && put_rejected(st, p, e) &&
	       put_coverage(st, p, &before, e);
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
