/*
 * mdhealth's lists for people: runs, the jobs of one, failures, sessions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "cli/series_file.h"
#include "output/fold.h"
#include "output/health.h"

const char *
output_health_time(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return "-";
	/* To the second: fractions are for machines. */
	md_time_format(ms - ms % 1000, out);
	return out;
}

const char *
output_health_span(double seconds, char out[32])
{
	if (isnan(seconds))
		return "-";
	md_duration_format((int64_t)llround(seconds * 1000), out);
	return out;
}

/* -- executions -- */

enum {
	RUN_EXECUTION,
	RUN_STARTED,
	RUN_TOOK,
	RUN_STATUS,
	RUN_SYMBOLS,
	RUN_FAILED,
	RUN_SUCCESS,
	RUN_RECORDS,
	RUN_LIMITED,
	RUN_REQUESTS,
	RUN_FILES,
	RUN_UNREAD,
	RUN_MB,
	RUN_MESSAGE,
};

static const struct table_column run_columns[] = {
	[RUN_EXECUTION] = { "execution", "EXECUTION", .width = -36,
	    .brief = 8 },
	[RUN_STARTED] = { "started", "STARTED", .width = -20, .brief = 16 },
	[RUN_TOOK] = { "took", "TOOK", .width = 12, .leaves = 10 },
	[RUN_STATUS] = { "status", "STATUS", .width = -21 },
	[RUN_SYMBOLS] = { "symbols", "SYMBOLS", .width = 7, .leaves = 9 },
	[RUN_FAILED] = { "failed", "FAILED", .width = 6, .leaves = 8 },
	[RUN_SUCCESS] = { "success", "SUCCESS", .width = 7, .leaves = 7 },
	[RUN_RECORDS] = { "records", "RECORDS", .width = 9, .leaves = 6 },
	[RUN_LIMITED] = { "limited", "LIMITED", .width = 8, .leaves = 5 },
	[RUN_REQUESTS] = { "requests", "REQUESTS", .width = 8, .leaves = 4 },
	[RUN_FILES] = { "files", "FILES", .width = 5, .leaves = 2 },
	[RUN_UNREAD] = { "unread", "UNREAD", .width = 6, .leaves = 3 },
	[RUN_MB] = { "mb", "MB", .width = 8, .leaves = 1 },
	[RUN_MESSAGE] = { "message", NULL, .width = 0 },
};

const struct table_kind output_health_runs = TABLE_KIND(run_columns);

static void
fill_run(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct health *h = rows;
	const struct execution_row *r = &h->executions.v[row];
	const struct execution *x = &r->x;

	switch (column) {
	case RUN_EXECUTION:
		table_text(out, x->id);
		break;
	case RUN_STARTED:
		table_time(out, x->started_ms);
		break;
	case RUN_TOOK:
		table_span(out, execution_seconds(x));
		break;
	case RUN_STATUS:
		table_text(out, execution_status_name(x->status));
		break;
	case RUN_SYMBOLS:
		table_int(out, x->total);
		break;
	case RUN_FAILED:
		table_int(out, x->failed);
		break;
	case RUN_SUCCESS:
		table_percent(out, execution_success_percent(x));
		break;
	case RUN_RECORDS:
		table_int(out, x->bars.received);
		break;
	case RUN_LIMITED:
		table_percent(out, execution_limited_percent(x));
		break;
	case RUN_REQUESTS:
		table_int(out, x->requests);
		break;
	case RUN_FILES:
		table_int(out, x->files);
		break;
	case RUN_UNREAD:
		table_int(out, x->files_failed);
		break;
	case RUN_MB:
		(void)snprintf(out->text, sizeof(out->text), "%.1f",
		    (double)(x->bytes + x->file_bytes) / 1e6);
		break;
	default:
		if (x->status == EXECUTION_RUNNING)
			execution_words(r, h->now_ms, out->text);
		else
			table_text(out, x->message);
		break;
	}
}

void
output_health_table_history(FILE *f, const struct health *h,
    const struct report_view *view)
{
	table_write(f, &output_health_runs, h, h->executions.len, fill_run,
	    view);
}

