/*
 * What is read a series at a time, in pieces that bound the memory taken, and
 * what a server notes down of what its readers did not find.
 */
#include <string.h>

#include "base/hash.h"
#include "store/postgres/postgres.h"

#define PIECE INT64_C(10000) /* rows */

/* -- has it changed? -- */

/*
 * By what is visible: the numbers of the transactions that are over.  Whatever
 * commits changes them; so do those of neighbouring databases, and then what
 * was kept is read anew for nothing.
 */
bool
postgres_version(struct store *base, int64_t *version, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    st->has_snapshot ? "SELECT pg_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint"
			     : "SELECT txid_current_snapshot()::text, "
			       "to_regclass('series')::oid::bigint",
	    "");
	bool same;

	if (r == NULL)
		return false;
	*version = (int64_t)hash_text(HASH_EMPTY, postgres_text(r, 0, 0));
	same = postgres_int(r, 0, 1) == st->identity;
	PQclear(r);
	if (!same)
		return store_fail(e, st->url,
		    "is not the one any more that was opened");
	return true;
}

/* -- a series -- */

bool
postgres_read_series(struct store *base, const char *symbol, enum timeframe tf,
    struct series_row *out, bool *found, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    SERIES_ROWS "WHERE r.symbol = $1 AND r.timeframe = $2", "tt",
	    symbol, timeframe_name(tf));

	if (r == NULL)
		return false;
	*found = PQntuples(r) == 1;
	if (*found) {
		memset(out, 0, sizeof(*out));
		if (!postgres_read_series_row(r, 0, out))
			return postgres_broken(st, r, "a series", e);
	}
	PQclear(r);
	return true;
}

/* A walk over rows whose first column is their time, and to whom they go. */
struct fetch_rows {
	const char *up, *down; /* the query: series, from, to, how many */
	struct read_query q;
	bool (*row)(struct fetch_rows *, const PGresult *, int row);

	union {
		bool (*time)(void *ctx, int64_t ts);
		bool (*bar)(void *ctx, const struct bar *);
		bool (*features)(void *ctx, const struct features *);
	} each;

	void *ctx;
};

/* *rows: how many there were; the query goes on behind the last. */
static bool
walk_piece(struct postgres_store *st, struct fetch_rows *w, int64_t limit,
    int64_t *rows, struct md_error *e)
{
	PGresult *r = postgres_query(st, e, w->q.descending ? w->down : w->up,
	    "immi", w->q.series_id, w->q.from, w->q.to, limit);
	bool good = true;
	int n;

	if (r == NULL)
		return false;
	n = PQntuples(r);
	for (int i = 0; good && i < n; i++)
		good = w->row(w, r, i);
	if (n > 0 && w->q.descending)
		w->q.to = postgres_time(r, n - 1, 0);
	else if (n > 0)
		w->q.from = postgres_time(r, n - 1, 0) + 1;
	PQclear(r);
	*rows = n;
	return good || md_nomem(e);
}

static bool
walk_all(struct postgres_store *st, struct fetch_rows *w, struct md_error *e)
{
	int64_t left = w->q.limit, rows = 0, limit;

	do {
		limit = left < PIECE ? left : PIECE;
		if (!walk_piece(st, w, limit, &rows, e))
			return false;
		left -= rows;
	} while (left > 0 && rows == limit);
	return true;
}

/* More than one piece: all as of one moment. */
static bool
fetch_rows(struct postgres_store *st, struct fetch_rows *w, struct md_error *e)
{
	bool whole = st->in_transaction || w->q.limit <= PIECE, good;

	if (!whole && !postgres_read_begin(st, e))
		return false;
	good = walk_all(st, w, e);
	if (!whole)
		postgres_read_end(st);
	return good;
}

#define RANGE " WHERE series_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts "

static bool
time_row(struct fetch_rows *w, const PGresult *r, int row)
{
	return w->each.time(w->ctx, postgres_time(r, row, 0));
}

bool
postgres_report_bar_times(struct store *base, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *e)
{
	struct fetch_rows w = {
		.up = "SELECT ts FROM bars" RANGE "LIMIT $4",
		.q = { series_id, from, to, false, INT64_MAX },
		.row = time_row,
		.each.time = each,
		.ctx = ctx,
	};

	return fetch_rows((struct postgres_store *)base, &w, e);
}

