/*
 * Storing a page and what it proves, in one transaction: read the facts, judge
 * them, write what changed.
 */
#include <string.h>

#include "base/integer.h"
#include "store/history.h"

/* -- what is rejected -- */

#define INSERT_REJECTED                                                        \
	"INSERT INTO rejected_bars (series_id, ts, reason, raw, "              \
	"execution_id, received_at, last_received_at) "                        \
	"VALUES ($1, $2, $3, $4, $5, $6, $6) "
#define SEEN_AGAIN                                                             \
	"DO UPDATE SET times = rejected_bars.times + 1, last_received_at = $6"

static bool
reject(struct store *st, const struct page_put *p, const struct rejected *r,
    struct md_error *e)
{
	/* Times before 1970 do not pass: 0 stands for null. */
	return sql_run(st, e,
	    sql_for(st,
		INSERT_REJECTED "ON CONFLICT (series_id, ifnull(ts, -1), "
				"reason, raw) " SEEN_AGAIN,
		INSERT_REJECTED "ON CONFLICT (series_id, coalesce(ts, "
				"'-infinity'), reason, md5(raw)) " SEEN_AGAIN),
	    SQL_VALUES(sql_int(p->lease->series_id),
		sql_time_or_null(r->has_ts ? r->ts : 0), sql_text(r->reason),
		sql_text(r->raw), sql_text(p->lease->execution_id),
		sql_time(p->now)));
}

static bool
reject_late(struct store *st, const struct page_put *p, const struct bar *bar,
    struct md_error *e)
{
	struct buf raw = BUF_INIT;
	struct rejected r = { true, bar->t,
		"contradicts an earlier page of the same answer", NULL };
	bool good;

	bar_write(bar, &raw);
	r.raw = buf_str(&raw);
	good = buf_ok(&raw) ? reject(st, p, &r, e) : md_nomem(e);
	buf_free(&raw);
	return good;
}

static bool
put_rejected(struct store *st, const struct page_put *p, struct md_error *e)
{
	for (size_t i = 0; i < p->rejected_len; i++)
		if (!reject(st, p, &p->rejected[i], e))
			return false;
	return true;
}

/* -- the facts that a page is judged by -- */

static bool
ask_facts(struct store *st, const struct page_put *p, struct md_error *e)
{
	const struct lease *l = p->lease;

	if (!lease_ask(st, l, p->wall, e) ||
	    !sql_ask(st, e, COVERAGE_OF_SERIES,
		SQL_VALUES(sql_int(l->series_id))) ||
	    !sql_ask(st, e, DOUBTS_OF_SERIES,
		SQL_VALUES(sql_int(l->series_id))) ||
	    !sql_ask(st, e, SOURCES_OF_SERIES,
		SQL_VALUES(sql_int(l->series_id))))
		return false;
	return p->len == 0 ||
	       (sql_ask(st, e,
		    "SELECT newest_ts, features_from IS NOT NULL FROM series "
		    "WHERE series_id = $1",
		    SQL_VALUES(sql_int(l->series_id))) &&
		   sql_ask(st, e,
		       "SELECT " BAR_COLUMNS "FROM bars WHERE series_id = $1 "
		       "AND ts BETWEEN $2 AND $3 ORDER BY ts",
		       SQL_VALUES(sql_int(l->series_id), sql_time(p->bars[0].t),
			   sql_time(p->bars[p->len - 1].t))));
}

static bool
read_known(struct store *st, struct knowledge *k, struct source_spans *sources,
    struct md_error *e)
{
	struct sql_rows r;

	sql_answer(&r, st, e);
	if (!coverage_of_rows(&r, &k->coverage))
		return false;
	sql_answer(&r, st, e);
	if (!doubts_of_rows(&r, &k->doubts))
		return false;
	sql_answer(&r, st, e);
	return sources_of_rows(&r, sources);
}

/* Where the series stood before the page. */
static bool
read_standing(struct store *st, struct page_counts *n, struct md_error *e)
{
	struct sql_rows r;

	sql_answer(&r, st, e);
	if (sql_next(&r)) {
		n->had_bars = !sql_is_null(&r, 0);
		n->newest_before = sql_column_time(&r, 0);
		n->features_pending = sql_column_bool(&r, 1);
	}
	return sql_end(&r);
}

/* What is stored of the page's range, walked beside the page. */
static bool
read_stored(struct store *st, const struct page_put *p, struct page_counts *n,
    struct md_error *e)
{
	struct page_merge *m = &st->merge;
	struct sql_rows r;

	sql_answer(&r, st, e);
	if (!merge_begin(m, p->bars, p->len))
		return sql_nomem(&r);
	m->without_vwap = p->source == SOURCE_FILE;
	while (sql_next(&r)) {
		struct bar old = sql_column_bar(&r, 0);

		if (!merge_stored(m, &old))
			return sql_nomem(&r);
	}
	merge_end(m);
	n->unchanged = m->unchanged;
	return sql_end(&r);
}

