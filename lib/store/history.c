/*
 * What the store held at a time that is past: what is written down when it
 * changes, and how that is read.
 */
#include "store/history.h"

#include <string.h>

#include "base/integer.h"
#include "base/mdtime.h"
#include "market/split.h"

int64_t
history_time(int64_t now, int64_t wall)
{
	return wall == 0 ? now : now + max64(md_now_ms() - wall, 0);
}

/* -- ranges: bars that came, answers that became final -- */

static bool
note(struct store *st, const struct page_put *p, const char *event,
    int64_t from, int64_t to, struct md_error *e)
{
	return sql_run(st, e,
	    "INSERT INTO range_history (series_id, event, from_ts, to_ts, "
	    "at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	    SQL_VALUES(sql_int(p->lease->series_id), sql_text(event),
		sql_time(from), sql_time(to), sql_time(p->now)));
}

/* Does the i-th new bar of the page continue the range of the one before? */
static bool
continues(const struct page_merge *m, size_t i)
{
	return !m->others && m->fresh[i] == m->fresh[i - 1] + 1;
}

bool
history_came(struct store *st, const struct page_put *p,
    const struct page_merge *m, struct md_error *e)
{
	bool good = true;

	for (size_t i = 0, end; good && i < m->fresh_len; i = end) {
		for (end = i + 1; end < m->fresh_len && continues(m, end);
		     end++)
			;
		good = note(st, p, "came", m->fresh[i]->t,
		    m->fresh[end - 1]->t + 1, e);
	}
	return good;
}

static bool
final_spans(const struct coverage *c, const struct grid *g, struct ranges *out)
{
	for (size_t i = 0; i < c->len; i++)
		if (span_final(&c->v[i], g) &&
		    !ranges_join(out, c->v[i].from, c->v[i].to))
			return false;
	return true;
}

bool
history_final(struct store *st, const struct page_put *p,
    const struct coverage *old, const struct coverage *new, struct md_error *e)
{
	size_t head, a, b;
	struct ranges was = { NULL, 0, 0 }, is = { NULL, 0, 0 };
	bool good;

	coverage_difference(old, new, &head, &a, &b);
	good = final_spans(&(struct coverage){ old->v + head, a - head, 0 },
		   &p->grid, &was) &&
	       final_spans(&(struct coverage){ new->v + head, b - head, 0 },
		   &p->grid, &is) &&
	       ranges_cut(&is, &was);
	good = good || md_nomem(e);
	for (size_t i = 0; good && i < is.len; i++)
		good = note(st, p, "final", is.v[i].from, is.v[i].to, e);
	ranges_free(&was);
	ranges_free(&is);
	return good;
}

/* -- bars -- */

#define KEEP_BARS                                                              \
	"INSERT INTO bar_history (series_id, ts, until_ms, open, high, low, "  \
	"close, volume, vwap, transactions, removed) "

bool
history_changed(struct store *st, const struct page_put *p,
    const struct bar_change *c, struct md_error *e)
{
	const struct bar *b = &c->old;

	if (c->restated)
		return true;
	return sql_run(st, e,
	    KEEP_BARS "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
		      "FALSE) "
		      "ON CONFLICT DO NOTHING",
	    SQL_VALUES(sql_int(p->lease->series_id), sql_time(b->t),
		sql_time(p->now), sql_real(b->o), sql_real(b->h),
		sql_real(b->l), sql_real(b->c), sql_real(b->v), sql_real(b->vw),
		sql_int_or_null(b->n)));
}

bool
history_derived(struct store *st, int64_t series_id, const struct range *r,
    int64_t now, struct md_error *e)
{
	return sql_run(st, e,
	    KEEP_BARS "SELECT series_id, ts, $4, open, high, low, close, "
		      "volume, vwap, transactions, TRUE FROM bars" DERIVED_BARS
		      " ON CONFLICT DO NOTHING",
	    SQL_VALUES(sql_int(series_id), sql_time(r->from), sql_time(r->to),
		sql_time(now)));
}

bool
history_forgotten(struct store *st, int64_t series_id, int64_t before,
    int64_t now, struct md_error *e)
{
	return sql_run(st, e,
		   KEEP_BARS
		   "SELECT series_id, ts, $3, open, high, low, "
		   "close, volume, vwap, transactions, TRUE FROM bars "
		   "WHERE series_id = $1 AND ts < $2 "
		   "ON CONFLICT DO NOTHING",
		   SQL_VALUES(sql_int(series_id), sql_time(before),
		       sql_time(now))) &&
	       sql_run(st, e,
		   KEEP_BARS
		   "SELECT series_id, ts, seen_at, old_open, "
		   "old_high, old_low, old_close, old_volume, "
		   "old_vwap, old_transactions, FALSE FROM restatements "
		   "WHERE series_id = $1 AND ts < $2 "
		   "ON CONFLICT DO NOTHING",
		   SQL_VALUES(sql_int(series_id), sql_time(before)));
}

/* -- adjustments -- */