#define BARS                                                                   \
	"SELECT ts, open, high, low, close, volume, vwap, transactions "       \
	"FROM bars" RANGE

static bool
bar_row(struct fetch_rows *w, const PGresult *r, int row)
{
	struct bar b = postgres_bar(r, row, 0);

	return w->each.bar(w->ctx, &b);
}

bool
postgres_read_bars(struct store *base, const struct read_query *q,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *e)
{
	struct fetch_rows w = {
		.up = BARS "LIMIT $4",
		.down = BARS "DESC LIMIT $4",
		.q = *q,
		.row = bar_row,
		.each.bar = each,
		.ctx = ctx,
	};

	return fetch_rows((struct postgres_store *)base, &w, e);
}

#define FEATURES                                                               \
	"SELECT ts, log_return, return_1h, return_1d, volatility_20, "         \
	"volatility_50, atr, rolling_volume_20, volume_ratio, states "         \
	"FROM quant_features" RANGE

static bool
features_row(struct fetch_rows *w, const PGresult *r, int row)
{
	struct features f = {
		.t = postgres_time(r, row, 0),
		.log_return = postgres_double(r, row, 1),
		.return_1h = postgres_double(r, row, 2),
		.return_1d = postgres_double(r, row, 3),
		.volatility_20 = postgres_double(r, row, 4),
		.volatility_50 = postgres_double(r, row, 5),
		.atr = postgres_double(r, row, 6),
		.rolling_volume_20 = postgres_double(r, row, 7),
		.volume_ratio = postgres_double(r, row, 8),
	};

	features_of_states((int)postgres_int(r, row, 9), &f);
	return w->each.features(w->ctx, &f);
}

bool
postgres_read_features(struct store *base, const struct read_query *q,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *e)
{
	struct fetch_rows w = {
		.up = FEATURES "LIMIT $4",
		.down = FEATURES "DESC LIMIT $4",
		.q = *q,
		.row = features_row,
		.each.features = each,
		.ctx = ctx,
	};

	return fetch_rows((struct postgres_store *)base, &w, e);
}

/* -- requests -- */

struct request {
	const char *symbol;
	enum timeframe timeframe;
	int64_t times, now;
};

static bool
put_request(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct request *q = ctx;

	return postgres_run(st, e, NULL,
	    "INSERT INTO backfill_requests AS b "
	    "(symbol, timeframe, requested_at, requests) "
	    "SELECT $1, $2, $3, $4 "
	    "WHERE (SELECT count(*) FROM backfill_requests) < $5 "
	    "OR EXISTS (SELECT 1 FROM backfill_requests "
	    "WHERE symbol = $1 AND timeframe = $2) "
	    "ON CONFLICT (symbol, timeframe) "
	    "DO UPDATE SET requests = b.requests + $4",
	    "ttmii", q->symbol, timeframe_name(q->timeframe), q->now, q->times,
	    (int64_t)REQUESTS_MAX);
}

bool
postgres_request_put(struct store *base, const char *symbol, enum timeframe tf,
    int64_t times, int64_t now, struct md_error *e)
{
	struct request q = { symbol, tf, times, now };

	return postgres_write((struct postgres_store *)base, put_request, &q,
	    e);
}

bool
postgres_requests(struct store *base, unsigned timeframes,
    struct symbol_list *l, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT symbol, timeframe FROM backfill_requests "
	    "ORDER BY symbol, timeframe",
	    "");
	bool good = r != NULL;

	for (int i = 0; good && i < PQntuples(r); i++)
		good = store_add_request(l, timeframes, postgres_text(r, i, 0),
		    postgres_text(r, i, 1), e);
	PQclear(r);
	return good;
}

static bool
clear_request(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct request *q = ctx;

	return postgres_run(st, e, NULL,
	    "DELETE FROM backfill_requests "
	    "WHERE symbol = $1 AND timeframe = $2",
	    "tt", q->symbol, timeframe_name(q->timeframe));
}

bool
postgres_request_clear(struct store *base, const char *symbol,
    enum timeframe tf, struct md_error *e)
{
	struct request q = { symbol, tf, 0, 0 };

	return postgres_write((struct postgres_store *)base, clear_request, &q,
	    e);
}
