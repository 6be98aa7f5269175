/*
 * The log of executions and their jobs.
 */
#include <math.h>

#include "store/postgres/postgres.h"

static double
seconds(int64_t started_ms, int64_t completed_ms)
{
	return completed_ms == 0 ? (double)NAN
				 : (double)(completed_ms - started_ms) / 1000;
}

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

struct put_execution {
	const struct execution *x;
};

static bool
put_execution(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct execution *x = ((const struct put_execution *)ctx)->x;

	return postgres_run(st, e, NULL,
	    "INSERT INTO scheduler_execution_log (execution_id, started_at, "
	    "completed_at, duration_seconds, total_symbols, "
	    "successful_symbols, failed_symbols, total_records_processed, "
	    "status, error_message, host, pid, total_requests, "
	    "rate_limited_count, retry_count, bytes_received, api_seconds, "
	    "db_seconds, features_seconds, heartbeat_at, run_id) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $17, $18, $19, $20, $21) "
	    "ON CONFLICT (execution_id) DO UPDATE SET completed_at = $3, "
	    "duration_seconds = $4, total_symbols = $5, "
	    "successful_symbols = $6, failed_symbols = $7, "
	    "total_records_processed = $8, status = $9, error_message = $10, "
	    "total_requests = $13, rate_limited_count = $14, "
	    "retry_count = $15, bytes_received = $16, api_seconds = $17, "
	    "db_seconds = $18, features_seconds = $19, heartbeat_at = $20",
	    "tMMDiiiitTtiiiiidddMT", x->id, x->started_ms, x->completed_ms,
	    seconds(x->started_ms, x->completed_ms), x->total, x->successful,
	    x->failed, x->bars.received + x->bars.derived,
	    execution_status_name(x->status), or_null(x->message), x->host,
	    x->pid, x->requests, x->rate_limited, x->retries, x->bytes,
	    x->api_seconds, x->db_seconds, x->features_seconds, x->heartbeat_ms,
	    or_null(x->run_id));
}

bool
postgres_execution_put(struct store *base, const struct execution *x,
    struct md_error *e)
{
	struct put_execution w = { x };

	return postgres_write((struct postgres_store *)base, put_execution, &w,
	    e);
}

struct put_jobs {
	const char *execution_id;
	const struct job_record *const *v;
	size_t len;
};

static bool
put_job(struct postgres_store *st, const char *execution_id,
    const struct job_record *j, struct md_error *e)
{
	return postgres_run(st, e, NULL,
	    "INSERT INTO symbol_computation_status (execution_id, symbol, "
	    "asset_class, timeframe, status, records_processed, "
	    "records_inserted, started_at, completed_at, duration_seconds, "
	    "error_message, features_computed) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12) "
	    "ON CONFLICT (execution_id, symbol, timeframe) DO UPDATE SET "
	    "status = $5, records_processed = $6, records_inserted = $7, "
	    "started_at = $8, completed_at = $9, duration_seconds = $10, "
	    "error_message = $11, features_computed = $12",
	    "tttttiiMMDTi", execution_id, j->symbol, asset_class_name(j->class),
	    timeframe_name(j->timeframe), job_status_name(j->status),
	    j->bars.received + j->bars.derived, j->bars.inserted, j->started_ms,
	    j->completed_ms, seconds(j->started_ms, j->completed_ms),
	    or_null(j->message), j->features);
}

/* Jobs that have not begun differ by their names alone: one statement. */
static bool
put_pending(struct postgres_store *st, const struct put_jobs *w,
    struct md_error *e)
{
	struct buf symbols = BUF_INIT, classes = BUF_INIT,
		   timeframes = BUF_INIT;
	bool good;

