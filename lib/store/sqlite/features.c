/*
 * Features: what is owed, what they are computed from, and storing them.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/sqlite/sqlite.h"

const char *
sqlite_time_text(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return NULL;
	md_time_format(ms, out);
	return out;
}

/* -- the virtual table md_features -- */

static void
features_column(sqlite3_context *ctx, const void *row, int column)
{
	static const size_t numbers[] = {
		offsetof(struct features, log_return),
		offsetof(struct features, return_1h),
		offsetof(struct features, return_1d),
		offsetof(struct features, volatility_20),
		offsetof(struct features, volatility_50),
		offsetof(struct features, atr),
		offsetof(struct features, rolling_volume_20),
		offsetof(struct features, volume_ratio),
	};
	const struct features *f = row;
	double number;

	if (column == 0)
		sqlite3_result_int64(ctx, f->t);
	else if (column <= 8) {
		memcpy(&number, (const char *)row + numbers[column - 1],
		    sizeof(number));
		/* A NaN becomes null. */
		sqlite3_result_double(ctx, number);
	} else
		sqlite3_result_int(ctx, features_states(f));
}

bool
sqlite_register_features(struct sqlite_store *st)
{
	st->features.declaration =
	    "CREATE TABLE md_features (ts, log_return, return_1h, return_1d, "
	    "volatility_20, volatility_50, atr, rolling_volume_20, "
	    "volume_ratio, states)";
	st->features.size = sizeof(struct features);
	st->features.column = features_column;
	return sqlite_register_rows(st, "md_features", &st->features);
}

/* -- what is owed -- */

bool
sqlite_features_pending(struct store *base, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT features_from FROM series WHERE series_id = ?1 "
	    "AND features_from IS NOT NULL",
	    "i", series_id);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	*owed = row == 1;
	if (row == 1) {
		*from = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

bool
sqlite_features_expire(struct store *base, int64_t series_id,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE series SET features_from = (" FIRST_BAR ") "
	    "WHERE series_id = ?1",
	    "i", series_id);
}

bool
sqlite_series_lacking_features(struct store *base, int64_t **ids, size_t *len,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT series_id FROM series WHERE features_from IS NOT NULL "
	    "ORDER BY series_id",
	    "");
	size_t cap = 0;
	int row = -1;

	*ids = NULL;
	*len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		int64_t *v = array_room(*ids, *len, &cap, sizeof(*v));

		if (v == NULL) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
		*ids = v;
		v[(*len)++] = sqlite3_column_int64(stmt, 0);
	}
	return row == 0;
}

/* -- what they are computed from -- */

bool
sqlite_adjustments(struct store *base, const char *symbol,
    struct adjustments *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT from_ts, to_ts, factor FROM adjustments "
	    "WHERE symbol = ?1 ORDER BY from_ts",
	    "t", symbol);
	int row = -1;

	out->len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		if (out->len == SPLITS_MAX)
			continue;
		out->v[out->len++] =
		    (struct adjustment){ sqlite3_column_int64(stmt, 0),
			    sqlite3_column_int64(stmt, 1),
			    sqlite3_column_double(stmt, 2) };
	}
	return row == 0;
}

bool
sqlite_bars(struct store *base, int64_t series_id, int64_t from,
    struct bar *out, size_t cap, size_t *len, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT ts, open, high, low, close, volume, vwap, transactions "
	    "FROM bars WHERE series_id = ?1 AND ts >= ?2 ORDER BY ts LIMIT ?3",
	    "iii", series_id, from, (int64_t)cap);
	int row = -1;

	*len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		out[(*len)++] = sqlite_read_bar(stmt);
	return row == 0;
}

bool
sqlite_bars_before(struct store *base, int64_t series_id, int64_t from,
    int64_t n, int64_t day, int64_t *start, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT min(ts) FROM (SELECT ts FROM bars WHERE series_id = ?1 "
	    "AND ts <= ?2 ORDER BY ts DESC LIMIT ?3 + 1) UNION ALL "
	    "SELECT max(ts) FROM bars WHERE series_id = ?1 AND ts < ?4",
	    "iiii", series_id, from, n, day);
	int row = -1;

	*start = from;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		int64_t ts = sqlite3_column_int64(stmt, 0);

		if (sqlite3_column_type(stmt, 0) != SQLITE_NULL && ts < *start)
			*start = ts;
	}
	return row == 0;
}

/* -- storing them -- */

