/*
 * Which bars of a series are not the API's own.
 */
#include "store/history.h"

/* What was marked of the range is no more. */
static bool
unmark(struct store *st, int64_t series_id, const struct range *r,
    struct md_error *e)
{
	return sql_run(st, e,
		   "INSERT INTO derived (series_id, from_ts, to_ts, "
		   "timeframe, derived_at) SELECT series_id, $2, to_ts, "
		   "timeframe, derived_at FROM derived WHERE series_id = $1 "
		   "AND from_ts < $2 AND to_ts > $2",
		   SQL_VALUES(sql_int(series_id), sql_time(r->to))) &&
	       sql_run(st, e,
		   "UPDATE derived SET to_ts = $2 WHERE series_id = $1 "
		   "AND from_ts < $2 AND to_ts > $2",
		   SQL_VALUES(sql_int(series_id), sql_time(r->from))) &&
	       sql_run(st, e,
		   "DELETE FROM derived WHERE series_id = $1 "
		   "AND from_ts >= $2 AND from_ts < $3",
		   SQL_VALUES(sql_int(series_id), sql_time(r->from),
		       sql_time(r->to)));
}

/* This is before the page looks at its lease, and so looks itself. */
bool
derived_drop(struct store *st, const struct page_put *p, struct md_error *e)
{
	int64_t dropped = 0, n;

	if (p->derived_from != NULL || !p->had_derived)
		return true;
	if (!lease_hold(st, p->lease, p->wall, e))
		return false;
	for (size_t i = 0; i < p->covered_len; i++) {
		if (!history_derived(st, p->lease->series_id, &p->covered[i],
			p->now, e) ||
		    !sql_run_counted(st, e, &n, "DELETE FROM bars" DERIVED_BARS,
			SQL_VALUES(sql_int(p->lease->series_id),
			    sql_time(p->covered[i].from),
			    sql_time(p->covered[i].to))))
			return false;
		dropped += n;
	}
	return dropped == 0 ||
	       sql_run(st, e,
		   "UPDATE series SET bar_count = bar_count - $2 "
		   "WHERE series_id = $1",
		   SQL_VALUES(sql_int(p->lease->series_id), sql_int(dropped)));
}

/* Marked, as one with what ends where it begins. */
static bool
mark(struct store *st, const struct page_put *p, const struct range *r,
    struct md_error *e)
{
	int64_t changed;

	if (!sql_run_counted(st, e, &changed,
		"UPDATE derived SET to_ts = $3, derived_at = $5 "
		"WHERE series_id = $1 AND to_ts = $2 AND timeframe = $4",
		SQL_VALUES(sql_int(p->lease->series_id), sql_time(r->from),
		    sql_time(r->to), sql_text(p->derived_from),
		    sql_time(p->now))))
		return false;
	return changed > 0 ||
	       sql_run(st, e,
		   "INSERT INTO derived (series_id, from_ts, to_ts, "
		   "timeframe, derived_at) VALUES ($1, $2, $3, $4, $5)",
		   SQL_VALUES(sql_int(p->lease->series_id), sql_time(r->from),
		       sql_time(r->to), sql_text(p->derived_from),
		       sql_time(p->now)));
}

bool
derived_put(struct store *st, const struct page_put *p, struct md_error *e)
{
	bool good = true;

	if (p->derived_from == NULL && !p->had_derived)
		return true;
	for (size_t i = 0; good && i < p->covered_len; i++)
		good =
		    unmark(st, p->lease->series_id, &p->covered[i], e) &&
		    (p->derived_from == NULL || mark(st, p, &p->covered[i], e));
	return good;
}
