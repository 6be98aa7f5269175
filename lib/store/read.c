/*
 * What is read of a series, in pieces that bound the memory taken.
 */
#include "base/buf.h"
#include "base/short_real.h"
#include "store/history.h"
#include "store/report.h"

/* A walk over rows whose first column is their time, and to whom they go. */
struct walk {
	const char *up, *down; /* the query: series, from, to, how many */
	struct read_query q;
	bool (*row)(struct walk *, const struct sql_rows *); /* hands it on */
	bool may_stop; /* a row that is not taken is the last, and no failure */
	bool stopped;
	struct arrivals *later; /* of as_of; null: nothing is left out */

	union {
		bool (*time)(void *ctx, int64_t ts);
		bool (*bar)(void *ctx, const struct bar *);
		bool (*features)(void *ctx, const struct features *);
		bool (*both)(void *ctx, const struct bar *,
		    const struct features *);
	} each;

	void *ctx;
};

#define WALK_QUERY(w) ((w)->q.descending ? (w)->down : (w)->up)
/* As of which time, only where rows are read as they were. */
#define WALK_VALUES(w)                                                         \
	(const struct sql_value[]){ sql_int((w)->q.series_id),                 \
		sql_time((w)->q.from), sql_time((w)->q.to),                    \
		sql_int((w)->q.limit), sql_time((w)->q.as_of) },               \
	    (w)->later != NULL ? 5 : 4

/* Hands them on until one is not taken.  *rows: how many there were. */
static bool
walk_rows(struct sql_rows *r, struct walk *w, int64_t *rows)
{
	for (*rows = 0; !w->stopped && sql_next(r); ++*rows)
		if (!w->row(w, r)) {
			if (!w->may_stop)
				return sql_nomem(r);
			w->stopped = true;
		}
	return sql_end(r);
}

#define CURSOR  "md_rows"
#define FETCHED 10000 /* rows at a time */

/*
 * More than a piece, within a snapshot: asked once, so that a server plans it
 * once.  One that does not know yet how large the table is would otherwise sort
 * all that is left for each piece.
 */
static bool
walk_cursor(struct store *st, struct walk *w, struct md_error *e)
{
	struct buf declare = BUF_INIT;
	int64_t rows = FETCHED, none;
	struct sql_rows r;
	bool good;

	buf_printf(&declare, "DECLARE " CURSOR " NO SCROLL CURSOR FOR %s",
	    WALK_QUERY(w));
	good = buf_ok(&declare) ? sql_run_counted(st, e, &none,
				      buf_str(&declare), WALK_VALUES(w))
				: md_nomem(e);
	buf_free(&declare);
	while (good && rows == FETCHED && !w->stopped) {
		sql_select(&r, st, e, "FETCH 10000 FROM " CURSOR, SQL_NONE);
		good = walk_rows(&r, w, &rows);
	}
	return good && sql_run_counted(st, e, &none, "CLOSE " CURSOR, SQL_NONE);
}

static bool
walk(struct store *st, struct walk *w, struct md_error *e)
{
	bool whole = st->in_snapshot, good;
	struct sql_rows r;
	int64_t rows;

	if (w->q.limit <= st->sql->piece) {
		sql_select(&r, st, e, WALK_QUERY(w), WALK_VALUES(w));
		return walk_rows(&r, w, &rows);
	}
	if (!whole && !st->sql->snapshot(st, e))
		return false;
	good = walk_cursor(st, w, e);
	if (!whole)
		st->sql->snapshot_end(st);
	return good;
}

#define RANGE " WHERE series_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts "

static bool
time_row(struct walk *w, const struct sql_rows *r)
{
	return w->each.time(w->ctx, sql_column_time(r, 0));
}

