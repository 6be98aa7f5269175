/*
 * Features: what is owed, what they are computed from, and storing them.
 */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "store/internal.h"

/* -- what is owed -- */

bool
store_features_pending(struct store *st, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT features_from FROM series WHERE series_id = $1 "
	    "AND features_from IS NOT NULL",
	    SQL_VALUES(sql_int(series_id)));
	*owed = sql_next(&r);
	if (*owed)
		*from = sql_column_time(&r, 0);
	return sql_end(&r);
}

#define EXPIRE                                                                 \
	"UPDATE series SET features_from = " FIRST_BAR " WHERE series_id = $1"

bool
store_features_expire(struct store *st, int64_t series_id, struct md_error *e)
{
	return sql_change(st, e, NULL, EXPIRE, SQL_VALUES(sql_int(series_id)));
}

bool
store_series_lacking_features(struct store *st, int64_t **ids, size_t *len,
    struct md_error *e)
{
	struct sql_rows r;
	size_t cap = 0;

	*ids = NULL;
	*len = 0;
	sql_select(&r, st, e,
	    "SELECT series_id FROM series WHERE features_from IS NOT NULL "
	    "ORDER BY series_id",
	    SQL_NONE);
	while (sql_next(&r)) {
		int64_t *v = array_room(*ids, *len, &cap, sizeof(*v));

		if (v == NULL)
			return sql_nomem(&r);
		*ids = v;
		v[(*len)++] = sql_column_int(&r, 0);
	}
	return sql_end(&r);
}

/* -- what they are computed from -- */

bool
store_bars(struct store *st, int64_t series_id, int64_t from, struct bar *out,
    size_t cap, size_t *len, struct md_error *e)
{
	struct sql_rows r;

	*len = 0;
	sql_select(&r, st, e,
	    "SELECT " BAR_COLUMNS
	    "FROM bars WHERE series_id = $1 AND ts >= $2 ORDER BY ts LIMIT $3",
	    SQL_VALUES(sql_int(series_id), sql_time(from),
		sql_int((int64_t)cap)));
	while (sql_next(&r))
		out[(*len)++] = sql_column_bar(&r, 0);
	return sql_end(&r);
}

bool
store_bars_before(struct store *st, int64_t series_id, int64_t from, int64_t n,
    int64_t day, int64_t *start, struct md_error *e)
{
	struct sql_rows r;

	*start = from;
	sql_select(&r, st, e,
	    "SELECT min(ts) FROM (SELECT ts FROM bars WHERE series_id = $1 "
	    "AND ts <= $2 ORDER BY ts DESC LIMIT $3 + 1) AS l UNION ALL "
	    "SELECT max(ts) FROM bars WHERE series_id = $1 AND ts < $4",
	    SQL_VALUES(sql_int(series_id), sql_time(from), sql_int(n),
		sql_time(day)));
	while (sql_next(&r)) {
		int64_t ts = sql_column_time(&r, 0);

		if (!sql_is_null(&r, 0) && ts < *start)
			*start = ts;
	}
	return sql_end(&r);
}

/* -- storing them -- */

/* A return over one bar is log_return; who reads it knows. */
static void
leave_out(const struct features_put *p)
{
	for (size_t i = 0; i < p->len; i++) {
		if (p->timeframe == TF_1H)
			p->rows[i].return_1h = (double)NAN;
		else if (p->timeframe == TF_1D)
			p->rows[i].return_1d = (double)NAN;
	}
}

static bool
put_rows(struct store *st, const struct features_put *p, struct md_error *e)
{
	int64_t id = p->lease->series_id;

	return sql_run(st, e,
		   "DELETE FROM quant_features WHERE series_id = $1 "
		   "AND ts >= $2 AND ts < $3",
		   SQL_VALUES(sql_int(id), sql_time(p->from),
		       sql_time(p->to))) &&
	       (p->len == 0 || st->sql->insert_features(st, p, e)) &&
	       /* What was made to owe earlier ones meanwhile stands. */
	       sql_run(st, e,
		   "UPDATE series SET features_from = $3 "
		   "WHERE series_id = $1 AND features_from >= $2",
		   SQL_VALUES(sql_int(id), sql_time(p->from),
		       sql_time_or_null(p->to == INT64_MAX ? 0 : p->to)));
}

