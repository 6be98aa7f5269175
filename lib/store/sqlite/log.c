/*
 * The log of executions and their jobs.
 */
#include <math.h>
#include <stdio.h>

#include "store/sqlite/sqlite.h"

const char *
sqlite_time_text(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return NULL;
	md_time_format(ms, out);
	return out;
}

bool
sqlite_execution_put(struct store *base, const struct execution *x,
    struct md_error *e)
{
	char started[MD_TIME_MAX], completed[MD_TIME_MAX];
	char heard_of[MD_TIME_MAX];

	return sqlite_run((struct sqlite_store *)base, e,
	    "INSERT INTO scheduler_execution_log (execution_id, started_at, "
	    "completed_at, duration_seconds, total_symbols, "
	    "successful_symbols, failed_symbols, total_records_processed, "
	    "status, error_message, host, pid, total_requests, "
	    "rate_limited_count, retry_count, bytes_received, api_seconds, "
	    "db_seconds, features_seconds, heartbeat_at, run_id) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) "
	    "ON CONFLICT (execution_id) DO UPDATE SET completed_at = ?3, "
	    "duration_seconds = ?4, total_symbols = ?5, "
	    "successful_symbols = ?6, failed_symbols = ?7, "
	    "total_records_processed = ?8, status = ?9, error_message = ?10, "
	    "total_requests = ?13, rate_limited_count = ?14, "
	    "retry_count = ?15, bytes_received = ?16, api_seconds = ?17, "
	    "db_seconds = ?18, features_seconds = ?19, heartbeat_at = ?20",
	    "tTTDiiiitTtiiiiidddTT", x->id,
	    sqlite_time_text(x->started_ms, started),
	    sqlite_time_text(x->completed_ms, completed),
	    x->completed_ms == 0
		? (double)NAN
		: (double)(x->completed_ms - x->started_ms) / 1000,
	    x->total, x->successful, x->failed,
	    x->bars.received + x->bars.derived,
	    execution_status_name(x->status),
	    x->message[0] == '\0' ? NULL : x->message, x->host, x->pid,
	    x->requests, x->rate_limited, x->retries, x->bytes, x->api_seconds,
	    x->db_seconds, x->features_seconds,
	    sqlite_time_text(x->heartbeat_ms, heard_of),
	    x->run_id[0] == '\0' ? NULL : x->run_id);
}

static bool
put_job(struct sqlite_store *st, const char *execution_id,
    const struct job_record *j, struct md_error *e)
{
	char started[MD_TIME_MAX], completed[MD_TIME_MAX];

	return sqlite_run(st, e,
	    "INSERT INTO symbol_computation_status (execution_id, symbol, "
	    "asset_class, timeframe, status, records_processed, "
	    "records_inserted, started_at, completed_at, duration_seconds, "
	    "error_message, features_computed) VALUES (?1, ?2, ?3, ?4, ?5, "
	    "?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET "
	    "status = ?5, records_processed = ?6, records_inserted = ?7, "
	    "started_at = ?8, completed_at = ?9, duration_seconds = ?10, "
	    "error_message = ?11, features_computed = ?12",
	    "tttttiiTTDTi", execution_id, j->symbol, asset_class_name(j->class),
	    timeframe_name(j->timeframe), job_status_name(j->status),
	    j->bars.received + j->bars.derived, j->bars.inserted,
	    sqlite_time_text(j->started_ms, started),
	    sqlite_time_text(j->completed_ms, completed),
	    j->completed_ms == 0
		? (double)NAN
		: (double)(j->completed_ms - j->started_ms) / 1000,
	    j->message[0] == '\0' ? NULL : j->message, j->features);
}

bool
sqlite_jobs_put(struct store *base, const char *execution_id,
    const struct job_record *const *v, size_t len, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good = true;

	if (!sqlite_begin(st, e))
		return false;
	for (size_t i = 0; good && i < len; i++)
		good = put_job(st, execution_id, v[i], e);
	return sqlite_end(st, good, e);
}

bool
sqlite_executions_running(struct store *base, const char *host,
    int64_t silent_since, struct running_execution *out, size_t cap,
    size_t *len, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char since[MD_TIME_MAX];
	sqlite3_stmt *stmt;
	int row = -1;

	md_time_format(silent_since, since);
	stmt = sqlite_bind(st, e,
	    "SELECT execution_id, pid, started_at, host <> ?1 "
	    "FROM scheduler_execution_log WHERE status = 'running' "
	    "AND (host = ?1 OR ifnull(heartbeat_at, started_at) < ?2)",
	    "tt", host, since);

	*len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *started =
		    (const char *)sqlite3_column_text(stmt, 2);

		if (*len == cap)
			continue;
		(void)snprintf(out[*len].id, sizeof(out[*len].id), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		out[*len].pid = sqlite3_column_int64(stmt, 1);
		out[*len].elsewhere = sqlite3_column_int64(stmt, 3) != 0;
		out[*len].started_ms = 0;
		(void)md_time_parse(started, &out[*len].started_ms);
		(*len)++;
	}
	return row == 0;
}

bool
sqlite_execution_interrupt(struct store *base, const char *execution_id,
    int64_t now, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char at[MD_TIME_MAX];
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = sqlite_run(st, e,
	    "UPDATE scheduler_execution_log SET status = 'interrupted', "
	    "completed_at = ?2, error_message = ?3, "
	    "duration_seconds = (julianday(?2) - "
	    "julianday(started_at)) * 86400 WHERE execution_id = ?1 "
	    "AND status = 'running'",
	    "ttt", execution_id, sqlite_time_text(now, at),
	    execution_vanished_message);
	/* It may have ended well between being listed and being looked for. */
	if (good && sqlite3_changes(st->db) == 0)
		return sqlite_end(st, true, e);
	good = good &&
	       sqlite_run(st, e,
		   "UPDATE symbol_computation_status SET status = 'failed', "
		   "completed_at = ?2, error_message = 'interrupted: ' || ?3 "
		   "WHERE execution_id = ?1 AND status = 'in_progress'",
		   "ttt", execution_id, at, execution_vanished_message) &&
	       sqlite_run(st, e,
		   "UPDATE scheduler_execution_log SET (successful_symbols, "
		   "failed_symbols, total_records_processed) = "
		   "(SELECT ifnull(sum(good), 0), ifnull(sum(bad), 0), "
		   "ifnull(sum(n), 0) FROM (SELECT "
		   "min(status = 'completed') AS good, "
		   "max(status = 'failed') AS bad, "
		   "sum(records_processed) AS n "
		   "FROM symbol_computation_status WHERE execution_id = ?1 "
		   "GROUP BY symbol)) WHERE execution_id = ?1",
		   "t", execution_id) &&
	       sqlite_run(st, e,
		   "UPDATE leases SET lease_until = 0 WHERE execution_id = ?1",
		   "t", execution_id);
	return sqlite_end(st, good, e);
}