static void
execution_lines(FILE *f, const struct execution_row *r, int64_t now_ms)
{
	const struct execution *x = &r->x;
	char started[MD_TIME_MAX], completed[MD_TIME_MAX], took[32];
	char words[EXECUTION_WORDS];

	execution_words(r, now_ms, words);
	fprintf(f, "execution   %s on %s, process %lld\n", x->id, x->host,
	    (long long)x->pid);
	fprintf(f, "status      %s%s%s\n", execution_status_name(x->status),
	    x->status == EXECUTION_RUNNING ? ", "
	    : x->message[0] == '\0'        ? ""
					   : ": ",
	    x->status == EXECUTION_RUNNING ? words : x->message);
	fprintf(f, "time        %s to %s, %s\n",
	    output_health_time(x->started_ms, started),
	    output_health_time(x->completed_ms, completed),
	    output_health_span(execution_seconds(x), took));
	fprintf(f, "symbols     %lld of %lld, %lld failed\n",
	    (long long)x->successful, (long long)x->total,
	    (long long)x->failed);
	fprintf(f, "requests    %lld (%lld retries, %lld limited), %.1f MB\n",
	    (long long)x->requests, (long long)x->retries,
	    (long long)x->rate_limited, (double)x->bytes / 1e6);
	if (x->files > 0 || x->files_failed > 0)
		fprintf(f, "flat files  %lld, %lld failed, %.1f MB\n",
		    (long long)x->files, (long long)x->files_failed,
		    (double)x->file_bytes / 1e6);
	fprintf(f, "seconds     API %.3f, store %.3f, features %.3f\n",
	    x->api_seconds, x->db_seconds, x->features_seconds);
}

enum {
	JOB_SYMBOL,
	JOB_TIMEFRAME,
	JOB_STATUS,
	JOB_RECEIVED,
	JOB_NEW,
	JOB_FEATURES,
	JOB_TOOK,
	JOB_MESSAGE,
};

