/*
 * What was answered after a series' newest bar.
 */
#include "store/sql.h"

static bool
read_tail(struct sql_rows *r, struct tail_row *v)
{
	v->series_id = sql_column_int(r, 0);
	v->grid = grid_kind_parse(sql_column_text(r, 9));
	sql_copy_text(v->symbol, sizeof(v->symbol), r, 1);
	v->newest_ts = sql_column_time(r, 4);
	v->span.from = sql_column_time(r, 5);
	v->span.to = sql_column_time(r, 6);
	v->span.fetched_at = sql_column_time(r, 7);
	return asset_class_parse(sql_column_text(r, 2), &v->class) &&
	       sql_column_timeframe(r, 3, &v->timeframe) &&
	       coverage_kind_parse(sql_column_text(r, 8), &v->span.kind);
}

/*
 * The few rows are sorted: in the order of an index all series would be looked
 * up by it.  PostgreSQL would read all coverage where most series are old, but
 * for the limit.
 */
#define TAILS(join)                                                            \
	"SELECT r.series_id, r.symbol, s.asset_class, r.timeframe, "           \
	"(SELECT max(x.newest_ts) FROM series x "                              \
	"WHERE x.symbol = r.symbol), "                                         \
	"c.from_ts, c.to_ts, c.fetched_at, c.kind, r.grid "                    \
	"FROM series r JOIN symbols s ON s.symbol = r.symbol " join            \
	" c.series_id = r.series_id AND c.from_ts > r.newest_ts "              \
	"WHERE r.active AND s.active AND r.newest_ts < $1 "                    \
	"ORDER BY r.symbol || '', r.series_id, c.from_ts"

bool
store_report_tails(struct store *st, int64_t older_than, struct tail_rows *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st, TAILS("JOIN coverage c ON"),
		TAILS("JOIN LATERAL (SELECT * FROM coverage k "
		      "WHERE k.series_id = r.series_id "
		      "AND k.from_ts > r.newest_ts "
		      "ORDER BY k.from_ts LIMIT 10000) AS c ON")),
	    SQL_VALUES(sql_time(older_than)));
	while (sql_next(&r)) {
		struct tail_row *v = tail_rows_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		if (!read_tail(&r, v))
			return sql_broken(&r, "a span of coverage");
	}
	return sql_end(&r);
}
