#include <math.h>

#include "base/csv.h"
#include "base/mdtime.h"
#include "output/health.h"
#include "output/health_budget.h"

static void
csv_time_or_empty(struct csv_writer *w, int64_t ms)
{
	if (ms == 0)
		csv_empty(w);
	else
		csv_time(w, ms);
}

static void
execution(struct csv_writer *w, const struct execution_row *r)
{
	const struct execution *x = &r->x;

	csv_text(w, x->id);
	csv_time_or_empty(w, x->started_ms);
	csv_time_or_empty(w, x->completed_ms);
	csv_number(w, execution_seconds(x));
	csv_int(w, x->total);
	csv_int(w, x->successful);
	csv_int(w, x->failed);
	csv_int(w, x->bars.received);
	csv_text(w, execution_status_name(x->status));
	csv_text(w, x->message);
	csv_number(w, execution_success_percent(x));
	csv_text(w, x->host);
	csv_int(w, x->pid);
	csv_int(w, x->requests);
	csv_int(w, x->rate_limited);
	csv_int(w, x->retries);
	csv_int(w, x->bytes);
	csv_number(w, x->api_seconds);
	csv_number(w, x->db_seconds);
	csv_number(w, x->features_seconds);
	csv_int(w, x->files);
	csv_int(w, x->file_bytes);
	csv_int(w, x->files_failed);
	csv_end(w);
}

static void
history(FILE *f, const struct health *h, const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("execution_id,started_at,completed_at,duration_seconds,"
	      "total_symbols,successful_symbols,failed_symbols,"
	      "total_records_processed,status,error_message,success_rate,host,"
	      "pid,total_requests,rate_limited_count,retry_count,"
	      "bytes_received,api_seconds,db_seconds,features_seconds,"
	      "files_read,file_bytes,files_failed\n",
	    f);
	csv_start(&w, f);
	for (size_t i = 0; i < h->executions.len; i++)
		execution(&w, &h->executions.v[i]);
}

static void
jobs(FILE *f, const struct job_report *r, const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("execution_id,symbol,asset_class,timeframe,status,"
	      "records_processed,records_inserted,features_computed,"
	      "started_at,completed_at,duration_seconds,error_message\n",
	    f);
	csv_start(&w, f);
	for (size_t i = 0; i < r->jobs->len; i++) {
		const struct job_record *j = &r->jobs->v[i];

		csv_text(&w, r->execution->x.id);
		csv_text(&w, j->symbol);
		csv_text(&w, asset_class_name(j->class));
		csv_text(&w, timeframe_name(j->timeframe));
		csv_text(&w, job_status_name(j->status));
		csv_int(&w, j->bars.received);
		csv_int(&w, j->bars.inserted);
		csv_int(&w, j->features);
		csv_time_or_empty(&w, j->started_ms);
		csv_time_or_empty(&w, j->completed_ms);
		csv_number(&w, job_seconds_taken(j));
		csv_text(&w, j->message);
		csv_end(&w);
	}
}

static void
failures(FILE *f, const struct failure_report *r,
    const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("symbol,timeframe,error,failed_at,kind,execution_id,"
	      "retry_count,resolved,resolved_at\n",
	    f);
	csv_start(&w, f);
	for (size_t i = 0; i < r->failures->len; i++) {
		const struct failure_row *v = &r->failures->v[i];
		bool features = v->kind == FAILURE_FEATURES;

		csv_text(&w, v->symbol);
		csv_text(&w, timeframe_name(v->timeframe));
		csv_text(&w, v->error);
		csv_time_or_empty(&w, v->failed_ms);
		csv_text(&w, failure_kind_name(v->kind));
		csv_text(&w, v->execution_id);
		if (features)
			csv_int(&w, v->retries);
		else
			csv_empty(&w);
		csv_text(&w, !features ? NULL : v->resolved ? "true" : "false");
		csv_time_or_empty(&w, v->resolved_ms);
		csv_end(&w);
	}
}

static void
alert_row(struct csv_writer *w, const struct alert *a)
{
	csv_text(w, alert_rule_name(a->rule));
	csv_text(w, alert_level_name(alert_rule_level(a->rule)));
	csv_number(w, a->value);
	csv_number(w, a->threshold);
	csv_text(w, a->message);
	csv_end(w);
}

/* The alerts; none is a table without rows. */
static void
summary(FILE *f, const struct health *h, const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("rule,level,value,threshold,message\n", f);
	csv_start(&w, f);
	for (size_t i = 0; i < h->alerts_len; i++)
		alert_row(&w, &h->alerts[i]);
}

/* One table of both: what an objective is of, and how it was kept. */
static void
objectives(FILE *f, const struct health *h, const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("objective,of,seconds,count,within_count,median_seconds,"
	      "worst_seconds,open_seconds\n",
	    f);
	csv_start(&w, f);
	for (int i = 0; i < RTO_COUNT; i++) {
		const struct recovery_summary *r = &h->rto[i].recoveries;
		bool any = r->count > 0;

		csv_text(&w, "rto");
		csv_text(&w, rto_name((enum rto)i));
		csv_number(&w, (double)h->objectives->rto_ms[i] / 1000);
		csv_int(&w, (int64_t)r->count);
		csv_int(&w, (int64_t)r->within);
		csv_number(&w, any ? (double)r->median_ms / 1000 : (double)NAN);
		csv_number(&w, any ? (double)r->worst_ms / 1000 : (double)NAN);
		csv_number(&w, h->rto[i].open_ms > 0
				   ? (double)h->rto[i].open_ms / 1000
				   : (double)NAN);
		csv_end(&w);
	}
	for (int t = 0; t < TIER_COUNT; t++) {
		const struct tier_facts *v = &h->tiers[t];

		csv_text(&w, "rpo");
		csv_text(&w, tier_name((enum tier)t));
		csv_number(&w, (double)v->rpo_ms / 1000);
		csv_int(&w, v->series);
		csv_int(&w, v->within);
		csv_empty(&w);
		csv_number(&w, v->series == v->missing
				   ? (double)NAN
				   : (double)v->worst_ms / 1000);
		csv_empty(&w);
		csv_end(&w);
	}
	output_health_budget_csv(&w, h);
}

static void
sessions(FILE *f, const struct session_report *r,
    const struct report_view *view)
{
	struct csv_writer w;
	struct session s;
	char date[11];

	(void)view;
	fputs("session,open_utc,close_utc\n", f);
	csv_start(&w, f);
	for (md_date d = r->first; d <= r->last; d++) {
		if (!calendar_session(r->calendar, d, &s))
			continue;
		md_date_format(d, date);
		csv_text(&w, date);
		csv_time(&w, s.open_ms);
		csv_time(&w, s.close_ms);
		csv_end(&w);
	}
}

const struct output_health output_health_csv = {
	"csv",
	false,
	summary,
	history,
	jobs,
	failures,
	objectives,
	sessions,
	output_health_csv_hosts,
};