static const struct table_column job_columns[] = {
	[JOB_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[JOB_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[JOB_STATUS] = { "status", "STATUS", .width = -11 },
	[JOB_RECEIVED] = { "received", "RECEIVED", .width = 9, .leaves = 3 },
	[JOB_NEW] = { "new", "NEW", .width = 9 },
	[JOB_FEATURES] = { "features", "FEATURES", .width = 9, .leaves = 1 },
	[JOB_TOOK] = { "took", "TOOK", .width = 12, .leaves = 2 },
	[JOB_MESSAGE] = { "message", NULL, .width = 0 },
};

const struct table_kind output_health_jobs = TABLE_KIND(job_columns);

static void
fill_job(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct job_record *j = &((const struct job_rows *)rows)->v[row];

	switch (column) {
	case JOB_SYMBOL:
		table_text(out, j->symbol);
		break;
	case JOB_TIMEFRAME:
		table_text(out, timeframe_name(j->timeframe));
		break;
	case JOB_STATUS:
		table_text(out, job_status_name(j->status));
		break;
	case JOB_RECEIVED:
		table_int(out, j->bars.received);
		break;
	case JOB_NEW:
		table_int(out, j->bars.inserted);
		break;
	case JOB_FEATURES:
		table_int(out, j->features);
		break;
	case JOB_TOOK:
		table_span(out, job_seconds_taken(j));
		break;
	default:
		table_text(out, j->message);
		break;
	}
}

void
output_health_table_jobs(FILE *to, const struct job_report *r,
    const struct report_view *view)
{
	struct fold fold;
	FILE *f = fold_open(&fold, to, view->terminal);

	execution_lines(f, r->execution, r->now_ms);
	fputc('\n', f);
	table_write(f, &output_health_jobs, r->jobs, r->jobs->len, fill_job,
	    view);
	fold_close(&fold);
}

/* -- failures -- */

enum {
	FAILURE_FAILED,
	FAILURE_SYMBOL,
	FAILURE_TIMEFRAME,
	FAILURE_WHAT,
	FAILURE_RESOLVED,
	FAILURE_ERROR,
};

static const struct table_column failure_columns[] = {
	[FAILURE_FAILED] = { "failed", "FAILED", .width = -20, .leaves = 4,
	    .brief = 16 },
	[FAILURE_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[FAILURE_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[FAILURE_WHAT] = { "what", "WHAT", .width = -8, .leaves = 2 },
	[FAILURE_RESOLVED] = { "resolved", "RESOLVED", .width = -8,
	    .leaves = 1 },
	[FAILURE_ERROR] = { "error", "ERROR", .width = 0 },
};

const struct table_kind output_health_failures = TABLE_KIND(failure_columns);

static void
fill_failure(const void *rows, size_t row, size_t column,
    struct table_cell *out)
{
	const struct failure_row *v = (const struct failure_row *)rows + row;

	switch (column) {
	case FAILURE_FAILED:
		table_time(out, v->failed_ms);
		break;
	case FAILURE_SYMBOL:
		table_text(out, v->symbol);
		break;
	case FAILURE_TIMEFRAME:
		table_text(out, timeframe_name(v->timeframe));
		break;
	case FAILURE_WHAT:
		table_text(out, failure_kind_name(v->kind));
		break;
	case FAILURE_RESOLVED:
		table_text(out, v->kind == FAILURE_JOB ? "-"
				: v->resolved          ? "yes"
						       : "no");
		break;
	default:
		table_text(out, v->error);
		break;
	}
}

void
output_health_table_failures(FILE *f, const struct failure_report *r,
    const struct report_view *view)
{
	if (r->failures->len == 0)
		fputs("no failures\n", f);
	else
		table_write(f, &output_health_failures, r->failures->v,
		    r->failures->len, fill_failure, view);
}

/* -- series: what failed and is to be done again -- */

static int
compare_series(const void *a, const void *b)
{
	const struct failure_row *const *x = a, *const *y = b;
	int order = strcmp((*x)->symbol, (*y)->symbol);

	return order != 0 ? order : (int)(*x)->timeframe - (int)(*y)->timeframe;
}

void
output_health_series(FILE *f, const struct failure_report *r,
    const struct report_view *view)
{
	size_t n = 0, cap = r->failures->len + 1;
	const struct failure_row **v = calloc(cap, sizeof(*v));

	(void)view;
	if (v == NULL)
		return;
	for (size_t i = 0; i < r->failures->len; i++)
		if (!r->failures->v[i].resolved)
			v[n++] = &r->failures->v[i];
	qsort(v, n, sizeof(*v), compare_series);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_series(&v[i - 1], &v[i]) != 0)
			(void)series_write(f, v[i]->symbol, v[i]->timeframe);
	free((void *)v);
}

/* -- sessions: only the days that are not like others -- */

static const struct table_column session_columns[] = {
	{ "date", "DATE", .width = -10 },
	{ "day", "DAY", .width = -9, .leaves = 1 },
	{ "market", "MARKET", .width = -7 },
	{ "closes", "CLOSES (UTC)", .width = -20, .leaves = 2, .brief = 16 },
	{ "why", "WHY", .width = 0 },
};

const struct table_kind output_health_sessions = TABLE_KIND(session_columns);

struct odd_days {
	const struct calendar *calendar;
	md_date *v;
	size_t len;
};

static bool
is_odd(const struct calendar *c, md_date d)
{
	struct session s;
	int weekday = md_weekday(d);
	bool open = calendar_session(c, d, &s);

	return calendar_is_changed(c, d) ||
	       (weekday != 0 && weekday != 6 && (!open || s.early));
}

static void
fill_session(const void *rows, size_t row, size_t column,
    struct table_cell *out)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };
	const struct odd_days *odd = rows;
	md_date d = odd->v[row];
	struct session s;
	bool open = calendar_session(odd->calendar, d, &s);
	const char *why = calendar_holiday(odd->calendar, d);

	switch (column) {
	case 0:
		md_date_format(d, out->text);
		break;
	case 1:
		table_text(out, days[md_weekday(d)]);
		break;
	case 2:
		table_text(out, !open ? "closed" : s.early ? "early" : "open");
		break;
	case 3:
		table_time(out, open ? s.close_ms : 0);
		break;
	default:
		snprintf(out->text, sizeof(out->text), "%s%s",
		    why != NULL ? why : "open by configuration",
		    calendar_source(odd->calendar, d) == DAY_TOLD
			? " (told by the vendor)"
			: "");
		break;
	}
}

void
output_health_table_sessions(FILE *f, const struct session_report *r,
    const struct report_view *view)
{
	struct odd_days odd = { r->calendar, NULL, 0 };

	odd.v = calloc((size_t)(r->last - r->first) + 1, sizeof(*odd.v));
	if (odd.v == NULL) {
		fputs("memory ran out\n", f);
		return;
	}
	for (md_date d = r->first; d <= r->last; d++)
		if (is_odd(r->calendar, d))
			odd.v[odd.len++] = d;
	table_write(f, &output_health_sessions, &odd, odd.len, fill_session,
	    view);
	free(odd.v);
}
