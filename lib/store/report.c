/*
 * What reports read.  Each is a query whose cost grows with the rows that it
 * returns; no query looks at all bars.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"
#include "store/report.h"
#include "store/sql.h"

bool
store_report_begin(struct store *st, struct md_error *e)
{
	st->in_snapshot = st->sql->snapshot(st, e);
	return st->in_snapshot;
}

void
store_report_end(struct store *st)
{
	st->sql->snapshot_end(st);
	st->in_snapshot = false;
}

/*
 * SQLite has these times as text, which sorts as time does but for the fraction
 * of a second, which not all have: what is asked for is widened, and what is
 * too much left out.
 */
static struct sql_value
since(int64_t ms)
{
	return sql_stamp(ms - MD_SECOND);
}

static struct sql_value
until(int64_t ms)
{
	return sql_stamp(ms + MD_SECOND);
}

/* -- series -- */

/* The last columns are when the newest bar was answered for (one whose window
 * was refused since: not after that window began), and the grid. */
#define SERIES_ROWS(more)                                                      \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"r.newest_ts, r.bar_count, f.last_computed_at, f.data_point_count, "   \
	"f.last_bar_at, (SELECT CASE WHEN c.to_ts <= r.newest_ts "             \
	"OR c.kind = 'denied' THEN NULL WHEN c.kind = 'refused' "              \
	"THEN c.from_ts ELSE c.fetched_at END FROM coverage c "                \
	"WHERE c.series_id = r.series_id AND c.from_ts <= r.newest_ts "        \
	"ORDER BY c.from_ts DESC LIMIT 1), r.grid, "                           \
	"EXISTS (SELECT 1 FROM silent_symbols g WHERE g.symbol = r.symbol "    \
	"AND g.gone_ts > r.newest_ts)" more " "                                \
	"FROM series r JOIN symbols s ON s.symbol = r.symbol "                 \
	"LEFT JOIN feature_freshness f "                                       \
	"ON f.symbol = r.symbol AND f.timeframe = r.timeframe "

static bool
read_series(const struct sql_rows *r, struct series_row *s)
{
	struct staleness_facts *f = &s->facts;

	s->id = sql_column_int(r, 0);
	sql_copy_text(s->symbol, sizeof(s->symbol), r, 1);
	f->has_bars = !sql_is_null(r, 5);
	f->newest_ts = sql_column_time(r, 5);
	s->bars = sql_column_int(r, 6);
	f->has_features = !sql_is_null(r, 7);
	f->computed_ms = sql_column_stamp(r, 7);
	s->features = sql_column_int(r, 8);
	f->has_featured_ts = !sql_is_null(r, 9);
	f->featured_ts = sql_column_stamp(r, 9);
	f->answered = !sql_is_null(r, 10);
	f->as_of_ms = sql_column_time(r, 10);
	f->grid = grid_kind_parse(sql_column_text(r, 11));
	s->delisted = sql_column_bool(r, 12);
	return asset_class_parse(sql_column_text(r, 2), &f->class) &&
	       tier_parse(sql_column_text(r, 3), &s->tier) &&
	       sql_column_timeframe(r, 4, &f->timeframe);
}

bool
store_report_series(struct store *st, struct series_rows *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e, SERIES_ROWS("") "WHERE r.active AND s.active",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct series_row *s = series_rows_append(out);

		if (s == NULL)
			return sql_nomem(&r);
		if (!read_series(&r, s))
			return sql_broken(&r, "a series");
	}
	return sql_end(&r);
}

/* A series that nobody held a lease of has no writes. */
#define REVISION                                                               \
	", r.revision, coalesce((SELECT l.writes FROM leases l "               \
	"WHERE l.series_id = r.series_id), 0)"

bool
store_read_series(struct store *st, const char *symbol, enum timeframe tf,
    struct series_row *out, bool *found, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    SERIES_ROWS(REVISION) "WHERE r.symbol = $1 AND r.timeframe = $2",
	    SQL_VALUES(sql_text(symbol), sql_text(timeframe_name(tf))));
	*found = sql_next(&r);
	if (*found) {
		memset(out, 0, sizeof(*out));
		if (!read_series(&r, out))
			return sql_broken(&r, "a series");
		out->revision = sql_column_int(&r, 13);
		out->writes = sql_column_int(&r, 14);
	}
	return sql_end(&r);
}

/* -- executions -- */