#define PUT_FRESHNESS(newest)                                                  \
	"INSERT INTO feature_freshness (symbol, timeframe, last_computed_at, " \
	"data_point_count, last_bar_at, updated_at) "                          \
	"SELECT symbol, timeframe, $2, bar_count, " newest                     \
	", $2 FROM series WHERE series_id = $1 AND features_from IS NULL "     \
	"ON CONFLICT (symbol, timeframe) DO UPDATE SET "                       \
	"last_computed_at = excluded.last_computed_at, "                       \
	"data_point_count = excluded.data_point_count, "                       \
	"last_bar_at = excluded.last_bar_at, "                                 \
	"updated_at = excluded.updated_at"

/* All is computed: a row of features for each bar. */
static bool
put_freshness(struct store *st, const struct features_put *p,
    struct md_error *e)
{
	return sql_run(st, e,
		   sql_for(st,
		       PUT_FRESHNESS("strftime('%Y-%m-%dT%H:%M:%SZ', "
				     "newest_ts / 1000, 'unixepoch')"),
		       PUT_FRESHNESS("newest_ts")),
		   SQL_VALUES(sql_int(p->lease->series_id),
		       sql_stamp(p->now))) &&
	       sql_run(st, e,
		   "UPDATE feature_computation_failures SET resolved = TRUE, "
		   "resolved_at = $3 WHERE symbol = $1 AND timeframe = $2 "
		   "AND NOT resolved",
		   SQL_VALUES(sql_text(p->symbol),
		       sql_text(timeframe_name(p->timeframe)),
		       sql_stamp(p->now)));
}

struct put_features {
	const struct features_put *p;
	bool *stale;
};

static bool
put_features(struct store *st, void *ctx, struct md_error *e)
{
	const struct put_features *w = ctx;
	const struct features_put *p = w->p;
	struct adjustments now;

	*w->stale = false;
	if (!lease_hold(st, p->lease, p->wall, e) ||
	    !store_adjustments(st, p->symbol, &now, e))
		return false;
	if (!adjustments_equal(&now, p->adjustments)) {
		*w->stale = true;
		return sql_run(st, e, EXPIRE,
		    SQL_VALUES(sql_int(p->lease->series_id)));
	}
	return put_rows(st, p, e) &&
	       (p->to != INT64_MAX || put_freshness(st, p, e));
}

bool
store_features_put(struct store *st, const struct features_put *p, bool *stale,
    struct md_error *e)
{
	struct put_features w = { p, stale };

	leave_out(p);
	return sql_write_rows(st, true, p->len > 0 ? p->rows[0].t : INT64_MAX,
	    p->len > 0 ? p->rows[p->len - 1].t : INT64_MIN, put_features, &w,
	    e);
}

/* -- what failed, what is current -- */

bool
store_features_fail(struct store *st, const struct features_failure *f,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO feature_computation_failures AS o (symbol, "
	    "timeframe, error_message, execution_id, failed_at) "
	    "VALUES ($1, $2, $3, $4, $5) "
	    "ON CONFLICT (symbol, timeframe) WHERE NOT resolved DO UPDATE SET "
	    "error_message = $3, execution_id = $4, failed_at = $5, "
	    "retry_count = o.retry_count + 1",
	    SQL_VALUES(sql_text(f->symbol),
		sql_text(timeframe_name(f->timeframe)), sql_text(f->message),
		sql_text(f->execution_id), sql_stamp(f->now)));
}

bool
store_features_current(struct store *st, const char *execution_id,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "UPDATE feature_freshness AS f SET "
	    "last_computed_at = c.completed_at, updated_at = c.completed_at "
	    "FROM symbol_computation_status c JOIN series s "
	    "ON s.symbol = c.symbol AND s.timeframe = c.timeframe "
	    "WHERE c.execution_id = $1 AND c.status = 'completed' "
	    "AND f.symbol = c.symbol AND f.timeframe = c.timeframe "
	    "AND s.features_from IS NULL "
	    "AND f.last_computed_at < c.completed_at",
	    SQL_VALUES(sql_text(execution_id)));
}