/* Those of earlier in the same ms stay. */
#define ALONE                                                                  \
	"NOT EXISTS (SELECT 1 FROM adjustment_history h "                      \
	"WHERE h.symbol = $1 AND h.cause = $2 AND h.until_ms = $3)"
#define KEEP_ADJUSTMENTS                                                       \
	"INSERT INTO adjustment_history (symbol, cause, until_ms, from_ts, "   \
	"to_ts, factor) "
#define KEEP_THOSE_OF(table)                                                   \
	KEEP_ADJUSTMENTS "SELECT symbol, $2, $3, from_ts, to_ts, factor "      \
			 "FROM " table " WHERE symbol = $1 AND " ALONE

bool
history_adjustments(struct store *st, enum action kind, const char *symbol,
    int64_t now, struct md_error *e)
{
	static const char *const keep[ACTION_COUNT] = {
		[ACTION_SPLITS] = KEEP_THOSE_OF("adjustments"),
		[ACTION_DIVIDENDS] = KEEP_THOSE_OF("dividend_adjustments"),
	};

	return sql_run(st, e, keep[kind],
		   SQL_VALUES(sql_text(symbol), sql_text(actions_name(kind)),
		       sql_time(now))) &&
	       sql_run(st, e,
		   KEEP_ADJUSTMENTS "VALUES ($1, $2, $3, $4, $4, 1) "
				    "ON CONFLICT DO NOTHING",
		   SQL_VALUES(sql_text(symbol), sql_text(actions_name(kind)),
		       sql_time(now), sql_time(ADJUSTMENT_SINCE)));
}

bool
store_adjustments_then(struct store *st, enum action kind, const char *symbol,
    int64_t as_of, struct adjustment_list *out, struct md_error *e)
{
	struct sql_rows r;
	bool changed = false;

	sql_select(&r, st, e,
	    "SELECT from_ts, to_ts, factor FROM adjustment_history "
	    "WHERE symbol = $1 AND cause = $2 AND until_ms = (SELECT "
	    "min(h.until_ms) FROM adjustment_history h WHERE h.symbol = $1 "
	    "AND h.cause = $2 AND h.until_ms > $3) ORDER BY from_ts, to_ts",
	    SQL_VALUES(sql_text(symbol), sql_text(actions_name(kind)),
		sql_time(as_of)));
	while (sql_next(&r)) {
		struct adjustment a = { sql_column_time(&r, 0),
			sql_column_time(&r, 1), sql_column_real(&r, 2) };
		struct adjustment *v;

		changed = true;
		if (a.from_ts >= a.to_ts)
			continue;
		v = adjustment_list_append(out);
		if (v == NULL)
			return sql_nomem(&r);
		*v = a;
	}
	return sql_end(&r) &&
	       (changed || store_adjustments_now(st, kind, symbol, out, e));
}

/* -- what is read -- */

bool
store_history_from(struct store *st, int64_t series_id, int64_t *from,
    struct md_error *e)
{
	struct sql_rows r;

	*from = INT64_MIN;
	sql_select(&r, st, e,
	    "SELECT history_from FROM series WHERE series_id = $1",
	    SQL_VALUES(sql_int(series_id)));
	if (sql_next(&r) && !sql_is_null(&r, 0))
		*from = sql_column_time(&r, 0);
	return sql_end(&r);
}

bool
store_finality_then(struct store *st, int64_t series_id, int64_t as_of,
    struct ranges *final, struct ranges *later, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT from_ts, to_ts, at_ms FROM range_history "
	    "WHERE series_id = $1 AND event = 'final' ORDER BY from_ts, to_ts",
	    SQL_VALUES(sql_int(series_id)));
	while (sql_next(&r))
		if (!ranges_join(sql_column_time(&r, 2) <= as_of ? final
								 : later,
			sql_column_time(&r, 0), sql_column_time(&r, 1)))
			return sql_nomem(&r);
	return sql_end(&r);
}

bool
arrivals_read(struct store *st, int64_t series_id, int64_t as_of,
    struct arrivals *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT from_ts, to_ts, at_ms FROM range_history "
	    "WHERE series_id = $1 AND event = 'came' AND at_ms > $2 "
	    "ORDER BY from_ts, to_ts, at_ms",
	    SQL_VALUES(sql_int(series_id), sql_time(as_of)));
	while (sql_next(&r)) {
		struct arrival *v = arrival_list_append(&out->list);

		if (v == NULL)
			return sql_nomem(&r);
		*v = (struct arrival){ sql_column_time(&r, 0),
			sql_column_time(&r, 1), sql_column_time(&r, 2) };
	}
	return sql_end(&r);
}

bool
arrivals_have(struct arrivals *a, int64_t t, int64_t before)
{
	const struct arrival_list *l = &a->list;

	if (t < a->t)
		a->first = 0;
	a->t = t;
	while (a->first < l->len && l->v[a->first].to <= t)
		a->first++;
	for (size_t i = a->first; i < l->len && l->v[i].from <= t; i++)
		if (t < l->v[i].to && l->v[i].at < before)
			return true;
	return false;
}
