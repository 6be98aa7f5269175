/*
 * What reports read.  Each is one query whose cost grows with the rows that it
 * returns; no query looks at all bars.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

bool
sqlite_report_begin(struct store *base, struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e, "BEGIN", "");
}

void
sqlite_report_end(struct store *base)
{
	(void)sqlite_end((struct sqlite_store *)base, false, NULL);
}

/* -- columns -- */

static const char *
text(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return s == NULL ? "" : s;
}

/* 0 when it is null, or not a time. */
static int64_t
column_time(sqlite3_stmt *stmt, int i)
{
	int64_t ms = 0;

	(void)md_time_parse(text(stmt, i), &ms);
	return ms;
}

static void
copy(char *to, size_t size, sqlite3_stmt *stmt, int i)
{
	(void)snprintf(to, size, "%s", text(stmt, i));
}

static bool
timeframe_column(sqlite3_stmt *stmt, int i, enum timeframe *out)
{
	const char *s = text(stmt, i);

	return timeframe_parse(s, strlen(s), out);
}

/* A row that cannot be: somebody else wrote it. */
static bool
broken(struct sqlite_store *st, sqlite3_stmt *stmt, const char *what,
    struct md_error *e)
{
	(void)sqlite3_reset(stmt);
	return store_fail(e, st->path, "%s of an unknown kind", what);
}

/* Memory ran out amid the rows. */
static bool
full(sqlite3_stmt *stmt, struct md_error *e)
{
	(void)sqlite3_reset(stmt);
	return md_nomem(e);
}

/* -- series -- */

bool
sqlite_read_series_row(sqlite3_stmt *stmt, struct series_row *s)
{
	struct staleness_facts *f = &s->facts;

	s->id = sqlite3_column_int64(stmt, 0);
	copy(s->symbol, sizeof(s->symbol), stmt, 1);
	f->has_bars = sqlite3_column_type(stmt, 5) != SQLITE_NULL;
	f->newest_ts = sqlite3_column_int64(stmt, 5);
	s->bars = sqlite3_column_int64(stmt, 6);
	f->has_features = md_time_parse(text(stmt, 7), &f->computed_ms);
	s->features = sqlite3_column_int64(stmt, 8);
	f->has_featured_ts = md_time_parse(text(stmt, 9), &f->featured_ts);
	f->answered = sqlite3_column_type(stmt, 10) != SQLITE_NULL;
	f->as_of_ms = sqlite3_column_int64(stmt, 10);
	f->grid = grid_kind_parse((const char *)sqlite3_column_text(stmt, 11));
	return asset_class_parse(text(stmt, 2), &f->class) &&
	       tier_parse(text(stmt, 3), &s->tier) &&
	       timeframe_column(stmt, 4, &f->timeframe);
}

bool
sqlite_report_series(struct store *base, struct series_rows *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt =
	    sqlite_bind(st, e, SERIES_ROWS "WHERE r.active AND s.active", "");
	struct series_row *s;
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		s = series_rows_append(out);
		if (s == NULL)
			return full(stmt, e);
		if (!sqlite_read_series_row(stmt, s))
			return broken(st, stmt, "a series", e);
	}
	return row == 0;
}

bool
sqlite_report_coverage(struct store *base, int64_t series_id,
    struct coverage *out, struct md_error *e)
{
	return sqlite_read_coverage((struct sqlite_store *)base, series_id, out,
	    e);
}

bool
sqlite_report_bar_times(struct store *base, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT ts FROM bars WHERE series_id = ?1 AND ts >= ?2 "
	    "AND ts < ?3 ORDER BY ts",
	    "iii", series_id, from, to);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		if (!each(ctx, sqlite3_column_int64(stmt, 0)))
			return full(stmt, e);
	return row == 0;
}

/* -- executions -- */

static bool
read_execution(sqlite3_stmt *stmt, struct execution_row *r)
{
	struct execution *x = &r->x;

	copy(x->id, sizeof(x->id), stmt, 0);
	x->started_ms = column_time(stmt, 1);
	x->completed_ms = column_time(stmt, 2);
	x->total = sqlite3_column_int64(stmt, 3);
	x->successful = sqlite3_column_int64(stmt, 4);
	x->failed = sqlite3_column_int64(stmt, 5);
	x->bars.received = sqlite3_column_int64(stmt, 6);
	copy(x->message, sizeof(x->message), stmt, 8);
	copy(x->host, sizeof(x->host), stmt, 9);
	x->pid = sqlite3_column_int64(stmt, 10);
	x->requests = sqlite3_column_int64(stmt, 11);
	x->rate_limited = sqlite3_column_int64(stmt, 12);
	x->retries = sqlite3_column_int64(stmt, 13);
	x->bytes = sqlite3_column_int64(stmt, 14);
	x->api_seconds = sqlite3_column_double(stmt, 15);
	x->db_seconds = sqlite3_column_double(stmt, 16);
	x->features_seconds = sqlite3_column_double(stmt, 17);
	r->leased = sqlite3_column_int64(stmt, 18) != 0;
	x->heartbeat_ms = column_time(stmt, 19);
	copy(x->run_id, sizeof(x->run_id), stmt, 20);
	return execution_status_parse(text(stmt, 7), &x->status);
}

