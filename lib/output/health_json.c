#include <math.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "output/health.h"
#include "output/health_budget.h"
#include "output/standby.h"

static void
seconds(struct json_writer *w, const char *key, int64_t ms)
{
	json_number(w, key, (double)ms / 1000);
}

static void
words(struct json_writer *w, const char *key, const char *text)
{
	json_text(w, key, text[0] == '\0' ? NULL : text);
}

static void
begin(struct json_writer *w, FILE *f)
{
	json_start(w, f);
	json_object_begin(w, NULL);
}

static void
end(struct json_writer *w)
{
	json_object_end(w);
	json_finish(w);
}

/* -- executions -- */

static void
progress(struct json_writer *w, const struct execution_row *r, int64_t now_ms)
{
	if (r->x.status != EXECUTION_RUNNING)
		return;
	json_object_begin(w, "progress");
	json_int(w, "jobs", r->progress.jobs);
	json_int(w, "jobs_done", r->progress.done);
	json_int(w, "jobs_failed", r->progress.failed);
	json_int(w, "jobs_in_progress", r->progress.at_work);
	json_number(w, "elapsed_seconds", execution_elapsed(r, now_ms));
	json_number(w, "left_seconds", execution_left(r, now_ms));
	json_object_end(w);
}

static void
execution(struct json_writer *w, const struct execution_row *r, int64_t now_ms)
{
	const struct execution *x = &r->x;

	json_text(w, "execution_id", x->id);
	json_time(w, "started_at", x->started_ms);
	json_time(w, "completed_at", x->completed_ms);
	json_number(w, "duration_seconds", execution_seconds(x));
	json_int(w, "total_symbols", x->total);
	json_int(w, "successful_symbols", x->successful);
	json_int(w, "failed_symbols", x->failed);
	json_int(w, "total_records_processed", x->bars.received);
	json_text(w, "status", execution_status_name(x->status));
	words(w, "error_message", x->message);
	json_number(w, "success_rate", execution_success_percent(x));
	words(w, "run_id", x->run_id);
	json_text(w, "host", x->host);
	json_int(w, "pid", x->pid);
	json_time(w, "heartbeat_at", x->heartbeat_ms);
	json_int(w, "total_requests", x->requests);
	json_int(w, "rate_limited_count", x->rate_limited);
	json_number(w, "rate_limited_percent", execution_limited_percent(x));
	json_int(w, "retry_count", x->retries);
	json_int(w, "bytes_received", x->bytes);
	json_int(w, "files_read", x->files);
	json_int(w, "file_bytes", x->file_bytes);
	json_int(w, "files_failed", x->files_failed);
	json_number(w, "api_seconds", x->api_seconds);
	json_number(w, "db_seconds", x->db_seconds);
	json_number(w, "features_seconds", x->features_seconds);
	progress(w, r, now_ms);
}

static void
history(FILE *f, const struct health *h, const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	begin(&w, f);
	json_time(&w, "timestamp", h->now_ms);
	json_array_begin(&w, "executions");
	for (size_t i = 0; i < h->executions.len; i++) {
		json_object_begin(&w, NULL);
		execution(&w, &h->executions.v[i], h->now_ms);
		json_object_end(&w);
	}
	json_array_end(&w);
	end(&w);
}

static void
jobs(FILE *f, const struct job_report *r, const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	begin(&w, f);
	json_time(&w, "timestamp", r->now_ms);
	execution(&w, r->execution, r->now_ms);
	json_array_begin(&w, "jobs");
	for (size_t i = 0; i < r->jobs->len; i++) {
		const struct job_record *j = &r->jobs->v[i];

		json_object_begin(&w, NULL);
		json_text(&w, "symbol", j->symbol);
		json_text(&w, "asset_class", asset_class_name(j->class));
		json_text(&w, "timeframe", timeframe_name(j->timeframe));
		json_text(&w, "status", job_status_name(j->status));
		json_int(&w, "records_processed", j->bars.received);
		json_int(&w, "records_inserted", j->bars.inserted);
		json_int(&w, "features_computed", j->features);
		json_time(&w, "started_at", j->started_ms);
		json_time(&w, "completed_at", j->completed_ms);
		json_number(&w, "duration_seconds", job_seconds_taken(j));
		words(&w, "error_message", j->message);
		json_object_end(&w);
	}
	json_array_end(&w);
	end(&w);
}