static bool
read_execution(const struct sql_rows *r, struct execution_row *out)
{
	struct execution *x = &out->x;

	sql_copy_text(x->id, sizeof(x->id), r, 0);
	x->started_ms = sql_column_stamp(r, 1);
	x->completed_ms = sql_column_stamp(r, 2);
	x->total = sql_column_int(r, 3);
	x->successful = sql_column_int(r, 4);
	x->failed = sql_column_int(r, 5);
	x->bars.received = sql_column_int(r, 6);
	sql_copy_text(x->message, sizeof(x->message), r, 8);
	sql_copy_text(x->host, sizeof(x->host), r, 9);
	x->pid = sql_column_int(r, 10);
	x->requests = sql_column_int(r, 11);
	x->rate_limited = sql_column_int(r, 12);
	x->retries = sql_column_int(r, 13);
	x->bytes = sql_column_int(r, 14);
	x->api_seconds = sql_column_real(r, 15);
	x->db_seconds = sql_column_real(r, 16);
	x->features_seconds = sql_column_real(r, 17);
	out->leased = sql_column_bool(r, 18);
	x->heartbeat_ms = sql_column_stamp(r, 19);
	sql_copy_text(x->run_id, sizeof(x->run_id), r, 20);
	x->files = sql_column_int(r, 21);
	x->file_bytes = sql_column_int(r, 22);
	out->progress = (struct run_progress){ sql_column_int(r, 23),
		sql_column_int(r, 24) + sql_column_int(r, 25),
		sql_column_int(r, 25), sql_column_int(r, 26) };
	return execution_status_parse(sql_column_text(r, 7), &x->status);
}

/* Of a run that has ended nobody counts them. */
#define JOBS_OF_RUNNING(which)                                                 \
	"CASE WHEN x.status = 'running' THEN (SELECT count(*) "                \
	"FROM symbol_computation_status c "                                    \
	"WHERE c.execution_id = x.execution_id AND " which ") ELSE 0 END"

/* It would push the lines with macros out of sight. */
/* clang-format off */
#define EXECUTIONS                                                                                   \
	"SELECT x.execution_id, x.started_at, x.completed_at, "                                      \
	"x.total_symbols, x.successful_symbols, x.failed_symbols, "                                  \
	"x.total_records_processed, x.status, x.error_message, x.host, "                             \
	"x.pid, x.total_requests, x.rate_limited_count, x.retry_count, "                             \
	"x.bytes_received, x.api_seconds, x.db_seconds, x.features_seconds, "                        \
	"x.status = 'running' AND EXISTS (SELECT 1 FROM leases l WHERE "                             \
	"l.execution_id = x.execution_id AND l.lease_until > $1), "                                  \
	"x.heartbeat_at, x.run_id, x.files_read, "                                                   \
	"x.file_bytes, " JOBS_OF_RUNNING("TRUE") ", " JOBS_OF_RUNNING("c."                           \
								      "status"                       \
								      " = "                          \
								      "'compl"                       \
								      "eted'") ", " JOBS_OF_RUNNING( \
	    "c.status = 'failed'") ", " JOBS_OF_RUNNING("c.status = "                                \
							"'in_progress'") " FR"                       \
									 "OM "                       \
									 "sch"                       \
									 "edu"                       \
									 "ler"                       \
									 "_ex"                       \
									 "ecu"                       \
									 "tio"                       \
									 "n_"                        \
									 "log"                       \
									 " x "
/* clang-format on */

/* More than are asked for are read: those of the first and the last second may
 * stand in another order, or be left out. */
#define SAME_SECOND 64

static void
select_executions(struct sql_rows *r, struct store *st,
    const struct execution_query *q, struct md_error *e)
{
	if (q->id != NULL)
		sql_select(r, st, e,
		    EXECUTIONS "WHERE substr(CAST (x.execution_id AS text), 1, "
			       "length($2)) = $2",
		    SQL_VALUES(sql_time(q->until_ms), sql_text(q->id)));
	else
		sql_select(r, st, e,
		    EXECUTIONS
		    "WHERE x.started_at >= $2 AND x.started_at <= $3 "
		    "AND (NOT $4 OR "
		    "x.status IN ('completed', 'completed_with_errors')) "
		    "ORDER BY x.started_at DESC LIMIT $5",
		    SQL_VALUES(sql_time(q->until_ms), since(q->since_ms),
			until(q->until_ms), sql_bool(q->good),
			sql_int(q->limit == 0 ? INT64_MAX
					      : q->limit + SAME_SECOND)));
}

static bool
is_wanted(const struct execution_query *q, const struct execution *x)
{
	return q->id != NULL ||
	       (x->started_ms >= q->since_ms && x->started_ms <= q->until_ms);
}

bool
store_report_executions(struct store *st, const struct execution_query *q,
    struct execution_rows *out, struct md_error *e)
{
	struct sql_rows r;

	select_executions(&r, st, q, e);
	while (sql_next(&r)) {
		struct execution_row *x = execution_rows_append(out);

		if (x == NULL)
			return sql_nomem(&r);
		if (!read_execution(&r, x))
			return sql_broken(&r, "an execution");
		if (!is_wanted(q, &x->x))
			out->len--;
	}
	if (sql_end(&r))
		execution_rows_newest(out, (size_t)q->limit);
	return r.good;
}

