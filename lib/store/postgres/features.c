/*
 * Features: what is owed, what they are computed from, and storing them.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"
#include "store/postgres/postgres.h"

/* -- what is owed -- */

bool
postgres_features_pending(struct store *base, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT features_from FROM series WHERE series_id = $1 "
	    "AND features_from IS NOT NULL",
	    "i", series_id);

	if (r == NULL)
		return false;
	*owed = PQntuples(r) == 1;
	if (*owed)
		*from = postgres_time(r, 0, 0);
	PQclear(r);
	return true;
}

static bool
expire(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const int64_t *series_id = ctx;

	return postgres_run(st, e, NULL,
	    "UPDATE series SET features_from = (" FIRST_BAR ") "
	    "WHERE series_id = $1",
	    "i", *series_id);
}

bool
postgres_features_expire(struct store *base, int64_t series_id,
    struct md_error *e)
{
	return postgres_write((struct postgres_store *)base, expire, &series_id,
	    e);
}

bool
postgres_series_lacking_features(struct store *base, int64_t **ids, size_t *len,
    struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT series_id FROM series WHERE features_from IS NOT NULL "
	    "ORDER BY series_id",
	    "");
	size_t n;

	*ids = NULL;
	*len = 0;
	if (r == NULL)
		return false;
	n = (size_t)PQntuples(r);
	if (n > 0)
		*ids = calloc(n, sizeof(**ids));
	for (size_t i = 0; *ids != NULL && i < n; i++)
		(*ids)[(*len)++] = postgres_int(r, (int)i, 0);
	PQclear(r);
	return *len == n || md_nomem(e);
}

/* -- what they are computed from -- */

bool
postgres_bars(struct store *base, int64_t series_id, int64_t from,
    struct bar *out, size_t cap, size_t *len, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT ts, open, high, low, close, volume, vwap, transactions "
	    "FROM bars WHERE series_id = $1 AND ts >= $2 ORDER BY ts LIMIT $3",
	    "imi", series_id, from, (int64_t)cap);

	*len = 0;
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		out[(*len)++] = postgres_bar(r, i, 0);
	PQclear(r);
	return true;
}

bool
postgres_bars_before(struct store *base, int64_t series_id, int64_t from,
    int64_t n, int64_t day, int64_t *start, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT min(ts) FROM (SELECT ts FROM bars WHERE series_id = $1 "
	    "AND ts <= $2 ORDER BY ts DESC LIMIT $3 + 1) AS l UNION ALL "
	    "SELECT max(ts) FROM bars WHERE series_id = $1 AND ts < $4",
	    "imim", series_id, from, n, day);

	*start = from;
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		if (!postgres_null(r, i, 0) && postgres_time(r, i, 0) < *start)
			*start = postgres_time(r, i, 0);
	PQclear(r);
	return true;
}

/* -- storing them -- */

static bool
copy_rows(struct postgres_store *st, const struct features_put *p,
    struct md_error *e)
{
	struct postgres_copy c;

