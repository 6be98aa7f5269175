/*
 * The log of executions and their jobs.
 */
#include <math.h>
#include <string.h>

#include "store/sql.h"
#include "store/vendor.h"

/* NaN, which is null, while it is not over. */
static double
seconds(int64_t started_ms, int64_t completed_ms)
{
	return completed_ms == 0 ? (double)NAN
				 : (double)(completed_ms - started_ms) / 1000;
}

bool
store_execution_put(struct store *st, const struct execution *x,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO scheduler_execution_log (execution_id, started_at, "
	    "completed_at, duration_seconds, total_symbols, "
	    "successful_symbols, failed_symbols, total_records_processed, "
	    "status, error_message, host, pid, total_requests, "
	    "rate_limited_count, retry_count, bytes_received, api_seconds, "
	    "db_seconds, features_seconds, heartbeat_at, run_id, "
	    "files_read, file_bytes, files_failed, files_source) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25) "
	    "ON CONFLICT (execution_id) DO UPDATE SET completed_at = $3, "
	    "duration_seconds = $4, total_symbols = $5, "
	    "successful_symbols = $6, failed_symbols = $7, "
	    "total_records_processed = $8, status = $9, error_message = $10, "
	    "total_requests = $13, rate_limited_count = $14, "
	    "retry_count = $15, bytes_received = $16, api_seconds = $17, "
	    "db_seconds = $18, features_seconds = $19, heartbeat_at = $20, "
	    "files_read = $22, file_bytes = $23, files_failed = $24",
	    SQL_VALUES(sql_text(x->id), sql_stamp(x->started_ms),
		sql_stamp(x->completed_ms),
		sql_real(seconds(x->started_ms, x->completed_ms)),
		sql_int(x->total), sql_int(x->successful), sql_int(x->failed),
		sql_int(x->bars.received + x->bars.derived),
		sql_text(execution_status_name(x->status)),
		sql_text_or_null(x->message), sql_text(x->host),
		sql_int(x->pid), sql_int(x->requests), sql_int(x->rate_limited),
		sql_int(x->retries), sql_int(x->bytes),
		sql_real(x->api_seconds), sql_real(x->db_seconds),
		sql_real(x->features_seconds), sql_stamp(x->heartbeat_ms),
		sql_text_or_null(x->run_id), sql_int(x->files),
		sql_int(x->file_bytes), sql_int(x->files_failed),
		sql_text_or_null(x->files_source[0] == '\0'
				     ? NULL
				     : x->files_source)));
}

/* Small runs say nothing of it, and what limited a run is not known: the
 * quickest of the latest.  A clock that was set tells nothing, nor does what no
 * line can bring. */
bool
store_files_speed(struct store *st, const char *source, const char *host,
    double *bytes_per_second, struct md_error *e)
{
	struct sql_rows r;

	*bytes_per_second = 0;
	sql_select(&r, st, e,
	    "SELECT coalesce(max(CASE WHEN x.host = $2 THEN x.speed END), "
	    "max(x.speed), 0.0) FROM (SELECT host, "
	    "file_bytes / nullif(duration_seconds, 0) AS speed "
	    "FROM scheduler_execution_log WHERE files_source = $1 "
	    "AND file_bytes >= 1000000 "
	    "AND duration_seconds BETWEEN 0.001 AND 10000000.0 "
	    "AND file_bytes / nullif(duration_seconds, 0) "
	    "<= 10000000000.0 "
	    "ORDER BY started_at DESC LIMIT 20) AS x",
	    SQL_VALUES(sql_text(source), sql_text(host)));
	if (sql_next(&r))
		*bytes_per_second = sql_column_real(&r, 0);
	return sql_end(&r);
}

/* -- jobs -- */

struct put_jobs {
	const char *execution_id;
	const struct job_record *const *v;
	size_t len;
};

static bool
put_job(struct store *st, const char *execution_id, const struct job_record *j,
    struct md_error *e)
{
	return sql_run(st, e,
	    "INSERT INTO symbol_computation_status (execution_id, symbol, "
	    "asset_class, timeframe, status, records_processed, "
	    "records_inserted, started_at, completed_at, duration_seconds, "
	    "error_message, features_computed) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12) "
	    "ON CONFLICT (execution_id, symbol, timeframe) DO UPDATE SET "
	    "status = $5, records_processed = $6, records_inserted = $7, "
	    "started_at = $8, completed_at = $9, duration_seconds = $10, "
	    "error_message = $11, features_computed = $12",
	    SQL_VALUES(sql_text(execution_id), sql_text(j->symbol),
		sql_text(asset_class_name(j->class)),
		sql_text(timeframe_name(j->timeframe)),
		sql_text(job_status_name(j->status)),
		sql_int(j->bars.received + j->bars.derived),
		sql_int(j->bars.inserted), sql_stamp(j->started_ms),
		sql_stamp(j->completed_ms),
		sql_real(seconds(j->started_ms, j->completed_ms)),
		sql_text_or_null(j->message), sql_int(j->features)));
}

