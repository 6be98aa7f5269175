/*
 * Windows of which only rows came that cannot be right.
 */
#include "store/sql.h"

/*
 * Rows of the span, by the unique index, in which no time is null.  SQLite's
 * "+" is for it to compare what is in the index as it is.
 */
#define REJECTED(time, plus)                                                   \
	"FROM rejected_bars b WHERE b.series_id = c.series_id "                \
	"AND " time " >= " plus "c.from_ts AND " time " < " plus "c.to_ts"
#define REFUSED(time, plus, which)                                             \
	"SELECT c.series_id, r.symbol, s.asset_class, r.timeframe, "           \
	"c.from_ts, c.to_ts, c.fetched_at, r.grid, "                           \
	"(SELECT CAST (sum(b.times) AS bigint) " REJECTED(time,                \
	    plus) "), "                                                        \
		  "(SELECT b.reason " REJECTED(time,                           \
		      plus) " ORDER BY "                                       \
			    "b.last_received_at DESC, b.ts DESC, b.reason "    \
			    "LIMIT 1) "                                        \
			    "FROM coverage c JOIN series r ON r.series_id = "  \
			    "c.series_id "                                     \
			    "JOIN symbols s ON s.symbol = r.symbol WHERE "     \
			    "c.kind = 'refused' AND " which
#define REFUSED_OF(st, which)                                                  \
	sql_for(st, REFUSED("ifnull(b.ts, -1)", "+", which),                   \
	    REFUSED("coalesce(b.ts, '-infinity')", "", which))

static bool
read_refused(struct sql_rows *r, struct refused_rows *out)
{
	while (sql_next(r)) {
		struct refused_row *v = refused_rows_append(out);

		if (v == NULL)
			return sql_nomem(r);
		v->series_id = sql_column_int(r, 0);
		sql_copy_text(v->symbol, sizeof(v->symbol), r, 1);
		if (!asset_class_parse(sql_column_text(r, 2), &v->class) ||
		    !sql_column_timeframe(r, 3, &v->timeframe))
			return sql_broken(r, "a refused window");
		v->from_ts = sql_column_time(r, 4);
		v->to_ts = sql_column_time(r, 5);
		v->asked_ms = sql_column_time(r, 6);
		v->grid = grid_kind_parse(sql_column_text(r, 7));
		v->times = sql_column_int(r, 8);
		sql_copy_text(v->reason, sizeof(v->reason), r, 9);
	}
	return sql_end(r);
}

bool
store_report_refused(struct store *st, struct refused_rows *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    REFUSED_OF(st, "r.active AND s.active "
			   "ORDER BY r.symbol, c.series_id, c.from_ts"),
	    SQL_NONE);
	return read_refused(&r, out);
}

bool
store_report_refused_of(struct store *st, int64_t series_id, int64_t limit,
    struct refused_rows *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    REFUSED_OF(st, "c.series_id = $1 ORDER BY c.from_ts DESC LIMIT $2"),
	    SQL_VALUES(sql_int(series_id), sql_int(limit)));
	return read_refused(&r, out);
}
