#include "output/backfill.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"

/* -- json -- */

double
output_backfill_seconds(int64_t calls, double per_minute)
{
	return per_minute > 0 ? (double)calls * 60 / per_minute : (double)NAN;
}

static void
json_days(struct json_writer *w, const struct daily_calls *days)
{
	char date[11];

	json_array_begin(w, "grouped");
	for (size_t i = 0; i < days->len; i++) {
		md_date_format(days->v[i].date, date);
		json_object_begin(w, NULL);
		json_text(w, "market", grouped_market_name(days->v[i].market));
		json_text(w, "date", date);
		json_int(w, "series", (int64_t)days->v[i].rows);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_reasons(struct json_writer *w, unsigned bits)
{
	json_array_begin(w, "reasons");
	for (int r = 0; r < REASON_COUNT; r++)
		if (bits & 1U << r)
			json_text(w, NULL,
			    wanted_reason_name((enum wanted_reason)r));
	json_array_end(w);
}

static void
json_ways(struct json_writer *w, const struct backfill_plan *p)
{
	json_array_begin(w, "alternatives");
	for (size_t i = 0; i < p->ways_len; i++) {
		const struct backfill_way *way = &p->ways[i];

		json_object_begin(w, NULL);
		json_text(w, "way", way->name);
		json_int(w, "calls_range", way->calls_range);
		json_int(w, "calls_grouped", way->calls_grouped);
		json_int(w, "files", way->files);
		json_int(w, "bytes", way->bytes);
		json_number(w, "seconds", way->seconds);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_plan(FILE *f, const struct backfill_plan *p, double per_minute,
    const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_int(&w, "calls", p->calls);
	json_int(&w, "calls_range", p->calls_range);
	json_int(&w, "calls_grouped", p->calls_grouped);
	json_int(&w, "calls_splits", p->calls_splits);
	json_int(&w, "calls_dividends", p->calls_dividends);
	json_int(&w, "calls_verify", p->calls_verify);
	json_int(&w, "calls_closures", p->calls_closures);
	json_int(&w, "calls_provisional", p->calls_provisional);
	json_int(&w, "naive_calls", p->naive_calls);
	json_number(&w, "seconds_at_rate",
	    output_backfill_seconds(p->calls, per_minute));
	json_int(&w, "bars_expected", p->bars_expected);
	json_int(&w, "bars_derived", p->bars_derived);
	json_int(&w, "files", p->files);
	json_int(&w, "file_bytes", p->file_bytes);
	json_int(&w, "calls_without_files", p->calls_without_files);
	json_ways(&w, p);
	json_array_begin(&w, "gaps");
	for (size_t i = 0; i < p->len; i++) {
		const struct backfill_gap *g = &p->gaps[i];

		json_object_begin(&w, NULL);
		json_text(&w, "symbol", g->symbol);
		json_text(&w, "timeframe", timeframe_name(g->timeframe));
		json_time(&w, "from", g->from_ms);
		json_time(&w, "to", g->to_ms);
		json_int(&w, "from_ms", g->from_ms);
		json_int(&w, "to_ms", g->to_ms);
		json_text(&w, "by", backfill_by_name(g->by));
		json_int(&w, "calls", g->calls);
		json_int(&w, "bars_expected", g->bars_expected);
		json_reasons(&w, g->reasons);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_days(&w, &p->days);
	json_object_end(&w);
	json_finish(&w);
}

static void
json_counts(struct json_writer *w, const struct bar_counts *b)
{
	json_int(w, "bars_received", b->received);
	json_int(w, "bars_inserted", b->inserted);
	json_int(w, "bars_updated", b->updated);
	json_int(w, "bars_unchanged", b->unchanged);
	json_int(w, "bars_rejected", b->rejected);
	json_int(w, "bars_derived", b->derived);
}

static double
job_seconds(const struct job_record *j)
{
	return j->completed_ms == 0 || j->started_ms == 0
		   ? (double)NAN
		   : (double)(j->completed_ms - j->started_ms) / 1000;
}

static void
json_job(struct json_writer *w, const struct job_record *j)
{
	json_object_begin(w, NULL);
	json_text(w, "symbol", j->symbol);
	json_text(w, "timeframe", timeframe_name(j->timeframe));
	json_text(w, "status", job_status_name(j->status));
	json_text(w, "error", j->message[0] == '\0' ? NULL : j->message);
	json_text(w, "note", j->note[0] == '\0' ? NULL : j->note);
	json_counts(w, &j->bars);
	json_int(w, "features_computed", j->features);
	json_text(w, "features_error",
	    j->features_message[0] == '\0' ? NULL : j->features_message);
	json_number(w, "duration_seconds", job_seconds(j));
	json_object_end(w);
}

static void
json_summary(FILE *f, const struct backfill_result *r, bool verbose,
    const struct report_view *view)
{
	const struct execution *x = &r->execution;
	struct json_writer w;

	(void)verbose, (void)view;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_text(&w, "execution_id", x->id);
	json_text(&w, "status", execution_status_name(x->status));
	json_text(&w, "error", x->message[0] == '\0' ? NULL : x->message);
	json_time(&w, "started_at", x->started_ms);
	json_time(&w, "completed_at", x->completed_ms);
	json_int(&w, "requests", x->requests);
	json_int(&w, "retries", x->retries);
	json_int(&w, "rate_limited", x->rate_limited);
	json_number(&w, "rate_limited_percent", execution_limited_percent(x));
	json_counts(&w, &x->bars);
	json_int(&w, "features_computed", x->features);
	json_int(&w, "features_failed", x->features_failed);
	json_int(&w, "bytes_received", x->bytes);
	json_int(&w, "files_read", x->files);
	json_int(&w, "file_bytes", x->file_bytes);
	json_int(&w, "files_failed", r->files_failed);
	json_text(&w, "files_error",
	    r->files_failed == 0 ? NULL : r->files_error.text);
	json_number(&w, "api_seconds", x->api_seconds);
	json_number(&w, "db_seconds", x->db_seconds);
	json_number(&w, "features_seconds", x->features_seconds);
	json_number(&w, "duration_seconds",
	    (double)(x->completed_ms - x->started_ms) / 1000);
	json_int(&w, "jobs_at_once", r->concurrency.most);
	json_number(&w, "jobs_at_once_mean",
	    round(100 * concurrency_mean(&r->concurrency)) / 100);
	json_text(&w, "jobs_at_once_reason",
	    concurrency_reason_words(r->concurrency.reason));
	json_int(&w, "total_symbols", x->total);
	json_int(&w, "successful_symbols", x->successful);
	json_int(&w, "failed_symbols", x->failed);
	json_array_begin(&w, "jobs");
	for (size_t i = 0; i < r->jobs_len; i++)
		json_job(&w, &r->jobs[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static const struct output_backfill json = { "json", json_plan, json_summary };

static const struct output_backfill *const outputs[] = {
	&json,
	&output_backfill_table,
};

const struct output_backfill *
output_backfill_find(const char *format)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (strcmp(outputs[i]->format, format) == 0)
			return outputs[i];
	return NULL;
}