static bool
put_jobs(struct store *st, void *ctx, struct md_error *e)
{
	const struct put_jobs *w = ctx;
	bool good = true;

	for (size_t i = 0; good && i < w->len; i++)
		good = put_job(st, w->execution_id, w->v[i], e);
	return good;
}

bool
store_jobs_put(struct store *st, const char *execution_id,
    const struct job_record *const *v, size_t len, struct md_error *e)
{
	struct put_jobs w = { execution_id, v, len };

	return sql_write(st, put_jobs, &w, e);
}

/* -- runs that nobody ended -- */

bool
store_executions_running(struct store *st, const char *host,
    int64_t silent_since, struct running_execution *out, size_t cap,
    size_t *len, struct md_error *e)
{
	struct sql_rows r;

	*len = 0;
	sql_select(&r, st, e,
	    "SELECT execution_id, pid, started_at, host <> $1 "
	    "FROM scheduler_execution_log WHERE status = 'running' "
	    "AND (host = $1 OR coalesce(heartbeat_at, started_at) < $2)",
	    SQL_VALUES(sql_text(host), sql_stamp(silent_since)));
	while (*len < cap && sql_next(&r)) {
		struct running_execution *x = &out[(*len)++];

		sql_copy_text(x->id, sizeof(x->id), &r, 0);
		x->pid = sql_column_int(&r, 1);
		x->started_ms = sql_column_stamp(&r, 2);
		x->elsewhere = sql_column_bool(&r, 3);
	}
	return sql_end(&r);
}

struct interrupt {
	const char *execution_id;
	int64_t now;
};

/* A symbol is good if all its jobs are, and failed if one of them is. */
static bool
count_jobs(struct store *st, const char *execution_id, struct execution *x,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT (SELECT started_at FROM scheduler_execution_log "
	    "WHERE execution_id = $1), "
	    "sum(CASE WHEN jobs = good THEN 1 ELSE 0 END), "
	    "sum(CASE WHEN bad > 0 THEN 1 ELSE 0 END), "
	    "CAST (sum(n) AS bigint) FROM (SELECT count(*) AS jobs, "
	    "sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) AS good, "
	    "sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS bad, "
	    "sum(records_processed) AS n FROM symbol_computation_status "
	    "WHERE execution_id = $1 GROUP BY symbol) AS s",
	    SQL_VALUES(sql_text(execution_id)));
	if (sql_next(&r)) {
		x->started_ms = sql_column_stamp(&r, 0);
		x->successful = sql_column_int(&r, 1);
		x->failed = sql_column_int(&r, 2);
		x->bars.received = sql_column_int(&r, 3);
	}
	return sql_end(&r);
}

static bool
interrupt(struct store *st, void *ctx, struct md_error *e)
{
	const struct interrupt *w = ctx;
	struct execution x = { 0 };
	int64_t changed;

	if (!sql_run_counted(st, e, &changed,
		"UPDATE scheduler_execution_log SET status = 'interrupted', "
		"completed_at = $2, error_message = $3 "
		"WHERE execution_id = $1 AND status = 'running'",
		SQL_VALUES(sql_text(w->execution_id), sql_stamp(w->now),
		    sql_text(execution_vanished_message))))
		return false;
	/* It may have ended well between being listed and being looked for. */
	if (changed == 0)
		return true;
	return sql_run(st, e,
		   "UPDATE symbol_computation_status SET status = 'failed', "
		   "completed_at = $2, error_message = 'interrupted: ' || $3 "
		   "WHERE execution_id = $1 AND status = 'in_progress'",
		   SQL_VALUES(sql_text(w->execution_id), sql_stamp(w->now),
		       sql_text(execution_vanished_message))) &&
	       count_jobs(st, w->execution_id, &x, e) &&
	       sql_run(st, e,
		   "UPDATE scheduler_execution_log SET duration_seconds = $2, "
		   "successful_symbols = $3, failed_symbols = $4, "
		   "total_records_processed = $5 WHERE execution_id = $1",
		   SQL_VALUES(sql_text(w->execution_id),
		       sql_real(seconds(x.started_ms, w->now)),
		       sql_int(x.successful), sql_int(x.failed),
		       sql_int(x.bars.received))) &&
	       sql_run(st, e,
		   "UPDATE leases SET lease_until = $2 "
		   "WHERE execution_id = $1",
		   SQL_VALUES(sql_text(w->execution_id), sql_time(0)));
}

bool
store_execution_interrupt(struct store *st, const char *execution_id,
    int64_t now, struct md_error *e)
{
	struct interrupt w = { execution_id, now };

	return sql_write(st, interrupt, &w, e);
}