bool
store_report_totals(struct store *st, int64_t until_ms, struct log_totals *out,
    struct md_error *e)
{
	enum execution_status status;
	struct sql_rows r;

	memset(out, 0, sizeof(*out));
	sql_select(&r, st, e,
	    "SELECT status, count(*), CAST (sum(total_requests) AS bigint), "
	    "CAST (sum(rate_limited_count) AS bigint), "
	    "CAST (sum(retry_count) AS bigint), "
	    "CAST (sum(bytes_received) AS bigint), "
	    "CAST (sum(total_records_processed) AS bigint) "
	    "FROM scheduler_execution_log WHERE started_at <= $1 "
	    "GROUP BY status UNION ALL "
	    "SELECT '', count(*), 0, 0, 0, 0, 0 "
	    "FROM feature_computation_failures WHERE NOT resolved",
	    SQL_VALUES(until(until_ms)));
	while (sql_next(&r)) {
		if (*sql_column_text(&r, 0) == '\0') {
			out->open_failures = sql_column_int(&r, 1);
			continue;
		}
		if (!execution_status_parse(sql_column_text(&r, 0), &status))
			return sql_broken(&r, "an execution");
		out->executions[status] = sql_column_int(&r, 1);
		out->requests += sql_column_int(&r, 2);
		out->rate_limited += sql_column_int(&r, 3);
		out->retries += sql_column_int(&r, 4);
		out->bytes += sql_column_int(&r, 5);
		out->records += sql_column_int(&r, 6);
	}
	return sql_end(&r);
}

bool
store_report_restated(struct store *st, int64_t series_id, int64_t limit,
    struct restated_rows *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT ts, seen_at, old_close, new_close, old_volume, new_volume "
	    "FROM restatements WHERE series_id = $1 "
	    "ORDER BY seen_at DESC, ts DESC LIMIT $2",
	    SQL_VALUES(sql_int(series_id), sql_int(limit)));
	while (sql_next(&r)) {
		struct restated_row *v = restated_rows_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		v->ts = sql_column_time(&r, 0);
		v->seen_ms = sql_column_time(&r, 1);
		v->old_close = sql_column_real(&r, 2);
		v->new_close = sql_column_real(&r, 3);
		v->old_volume = sql_column_real(&r, 4);
		v->new_volume = sql_column_real(&r, 5);
	}
	return sql_end(&r);
}

bool
store_report_leases(struct store *st, int64_t now_ms, struct lease_counts *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT execution_id, count(*) FROM leases "
	    "WHERE lease_until > $1 GROUP BY execution_id",
	    SQL_VALUES(sql_time(now_ms)));
	while (sql_next(&r)) {
		struct lease_count *v = lease_counts_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		sql_copy_text(v->execution_id, sizeof(v->execution_id), &r, 0);
		v->leases = sql_column_int(&r, 1);
	}
	return sql_end(&r);
}

/* -- jobs -- */

/* What a stopped or killed run left undone did not fail. */
#define NOT_INTERRUPTED "coalesce(error_message, '') NOT LIKE 'interrupted%'"

static bool
read_job(const struct sql_rows *r, struct job_record *j)
{
	sql_copy_text(j->symbol, sizeof(j->symbol), r, 0);
	j->bars.received = sql_column_int(r, 4);
	j->bars.inserted = sql_column_int(r, 5);
	j->started_ms = sql_column_stamp(r, 6);
	j->completed_ms = sql_column_stamp(r, 7);
	sql_copy_text(j->message, sizeof(j->message), r, 8);
	j->features = sql_column_int(r, 9);
	return asset_class_parse(sql_column_text(r, 1), &j->class) &&
	       sql_column_timeframe(r, 2, &j->timeframe) &&
	       job_status_parse(sql_column_text(r, 3), &j->status);
}

bool
store_report_job_counts(struct store *st, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT count(*), sum(CASE WHEN status = 'failed' "
	    "AND " NOT_INTERRUPTED " THEN 1 END) "
	    "FROM symbol_computation_status WHERE execution_id = $1",
	    SQL_VALUES(sql_text(execution_id)));
	if (sql_next(&r)) {
		*jobs = sql_column_int(&r, 0);
		*failed = sql_column_int(&r, 1);
	}
	return sql_end(&r);
}

bool
store_report_jobs(struct store *st, const char *execution_id,
    struct job_rows *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT symbol, asset_class, timeframe, status, "
	    "records_processed, records_inserted, started_at, completed_at, "
	    "error_message, features_computed FROM symbol_computation_status "
	    "WHERE execution_id = $1 ORDER BY symbol, timeframe",
	    SQL_VALUES(sql_text(execution_id)));
	while (sql_next(&r)) {
		struct job_record *j = job_rows_append(out);

		if (j == NULL)
			return sql_nomem(&r);
		if (!read_job(&r, j))
			return sql_broken(&r, "a job");
	}
	return sql_end(&r);
}