#define EXECUTION_COLUMNS                                                      \
	"SELECT x.execution_id, x.started_at, x.completed_at, "                \
	"x.total_symbols, x.successful_symbols, x.failed_symbols, "            \
	"x.total_records_processed, x.status, x.error_message, x.host, "       \
	"x.pid, x.total_requests, x.rate_limited_count, x.retry_count, "       \
	"x.bytes_received, x.api_seconds, x.db_seconds, x.features_seconds, "  \
	"x.status = 'running' AND EXISTS (SELECT 1 FROM leases l WHERE "       \
	"l.execution_id = x.execution_id AND l.lease_until > ?1), "            \
	"x.heartbeat_at, x.run_id "                                            \
	"FROM scheduler_execution_log x "

/* Text sorts as time does, but for the fraction of a second, which not all
 * have: what is asked for is widened, and what is too much left out. */
static sqlite3_stmt *
select_executions(struct sqlite_store *st, const struct execution_query *q,
    struct md_error *e)
{
	char since[MD_TIME_MAX], until[MD_TIME_MAX];

	if (q->id != NULL)
		return sqlite_bind(st, e,
		    EXECUTION_COLUMNS "WHERE x.execution_id = ?2", "it",
		    q->until_ms, q->id);
	md_time_format(q->since_ms - MD_SECOND, since);
	md_time_format(q->until_ms + MD_SECOND, until);
	if (q->good)
		return sqlite_bind(st, e,
		    EXECUTION_COLUMNS
		    "WHERE x.started_at >= ?2 AND x.started_at <= ?3 "
		    "AND x.status IN ('completed', 'completed_with_errors') "
		    "ORDER BY x.started_at DESC",
		    "itt", q->until_ms, since, until);
	return sqlite_bind(st, e,
	    EXECUTION_COLUMNS "WHERE x.started_at >= ?2 AND x.started_at <= ?3 "
			      "ORDER BY x.started_at DESC",
	    "itt", q->until_ms, since, until);
}

/* As text, those of one second may stand in another order: some more than
 * asked for are read, and put in order. */
#define SAME_SECOND 16

static bool
is_wanted(const struct execution_query *q, const struct execution *x)
{
	return q->id != NULL ||
	       (x->started_ms >= q->since_ms && x->started_ms <= q->until_ms);
}

bool
sqlite_report_executions(struct store *base, const struct execution_query *q,
    struct execution_rows *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = select_executions(st, q, e);
	size_t limit = (size_t)q->limit;
	struct execution_row *r;
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		r = execution_rows_append(out);
		if (r == NULL)
			return full(stmt, e);
		if (!read_execution(stmt, r))
			return broken(st, stmt, "an execution", e);
		if (!is_wanted(q, &r->x))
			out->len--;
		if (limit > 0 && out->len == limit + SAME_SECOND) {
			(void)sqlite3_reset(stmt);
			row = 0;
			break;
		}
	}
	if (row == 0)
		execution_rows_newest(out, limit);
	return row == 0;
}

bool
sqlite_report_totals(struct store *base, int64_t until, struct log_totals *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char at[MD_TIME_MAX];
	sqlite3_stmt *stmt;
	enum execution_status status;
	int row = -1;

	memset(out, 0, sizeof(*out));
	md_time_format(until + MD_SECOND, at);
	stmt = sqlite_bind(st, e,
	    "SELECT status, count(*), sum(total_requests), "
	    "sum(rate_limited_count), sum(retry_count), sum(bytes_received), "
	    "sum(total_records_processed) FROM scheduler_execution_log "
	    "WHERE started_at <= ?1 GROUP BY status",
	    "t", at);
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		if (!execution_status_parse(text(stmt, 0), &status))
			return broken(st, stmt, "an execution", e);
		out->executions[status] = sqlite3_column_int64(stmt, 1);
		out->requests += sqlite3_column_int64(stmt, 2);
		out->rate_limited += sqlite3_column_int64(stmt, 3);
		out->retries += sqlite3_column_int64(stmt, 4);
		out->bytes += sqlite3_column_int64(stmt, 5);
		out->records += sqlite3_column_int64(stmt, 6);
	}
	if (row != 0)
		return false;
	stmt = sqlite_bind(st, e,
	    "SELECT count(*) FROM feature_computation_failures "
	    "WHERE NOT resolved",
	    "");
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		out->open_failures = sqlite3_column_int64(stmt, 0);
	return stmt != NULL && row == 0;
}

/* -- jobs -- */

