/*
 * What reports read.  Each is one query whose cost grows with the rows that it
 * returns; no query looks at all bars.
 */
#include <stdio.h>
#include <string.h>

#include "store/postgres/postgres.h"

bool
postgres_report_begin(struct store *base, struct md_error *e)
{
	return postgres_read_begin((struct postgres_store *)base, e);
}

void
postgres_report_end(struct store *base)
{
	postgres_read_end((struct postgres_store *)base);
}

/* -- columns -- */

static bool
timeframe_column(const PGresult *r, int row, int column, enum timeframe *out)
{
	const char *s = postgres_text(r, row, column);

	return timeframe_parse(s, strlen(s), out);
}

/* A row that cannot be: somebody else wrote it. */
bool
postgres_broken(struct postgres_store *st, PGresult *r, const char *what,
    struct md_error *e)
{
	PQclear(r);
	return store_fail(e, st->url, "%s of an unknown kind", what);
}

/* Memory ran out amid the rows. */
static bool
fail_nomem(PGresult *r, struct md_error *e)
{
	PQclear(r);
	return md_nomem(e);
}

/* -- series -- */

bool
postgres_read_series_row(const PGresult *r, int row, struct series_row *s)
{
	struct staleness_facts *f = &s->facts;

	s->id = postgres_int(r, row, 0);
	postgres_copy_text(s->symbol, sizeof(s->symbol), r, row, 1);
	f->has_bars = !postgres_null(r, row, 5);
	f->newest_ts = postgres_time(r, row, 5);
	s->bars = postgres_int(r, row, 6);
	f->has_features = !postgres_null(r, row, 7);
	f->computed_ms = postgres_time(r, row, 7);
	s->features = postgres_int(r, row, 8);
	f->has_featured_ts = !postgres_null(r, row, 9);
	f->featured_ts = postgres_time(r, row, 9);
	f->answered = !postgres_null(r, row, 10);
	f->as_of_ms = postgres_time(r, row, 10);
	f->grid = grid_kind_parse(postgres_text(r, row, 11));
	return asset_class_parse(postgres_text(r, row, 2), &f->class) &&
	       tier_parse(postgres_text(r, row, 3), &s->tier) &&
	       timeframe_column(r, row, 4, &f->timeframe);
}

bool
postgres_report_series(struct store *base, struct series_rows *out,
    struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    SERIES_ROWS "WHERE r.active AND s.active", "");

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct series_row *s = series_rows_append(out);

		if (s == NULL)
			return fail_nomem(r, e);
		if (!postgres_read_series_row(r, i, s))
			return postgres_broken(st, r, "a series", e);
	}
	PQclear(r);
	return true;
}

bool
postgres_report_coverage(struct store *base, int64_t series_id,
    struct coverage *out, struct md_error *e)
{
	return postgres_read_coverage((struct postgres_store *)base, series_id,
	    out, e);
}

/* -- executions -- */

static bool
read_execution(const PGresult *r, int row, struct execution_row *out)
{
	struct execution *x = &out->x;

	postgres_copy_text(x->id, sizeof(x->id), r, row, 0);
	x->started_ms = postgres_time(r, row, 1);
	x->completed_ms = postgres_time(r, row, 2);
	x->total = postgres_int(r, row, 3);
	x->successful = postgres_int(r, row, 4);
	x->failed = postgres_int(r, row, 5);
	x->bars.received = postgres_int(r, row, 6);
	postgres_copy_text(x->message, sizeof(x->message), r, row, 8);
	postgres_copy_text(x->host, sizeof(x->host), r, row, 9);
	x->pid = postgres_int(r, row, 10);
	x->requests = postgres_int(r, row, 11);
	x->rate_limited = postgres_int(r, row, 12);
	x->retries = postgres_int(r, row, 13);
	x->bytes = postgres_int(r, row, 14);
	x->api_seconds = postgres_double(r, row, 15);
	x->db_seconds = postgres_double(r, row, 16);
	x->features_seconds = postgres_double(r, row, 17);
	out->leased = postgres_int(r, row, 18) != 0;
	x->heartbeat_ms = postgres_time(r, row, 19);
	postgres_copy_text(x->run_id, sizeof(x->run_id), r, row, 20);
	return execution_status_parse(postgres_text(r, row, 7), &x->status);
}

