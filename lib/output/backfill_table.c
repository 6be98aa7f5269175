/*
 * For people: the plan and the summary of a run as tables.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "output/backfill.h"
#include "output/fold.h"

/* -- the plan -- */

enum { GAP_SYMBOL, GAP_TIMEFRAME, GAP_FROM, GAP_TO, GAP_CALLS, GAP_BARS };

static const struct table_column gap_columns[] = {
	[GAP_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[GAP_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[GAP_FROM] = { "from", "FROM", .width = -20, .brief = 16 },
	[GAP_TO] = { "to", "TO", .width = -20, .leaves = 3, .brief = 16 },
	[GAP_CALLS] = { "calls", "CALLS", .width = 5, .leaves = 2 },
	[GAP_BARS] = { "bars", "BARS", .width = 9, .leaves = 1 },
};

const struct table_kind output_backfill_gaps = TABLE_KIND(gap_columns);

static void
fill_gap(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct backfill_gap *g = (const struct backfill_gap *)rows + row;

	switch (column) {
	case GAP_SYMBOL:
		table_text(out, g->symbol);
		break;
	case GAP_TIMEFRAME:
		table_text(out, timeframe_name(g->timeframe));
		break;
	case GAP_FROM:
		md_time_format(g->from_ms, out->text);
		break;
	case GAP_TO:
		md_time_format(g->to_ms, out->text);
		break;
	case GAP_CALLS:
		table_int(out, g->calls);
		break;
	default:
		table_int(out, g->bars_expected);
		break;
	}
}

static void
table_days(FILE *f, const struct daily_calls *days)
{
	char date[11];

	for (size_t i = 0; i < days->len; i++) {
		md_date_format(days->v[i].date, date);
		fprintf(f, "all %s of %s in one call, for %zu series\n",
		    grouped_market_name(days->v[i].market), date,
		    days->v[i].rows);
	}
}

/* Calls for splits and dividends. */
/* What else than bars is asked for. */
static void
table_others(FILE *f, const struct backfill_plan *p)
{
	const struct {
		int64_t calls;
		const char *what;
	} others[] = {
		{ p->calls_splits, actions_name(ACTION_SPLITS) },
		{ p->calls_dividends, actions_name(ACTION_DIVIDENDS) },
		{ p->calls_closures, "closures to come" },
	};

	bool open = false;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].calls == 0)
			continue;
		fprintf(f, "%s%lld%s for %s", open ? ", " : " (",
		    (long long)others[i].calls, open ? "" : " of them",
		    others[i].what);
		open = true;
	}
	if (open)
		fputc(')', f);
}

/* Where files are one of them. */
static void
table_ways(FILE *f, const struct backfill_plan *p)
{
	char took[32];

	if (p->ways_len < 2 || strcmp(p->ways[1].name, "files") != 0)
		return;
	fprintf(f, "%-8s  %11s  %13s  %7s  %10s  %s\n", "WAY", "CALLS_RANGE",
	    "CALLS_GROUPED", "FILES", "MB", "ABOUT");
	for (size_t i = 0; i < p->ways_len; i++) {
		const struct backfill_way *w = &p->ways[i];

		md_duration_format((int64_t)(1000 * w->seconds), took);
		fprintf(f, "%-8s  %11lld  %13lld  %7lld  %10.1f  %s\n", w->name,
		    (long long)w->calls_range, (long long)w->calls_grouped,
		    (long long)w->files, (double)w->bytes / 1e6, took);
	}
}

