#include "output/load.h"

#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/name.h"

/* Response times, as both formats have them. */
static const struct {
	const char *name;
	enum load_metric metric;
} times[] = {
	{ "avg_response_time_ms", METRIC_AVG },
	{ "p50_response_time_ms", METRIC_P50 },
	{ "p90_response_time_ms", METRIC_P90 },
	{ "p95_response_time_ms", METRIC_P95 },
	{ "p99_response_time_ms", METRIC_P99 },
	{ "p99_9_response_time_ms", METRIC_P999 },
	{ "max_response_time_ms", METRIC_MAX },
	{ "min_response_time_ms", METRIC_MIN },
};

#define TIMES (sizeof(times) / sizeof(times[0]))

/* -- json -- */

/* No more digits than were measured: nanoseconds, or three of a rate. */
static double
rounded(double x, double unit)
{
	return isfinite(x) ? round(x / unit) * unit : x;
}

static double
digits(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
}

static void
json_figures(struct json_writer *w, const struct load_figures *f,
    double seconds)
{
	json_int(w, "total_requests", (int64_t)f->total);
	json_int(w, "successful_requests", (int64_t)f->good);
	json_int(w, "failed_requests", (int64_t)(f->total - f->good));
	json_number(w, "success_rate",
	    digits(load_figure(f, seconds, METRIC_SUCCESS)));
	for (size_t i = 0; i < TIMES; i++)
		json_number(w, times[i].name,
		    digits(load_figure(f, seconds, times[i].metric)));
	json_number(w, "requests_per_second",
	    digits(load_figure(f, seconds, METRIC_RPS)));
	json_number(w, "duration_seconds", digits(seconds));
	json_int(w, "bytes_received", (int64_t)f->bytes);
	json_array_begin(w, "at_maximum");
	for (int m = 0; m < METRIC_COUNT; m++)
		if (load_is_maximum(f, (enum load_metric)m))
			json_text(w, NULL,
			    load_metric_name((enum load_metric)m));
	json_array_end(w);
}

/* Without what this side sent late. */
static void
json_in_time(struct json_writer *w, const struct load_report *p,
    const struct load_result *r)
{
	struct load_figures f = load_prompt(&r->all);
	double seconds = r->effort.seconds;

	if (p->options->rate <= 0)
		return;
	json_object_begin(w, "in_time");
	json_number(w, "within_ms", (double)LOAD_PROMPT_NS / 1e6);
	json_int(w, "requests", (int64_t)f.total);
	json_number(w, "percent",
	    digits(100 * (double)f.total / (double)r->all.total));
	for (size_t i = 0; i < TIMES; i++)
		json_number(w, times[i].name,
		    digits(load_figure(&f, seconds, times[i].metric)));
	json_object_end(w);
}

static void
json_intervals(struct json_writer *w, const struct load_timeline *t)
{
	json_number(w, "interval_seconds", (double)t->interval_ns / 1e9);
	json_array_begin(w, "intervals");
	for (size_t i = 0; i < t->len; i++) {
		const struct load_interval *v = &t->v[i];

		json_object_begin(w, NULL);
		json_number(w, "start_seconds", digits(v->start));
		json_int(w, "total_requests", (int64_t)v->total);
		json_int(w, "failed_requests", (int64_t)(v->total - v->good));
		json_number(w, "avg_response_time_ms", digits(v->avg));
		json_number(w, "p50_response_time_ms", digits(v->p50));
		json_number(w, "p95_response_time_ms", digits(v->p95));
		json_number(w, "p99_response_time_ms", digits(v->p99));
		json_number(w, "max_response_time_ms", digits(v->max));
		json_number(w, "requests_per_second",
		    digits((double)v->good / v->seconds));
		json_number(w, "duration_seconds", digits(v->seconds));
		json_int(w, "bytes_received", (int64_t)v->bytes);
		json_object_end(w);
	}
	json_array_end(w);
}

