/*
 * Holes in daily series, for a person to look at.
 */
#include <string.h>

#include "market/hole.h"
#include "store/sql.h"

struct holed_series {
	int64_t id, since; /* holes that end by then are none, ms */
	char symbol[SYMBOL_MAX];
};

static bool
read_doubts(struct store *st, int64_t series_id, struct doubts *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT from_ts, to_ts, answered_at, answers FROM doubts "
	    "WHERE series_id = $1 ORDER BY from_ts",
	    SQL_VALUES(sql_int(series_id)));
	while (sql_next(&r))
		if (!doubts_append(out, sql_column_time(&r, 0),
			sql_column_time(&r, 1), sql_column_time(&r, 2),
			(int)sql_column_int(&r, 3)))
			return sql_nomem(&r);
	return sql_end(&r);
}

static bool
answered_within(struct store *st, int64_t series_id, int64_t from, int64_t to,
    int64_t *ms, struct md_error *e)
{
	struct coverage coverage = { NULL, 0, 0 };
	struct doubts doubts = { NULL, 0, 0 };
	bool good = store_report_coverage(st, series_id, &coverage, e) &&
		    read_doubts(st, series_id, &doubts, e);

	if (good)
		*ms = hole_answered(&coverage, &doubts, from, to);
	coverage_free(&coverage);
	doubts_free(&doubts);
	return good;
}

/* The prices on either side, adjusted for splits. */
static bool
read_prices(struct store *st, int64_t series_id, struct hole_row *h,
    struct md_error *e)
{
	struct adjustments a;
	struct sql_rows r;

	if (!store_adjustments(st, h->symbol, &a, e))
		return false;
	sql_select(&r, st, e,
	    "SELECT ts, open, high, low, close, volume, vwap, transactions "
	    "FROM bars WHERE series_id = $1 AND ts IN ($2, $3)",
	    SQL_VALUES(sql_int(series_id), sql_time(h->from_ts),
		sql_time(h->to_ts)));
	while (sql_next(&r)) {
		struct bar b = sql_column_bar(&r, 0);

		for (size_t i = 0; i < a.len && !split_adjust(&a.v[i], &b); i++)
			;
		if (b.t == h->from_ts)
			h->before = b.c;
		else
			h->after = b.o;
	}
	return sql_end(&r);
}

/* What nobody asked for is no hole. */
static bool
add_hole(struct store *st, const struct holed_series *s, int64_t from,
    int64_t to, int64_t at_least, struct hole_rows *out, struct md_error *e)
{
	struct hole_row *h;
	int64_t answered;

	if (!answered_within(st, s->id, from, to, &answered, e))
		return false;
	if (answered < at_least)
		return true;
	h = hole_rows_append(out);
	if (h == NULL)
		return md_nomem(e);
	memcpy(h->symbol, s->symbol, sizeof(h->symbol));
	h->from_ts = from;
	h->to_ts = to;
	return read_prices(st, s->id, h, e);
}

static bool
find_holes(struct store *st, const struct holed_series *s, int64_t at_least,
    struct hole_rows *out, struct md_error *e)
{
	struct sql_rows r;
	int64_t last = INT64_MAX;

	sql_select(&r, st, e,
	    "SELECT ts FROM bars WHERE series_id = $1 ORDER BY ts",
	    SQL_VALUES(sql_int(s->id)));
	while (sql_next(&r)) {
		int64_t ts = sql_column_time(&r, 0);

		if (last != INT64_MAX &&
		    hole_between(last, ts, s->since, at_least) &&
		    !add_hole(st, s, last, ts, at_least, out, e)) {
			(void)sql_end(&r);
			return false;
		}
		last = ts;
	}
	return sql_end(&r);
}

/*
 * Counting tells of most series that they have none.  The bars are a query of
 * their own: rarely needed, and slow to plan where there are many partitions.
 */
bool
store_report_holes(struct store *st, int64_t at_least, struct hole_rows *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT r.series_id, r.symbol, s.history_from, r.bar_count, "
	    "r.newest_ts, (SELECT min(b.ts) FROM bars b "
	    "WHERE b.series_id = r.series_id) "
	    "FROM series r JOIN symbols s ON s.symbol = r.symbol "
	    "WHERE r.timeframe = '1d' AND r.active AND s.active "
	    "AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1 "
	    "ORDER BY r.symbol",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct holed_series s = { .id = sql_column_int(&r, 0) };
		md_date from;

		if (!hole_is_possible(sql_column_int(&r, 3),
			sql_column_time(&r, 5), sql_column_time(&r, 4),
			at_least))
			continue;
		sql_copy_text(s.symbol, sizeof(s.symbol), &r, 1);
		if (sql_column_date(&r, 2, &from))
			s.since = ((int64_t)from + 1) * MD_DAY;
		if (!find_holes(st, &s, at_least, out, e)) {
			(void)sql_end(&r);
			return false;
		}
	}
	return sql_end(&r);
}