/* All answers are taken before the first is acted on. */
static bool
read_facts(struct store *st, const struct page_put *p, struct knowledge *f,
    struct source_spans *sources, struct page_counts *n, struct md_error *e)
{
	bool held;

	if (!ask_facts(st, p, e) || !lease_answer(st, &held, e) ||
	    !read_known(st, f, sources, e) ||
	    (p->len > 0 &&
		(!read_standing(st, n, e) || !read_stored(st, p, n, e))))
		return false;
	return held || lease_lost(st, p->lease, e);
}

/* -- bars -- */

/* Had the window ended when it was answered for? */
static bool
answered_whole(const struct grid *g, const struct coverage *c, int64_t t)
{
	const struct span *s = coverage_at(c, t);

	return s != NULL && grid_end(g, t) <= s->fetched_at;
}

/*
 * A bar that is there with other values: the newest answer counts, unless it
 * contradicts an earlier page of the same answer.  If the bar was answered for
 * before, it is restated.
 */
static bool
classify_changes(struct store *st, const struct page_put *p,
    const struct coverage *before, struct page_counts *n, struct md_error *e)
{
	struct page_merge *m = &st->merge;
	size_t kept = 0;

	for (size_t i = 0; i < m->changes_len; i++) {
		struct bar_change c = m->changes[i];

		if (c.new->t < p->cursor) {
			n->rejected++;
			if (!reject_late(st, p, c.new, e))
				return false;
			continue;
		}
		n->updated++;
		/* One whose window was open then has grown, and one that came
		 * without its vwap has got it: that is no restatement. */
		c.restated = answered_whole(&p->grid, before, c.old.t) &&
			     !bar_adds_vwap(c.new, &c.old);
		n->restated += c.restated ? 1 : 0;
		m->changes[kept++] = c;
	}
	m->changes_len = kept;
	for (size_t i = 0; i < kept; i++)
		if (!history_changed(st, p, &m->changes[i], e))
			return false;
	return true;
}

static bool
put_bars(struct store *st, const struct page_put *p,
    const struct coverage *before, struct page_counts *n, struct md_error *e)
{
	struct page_merge *m = &st->merge;
	int64_t first;

	if (p->len == 0)
		return true;
	first = merge_first(m);
	n->inserted = (int64_t)m->fresh_len;
	if ((m->fresh_len > 0 && (!st->sql->insert_bars(st, p, m, e) ||
				     !history_came(st, p, m, e))) ||
	    !classify_changes(st, p, before, n, e) ||
	    (m->changes_len > 0 && !st->sql->change_bars(st, p, m, n, e)))
		return false;
	/* A row that stays as it is is not written. */
	if (n->inserted + n->updated == 0)
		return true;
	return sql_run(st, e,
	    "UPDATE series SET bar_count = bar_count + $2, newest_ts = "
	    "CASE WHEN newest_ts > $3 THEN newest_ts ELSE $3 END, "
	    "features_from = CASE WHEN features_from < $4 THEN features_from "
	    "ELSE $4 END WHERE series_id = $1",
	    SQL_VALUES(sql_int(p->lease->series_id), sql_int(n->inserted),
		sql_time(p->bars[p->len - 1].t), sql_time(first)));
}

/* -- coverage and doubts -- */

/* Are these the first bars that tell the grid? */
static bool
tells_grid(const struct page_put *p)
{
	return p->lease->grid == GRID_UNKNOWN && p->grid.kind != GRID_UNKNOWN;
}

static bool
write_grid(struct store *st, const struct page_put *p, struct md_error *e)
{
	return sql_run(st, e,
	    "UPDATE series SET grid = $2 WHERE series_id = $1",
	    SQL_VALUES(sql_int(p->lease->series_id),
		sql_text(grid_kind_name(p->grid.kind))));
}

/* Whether the series has bars somewhere. */
struct bars_read {
	struct store *store;
	int64_t series_id;
	struct md_error *e;
	bool failed;
};

static bool
read_bars(void *ctx, const struct range *range, bool *has)
{
	struct bars_read *b = ctx;
	int64_t one = 0;

	b->failed = !sql_first_int(b->store, b->e, &one,
	    "SELECT 1 FROM bars WHERE series_id = $1 AND ts >= $2 "
	    "AND ts < $3 LIMIT 1",
	    SQL_VALUES(sql_int(b->series_id), sql_time(range->from),
		sql_time(range->to)));
	*has = one != 0;
	return !b->failed;
}