#define EXECUTION_COLUMNS                                                      \
	"SELECT x.execution_id, x.started_at, x.completed_at, "                \
	"x.total_symbols, x.successful_symbols, x.failed_symbols, "            \
	"x.total_records_processed, x.status, x.error_message, x.host, "       \
	"x.pid, x.total_requests, x.rate_limited_count, x.retry_count, "       \
	"x.bytes_received, x.api_seconds, x.db_seconds, x.features_seconds, "  \
	"x.status = 'running' AND EXISTS (SELECT 1 FROM leases l WHERE "       \
	"l.execution_id = x.execution_id AND l.lease_until > $1), "            \
	"x.heartbeat_at, x.run_id "                                            \
	"FROM scheduler_execution_log x "

static PGresult *
select_executions(struct postgres_store *st, const struct execution_query *q,
    struct md_error *e)
{
	if (q->id != NULL)
		return postgres_query(st, e,
		    EXECUTION_COLUMNS "WHERE x.execution_id = $2", "mt",
		    q->until_ms, q->id);
	return postgres_query(st, e,
	    EXECUTION_COLUMNS
	    "WHERE x.started_at >= $2 AND x.started_at <= $1 AND (NOT $3 "
	    "OR x.status IN ('completed', 'completed_with_errors')) "
	    "ORDER BY x.started_at DESC, x.execution_id "
	    "LIMIT nullif($4, 0)",
	    "mmbi", q->until_ms, q->since_ms, (int)q->good, q->limit);
}

bool
postgres_report_executions(struct store *base, const struct execution_query *q,
    struct execution_rows *out, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = select_executions(st, q, e);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct execution_row *x = execution_rows_append(out);

		if (x == NULL)
			return fail_nomem(r, e);
		if (!read_execution(r, i, x))
			return postgres_broken(st, r, "an execution", e);
	}
	PQclear(r);
	execution_rows_newest(out, (size_t)q->limit);
	return true;
}

bool
postgres_report_totals(struct store *base, int64_t until,
    struct log_totals *out, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    "SELECT status, count(*), sum(total_requests)::bigint, "
	    "sum(rate_limited_count)::bigint, sum(retry_count)::bigint, "
	    "sum(bytes_received)::bigint, "
	    "sum(total_records_processed)::bigint, "
	    "(SELECT count(*) FROM feature_computation_failures "
	    "WHERE NOT resolved) FROM scheduler_execution_log "
	    "WHERE started_at <= $1 GROUP BY ROLLUP (status)",
	    "m", until + MD_SECOND);
	enum execution_status status;

	memset(out, 0, sizeof(*out));
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		/* The row of all of them, which is there without any. */
		out->open_failures = postgres_int(r, i, 7);
		if (postgres_null(r, i, 0))
			continue;
		if (!execution_status_parse(postgres_text(r, i, 0), &status))
			return postgres_broken(st, r, "an execution", e);
		out->executions[status] = postgres_int(r, i, 1);
		out->requests += postgres_int(r, i, 2);
		out->rate_limited += postgres_int(r, i, 3);
		out->retries += postgres_int(r, i, 4);
		out->bytes += postgres_int(r, i, 5);
		out->records += postgres_int(r, i, 6);
	}
	PQclear(r);
	return true;
}

/* -- jobs -- */

static bool
read_job(const PGresult *r, int row, struct job_record *j)
{
	postgres_copy_text(j->symbol, sizeof(j->symbol), r, row, 0);
	j->bars.received = postgres_int(r, row, 4);
	j->bars.inserted = postgres_int(r, row, 5);
	j->started_ms = postgres_time(r, row, 6);
	j->completed_ms = postgres_time(r, row, 7);
	postgres_copy_text(j->message, sizeof(j->message), r, row, 8);
	j->features = postgres_int(r, row, 9);
	return asset_class_parse(postgres_text(r, row, 1), &j->class) &&
	       timeframe_column(r, row, 2, &j->timeframe) &&
	       job_status_parse(postgres_text(r, row, 3), &j->status);
}