	if (!postgres_copy_begin(&c, st,
		"COPY quant_features (series_id, ts, log_return, return_1h, "
		"return_1d, volatility_20, volatility_50, atr, "
		"rolling_volume_20, volume_ratio, states) "
		"FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < p->len; i++) {
		const struct features *f = &p->rows[i];

		postgres_copy_row(&c, 11);
		postgres_copy_int(&c, p->lease->series_id);
		postgres_copy_time(&c, f->t);
		postgres_copy_double(&c, f->log_return);
		postgres_copy_double(&c, f->return_1h);
		postgres_copy_double(&c, f->return_1d);
		postgres_copy_double(&c, f->volatility_20);
		postgres_copy_double(&c, f->volatility_50);
		postgres_copy_double(&c, f->atr);
		postgres_copy_double(&c, f->rolling_volume_20);
		postgres_copy_double(&c, f->volume_ratio);
		postgres_copy_int4(&c, (int32_t)features_states(f));
	}
	return postgres_copy_end(&c);
}

static bool
put_rows(struct postgres_store *st, const struct features_put *p,
    struct md_error *e)
{
	if (!postgres_run(st, e, NULL,
		"DELETE FROM quant_features WHERE series_id = $1 "
		"AND ts >= $2 AND ts < $3",
		"imm", p->lease->series_id, p->from, p->to) ||
	    (p->len > 0 && !copy_rows(st, p, e)))
		return false;
	/* What was made to owe earlier ones meanwhile stands. */
	return postgres_run(st, e, NULL,
	    "UPDATE series SET features_from = $3 "
	    "WHERE series_id = $1 AND features_from >= $2",
	    "imM", p->lease->series_id, p->from,
	    p->to == INT64_MAX ? (int64_t)0 : p->to);
}

/* All is computed: a row of features for each bar. */
static bool
put_freshness(struct postgres_store *st, const struct features_put *p,
    struct md_error *e)
{
	return postgres_run(st, e, NULL,
		   "INSERT INTO feature_freshness (symbol, timeframe, "
		   "last_computed_at, data_point_count, last_bar_at, "
		   "updated_at) SELECT symbol, timeframe, $2, bar_count, "
		   "newest_ts, $2 FROM series WHERE series_id = $1 "
		   "AND features_from IS NULL "
		   "ON CONFLICT (symbol, timeframe) DO UPDATE SET "
		   "last_computed_at = excluded.last_computed_at, "
		   "data_point_count = excluded.data_point_count, "
		   "last_bar_at = excluded.last_bar_at, "
		   "updated_at = excluded.updated_at",
		   "im", p->lease->series_id, p->now) &&
	       postgres_run(st, e, NULL,
		   "UPDATE feature_computation_failures SET resolved = true, "
		   "resolved_at = $3 WHERE symbol = $1 AND timeframe = $2 "
		   "AND NOT resolved",
		   "ttm", p->symbol, timeframe_name(p->timeframe), p->now);
}

struct features_put_work {
	const struct features_put *p;
	bool *stale;
};

static bool
features_put_work(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct features_put_work *w = ctx;
	const struct features_put *p = w->p;
	struct adjustments now;
	int64_t series_id = p->lease->series_id;

	*w->stale = false;
	if (!lease_hold(&st->base, p->lease, p->wall, e) ||
	    !postgres_read_adjustments(st, p->symbol, &now, e))
		return false;
	if (!adjustments_equal(&now, p->adjustments)) {
		*w->stale = true;
		return expire(st, &series_id, e);
	}
	return put_rows(st, p, e) &&
	       (p->to != INT64_MAX || put_freshness(st, p, e));
}

bool
postgres_features_put(struct store *base, const struct features_put *p,
    bool *stale, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	struct features_put_work w = { p, stale };

	for (int tries = 0; tries < 2; tries++) {
		if (p->len > 0 && !postgres_partitions(st, PARTITIONED_FEATURES,
				      p->rows[0].t, p->rows[p->len - 1].t, e))
			return false;
		if (postgres_write(st, features_put_work, &w, e))
			return true;
		if (!st->no_partition)
			return false;
		/* One that we knew was dropped: made anew. */
		memset(st->years, 0, sizeof(st->years));
	}
	return false;
}

/* -- what failed, what is current -- */

struct failure {
	const struct features_failure *f;
};

static bool
fail(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct features_failure *f = ((const struct failure *)ctx)->f;

	return postgres_run(st, e, NULL,
	    "INSERT INTO feature_computation_failures AS o (symbol, "
	    "timeframe, error_message, execution_id, failed_at) "
	    "VALUES ($1, $2, $3, $4, $5) "
	    "ON CONFLICT (symbol, timeframe) WHERE NOT resolved DO UPDATE SET "
	    "error_message = $3, execution_id = $4, failed_at = $5, "
	    "retry_count = o.retry_count + 1",
	    "ttttm", f->symbol, timeframe_name(f->timeframe), f->message,
	    f->execution_id, f->now);
}

bool
postgres_features_fail(struct store *base, const struct features_failure *f,
    struct md_error *e)
{
	struct failure w = { f };

	return postgres_write((struct postgres_store *)base, fail, &w, e);
}

struct current {
	const char *execution_id;
};

static bool
current(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct current *c = ctx;

	return postgres_run(st, e, NULL,
	    "UPDATE feature_freshness AS f SET "
	    "last_computed_at = c.completed_at, updated_at = c.completed_at "
	    "FROM symbol_computation_status c JOIN series s "
	    "ON s.symbol = c.symbol AND s.timeframe = c.timeframe "
	    "WHERE c.execution_id = $1 AND c.status = 'completed' "
	    "AND f.symbol = c.symbol AND f.timeframe = c.timeframe "
	    "AND s.features_from IS NULL "
	    "AND f.last_computed_at < c.completed_at",
	    "t", c->execution_id);
}

bool
postgres_features_current(struct store *base, const char *execution_id,
    struct md_error *e)
{
	struct current c = { execution_id };

	return postgres_write((struct postgres_store *)base, current, &c, e);
}