static void
plan_sums(FILE *f, const struct backfill_plan *p, double per_minute)
{
	char took[32];

	fprintf(f, "%zu gap%s in %zu series: %lld call%s", p->len,
	    p->len == 1 ? "" : "s", p->series, (long long)p->calls,
	    p->calls == 1 ? "" : "s");
	table_others(f, p);
	if (p->naive_calls > p->calls_range + p->calls_grouped)
		fprintf(f, " instead of %lld gap by gap",
		    (long long)p->naive_calls + p->calls_splits +
			p->calls_dividends + p->calls_closures);
	fprintf(f, ", about %lld bar%s", (long long)p->bars_expected,
	    p->bars_expected == 1 ? "" : "s");
	if (p->bars_derived > 0)
		fprintf(f, ", %lld of them derived",
		    (long long)p->bars_derived);
	if (p->files > 0)
		fprintf(f,
		    ", and %lld flat file%s of %.1f MB instead of %lld calls",
		    (long long)p->files, p->files == 1 ? "" : "s",
		    (double)p->file_bytes / 1e6,
		    (long long)(p->calls_without_files - p->calls));
	if (per_minute > 0) {
		md_duration_format((int64_t)(1000 *
					     output_backfill_seconds(p->calls,
						 per_minute)),
		    took);
		fprintf(f, ", %s at the rate given", took);
	}
	fputc('\n', f);
}

static void
plan(FILE *to, const struct backfill_plan *p, double per_minute,
    const struct report_view *view)
{
	struct fold fold;
	FILE *f = fold_open(&fold, to, view->terminal);

	if (p->len > 0)
		table_write(f, &output_backfill_gaps, p->gaps, p->len, fill_gap,
		    view);
	table_days(f, &p->days);
	table_ways(f, p);
	plan_sums(f, p, per_minute);
	fold_close(&fold);
}

/* -- the summary -- */

enum {
	JOB_SYMBOL,
	JOB_TIMEFRAME,
	JOB_STATUS,
	JOB_RECEIVED,
	JOB_NEW,
	JOB_CHANGED,
	JOB_SAME,
	JOB_REJECTED,
	JOB_REMARK,
};

