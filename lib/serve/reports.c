/*
 * The reports of mdstale and mdhealth, by their own writers.  They tell of a
 * moment, which is in them: one is good for the second that it was made in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "output/health.h"
#include "output/stale.h"
#include "report/freshness.h"
#include "report/health.h"
#include "serve/internal.h"
#include "store/report.h"
#include "sys/process.h"

#define CHART_RUNS   60 /* what the page shows, as mdhealth has it */
#define HISTORY_RUNS 20

static struct staleness_rule
rule_of(const struct visit *v)
{
	struct staleness_rule rule = v->rule;

	if (v->params.has_clock)
		rule.clock = v->params.clock;
	return rule;
}

/* -- mdstale -- */

struct answer *
serve_staleness(struct visit *v, struct md_error *e)
{
	struct freshness_query q = {
		.timeframes = ~0U,
		.tiers = ~0U,
		.statuses = v->params.statuses,
		.rule = rule_of(v),
		.objectives = &v->serve->report->objectives,
		.now_ms = v->now_ms,
	};
	struct output_stale_options how = {
		.limit = v->params.has_limit ? (size_t)v->params.limit : 0,
	};
	struct freshness marks;
	struct text_stream s;

	if (!freshness_read(v->reader->store, &q, &marks, e))
		return NULL;
	if (!text_stream_open(&s)) {
		freshness_free(&marks);
		(void)md_nomem(e);
		return NULL;
	}
	output_stale_find("json")->write(s.f, &marks, &how);
	freshness_free(&marks);
	return answer_finish(v, &s, "application/json", true, e);
}

/* -- mdhealth -- */

/* own: with the metrics of the server itself. */
static struct answer *
summary(struct visit *v, const char *format, const char *type, bool own,
    struct md_error *e)
{
	const struct report_options *o = v->serve->report;
	const struct output_health *output = output_health_find(format);
	struct health_query q = {
		.rule = v->rule,
		.objectives = &o->objectives,
		.bounds = &o->alerts,
		.now_ms = v->now_ms,
		.db = o->db_typed ? o->db : NULL,
		.config = o->config,
		/* What lives is not of another time. */
		.lives = o->has_as_of ? NULL : process_is_alive,
		.executions = CHART_RUNS,
	};
	struct answer *a;
	struct probe none;
	struct health h;
	struct text_stream s;

	memset(&none, 0, sizeof(none));
	if (!health_read(v->reader->store, &q, &none, &h, e))
		return NULL;
	if ((output->measured && !health_measure(v->reader->store, &h, e)) ||
	    (!text_stream_open(&s) && !md_nomem(e))) {
		health_free(&h);
		return NULL;
	}
	output->summary(s.f, &h, &(struct report_view){ .page = &o->page });
	health_free(&h);
	if (own)
		serve_own_metrics(v->serve, s.f);
	a = answer_finish(v, &s, type, true, e);
	/* The server's figures are of now, whatever time the report is of. */
	if (own && a != NULL && o->has_as_of)
		a->until_ms = v->now_ms;
	return a;
}

struct answer *
serve_health(struct visit *v, struct md_error *e)
{
	return summary(v, "json", "application/json", false, e);
}

struct answer *
serve_metrics(struct visit *v, struct md_error *e)
{
	return summary(v, "prometheus",
	    "text/plain; version=0.0.4; charset=utf-8", true, e);
}

struct answer *
serve_page(struct visit *v, struct md_error *e)
{
	return summary(v, "html", "text/html; charset=utf-8", false, e);
}

struct answer *
serve_history(struct visit *v, struct md_error *e)
{
	struct execution_query q = {
		.until_ms = v->now_ms,
		.limit = v->params.has_limit ? v->params.limit : HISTORY_RUNS,
	};
	struct health h;
	struct text_stream s;
	bool good;

	memset(&h, 0, sizeof(h));
	h.now_ms = v->now_ms;
	good =
	    store_report_executions(v->reader->store, &q, &h.executions, e) &&
	    (text_stream_open(&s) || md_nomem(e));
	if (good)
		output_health_find("json")->history(s.f, &h,
		    &(struct report_view){ 0 });
	execution_rows_free(&h.executions);
	return good ? answer_finish(v, &s, "application/json", true, e) : NULL;
}

/* -- symbols -- */

static void
put_symbol(struct json_writer *w, const struct series_row *r, size_t n)
{
	json_object_begin(w, NULL);
	json_text(w, "symbol", r->symbol);
	json_text(w, "asset_class", asset_class_name(r->facts.class));
	json_text(w, "tier", tier_name(r->tier));
	json_array_begin(w, "series");
	for (size_t i = 0; i < n; i++) {
		const struct staleness_facts *f = &r[i].facts;

		json_object_begin(w, NULL);
		json_text(w, "timeframe", timeframe_name(f->timeframe));
		json_int(w, "bar_count", r[i].bars);
		json_int(w, "feature_count", r[i].features);
		json_time_known(w, "newest_bar_at", f->has_bars, f->newest_ts);
		json_time_known(w, "last_computed_at", f->has_features,
		    f->computed_ms);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void
put_symbols(FILE *f, const struct series_rows *rows)
{
	struct json_writer w;
	size_t symbols = 0;

	for (size_t i = 0; i < rows->len; i++)
		symbols += i == 0 || strcmp(rows->v[i - 1].symbol,
					 rows->v[i].symbol) != 0;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_int(&w, "count", (int64_t)symbols);
	json_array_begin(&w, "symbols");
	for (size_t i = 0, next; i < rows->len; i = next) {
		for (next = i + 1;
		     next < rows->len &&
		     strcmp(rows->v[next].symbol, rows->v[i].symbol) == 0;
		     next++)
			;
		put_symbol(&w, &rows->v[i], next - i);
	}
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

struct answer *
serve_symbols(struct visit *v, struct md_error *e)
{
	struct series_rows rows = { NULL, 0, 0 };
	struct text_stream s;
	bool good;

	good = store_report_series(v->reader->store, &rows, e) &&
	       (text_stream_open(&s) || md_nomem(e));
	if (good && rows.len > 0)
		qsort(rows.v, rows.len, sizeof(*rows.v), series_row_compare);
	if (good)
		put_symbols(s.f, &rows);
	series_rows_free(&rows);
	return good ? answer_finish(v, &s, "application/json", false, e) : NULL;
}