static bool
read_job(sqlite3_stmt *stmt, struct job_record *j)
{
	copy(j->symbol, sizeof(j->symbol), stmt, 0);
	j->bars.received = sqlite3_column_int64(stmt, 4);
	j->bars.inserted = sqlite3_column_int64(stmt, 5);
	j->started_ms = column_time(stmt, 6);
	j->completed_ms = column_time(stmt, 7);
	copy(j->message, sizeof(j->message), stmt, 8);
	j->features = sqlite3_column_int64(stmt, 9);
	return asset_class_parse(text(stmt, 1), &j->class) &&
	       timeframe_column(stmt, 2, &j->timeframe) &&
	       job_status_parse(text(stmt, 3), &j->status);
}

bool
sqlite_report_job_counts(struct store *base, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT count(*), total(status = 'failed') "
	    "FROM symbol_computation_status WHERE execution_id = ?1",
	    "t", execution_id);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		*jobs = sqlite3_column_int64(stmt, 0);
		*failed = sqlite3_column_int64(stmt, 1);
	}
	return row == 0;
}

bool
sqlite_report_jobs(struct store *base, const char *execution_id,
    struct job_rows *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT symbol, asset_class, timeframe, status, "
	    "records_processed, records_inserted, started_at, completed_at, "
	    "error_message, features_computed FROM symbol_computation_status "
	    "WHERE execution_id = ?1 ORDER BY symbol, timeframe",
	    "t", execution_id);
	struct job_record *j;
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		j = job_rows_append(out);
		if (j == NULL)
			return full(stmt, e);
		if (!read_job(stmt, j))
			return broken(st, stmt, "a job", e);
	}
	return row == 0;
}

/* Texts of times sort by time but for their fractions: so as days since noon,
 * 4714 BC, the epoch being 2440587.5. */
bool
sqlite_report_success_gaps(struct store *base, int64_t since_ms,
    struct success_gaps *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char since[MD_TIME_MAX];
	sqlite3_stmt *stmt;
	struct success_gap *l;
	int row = -1;

	md_time_format(since_ms - MD_SECOND, since);
	stmt = sqlite_bind(st, e,
	    "SELECT execution_id, "
	    "CAST(round((max(at) - 2440587.5) * 86400000) AS INTEGER), "
	    "CAST(round(max(at - before) * 86400000) AS INTEGER) FROM ("
	    "SELECT execution_id, julianday(j.completed_at) AS at, "
	    "lag(julianday(j.completed_at), 1, julianday(x.started_at)) OVER ("
	    "PARTITION BY execution_id ORDER BY julianday(j.completed_at)) "
	    "AS before FROM scheduler_execution_log x "
	    "JOIN symbol_computation_status j USING (execution_id) "
	    "WHERE x.started_at >= ?1 AND (x.rate_limited_count > 0 "
	    "OR x.status NOT IN ('completed', 'completed_with_errors')) "
	    "AND j.status = 'completed' AND julianday(j.completed_at) "
	    "IS NOT NULL) GROUP BY execution_id ORDER BY execution_id",
	    "t", since);
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		l = success_gaps_append(out);
		if (l == NULL)
			return full(stmt, e);
		copy(l->execution_id, sizeof(l->execution_id), stmt, 0);
		l->last_ms = sqlite3_column_int64(stmt, 1);
		l->longest_ms = sqlite3_column_int64(stmt, 2);
	}
	return row == 0;
}

/* -- failures -- */

static bool
read_failure(sqlite3_stmt *stmt, struct failure_row *f)
{
	f->kind =
	    sqlite3_column_int64(stmt, 0) != 0 ? FAILURE_FEATURES : FAILURE_JOB;
	copy(f->symbol, sizeof(f->symbol), stmt, 1);
	copy(f->error, sizeof(f->error), stmt, 3);
	copy(f->execution_id, sizeof(f->execution_id), stmt, 4);
	f->failed_ms = column_time(stmt, 5);
	f->retries = sqlite3_column_int64(stmt, 6);
	f->resolved = sqlite3_column_int64(stmt, 7) != 0;
	f->resolved_ms = column_time(stmt, 8);
	return timeframe_column(stmt, 2, &f->timeframe);
}

/* Open failures of features are told however old they are. */
bool
sqlite_report_failures(struct store *base, int64_t since, int64_t until,
    struct failure_rows *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char from[MD_TIME_MAX], to[MD_TIME_MAX];
	sqlite3_stmt *stmt;
	struct failure_row *f;
	int row = -1;

	md_time_format(since, from);
	md_time_format(until + MD_SECOND, to);
	stmt = sqlite_bind(st, e,
	    "SELECT 0, symbol, timeframe, error_message, execution_id, "
	    "completed_at, 0, 0, NULL FROM symbol_computation_status "
	    "WHERE status = 'failed' AND completed_at >= ?1 "
	    "AND completed_at <= ?2 UNION ALL "
	    "SELECT 1, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE failed_at >= ?1 AND failed_at <= ?2 UNION ALL "
	    "SELECT 1, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE NOT resolved AND failed_at < ?1",
	    "tt", from, to);
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		f = failure_rows_append(out);
		if (f == NULL)
			return full(stmt, e);
		if (!read_failure(stmt, f))
			return broken(st, stmt, "a failure", e);
	}
	return row == 0;
}