bool
store_report_bar_times(struct store *st, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *e)
{
	struct walk w = {
		.up = "SELECT ts FROM bars" RANGE "LIMIT $4",
		.q = { .series_id = series_id,
		    .from = from,
		    .to = to,
		    .limit = INT64_MAX },
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

#define FEATURE_VALUES                                                         \
	"log_return, " RETURN_OVER("1h")                                       \
	    RETURN_OVER("1d") "volatility_20, volatility_50, atr, "            \
			      "rolling_volume_20, volume_ratio, states "
#define OF_RANGE(t)                                                            \
	" WHERE " t ".series_id = $1 AND " t ".ts >= $2 AND " t ".ts < $3 "    \
	"ORDER BY " t ".ts "

/* Of STATES_SHORT, which only SQLite has, follows the volume, adjusted. */
#define VOLUME                                                                 \
	", b.volume * coalesce((SELECT a.factor FROM adjustments a "           \
	"WHERE a.symbol = (SELECT symbol FROM series WHERE series_id = $1) "   \
	"AND a.from_ts <= b.ts AND b.ts < a.to_ts), 1.0) "
#define FEATURES_SQLITE                                                        \
	"SELECT f.ts, " FEATURE_VALUES VOLUME                                  \
	"FROM quant_features f LEFT JOIN bars b "                              \
	"ON b.series_id = f.series_id AND b.ts = f.ts" OF_RANGE("f")
#define FEATURES_POSTGRES                                                      \
	"SELECT f.ts, " FEATURE_VALUES "FROM quant_features f" OF_RANGE("f")

static void
lengthen(struct features *f, double volume)
{
	double *small[] = { &f->log_return, &f->return_1h, &f->return_1d,
		&f->volatility_20, &f->volatility_50 };

	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		*small[i] = short_real_value(*small[i], SHORT_REAL_SMALL);
	f->atr = short_real_value(f->atr, SHORT_REAL_LARGE);
	f->rolling_volume_20 = short_mean_value(f->rolling_volume_20);
	if (f->rolling_volume_20 > 0)
		f->volume_ratio = volume / f->rolling_volume_20;
}

/* Those values of the bar that starts at t, from that column on. */
static struct features
features_of_row(const struct sql_rows *r, int first, int64_t t)
{
	struct features f = {
		.t = t,
		.log_return = sql_column_real(r, first),
		.return_1h = sql_column_real(r, first + 1),
		.return_1d = sql_column_real(r, first + 2),
		.volatility_20 = sql_column_real(r, first + 3),
		.volatility_50 = sql_column_real(r, first + 4),
		.atr = sql_column_real(r, first + 5),
		.rolling_volume_20 = sql_column_real(r, first + 6),
		.volume_ratio = sql_column_real(r, first + 7),
	};
	int states = (int)sql_column_int(r, first + 8);

	features_of_states(states, &f);
	if ((states & STATES_SHORT) != 0)
		lengthen(&f, sql_column_real(r, first + 9));
	return f;
}

static bool
features_row(struct walk *w, const struct sql_rows *r)
{
	struct features f = features_of_row(r, 1, sql_column_time(r, 0));

	return w->each.features(w->ctx, &f);
}

bool
store_read_features(struct store *st, const struct read_query *q,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *e)
{
	struct walk w = {
		.up = sql_for(st, FEATURES_SQLITE "LIMIT $4",
		    FEATURES_POSTGRES "LIMIT $4"),
		.down = sql_for(st, FEATURES_SQLITE "DESC LIMIT $4",
		    FEATURES_POSTGRES "DESC LIMIT $4"),
		.q = *q,
		.row = features_row,
		.each.features = each,
		.ctx = ctx,
	};

	return walk(st, &w, e);
}

/* -- bars until they are enough, with their features -- */

#define BOTH(volume)                                                           \
	"SELECT b.ts, b.open, b.high, b.low, b.close, b.volume, b.vwap, "      \
	"b.transactions, f.ts, " FEATURE_VALUES volume                         \
	"FROM bars b LEFT JOIN quant_features f "                              \
	"ON f.series_id = b.series_id AND f.ts = b.ts" OF_RANGE("b")

static bool
row_alone(struct walk *w, const struct sql_rows *r)
{
	struct bar b = sql_column_bar(r, 0);

	return w->each.both(w->ctx, &b, NULL);
}

static bool
row_of_both(struct walk *w, const struct sql_rows *r)
{
	struct bar b = sql_column_bar(r, 0);
	struct features f;

	if (sql_is_null(r, 8))
		return w->each.both(w->ctx, &b, NULL);
	f = features_of_row(r, 9, b.t);
	return w->each.both(w->ctx, &b, &f);
}

/* -- bars as they were -- */

/* Of the bar b: values that it had after $5; more of x follows, and ")". */
#define OF_BAR       "x WHERE x.series_id = $1 AND x.ts = b.ts "
#define NOT_RESTATED "AND NOT EXISTS (SELECT 1 FROM restatements " OF_BAR
#define NOT_KEPT     "AND NOT EXISTS (SELECT 1 FROM bar_history " OF_BAR
/* When such a bar was removed, if it was; a time and ")" follow. */
#define REMOVED                                                                \
	"(SELECT min(x.until_ms) FROM bar_history " OF_BAR                     \
	"AND x.removed AND x.until_ms >= "
#define IN_RANGE "WHERE b.series_id = $1 AND b.ts >= $2 AND b.ts < $3 "

/*
 * As of $5: the earliest values that were replaced after it; else those that
 * stand.  The last column is when the bar was removed.
 */
#define STANDING                                                               \
	"SELECT b.ts AS ts, b.open, b.high, b.low, b.close, b.volume, "        \
	"b.vwap, b.transactions, NULL AS removed_ms FROM bars b " IN_RANGE     \
	    NOT_RESTATED "AND x.seen_at > $5) " NOT_KEPT                       \
	"AND x.until_ms > $5) "
#define RESTATED                                                               \
	"SELECT b.ts, b.old_open, b.old_high, b.old_low, b.old_close, "        \
	"b.old_volume, b.old_vwap, b.old_transactions, " REMOVED               \
	"b.seen_at) FROM restatements b " IN_RANGE                             \
	"AND b.seen_at > $5 " NOT_RESTATED                                     \
	"AND x.seen_at > $5 AND x.seen_at < b.seen_at) " NOT_KEPT              \
	"AND x.until_ms > $5 AND x.until_ms < b.seen_at) "
#define KEPT                                                                   \
	"SELECT b.ts, b.open, b.high, b.low, b.close, b.volume, b.vwap, "      \
	"b.transactions, " REMOVED "b.until_ms) FROM bar_history b " IN_RANGE  \
	"AND b.until_ms > $5 " NOT_RESTATED                                    \
	"AND x.seen_at > $5 AND x.seen_at <= b.until_ms) " NOT_KEPT            \
	"AND x.until_ms > $5 AND x.until_ms < b.until_ms) "
#define BARS_THEN                                                              \
	STANDING "UNION ALL " RESTATED "UNION ALL " KEPT "ORDER BY ts "

/* One that came since, and not after it had been removed, was not there. */
static bool
row_then(struct walk *w, const struct sql_rows *r)
{
	struct bar b = sql_column_bar(r, 0);
	int64_t removed = sql_is_null(r, 8) ? INT64_MAX : sql_column_time(r, 8);

	return arrivals_have(w->later, b.t, removed) ||
	       w->each.both(w->ctx, &b, NULL);
}

static bool
read_then(struct store *st, const struct read_query *q,
    bool (*each)(void *ctx, const struct bar *, const struct features *),
    void *ctx, struct md_error *e)
{
	struct arrivals later = { .first = 0 };
	struct walk w = {
		.up = BARS_THEN "LIMIT $4",
		.down = BARS_THEN "DESC LIMIT $4",
		.q = *q,
		.row = row_then,
		.may_stop = true,
		.later = &later,
		.each.both = each,
		.ctx = ctx,
	};
	bool good = arrivals_read(st, q->series_id, q->as_of, &later, e) &&
		    walk(st, &w, e);

	arrival_list_free(&later.list);
	return good;
}

bool
store_read_rows(struct store *st, const struct read_query *q, bool features,
    bool (*each)(void *ctx, const struct bar *, const struct features *),
    void *ctx, struct md_error *e)
{
	struct walk w = {
		.up = features ? sql_for(st, BOTH(VOLUME) "LIMIT $4",
				     BOTH("") "LIMIT $4")
			       : BARS "LIMIT $4",
		.down = features ? sql_for(st, BOTH(VOLUME) "DESC LIMIT $4",
				       BOTH("") "DESC LIMIT $4")
				 : BARS "DESC LIMIT $4",
		.q = *q,
		.row = features ? row_of_both : row_alone,
		.may_stop = true,
		.each.both = each,
		.ctx = ctx,
	};

	return q->as_of != 0 ? read_then(st, q, each, ctx, e) : walk(st, &w, e);
}
