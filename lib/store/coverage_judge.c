/*
 * Coverage that an older version wrote: which of it is final takes the
 * calendar, and is judged once.
 */
#include <stdlib.h>

#include "base/array.h"
#include "store/sql.h"

struct unjudged {
	int64_t series_id;
	struct grid grid;
	struct span span;
};

struct judge {
	const struct calendar *calendar;
	struct unjudged *v;
	size_t len, cap;
};

static bool
read_unjudged(struct store *st, struct judge *j, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT c.series_id, s.asset_class, r.timeframe, c.from_ts, "
	    "c.to_ts, c.fetched_at, c.kind, r.grid, r.newest_ts "
	    "FROM coverage c "
	    "JOIN series r ON r.series_id = c.series_id "
	    "JOIN symbols s ON s.symbol = r.symbol WHERE c.final IS NULL "
	    "ORDER BY c.series_id, c.from_ts",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct unjudged *u = ARRAY_NEXT(j);

		if (u == NULL)
			return sql_nomem(&r);
		u->series_id = sql_column_int(&r, 0);
		u->grid.calendar = j->calendar;
		u->grid.kind = grid_kind_parse(sql_column_text(&r, 7));
		u->span.from = sql_column_time(&r, 3);
		u->span.to = sql_column_time(&r, 4);
		u->span.fetched_at = sql_column_time(&r, 5);
		if (!asset_class_parse(sql_column_text(&r, 1),
			&u->grid.class) ||
		    !sql_column_timeframe(&r, 2, &u->grid.timeframe) ||
		    !coverage_kind_parse(sql_column_text(&r, 6), &u->span.kind))
			return sql_broken(&r, "coverage");
		if (!sql_is_null(&r, 8))
			(void)grid_learn(&u->grid, sql_column_time(&r, 8));
	}
	return sql_end(&r);
}

static bool
judge(struct store *st, void *ctx, struct md_error *e)
{
	struct judge *j = ctx;
	bool good;

	j->len = 0;
	good = read_unjudged(st, j, e);
	for (size_t i = 0; good && i < j->len; i++)
		good = sql_run(st, e,
		    "UPDATE coverage SET final = $3 WHERE series_id = $1 "
		    "AND from_ts = $2",
		    SQL_VALUES(sql_int(j->v[i].series_id),
			sql_time(j->v[i].span.from),
			sql_bool(span_final(&j->v[i].span, &j->v[i].grid))));
	return good;
}

bool
store_judge_coverage(struct store *st, const struct calendar *cal,
    struct md_error *e)
{
	struct judge j = { cal, NULL, 0, 0 };
	int64_t any = 0;
	bool good = sql_first_int(st, e, &any,
			"SELECT 1 FROM coverage WHERE final IS NULL LIMIT 1",
			SQL_NONE) &&
		    (any == 0 || sql_write(st, judge, &j, e));

	free(j.v);
	return good;
}
