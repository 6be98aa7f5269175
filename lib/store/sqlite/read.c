/*
 * What a server reads on behalf of others, a series at a time, and what it
 * notes down of what they did not find.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

/* -- has it changed? -- */

static bool
same_file(const struct sqlite_store *st, const struct stat *now)
{
	const struct stat *then = &st->file;

	if (now->st_dev != then->st_dev || now->st_ino != then->st_ino)
		return false;
	/* Whoever writes to it makes a log first, which is looked for. */
	return !st->immutable ||
	       (now->st_size == then->st_size &&
		   now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
		   now->st_mtim.tv_nsec == then->st_mtim.tv_nsec &&
		   sqlite_is_quiescent(st));
}

bool
sqlite_version(struct store *base, int64_t *version, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct stat now;
	sqlite3_stmt *stmt;
	int row;

	if (stat(st->path, &now) != 0)
		return store_fail(e, st->path, "%s", strerror(errno));
	if (!same_file(st, &now))
		return store_fail(e, st->path,
		    "is not the file any more that was opened");
	stmt = sqlite_bind(st, e, "PRAGMA data_version", "");
	row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);
	if (row == 1) {
		*version = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row == 1;
}

/* -- a series -- */

bool
sqlite_read_series(struct store *base, const char *symbol, enum timeframe tf,
    struct series_row *out, bool *found, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    SERIES_ROWS "WHERE r.symbol = ?1 AND r.timeframe = ?2", "tt",
	    symbol, timeframe_name(tf));
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);
	bool good = true;

	*found = row == 1;
	if (row == 1) {
		memset(out, 0, sizeof(*out));
		good = sqlite_read_series_row(stmt, out);
		(void)sqlite3_reset(stmt);
	}
	if (!good)
		return store_fail(e, st->path, "a series of an unknown kind");
	return row >= 0;
}

static bool
full(sqlite3_stmt *stmt, struct md_error *e)
{
	(void)sqlite3_reset(stmt);
	return md_nomem(e);
}

#define BARS                                                                   \
	"SELECT ts, open, high, low, close, volume, vwap, transactions "       \
	"FROM bars WHERE series_id = ?1 AND ts >= ?2 AND ts < ?3 "

bool
sqlite_read_bars(struct store *base, const struct read_query *q,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *e)
{
	static const char up[] = BARS "ORDER BY ts LIMIT ?4";
	static const char down[] = BARS "ORDER BY ts DESC LIMIT ?4";
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e, q->descending ? down : up,
	    "iiii", q->series_id, q->from, q->to, q->limit);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		struct bar b = sqlite_read_bar(stmt);

		if (!each(ctx, &b))
			return full(stmt, e);
	}
	return row == 0;
}

#define FEATURES                                                               \
	"SELECT ts, log_return, return_1h, return_1d, volatility_20, "         \
	"volatility_50, atr, rolling_volume_20, volume_ratio, states "         \
	"FROM quant_features WHERE series_id = ?1 AND ts >= ?2 AND ts < ?3 "

static double
number(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL
		   ? (double)NAN
		   : sqlite3_column_double(stmt, i);
}

bool
sqlite_read_features(struct store *base, const struct read_query *q,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *e)
{
	static const char up[] = FEATURES "ORDER BY ts LIMIT ?4";
	static const char down[] = FEATURES "ORDER BY ts DESC LIMIT ?4";
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e, q->descending ? down : up,
	    "iiii", q->series_id, q->from, q->to, q->limit);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		struct features f = {
			.t = sqlite3_column_int64(stmt, 0),
			.log_return = number(stmt, 1),
			.return_1h = number(stmt, 2),
			.return_1d = number(stmt, 3),
			.volatility_20 = number(stmt, 4),
			.volatility_50 = number(stmt, 5),
			.atr = number(stmt, 6),
			.rolling_volume_20 = number(stmt, 7),
			.volume_ratio = number(stmt, 8),
		};

		features_of_states(sqlite3_column_int(stmt, 9), &f);
		if (!each(ctx, &f))
			return full(stmt, e);
	}
	return row == 0;
}

/* -- requests -- */

bool
sqlite_request_put(struct store *base, const char *symbol, enum timeframe tf,
    int64_t times, int64_t now, struct md_error *e)
{
	char at[MD_TIME_MAX];

	md_time_format(now, at);
	return sqlite_run((struct sqlite_store *)base, e,
	    "INSERT INTO backfill_requests "
	    "(symbol, timeframe, requested_at, requests) "
	    "SELECT ?1, ?2, ?3, ?4 "
	    "WHERE (SELECT count(*) FROM backfill_requests) < ?5 "
	    "OR EXISTS (SELECT 1 FROM backfill_requests "
	    "WHERE symbol = ?1 AND timeframe = ?2) "
	    "ON CONFLICT (symbol, timeframe) "
	    "DO UPDATE SET requests = requests + ?4",
	    "tttii", symbol, timeframe_name(tf), at, times,
	    (int64_t)REQUESTS_MAX);
}

bool
sqlite_requests(struct store *base, unsigned timeframes, struct symbol_list *l,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT symbol, timeframe FROM backfill_requests "
	    "ORDER BY symbol, timeframe",
	    "");
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *symbol = (const char *)sqlite3_column_text(stmt, 0);
		const char *name = (const char *)sqlite3_column_text(stmt, 1);

		if (!store_add_request(l, timeframes,
			symbol == NULL ? "" : symbol, name == NULL ? "" : name,
			e)) {
			(void)sqlite3_reset(stmt);
			return false;
		}
	}
	return row == 0;
}

bool
sqlite_request_clear(struct store *base, const char *symbol, enum timeframe tf,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "DELETE FROM backfill_requests "
	    "WHERE symbol = ?1 AND timeframe = ?2",
	    "tt", symbol, timeframe_name(tf));
}