bool
postgres_report_job_counts(struct store *base, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT count(*), count(*) FILTER (WHERE status = 'failed') "
	    "FROM symbol_computation_status WHERE execution_id = $1",
	    "t", execution_id);

	if (r == NULL)
		return false;
	*jobs = postgres_int(r, 0, 0);
	*failed = postgres_int(r, 0, 1);
	PQclear(r);
	return true;
}

bool
postgres_report_jobs(struct store *base, const char *execution_id,
    struct job_rows *out, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    "SELECT symbol, asset_class, timeframe, status, "
	    "records_processed, records_inserted, started_at, completed_at, "
	    "error_message, features_computed FROM symbol_computation_status "
	    "WHERE execution_id = $1 ORDER BY symbol, timeframe",
	    "t", execution_id);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct job_record *j = job_rows_append(out);

		if (j == NULL)
			return fail_nomem(r, e);
		if (!read_job(r, i, j))
			return postgres_broken(st, r, "a job", e);
	}
	PQclear(r);
	return true;
}

bool
postgres_report_success_gaps(struct store *base, int64_t since,
    struct success_gaps *out, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT execution_id, max(at), "
	    "max(extract(epoch FROM at - before) * 1000)::bigint FROM ("
	    "SELECT execution_id, j.completed_at AS at, "
	    "lag(j.completed_at, 1, x.started_at) OVER ("
	    "PARTITION BY execution_id ORDER BY j.completed_at) AS before "
	    "FROM scheduler_execution_log x "
	    "JOIN symbol_computation_status j USING (execution_id) "
	    "WHERE x.started_at >= $1 AND (x.rate_limited_count > 0 "
	    "OR x.status NOT IN ('completed', 'completed_with_errors')) "
	    "AND j.status = 'completed' AND j.completed_at IS NOT NULL) s "
	    "GROUP BY execution_id ORDER BY execution_id",
	    "m", since);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct success_gap *l = success_gaps_append(out);

		if (l == NULL)
			return fail_nomem(r, e);
		postgres_copy_text(l->execution_id, sizeof(l->execution_id), r,
		    i, 0);
		l->last_ms = postgres_time(r, i, 1);
		l->longest_ms = postgres_int(r, i, 2);
	}
	PQclear(r);
	return true;
}

/* -- failures -- */

static bool
read_failure(const PGresult *r, int row, struct failure_row *f)
{
	f->kind = postgres_int(r, row, 0) != 0 ? FAILURE_FEATURES : FAILURE_JOB;
	postgres_copy_text(f->symbol, sizeof(f->symbol), r, row, 1);
	postgres_copy_text(f->error, sizeof(f->error), r, row, 3);
	postgres_copy_text(f->execution_id, sizeof(f->execution_id), r, row, 4);
	f->failed_ms = postgres_time(r, row, 5);
	f->retries = postgres_int(r, row, 6);
	f->resolved = postgres_int(r, row, 7) != 0;
	f->resolved_ms = postgres_time(r, row, 8);
	return timeframe_column(r, row, 2, &f->timeframe);
}

/* Open failures of features are told however old they are. */
bool
postgres_report_failures(struct store *base, int64_t since, int64_t until,
    struct failure_rows *out, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	PGresult *r = postgres_query(st, e,
	    "SELECT 0, symbol, timeframe, error_message, execution_id, "
	    "completed_at, 0::bigint, false, NULL::timestamptz "
	    "FROM symbol_computation_status "
	    "WHERE status = 'failed' AND completed_at >= $1 "
	    "AND completed_at <= $2 UNION ALL "
	    "SELECT 1, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE failed_at >= $1 AND failed_at <= $2 UNION ALL "
	    "SELECT 1, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE NOT resolved AND failed_at < $1",
	    "mm", since, until + MD_SECOND);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct failure_row *f = failure_rows_append(out);

		if (f == NULL)
			return fail_nomem(r, e);
		if (!read_failure(r, i, f))
			return postgres_broken(st, r, "a failure", e);
	}
	PQclear(r);
	return true;
}
