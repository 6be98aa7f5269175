/*
 * Reading what is known of a series.
 */
#include "store/internal.h"
#include "store/report.h"

bool
coverage_of_row(struct sql_rows *r, struct coverage *c)
{
	struct span s = {
		.from = sql_column_time(r, 0),
		.to = sql_column_time(r, 1),
		.fetched_at = sql_column_time(r, 2),
	};

	if (!coverage_kind_parse(sql_column_text(r, 3), &s.kind))
		return sql_broken(r, "coverage");
	return coverage_append(c, s) || sql_nomem(r);
}

bool
coverage_of_rows(struct sql_rows *r, struct coverage *c)
{
	c->len = 0;
	while (sql_next(r))
		if (!coverage_of_row(r, c))
			return false;
	return sql_end(r);
}

bool
store_report_coverage(struct store *st, int64_t series_id, struct coverage *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e, COVERAGE_OF_SERIES,
	    SQL_VALUES(sql_int(series_id)));
	return coverage_of_rows(&r, out);
}

bool
doubts_of_rows(struct sql_rows *r, struct doubts *d)
{
	while (sql_next(r))
		if (!doubts_append(d, sql_column_time(r, 0),
			sql_column_time(r, 1), sql_column_time(r, 2),
			(int)sql_column_int(r, 3)))
			return sql_nomem(r);
	return sql_end(r);
}
