/*
 * What is read a series at a time, in pieces that bound the memory taken.
 */
#include "store/report.h"
#include "store/sql.h"

/* A walk over rows whose first column is their time, and to whom they go. */
struct walk {
	const char *up, *down; /* the query: series, from, to, how many */
	struct read_query q;
	/* Hands a row on, and leaves its time in at. */
	bool (*row)(struct walk *, const struct sql_rows *);
	int64_t at;

	union {
		bool (*time)(void *ctx, int64_t ts);
		bool (*bar)(void *ctx, const struct bar *);
		bool (*features)(void *ctx, const struct features *);
	} each;

	void *ctx;
};

/* *rows: how many there were; the query goes on behind the last. */
static bool
walk_piece(struct store *st, struct walk *w, int64_t limit, int64_t *rows,
    struct md_error *e)
{
	struct sql_rows r;

	*rows = 0;
	sql_select(&r, st, e, w->q.descending ? w->down : w->up,
	    SQL_VALUES(sql_int(w->q.series_id), sql_time(w->q.from),
		sql_time(w->q.to), sql_int(limit)));
	for (; sql_next(&r); ++*rows)
		if (!w->row(w, &r))
			return sql_nomem(&r);
	if (*rows > 0 && w->q.descending)
		w->q.to = w->at;
	else if (*rows > 0)
		w->q.from = w->at + 1;
	return sql_end(&r);
}

static bool
walk_pieces(struct store *st, struct walk *w, struct md_error *e)
{
	int64_t left = w->q.limit, rows = 0, limit;

	do {
		limit = left < st->sql->piece ? left : st->sql->piece;
		if (!walk_piece(st, w, limit, &rows, e))
			return false;
		left -= rows;
	} while (left > 0 && rows == limit);
	return true;
}

/* More than one piece: all as of one moment. */
static bool
walk(struct store *st, struct walk *w, struct md_error *e)
{
	bool whole = st->in_snapshot || w->q.limit <= st->sql->piece, good;

	if (!whole && !st->sql->snapshot(st, e))
		return false;
	good = walk_pieces(st, w, e);
	if (!whole)
		st->sql->snapshot_end(st);
	return good;
}

#define RANGE " WHERE series_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts "

static bool
time_row(struct walk *w, const struct sql_rows *r)
{
	w->at = sql_column_time(r, 0);
	return w->each.time(w->ctx, w->at);
}

bool
store_report_bar_times(struct store *st, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *e)
{
	struct walk w = {
		.up = "SELECT ts FROM bars" RANGE "LIMIT $4",
		.q = { series_id, from, to, false, INT64_MAX },
		.row = time_row,
		.each.time = each,
		.ctx = ctx,
	};

	return walk(st, &w, e);
}

#define BARS "SELECT " BAR_COLUMNS "FROM bars" RANGE

static bool
bar_row(struct walk *w, const struct sql_rows *r)
{
	struct bar b = sql_column_bar(r, 0);

	w->at = b.t;
	return w->each.bar(w->ctx, &b);
}

bool
store_read_bars(struct store *st, const struct read_query *q,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *e)
{
	struct walk w = {
		.up = BARS "LIMIT $4",
		.down = BARS "DESC LIMIT $4",
		.q = *q,
		.row = bar_row,
		.each.bar = each,
		.ctx = ctx,
	};

	return walk(st, &w, e);
}

/* Over one bar it is log_return, and stored as that alone. */
#define RETURN_OVER(time)                                                      \
	"coalesce(return_" time ", CASE WHEN (SELECT timeframe FROM series "   \
	"WHERE series_id = $1) = '" time "' THEN log_return END), "

#define FEATURES                                                               \
	"SELECT ts, log_return, " RETURN_OVER("1h")                            \
	    RETURN_OVER("1d") "volatility_20, volatility_50, atr, "            \
			      "rolling_volume_20, volume_ratio, "              \
			      "states FROM quant_features" RANGE

static bool
features_row(struct walk *w, const struct sql_rows *r)
{
	struct features f = {
		.t = sql_column_time(r, 0),
		.log_return = sql_column_real(r, 1),
		.return_1h = sql_column_real(r, 2),
		.return_1d = sql_column_real(r, 3),
		.volatility_20 = sql_column_real(r, 4),
		.volatility_50 = sql_column_real(r, 5),
		.atr = sql_column_real(r, 6),
		.rolling_volume_20 = sql_column_real(r, 7),
		.volume_ratio = sql_column_real(r, 8),
	};

	features_of_states((int)sql_column_int(r, 9), &f);
	w->at = f.t;
	return w->each.features(w->ctx, &f);
}

bool
store_read_features(struct store *st, const struct read_query *q,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *e)
{
	struct walk w = {
		.up = FEATURES "LIMIT $4",
		.down = FEATURES "DESC LIMIT $4",
		.q = *q,
		.row = features_row,
		.each.features = each,
		.ctx = ctx,
	};

	return walk(st, &w, e);
}