/* Each value, and its average against the first one's. */
static void
json_values(struct json_writer *w, const struct load_result *r)
{
	const char *kind = load_value_kind(r->scenario);
	double first = load_figure(&r->value[0], r->effort.seconds, METRIC_AVG);

	if (kind == NULL)
		return;
	json_array_begin(w,
	    r->scenario == SCENARIO_LIMITS ? "by_limit" : "by_timeframe");
	for (size_t i = 0; i < r->values; i++) {
		const struct load_figures *f = &r->value[i];
		const char *name = load_value_name(r->scenario, i);

		json_object_begin(w, NULL);
		if (r->scenario == SCENARIO_LIMITS)
			json_int(w, kind, load_value_limit(i));
		else
			json_text(w, kind, name);
		json_figures(w, f, r->effort.seconds);
		json_number(w, "avg_relative_to_first",
		    digits(load_figure(f, r->effort.seconds, METRIC_AVG) /
			   first));
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_errors(struct json_writer *w, const struct load_result *r)
{
	char kind[32];

	json_array_begin(w, "errors");
	for (size_t i = 0; i < r->errors_len; i++) {
		load_error_kind(&r->errors[i], kind);
		json_object_begin(w, NULL);
		json_text(w, "kind", kind);
		json_int(w, "count", (int64_t)r->errors[i].count);
		json_text(w, "example", r->errors[i].example);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_generator(struct json_writer *w, const struct load_report *p,
    const struct load_result *r)
{
	const struct load_generator *f = &r->effort;
	char limit[256];

	load_generator_limit(p, r, limit);
	json_object_begin(w, "generator");
	json_number(w, "cpu_percent",
	    rounded(100 * f->cpu_seconds / f->seconds, 0.125));
	json_number(w, "cpu_wait_percent",
	    rounded(100 * f->wait_seconds / f->seconds, 0.125));
	json_int(w, "late_requests", (int64_t)f->late);
	json_int(w, "queued_requests", (int64_t)f->crowded);
	json_number(w, "max_late_ms", digits((double)f->worst_late_ns / 1e6));
	json_text(w, "limit", limit[0] == '\0' ? NULL : limit);
	json_object_end(w);
}

static void
json_scenario(struct json_writer *w, const struct load_report *p,
    const struct load_result *r)
{
	json_object_begin(w, NULL);
	json_text(w, "scenario", load_scenario_name(r->scenario));
	json_figures(w, &r->all, r->effort.seconds);
	json_errors(w, r);
	json_values(w, r);
	json_object_begin(w, "warmup");
	json_int(w, "requests", (int64_t)r->warmup);
	json_number(w, "seconds", digits(r->warmup_seconds));
	json_object_end(w);
	json_generator(w, p, r);
	json_in_time(w, p, r);
	json_intervals(w, &r->timeline);
	json_object_end(w);
}

static void
json_verdicts(struct json_writer *w, const struct load_report *p)
{
	char text[64];

	json_array_begin(w, "thresholds");
	for (size_t i = 0; i < p->verdicts; i++) {
		const struct load_verdict *v = &p->verdict[i];

		threshold_format(&v->threshold, text);
		json_object_begin(w, NULL);
		json_text(w, "scenario", load_scenario_name(v->scenario));
		json_text(w, "metric", load_metric_name(v->threshold.metric));
		json_text(w, "threshold", text);
		json_number(w, "measured", digits(v->measured));
		json_bool(w, "met", v->met);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_changes(struct json_writer *w, const struct load_report *p)
{
	if (p->compared == NULL)
		return;
	json_object_begin(w, "compare");
	json_text(w, "file", p->compared);
	json_number(w, "max_regress_percent", p->max_regress);
	json_array_begin(w, "changes");
	for (size_t i = 0; i < p->changes; i++) {
		const struct load_change *c = &p->change[i];

		json_object_begin(w, NULL);
		json_text(w, "scenario", load_scenario_name(c->scenario));
		json_text(w, "metric", load_metric_name(c->metric));
		json_number(w, "before", digits(c->before));
		json_number(w, "now", digits(c->now));
		json_number(w, "worse_percent", digits(c->worse_percent));
		json_bool(w, "regressed", c->regressed);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void
json_place(struct json_writer *w, const struct load_place *p)
{
	json_text(w, "target", load_place_name(p));
	if (p->kind == PLACE_STORE)
		json_text(w, "target_store", p->db);
	else
		json_text(w, "target_url", p->target.url);
}

static void
json_stages(struct json_writer *w, const struct load_stages *s)
{
	if (s->len == 0)
		return;
	json_object_begin(w, "stages");
	json_text(w, "of", s->rate ? "rate" : "users");
	json_number(w, "start", s->start);
	json_array_begin(w, "list");
	for (size_t i = 0; i < s->len; i++) {
		json_object_begin(w, NULL);
		json_number(w, "seconds", s->v[i].seconds);
		json_number(w, "target", s->v[i].target);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

/* What is to be known of the run as a whole. */
static void
json_remarks(struct json_writer *w, const struct load_report *p)
{
	json_text(w, "aborted", p->aborted[0] != '\0' ? p->aborted : NULL);
	json_array_begin(w, "same_bytes");
	for (size_t i = 0; i < p->sames; i++)
		json_text(w, NULL, p->same[i]);
	json_array_end(w);
}

void
output_load_json(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	const struct load_options *o = p->options;
	char at[MD_TIME_MAX];
	struct json_writer w;

	(void)how;
	md_time_format(p->at_ms, at);
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_text(&w, "status", load_within_bounds(p) ? "passed" : "failed");
	json_text(&w, "timestamp", at);
	json_place(&w, p->place);
	json_text(&w, "mode", o->rate > 0 ? "open" : "closed");
	json_int(&w, "concurrency", o->connections);
	json_number(&w, "rate", o->rate > 0 ? o->rate : (double)NAN);
	json_stages(&w, &o->stages);
	json_array_begin(&w, "symbols");
	for (size_t i = 0; i < o->symbols_len; i++)
		json_text(&w, NULL, o->symbols[i]);
	json_array_end(&w);
	json_array_begin(&w, "scenarios");
	for (size_t i = 0; i < p->results; i++)
		json_scenario(&w, p, &p->result[i]);
	json_array_end(&w);
	json_verdicts(&w, p);
	json_remarks(&w, p);
	json_changes(&w, p);
	json_object_end(&w);
	json_finish(&w);
}

/* -- csv -- */

/* Of what was sent in time. */
static const enum load_metric prompts[] = { METRIC_AVG, METRIC_P50, METRIC_P95,
	METRIC_P99, METRIC_MAX };

#define PROMPTS (sizeof(prompts) / sizeof(prompts[0]))

static void
csv_at_maximum(struct csv_writer *w, const struct load_figures *f)
{
	char text[64] = "";
	size_t n = 0;

	for (int m = 0; m < METRIC_COUNT; m++)
		if (load_is_maximum(f, (enum load_metric)m))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? " " : "",
			    load_metric_name((enum load_metric)m));
	csv_text(w, text[0] != '\0' ? text : NULL);
}

static void
csv_in_time(struct csv_writer *w, const struct load_report *p,
    const struct load_figures *f, double seconds)
{
	struct load_figures g = load_prompt(f);
	bool open = p->options->rate > 0;

	if (open)
		csv_int(w, (int64_t)g.total);
	else
		csv_empty(w);
	csv_number(w, open ? digits(100 * (double)g.total / (double)f->total)
			   : (double)NAN);
	for (size_t i = 0; i < PROMPTS; i++)
		csv_number(w, digits(load_figure(&g, seconds, prompts[i])));
}

static void
csv_figures(struct csv_writer *w, const struct load_report *p,
    const struct load_result *r, const struct load_figures *f,
    const char *value)
{
	double seconds = r->effort.seconds;

	csv_text(w, load_place_name(p->place));
	csv_text(w, load_scenario_name(r->scenario));
	csv_text(w, value);
	csv_int(w, (int64_t)f->total);
	csv_int(w, (int64_t)f->good);
	csv_int(w, (int64_t)(f->total - f->good));
	csv_number(w, digits(load_figure(f, seconds, METRIC_SUCCESS)));
	for (size_t i = 0; i < TIMES; i++)
		csv_number(w, digits(load_figure(f, seconds, times[i].metric)));
	csv_number(w, digits(load_figure(f, seconds, METRIC_RPS)));
	csv_number(w, digits(seconds));
	csv_int(w, (int64_t)f->bytes);
	csv_empty(w); /* start_seconds: the whole of it */
	csv_at_maximum(w, f);
	csv_in_time(w, p, f, seconds);
	csv_end(w);
}

/* The columns of a scenario, as far as an interval has them. */
static void
csv_interval(struct csv_writer *w, const struct load_report *p,
    const struct load_result *r, const struct load_interval *v)
{
	const double has[METRIC_COUNT] = {
		[METRIC_AVG] = v->avg,
		[METRIC_P50] = v->p50,
		[METRIC_P95] = v->p95,
		[METRIC_P99] = v->p99,
		[METRIC_MAX] = v->max,
	};

	csv_text(w, load_place_name(p->place));
	csv_text(w, load_scenario_name(r->scenario));
	csv_empty(w);
	csv_int(w, (int64_t)v->total);
	csv_int(w, (int64_t)v->good);
	csv_int(w, (int64_t)(v->total - v->good));
	csv_number(w, digits(100 * (double)v->good / (double)v->total));
	for (size_t i = 0; i < TIMES; i++)
		if (has[times[i].metric] != 0)
			csv_number(w, digits(has[times[i].metric]));
		else
			csv_empty(w);
	csv_number(w, digits((double)v->good / v->seconds));
	csv_number(w, digits(v->seconds));
	csv_int(w, (int64_t)v->bytes);
	csv_number(w, digits(v->start));
	for (size_t i = 0; i < 1 + 2 + PROMPTS; i++)
		csv_empty(w);
	csv_end(w);
}

void
output_load_csv(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	struct csv_writer w;

	fputs("target,scenario,value,total_requests,successful_requests,"
	      "failed_requests,success_rate",
	    f);
	for (size_t i = 0; i < TIMES; i++)
		fprintf(f, ",%s", times[i].name);
	fputs(",requests_per_second,duration_seconds,bytes_received,"
	      "start_seconds,at_maximum,in_time_requests,in_time_percent",
	    f);
	for (size_t i = 0; i < PROMPTS; i++)
		fprintf(f, ",in_time_%s_ms", load_metric_name(prompts[i]));
	fputc('\n', f);
	csv_start(&w, f);
	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];

		csv_figures(&w, p, r, &r->all, NULL);
		for (size_t k = 0; k < r->values; k++)
			if (load_value_kind(r->scenario) != NULL)
				csv_figures(&w, p, r, &r->value[k],
				    load_value_name(r->scenario, k));
		for (size_t k = 0; k < r->timeline.len && how->intervals; k++)
			csv_interval(&w, p, r, &r->timeline.v[k]);
	}
}

/* -- all formats -- */

static const struct output_load outputs[] = {
	{ "bencher", output_load_bencher },
	{ "csv", output_load_csv },
	{ "github", output_load_github },
	{ "github-bigger", output_load_github_bigger },
	{ "json", output_load_json },
	{ "junit", output_load_junit },
	{ "table", output_load_table },
};

const struct output_load *
output_load_find(const char *name)
{
	int i = NAME_FIND(outputs, name);

	return i < 0 ? NULL : &outputs[i];
}