static const struct table_column job_columns[] = {
	[JOB_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[JOB_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[JOB_STATUS] = { "status", "STATUS", .width = -11 },
	[JOB_RECEIVED] = { "received", "RECEIVED", .width = 9, .leaves = 2 },
	[JOB_NEW] = { "new", "NEW", .width = 9 },
	[JOB_CHANGED] = { "changed", "CHANGED", .width = 9, .leaves = 4 },
	[JOB_SAME] = { "same", "SAME", .width = 9, .leaves = 1 },
	[JOB_REJECTED] = { "rejected", "REJECTED", .width = 8, .leaves = 3 },
	[JOB_REMARK] = { "remark", NULL, .width = 0 },
};

const struct table_kind output_backfill_jobs = TABLE_KIND(job_columns);

static void
fill_job(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct job_record *j =
	    ((const struct job_record *const *)rows)[row];

	switch (column) {
	case JOB_SYMBOL:
		table_text(out, j->symbol);
		break;
	case JOB_TIMEFRAME:
		table_text(out, timeframe_name(j->timeframe));
		break;
	case JOB_STATUS:
		if (j->status == JOB_FAILED)
			out->color = "\033[31m";
		table_text(out, job_status_name(j->status));
		break;
	case JOB_RECEIVED:
		table_int(out, j->bars.received);
		break;
	case JOB_NEW:
		table_int(out, j->bars.inserted);
		break;
	case JOB_CHANGED:
		table_int(out, j->bars.updated);
		break;
	case JOB_SAME:
		table_int(out, j->bars.unchanged);
		break;
	case JOB_REJECTED:
		table_int(out, j->bars.rejected);
		break;
	default:
		table_text(out, j->message[0] != '\0' ? j->message : j->note);
		break;
	}
}

/* Is there anything to say of it? */
static bool
has_news(const struct job_record *j)
{
	const struct bar_counts *b = &j->bars;

	return j->status == JOB_COMPLETED &&
	       (b->inserted > 0 || b->updated > 0 || b->rejected > 0 ||
		   b->derived > 0 || j->note[0] != '\0' ||
		   j->features_message[0] != '\0');
}

/*
 * Of the jobs those to be listed: all, or on a terminal first what failed,
 * then what has news, then, if they are asked for, the others.
 */
static size_t
arrange(const struct backfill_result *r, bool terminal, bool all,
    const struct job_record **out)
{
	size_t n = 0;

	for (int pass = 0; pass < (terminal ? 3 : 1); pass++)
		for (size_t i = 0; i < r->jobs_len; i++) {
			const struct job_record *j = &r->jobs[i];
			int at = j->status == JOB_FAILED ? 0
				 : has_news(j)           ? 1
							 : 2;

			if (!terminal || (pass == at && (all || pass < 2)))
				out[n++] = j;
		}
	return n;
}

static void
count_rest(FILE *f, const struct backfill_result *r, size_t listed)
{
	size_t pending = 0, rest = r->jobs_len - listed;

	for (size_t i = 0; i < r->jobs_len; i++)
		pending += r->jobs[i].status == JOB_PENDING ||
			   r->jobs[i].status == JOB_IN_PROGRESS;
	if (rest == 0)
		return;
	fputs(listed > 0 ? "and " : "", f);
	if (rest > pending)
		fprintf(f, "%zu without a change", rest - pending);
	if (pending > 0)
		fprintf(f, "%s%zu not done", rest > pending ? ", " : "",
		    pending);
	fputs("; -v lists all\n", f);
}

static void
summary_jobs(FILE *f, const struct backfill_result *r, bool verbose,
    const struct report_view *view)
{
	const struct job_record **v = calloc(r->jobs_len + 1, sizeof(*v));
	size_t n;

	if (v == NULL) {
		fputs("memory ran out: the jobs are not listed\n", f);
		return;
	}
	n = arrange(r, view->terminal > 0, verbose, v);
	if (n > 0 || view->terminal == 0)
		table_write(f, &output_backfill_jobs, v, n, fill_job, view);
	count_rest(f, r, n);
	free((void *)v);
}

static void
summary_files(FILE *f, const struct backfill_result *r)
{
	const struct execution *x = &r->execution;

	if (x->files > 0 || r->files_failed > 0)
		fprintf(f, "flat files: %lld read, %.1f MB\n",
		    (long long)x->files, (double)x->file_bytes / 1e6);
	if (r->files_failed > 0)
		fprintf(f,
		    "flat files: %lld could not be had or believed, and %s "
		    "requested instead; the first: %s\n",
		    (long long)r->files_failed,
		    r->files_failed == 1 ? "was" : "were", r->files_error.text);
}

static void
summary_sums(FILE *f, const struct backfill_result *r, bool verbose)
{
	const struct execution *x = &r->execution;
	char took[32];

	md_duration_format(x->completed_ms - x->started_ms, took);
	fprintf(f,
	    "%s: %lld of %lld symbol%s, %lld new bar%s, %lld request%s "
	    "(%lld retries, %.1f%% limited), %.1f MB in %s\n",
	    execution_status_name(x->status), (long long)x->successful,
	    (long long)x->total, x->total == 1 ? "" : "s",
	    (long long)x->bars.inserted, x->bars.inserted == 1 ? "" : "s",
	    (long long)x->requests, x->requests == 1 ? "" : "s",
	    (long long)x->retries, execution_limited_percent(x),
	    (double)x->bytes / 1e6, took);
	summary_files(f, r);
	if (x->features > 0 || x->features_failed > 0)
		fprintf(f, "features: %lld computed", (long long)x->features);
	if (x->features_failed > 0)
		fprintf(f, ", of %lld series failed",
		    (long long)x->features_failed);
	if (x->features > 0 || x->features_failed > 0)
		fputc('\n', f);
	if (verbose && r->concurrency.answers > 0)
		fprintf(f, "jobs at once: %u at most, %.1f on average; %s\n",
		    r->concurrency.most, concurrency_mean(&r->concurrency),
		    concurrency_reason_words(r->concurrency.reason));
	if (x->message[0] != '\0')
		fprintf(f, "%s\n", x->message);
}

static void
summary(FILE *to, const struct backfill_result *r, bool verbose,
    const struct report_view *view)
{
	struct fold fold;
	FILE *f = fold_open(&fold, to, view->terminal);

	summary_jobs(f, r, verbose, view);
	summary_sums(f, r, verbose);
	fold_close(&fold);
}

const struct output_backfill output_backfill_table = { "table", plan, summary };