static bool
put_rows(struct sqlite_store *st, const struct features_put *p,
    struct md_error *e)
{
	bool good = sqlite_run(st, e,
	    "DELETE FROM quant_features WHERE series_id = ?1 AND ts >= ?2 "
	    "AND ts < ?3",
	    "iii", p->lease->series_id, p->from, p->to);

	st->features.rows = p->rows;
	st->features.len = p->len;
	good = good && sqlite_run(st, e,
			   "INSERT INTO quant_features (series_id, ts, "
			   "log_return, return_1h, return_1d, volatility_20, "
			   "volatility_50, atr, rolling_volume_20, "
			   "volume_ratio, states) SELECT ?1, ts, log_return, "
			   "return_1h, return_1d, volatility_20, "
			   "volatility_50, atr, rolling_volume_20, "
			   "volume_ratio, states FROM md_features",
			   "i", p->lease->series_id);
	st->features.len = 0;
	/* What was made to owe earlier ones meanwhile stands. */
	return good && sqlite_run(st, e,
			   "UPDATE series SET features_from = ?3 "
			   "WHERE series_id = ?1 AND features_from >= ?2",
			   "iij", p->lease->series_id, p->from,
			   p->to == INT64_MAX ? -1 : p->to);
}

/* All is computed: a row of features for each bar. */
static bool
put_freshness(struct sqlite_store *st, const struct features_put *p,
    struct md_error *e)
{
	char now[MD_TIME_MAX];

	return sqlite_run(st, e,
		   "INSERT INTO feature_freshness (symbol, timeframe, "
		   "last_computed_at, data_point_count, last_bar_at, "
		   "updated_at) SELECT symbol, timeframe, ?2, bar_count, "
		   "strftime('%Y-%m-%dT%H:%M:%SZ', newest_ts / 1000, "
		   "'unixepoch'), ?2 FROM series WHERE series_id = ?1 "
		   "AND features_from IS NULL "
		   "ON CONFLICT (symbol, timeframe) DO UPDATE SET "
		   "last_computed_at = excluded.last_computed_at, "
		   "data_point_count = excluded.data_point_count, "
		   "last_bar_at = excluded.last_bar_at, "
		   "updated_at = excluded.updated_at",
		   "it", p->lease->series_id, sqlite_time_text(p->now, now)) &&
	       sqlite_run(st, e,
		   "UPDATE feature_computation_failures SET resolved = 1, "
		   "resolved_at = ?3 WHERE symbol = ?1 AND timeframe = ?2 "
		   "AND NOT resolved",
		   "ttt", p->symbol, timeframe_name(p->timeframe), now);
}

bool
sqlite_features_put(struct store *base, const struct features_put *p,
    bool *stale, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct adjustments now;
	bool good;

	*stale = false;
	if (!sqlite_begin(st, e))
		return false;
	good = sqlite_hold_lease(st, p->lease, p->wall, e) &&
	       sqlite_adjustments(base, p->symbol, &now, e);
	if (good && !adjustments_equal(&now, p->adjustments)) {
		*stale = true;
		good = sqlite_features_expire(base, p->lease->series_id, e);
		return sqlite_end(st, good, e);
	}
	good = good && put_rows(st, p, e) &&
	       (p->to != INT64_MAX || put_freshness(st, p, e));
	return sqlite_end(st, good, e);
}

/* -- what failed, what is current -- */

bool
sqlite_features_fail(struct store *base, const struct features_failure *f,
    struct md_error *e)
{
	char at[MD_TIME_MAX];

	return sqlite_run((struct sqlite_store *)base, e,
	    "INSERT INTO feature_computation_failures (symbol, timeframe, "
	    "error_message, execution_id, failed_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) "
	    "ON CONFLICT (symbol, timeframe) WHERE NOT resolved DO UPDATE SET "
	    "error_message = ?3, execution_id = ?4, failed_at = ?5, "
	    "retry_count = retry_count + 1",
	    "ttttt", f->symbol, timeframe_name(f->timeframe), f->message,
	    f->execution_id, sqlite_time_text(f->now, at));
}

bool
sqlite_features_current(struct store *base, const char *execution_id,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE feature_freshness AS f SET "
	    "last_computed_at = c.completed_at, updated_at = c.completed_at "
	    "FROM symbol_computation_status c JOIN series s "
	    "ON s.symbol = c.symbol AND s.timeframe = c.timeframe "
	    "WHERE c.execution_id = ?1 AND c.status = 'completed' "
	    "AND f.symbol = c.symbol AND f.timeframe = c.timeframe "
	    "AND s.features_from IS NULL "
	    "AND f.last_computed_at < c.completed_at",
	    "t", execution_id);
}