/* Most of the coverage is unchanged. */
static bool
write_coverage(struct store *st, const struct page_put *p,
    const struct coverage *old, const struct coverage *new, struct md_error *e)
{
	size_t head, a, b;

	coverage_difference(old, new, &head, &a, &b);
	if (a > head &&
	    !sql_run(st, e,
		"DELETE FROM coverage WHERE series_id = $1 "
		"AND from_ts BETWEEN $2 AND $3",
		SQL_VALUES(sql_int(p->lease->series_id),
		    sql_time(old->v[head].from), sql_time(old->v[a - 1].from))))
		return false;
	for (size_t i = head; i < b; i++)
		if (!sql_run(st, e,
			"INSERT INTO coverage (series_id, from_ts, to_ts, "
			"fetched_at, kind, final) "
			"VALUES ($1, $2, $3, $4, $5, $6)",
			SQL_VALUES(sql_int(p->lease->series_id),
			    sql_time(new->v[i].from), sql_time(new->v[i].to),
			    sql_time(new->v[i].fetched_at),
			    sql_text(coverage_kind_name(new->v[i].kind)),
			    sql_bool(span_final(&new->v[i], &p->grid)))))
			return false;
	return true;
}

static bool
write_doubts(struct store *st, int64_t series_id, const struct doubts *d,
    struct md_error *e)
{
	bool good = sql_run(st, e, "DELETE FROM doubts WHERE series_id = $1",
	    SQL_VALUES(sql_int(series_id)));

	for (size_t i = 0; good && i < d->len; i++)
		good = sql_run(st, e,
		    "INSERT INTO doubts (series_id, from_ts, to_ts, "
		    "answered_at, answers) VALUES ($1, $2, $3, $4, $5)",
		    SQL_VALUES(sql_int(series_id), sql_time(d->v[i].from),
			sql_time(d->v[i].to), sql_time(d->v[i].answered_at),
			sql_int(d->v[i].answers)));
	return good;
}

static bool
put_coverage(struct store *st, const struct page_put *p,
    const struct knowledge *f, struct md_error *e)
{
	int64_t id = p->lease->series_id;
	const struct knowledge_answer answer = {
		.grid = p->grid,
		.tells_grid = tells_grid(p),
		.asked_at = p->asked_at,
		.covered = { p->covered, p->covered_len },
		.doubted = { p->doubted, p->doubted_len },
		.empty = { p->empty, p->empty_len },
		.refused = { p->refused, p->refused_len },
		.denied = { p->denied, p->denied_len },
	};
	struct knowledge_change c;
	struct bars_read bars = { st, id, e, false };
	bool good;

	if (!knowledge_judge(f, &answer, &c))
		return md_nomem(e);
	good = knowledge_believe(&c, &answer, read_bars, &bars) ||
	       (!bars.failed && md_nomem(e));
	good =
	    good && write_coverage(st, p, &f->coverage, &c.after.coverage, e) &&
	    history_final(st, p, &f->coverage, &c.after.coverage, e) &&
	    (!c.doubts_changed || write_doubts(st, id, &c.after.doubts, e)) &&
	    (!answer.tells_grid || write_grid(st, p, e));
	knowledge_change_free(&c);
	return good;
}

/* -- the page -- */

struct put_pages {
	const struct page_put *p;
	size_t n;
	struct page_counts *counts;
	bool *lost; /* null: none may be */
};

static bool
put_one(struct store *st, const struct page_put *p, struct page_counts *n,
    struct md_error *e)
{
	struct knowledge f = { { NULL, 0, 0 }, { NULL, 0, 0 } };
	struct source_spans sources = { NULL, 0, 0 };
	bool good;

	memset(n, 0, sizeof(*n));
	good = derived_drop(st, p, e) &&
	       read_facts(st, p, &f, &sources, n, e) &&
	       put_bars(st, p, &f.coverage, n, e) && put_rejected(st, p, e) &&
	       put_coverage(st, p, &f, e) && sources_put(st, p, &sources, e) &&
	       derived_put(st, p, e);
	knowledge_free(&f);
	source_spans_free(&sources);
	return good;
}

/* The lease is looked at first: a page that lost it has written nothing. */
static bool
put_pages(struct store *st, void *ctx, struct md_error *e)
{
	const struct put_pages *w = ctx;

	for (size_t i = 0; i < w->n; i++) {
		struct page_put p = w->p[i];
		bool good;

		p.now = history_time(p.now, p.wall);
		good = put_one(st, &p, &w->counts[i], e);

		if (w->lost != NULL)
			w->lost[i] = !good && e->code == MD_ELEASE;
		if (!good && (w->lost == NULL || !w->lost[i]))
			return false;
	}
	return true;
}

/* Room is made for all times between the first and the last of the pages'. */
bool
store_put_pages(struct store *st, const struct page_put *p, size_t n,
    struct page_counts *counts, bool *lost, struct md_error *e)
{
	struct put_pages w = { p, n, counts, lost };
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < n; i++)
		if (p[i].len > 0) {
			first = min64(first, p[i].bars[0].t);
			last = max64(last, p[i].bars[p[i].len - 1].t);
		}
	return sql_write_rows(st, false, first, last, put_pages, &w, e);
}

bool
store_put_page(struct store *st, const struct page_put *p,
    struct page_counts *n, struct md_error *e)
{
	return store_put_pages(st, p, 1, n, NULL, e);
}