/* -- failures -- */

static void
failure(struct json_writer *w, const struct failure_row *r)
{
	json_object_begin(w, NULL);
	json_text(w, "symbol", r->symbol);
	json_text(w, "timeframe", timeframe_name(r->timeframe));
	json_text(w, "error", r->error);
	json_time(w, "failed_at", r->failed_ms);
	json_text(w, "kind", failure_kind_name(r->kind));
	json_text(w, "execution_id", r->execution_id);
	if (r->kind == FAILURE_FEATURES) {
		json_int(w, "retry_count", r->retries);
		json_bool(w, "resolved", r->resolved);
		json_time(w, "resolved_at", r->resolved_ms);
	}
	json_object_end(w);
}

static void
failures(FILE *f, const struct failure_report *r,
    const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	begin(&w, f);
	json_time(&w, "timestamp", r->now_ms);
	json_array_begin(&w, "failures");
	for (size_t i = 0; i < r->failures->len; i++)
		failure(&w, &r->failures->v[i]);
	json_array_end(&w);
	end(&w);
}

/* -- the summary -- */

static void
tiers(struct json_writer *w, const struct health *h)
{
	json_array_begin(w, "rpo");
	for (int t = 0; t < TIER_COUNT; t++) {
		const struct tier_facts *v = &h->tiers[t];

		json_object_begin(w, NULL);
		json_text(w, "tier", tier_name((enum tier)t));
		seconds(w, "objective_seconds", v->rpo_ms);
		seconds(w, "every_seconds", h->objectives->rpo[t].every_ms);
		json_object_begin(w, "measured");
		json_int(w, "series_count", v->series);
		json_int(w, "within_count", v->within);
		json_number(w, "within_percent",
		    v->series == 0 ? (double)NAN
				   : percent_of(v->within, v->series));
		json_int(w, "missing_count", v->missing);
		json_number(w, "worst_seconds",
		    v->series == v->missing ? (double)NAN
					    : (double)v->worst_ms / 1000);
		json_object_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
suspicions(struct json_writer *w, const struct health *h)
{
	char date[11];

	json_array_begin(w, "suspicions");
	for (size_t i = 0; i < h->suspicions.len; i++) {
		const struct suspicion *s = &h->suspicions.v[i];

		md_date_format(s->date, date);
		json_object_begin(w, NULL);
		json_text(w, "kind", suspicion_kind_name(s->kind));
		json_text(w, "symbol", s->symbol);
		json_text(w, "date", date);
		json_text(w, "detail", s->detail);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
alerts(struct json_writer *w, const struct health *h)
{
	json_array_begin(w, "alerts");
	for (size_t i = 0; i < h->alerts_len; i++) {
		const struct alert *a = &h->alerts[i];

		json_object_begin(w, NULL);
		json_text(w, "rule", alert_rule_name(a->rule));
		json_text(w, "level",
		    alert_level_name(alert_rule_level(a->rule)));
		json_number(w, "value", a->value);
		json_number(w, "threshold", a->threshold);
		json_text(w, "message", a->message);
		words(w, "series", a->series);
		words(w, "command", a->command);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
plan(struct json_writer *w, const struct plan_probe *p)
{
	char words_of[LESSON_TEXT_SIZE];

	if (!p->asked)
		return;
	json_array_begin(w, "plan");
	for (int i = 0; i < PLAN_PARTS; i++) {
		json_object_begin(w, NULL);
		json_text(w, "part", plan_part_name((enum plan_part)i));
		json_text(w, "included", plan_status_name(p->rows[i].status));
		words(w, "detail", p->rows[i].detail);
		json_object_end(w);
	}
	json_array_end(w);
	plan_pace_words(p, words_of);
	json_object_begin(w, "pace");
	json_number(w, "per_minute",
	    p->known.per_minute > 0 ? (double)p->known.per_minute
				    : (double)NAN);
	json_number(w, "per_second",
	    p->known.per_second > 0 ? p->known.per_second : (double)NAN);
	json_bool(w, "limited", p->limited);
	json_text(w, "detail", words_of);
	json_object_end(w);
}

static void
closures(struct json_writer *w, const struct health *h)
{
	char date[11], at[CLOSURE_WORDS];

	json_array_begin(w, "closures");
	for (size_t i = 0; i < h->closures.len; i++) {
		const struct closure *c = &h->closures.v[i];

		md_date_format(c->date, date);
		closure_words(c, at);
		json_object_begin(w, NULL);
		json_text(w, "date", date);
		json_text(w, "kind", closure_kind_name(c->kind));
		json_text(w, "detail", at);
		words(w, "name", c->name);
		json_time(w, "told_at", c->told_ms);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
hold(struct json_writer *w, const struct hold *h)
{
	if (h->since_ms == 0) {
		json_null_value(w, "hold");
		return;
	}
	json_object_begin(w, "hold");
	json_time(w, "since", h->since_ms);
	json_text(w, "by", h->by);
	json_text(w, "reason", h->reason);
	json_object_end(w);
}

static void
probe(struct json_writer *w, const struct probe *p)
{
	if (!p->asked)
		return;
	json_object_begin(w, "probe");
	json_bool(w, "good", p->good);
	json_number(w, "seconds", (double)p->took_us / 1e6);
	words(w, "error", p->message);
	plan(w, &p->plan);
	json_object_end(w);
}

static void
counts(struct json_writer *w, const struct health *h)
{
	const int64_t *n = h->freshness.counts;

	json_object_begin(w, "staleness");
	json_text(w, "clock", staleness_clock_name(h->rule.clock));
	json_text(w, "basis", staleness_basis_name(h->rule.basis));
	json_int(w, "fresh_count", n[STALENESS_FRESH]);
	json_int(w, "aging_count", n[STALENESS_AGING]);
	json_int(w, "stale_count", n[STALENESS_STALE]);
	json_int(w, "missing_count", n[STALENESS_MISSING]);
	json_int(w, "total_monitored", (int64_t)h->freshness.len);
	json_int(w, "provisional_count", h->freshness.provisional);
	json_object_end(w);
}

static void
summary(FILE *f, const struct health *h, const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	begin(&w, f);
	json_text(&w, "status", health_status_name(h->status));
	json_time(&w, "timestamp", h->now_ms);
	if (h->has_last) {
		json_object_begin(&w, "last_execution");
		execution(&w, &h->last, h->now_ms);
		json_object_end(&w);
	} else
		json_null_value(&w, "last_execution");
	json_time(&w, "last_success_at",
	    h->has_good ? h->good.x.completed_ms : 0);
	json_int(&w, "stale_features_count", h->stale_features);
	json_array_begin(&w, "recent_failures");
	for (size_t i = 0; i < h->failures.len && i < 20; i++)
		failure(&w, &h->failures.v[i]);
	json_array_end(&w);
	json_int(&w, "recent_failures_count", (int64_t)h->failures.len);
	json_int(&w, "total_symbols_monitored", h->symbols);
	json_int(&w, "total_series_monitored", (int64_t)h->freshness.len);
	json_object_begin(&w, "api");
	json_int(&w, "total_requests", h->requests);
	json_int(&w, "rate_limited_count", h->rate_limited);
	json_number(&w, "rate_limited_percent",
	    percent_of(h->rate_limited, h->requests));
	probe(&w, &h->probe);
	json_object_end(&w);
	counts(&w, h);
	tiers(&w, h);
	standby_json(&w, &h->freshness.lag);
	hold(&w, &h->hold);
	json_object_begin(&w, "refused");
	json_int(&w, "window_count", h->refused.windows);
	json_int(&w, "series_count", h->refused.series);
	json_object_end(&w);
	alerts(&w, h);
	suspicions(&w, h);
	closures(&w, h);
	end(&w);
}

/* -- objectives -- */

static void
classes(struct json_writer *w, const struct health *h)
{
	const struct staleness_bounds *b = &h->rule.bounds;
	const int64_t from[] = { 0, b->fresh_ms, b->aging_ms };
	const int64_t to[] = { b->fresh_ms, b->aging_ms, b->overdue_ms };

	json_array_begin(w, "staleness");
	for (int s = 0; s < STALENESS_COUNT; s++) {
		enum staleness_action a = h->objectives->actions[s];
		bool bounded = s != STALENESS_MISSING;

		json_object_begin(w, NULL);
		json_text(w, "status", staleness_name((enum staleness)s));
		json_number(w, "from_seconds",
		    bounded ? (double)from[s] / 1000 : (double)NAN);
		json_number(w, "to_seconds",
		    bounded ? (double)to[s] / 1000 : (double)NAN);
		json_text(w, "action", action_phrase(a));
		json_object_begin(w, "measured");
		json_int(w, "series_count", h->freshness.counts[s]);
		json_number(w, "percent",
		    percent_of(h->freshness.counts[s],
			(int64_t)h->freshness.len));
		if (s == STALENESS_STALE)
			json_int(w, "overdue_count", h->overdue);
		json_object_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
recoveries(struct json_writer *w, const struct health *h)
{
	json_array_begin(w, "rto");
	for (int i = 0; i < RTO_COUNT; i++) {
		const struct rto_measured *m = &h->rto[i];
		const struct recovery_summary *r = &m->recoveries;
		bool any = r->count > 0;

		json_object_begin(w, NULL);
		json_text(w, "event", rto_name((enum rto)i));
		seconds(w, "objective_seconds", h->objectives->rto_ms[i]);
		json_object_begin(w, "measured");
		json_int(w, "count", (int64_t)r->count);
		json_int(w, "within_count", (int64_t)r->within);
		json_number(w, "median_seconds",
		    any ? (double)r->median_ms / 1000 : (double)NAN);
		json_number(w, "worst_seconds",
		    any ? (double)r->worst_ms / 1000 : (double)NAN);
		json_number(w, "open_seconds",
		    m->open_ms > 0 ? (double)m->open_ms / 1000 : (double)NAN);
		json_object_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
objectives(FILE *f, const struct health *h, const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	begin(&w, f);
	json_time(&w, "timestamp", h->now_ms);
	json_text(&w, "clock", staleness_clock_name(h->rule.clock));
	json_text(&w, "basis", staleness_basis_name(h->rule.basis));
	seconds(&w, "window_seconds", h->objectives->window_ms);
	classes(&w, h);
	recoveries(&w, h);
	tiers(&w, h);
	output_health_budget_json(&w, h);
	end(&w);
}

/* -- sessions -- */

static void
source(struct json_writer *w, const struct session_report *r, md_date date)
{
	static const char *const names[] = {
		[DAY_BY_RULE] = "built-in",
		[DAY_CONFIGURED] = "configuration",
		[DAY_TOLD] = "vendor",
	};

	json_text(w, "source", names[calendar_source(r->calendar, date)]);
}

static void
sessions(FILE *f, const struct session_report *r,
    const struct report_view *view)
{
	struct json_writer w;
	struct session s;
	char date[11];

	(void)view;
	begin(&w, f);
	json_array_begin(&w, "sessions");
	for (md_date d = r->first; d <= r->last; d++) {
		if (!calendar_session(r->calendar, d, &s))
			continue;
		md_date_format(d, date);
		json_object_begin(&w, NULL);
		json_text(&w, "session", date);
		json_time(&w, "open_utc", s.open_ms);
		json_time(&w, "close_utc", s.close_ms);
		json_bool(&w, "early_close", s.early);
		source(&w, r, d);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_array_begin(&w, "holidays");
	for (md_date d = r->first; d <= r->last; d++) {
		int weekday = md_weekday(d);

		if (calendar_session(r->calendar, d, &s) || weekday == 0 ||
		    weekday == 6)
			continue;
		md_date_format(d, date);
		json_object_begin(&w, NULL);
		json_text(&w, "date", date);
		json_text(&w, "name", calendar_holiday(r->calendar, d));
		source(&w, r, d);
		json_object_end(&w);
	}
	json_array_end(&w);
	end(&w);
}

const struct output_health output_health_json = {
	"json",
	false,
	summary,
	history,
	jobs,
	failures,
	objectives,
	sessions,
	output_health_json_hosts,
};