/* -- the longest times without a success -- */

ARRAY_OF(times, int64_t);

/* When the jobs of an execution that succeeded were done, in order. */
static bool
read_successes(struct store *st, const char *execution_id, struct times *out,
    struct md_error *e)
{
	struct sql_rows r;

	out->len = 0;
	sql_select(&r, st, e,
	    "SELECT completed_at FROM symbol_computation_status "
	    "WHERE execution_id = $1 AND status = 'completed'",
	    SQL_VALUES(sql_text(execution_id)));
	while (sql_next(&r)) {
		int64_t *v = times_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		*v = sql_column_stamp(&r, 0);
		if (*v == 0)
			out->len--;
	}
	if (out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), compare64);
	return sql_end(&r);
}

/* The longest of the times between neighbours, the first of which is ms. */
static int64_t
longest_gap(int64_t ms, const struct times *t)
{
	int64_t longest = INT64_MIN;

	for (size_t i = 0; i < t->len; ms = t->v[i++])
		if (t->v[i] - ms > longest)
			longest = t->v[i] - ms;
	return longest;
}

/* The one of an execution that had a success; t is room for its times. */
static bool
add_gap(struct store *st, const struct sql_rows *execution, struct times *t,
    struct success_gaps *out, struct md_error *e)
{
	struct success_gap *g;

	if (!read_successes(st, sql_column_text(execution, 0), t, e))
		return false;
	if (t->len == 0)
		return true;
	g = success_gaps_append(out);
	if (g == NULL)
		return md_nomem(e);
	sql_copy_text(g->execution_id, sizeof(g->execution_id), execution, 0);
	g->last_ms = t->v[t->len - 1];
	g->longest_ms = longest_gap(sql_column_stamp(execution, 1), t);
	return true;
}

bool
store_report_success_gaps(struct store *st, int64_t since_ms,
    struct success_gaps *out, struct md_error *e)
{
	struct times t = { NULL, 0, 0 };
	struct sql_rows r;
	bool good = true;

	sql_select(&r, st, e,
	    "SELECT execution_id, started_at FROM scheduler_execution_log "
	    "WHERE started_at >= $1 AND (rate_limited_count > 0 "
	    "OR status NOT IN ('completed', 'completed_with_errors')) "
	    "ORDER BY execution_id",
	    SQL_VALUES(since(since_ms)));
	while (good && sql_next(&r))
		good = add_gap(st, &r, &t, out, e);
	free(t.v);
	return sql_end(&r) && good;
}

/* -- failures -- */

static bool
read_failure(const struct sql_rows *r, struct failure_row *f)
{
	f->kind = sql_column_bool(r, 0) ? FAILURE_FEATURES : FAILURE_JOB;
	sql_copy_text(f->symbol, sizeof(f->symbol), r, 1);
	sql_copy_text(f->error, sizeof(f->error), r, 3);
	sql_copy_text(f->execution_id, sizeof(f->execution_id), r, 4);
	f->failed_ms = sql_column_stamp(r, 5);
	f->retries = sql_column_int(r, 6);
	f->resolved = sql_column_bool(r, 7);
	f->resolved_ms = sql_column_stamp(r, 8);
	return sql_column_timeframe(r, 2, &f->timeframe);
}

/* Open failures of features are told however old they are. */
static bool
is_told(const struct failure_row *f, int64_t since_ms)
{
	return f->failed_ms >= since_ms ||
	       (f->kind == FAILURE_FEATURES && !f->resolved);
}

bool
store_report_failures(struct store *st, int64_t since_ms, int64_t until_ms,
    struct failure_rows *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT FALSE, symbol, timeframe, error_message, execution_id, "
	    "completed_at, 0, FALSE, NULL FROM symbol_computation_status "
	    "WHERE status = 'failed' AND completed_at >= $1 "
	    "AND completed_at <= $2 AND " NOT_INTERRUPTED " UNION ALL "
	    "SELECT TRUE, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE failed_at >= $1 AND failed_at <= $2 UNION ALL "
	    "SELECT TRUE, symbol, timeframe, error_message, execution_id, "
	    "failed_at, retry_count, resolved, resolved_at "
	    "FROM feature_computation_failures "
	    "WHERE NOT resolved AND failed_at < $1",
	    SQL_VALUES(since(since_ms), until(until_ms)));
	while (sql_next(&r)) {
		struct failure_row *f = failure_rows_append(out);

		if (f == NULL)
			return sql_nomem(&r);
		if (!read_failure(&r, f))
			return sql_broken(&r, "a failure");
		if (!is_told(f, since_ms))
			out->len--;
	}
	return sql_end(&r);
}