	for (size_t i = 0; i < w->len; i++) {
		if (w->v[i]->status != JOB_PENDING)
			continue;
		postgres_array_text(&symbols, w->v[i]->symbol);
		postgres_array_text(&classes, asset_class_name(w->v[i]->class));
		postgres_array_text(&timeframes,
		    timeframe_name(w->v[i]->timeframe));
	}
	good = symbols.len == 0;
	postgres_array_end(&symbols);
	postgres_array_end(&classes);
	postgres_array_end(&timeframes);
	if (!buf_ok(&symbols) || !buf_ok(&classes) || !buf_ok(&timeframes))
		good = md_nomem(e);
	else if (!good)
		good = postgres_run(st, e, NULL,
		    "INSERT INTO symbol_computation_status (execution_id, "
		    "symbol, asset_class, timeframe, status) "
		    "SELECT $1, l.*, 'pending' FROM unnest($2::text[], "
		    "$3::text[], $4::text[]) AS l "
		    "ON CONFLICT (execution_id, symbol, timeframe) DO NOTHING",
		    "tttt", w->execution_id, buf_str(&symbols),
		    buf_str(&classes), buf_str(&timeframes));
	buf_free(&symbols);
	buf_free(&classes);
	buf_free(&timeframes);
	return good;
}

static bool
put_jobs(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct put_jobs *w = ctx;
	bool good = put_pending(st, w, e);

	for (size_t i = 0; good && i < w->len; i++)
		if (w->v[i]->status != JOB_PENDING)
			good = put_job(st, w->execution_id, w->v[i], e);
	return good;
}

bool
postgres_jobs_put(struct store *base, const char *execution_id,
    const struct job_record *const *v, size_t len, struct md_error *e)
{
	struct put_jobs w = { execution_id, v, len };

	return postgres_write((struct postgres_store *)base, put_jobs, &w, e);
}

bool
postgres_executions_running(struct store *base, const char *host,
    int64_t silent_since, struct running_execution *out, size_t cap,
    size_t *len, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT execution_id, pid, started_at, host <> $1 "
	    "FROM scheduler_execution_log WHERE status = 'running' "
	    "AND (host = $1 OR coalesce(heartbeat_at, started_at) < $2)",
	    "tm", host, silent_since);

	*len = 0;
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r) && *len < cap; i++) {
		struct running_execution *x = &out[(*len)++];

		postgres_copy_text(x->id, sizeof(x->id), r, i, 0);
		x->pid = postgres_int(r, i, 1);
		x->started_ms = postgres_time(r, i, 2);
		x->elsewhere = postgres_int(r, i, 3) != 0;
	}
	PQclear(r);
	return true;
}

struct interrupt {
	const char *execution_id;
	int64_t now;
};

static bool
interrupt(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct interrupt *w = ctx;
	int64_t changed = 0;

	if (!postgres_run(st, e, &changed,
		"UPDATE scheduler_execution_log SET status = 'interrupted', "
		"completed_at = $2, error_message = $3, duration_seconds = "
		"extract(epoch FROM $2 - started_at) WHERE execution_id = $1 "
		"AND status = 'running'",
		"tmt", w->execution_id, w->now, execution_vanished_message))
		return false;
	/* It may have ended well between being listed and being looked for. */
	if (changed == 0)
		return true;
	return postgres_run(st, e, NULL,
		   "UPDATE symbol_computation_status SET status = 'failed', "
		   "completed_at = $2, error_message = 'interrupted: ' || $3 "
		   "WHERE execution_id = $1 AND status = 'in_progress'",
		   "tmt", w->execution_id, w->now,
		   execution_vanished_message) &&
	       postgres_run(st, e, NULL,
		   "UPDATE scheduler_execution_log SET (successful_symbols, "
		   "failed_symbols, total_records_processed) = (SELECT "
		   "count(*) FILTER (WHERE good), count(*) FILTER (WHERE bad), "
		   "coalesce(sum(n), 0) FROM (SELECT "
		   "bool_and(status = 'completed') AS good, "
		   "bool_or(status = 'failed') AS bad, "
		   "sum(records_processed) AS n "
		   "FROM symbol_computation_status WHERE execution_id = $1 "
		   "GROUP BY symbol) AS s) WHERE execution_id = $1",
		   "t", w->execution_id) &&
	       postgres_run(st, e, NULL,
		   "UPDATE leases SET lease_until = 'epoch' "
		   "WHERE execution_id = $1",
		   "t", w->execution_id);
}

bool
postgres_execution_interrupt(struct store *base, const char *execution_id,
    int64_t now, struct md_error *e)
{
	struct interrupt w = { execution_id, now };

	return postgres_write((struct postgres_store *)base, interrupt, &w, e);
}
