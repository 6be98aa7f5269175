#include "output/baseline.h"

#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/name.h"

/* -- json -- */

/* No more digits than were measured. */
static double
micro(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
}

static void
json_micro(struct json_writer *w, const char *key, double x)
{
	json_number(w, key, micro(x));
}

static void
json_stages(struct json_writer *w, const char *key, const struct stage_times *t,
    int stages)
{
	char name[48];

	json_object_begin(w, key);
	for (int s = 0; s < stages; s++) {
		(void)snprintf(name, sizeof(name), "%s_seconds",
		    stage_name((enum stage)s));
		json_micro(w, name, (double)t->us[s] / 1e6);
	}
	json_object_end(w);
}

static void
json_job(struct json_writer *w, const char *key, const struct baseline_job *j)
{
	json_object_begin(w, key);
	json_text(w, "symbol", j->record->symbol);
	json_text(w, "timeframe", timeframe_name(j->record->timeframe));
	json_text(w, "status", job_status_name(j->record->status));
	json_int(w, "records", j->record->bars.received);
	json_micro(w, "started_seconds", j->started);
	json_micro(w, "duration_seconds", j->seconds);
	json_stages(w, "wall", &j->wall, STAGE_COUNT);
	json_micro(w, "unaccounted_seconds", (double)j->unaccounted / 1e6);
	json_stages(w, "busy", &j->log->busy, STAGE_BUSY);
	json_object_end(w);
}

static void
json_totals(struct json_writer *w, const struct baseline_mode_result *m)
{
	const struct execution *x = &m->run->execution;
	struct bottleneck_shares share = bottleneck_shares(&m->figures);
	const struct bottleneck_figures *f = &m->figures;

	json_micro(w, "total_duration_seconds", m->run->seconds);
	json_int(w, "total_records_backfilled", x->bars.received);
	json_micro(w, "total_records_per_second",
	    (double)x->bars.received / m->run->seconds);
	json_int(w, "completed_jobs", (int64_t)m->completed);
	json_int(w, "failed_jobs", (int64_t)m->failed);
	json_int(w, "total_jobs", (int64_t)m->run->jobs_len);
	json_micro(w, "success_rate",
	    100 * (double)m->completed / (double)m->run->jobs_len);
	json_micro(w, "total_api_time_seconds", f->first_byte + f->transfer);
	json_micro(w, "total_db_time_seconds", f->database);
	json_micro(w, "total_features_time_seconds", f->features);
	json_micro(w, "total_decode_time_seconds", f->decode);
	json_micro(w, "api_percentage_of_total", share.api);
	json_micro(w, "db_percentage_of_total", share.database);
	json_micro(w, "features_percentage_of_total", share.features);
	json_micro(w, "decode_percentage_of_total", share.decode);
	json_micro(w, "total_processor_seconds", f->processor);
	json_int(w, "total_requests", x->requests);
	json_int(w, "rate_limited_count", x->rate_limited);
	json_int(w, "retry_count", x->retries);
	if (m->slowest == NULL)
		json_null_value(w, "slowest_job");
	else
		json_job(w, "slowest_job", m->slowest);
	json_text(w, "slowest_timeframe",
	    m->slowest_timeframe < 0
		? NULL
		: timeframe_name((enum timeframe)m->slowest_timeframe));
	json_micro(w, "slowest_timeframe_avg_seconds",
	    m->slowest_timeframe_seconds);
	json_text(w, "bottleneck", bottleneck_name(bottleneck_of(f)));
	json_array_begin(w, "recommendations");
	for (size_t i = 0; i < m->recommendations.len; i++)
		json_text(w, NULL, m->recommendations.v[i]);
	json_array_end(w);
	json_stages(w, "busy", &m->busy, STAGE_BUSY);
	json_stages(w, "job_wall", &m->wall, STAGE_COUNT);
}

static void
json_samples(struct json_writer *w, const char *name, const struct samples *s)
{
	json_array_begin(w, name);
	for (size_t i = 0; i < s->len; i++)
		json_micro(w, NULL, s->v[i]);
	json_array_end(w);
}

static void
json_figures(struct json_writer *w, const struct baseline_mode_result *m)
{
	json_object_begin(w, "figures");
	for (int f = 0; f < FIGURE_COUNT; f++) {
		double confidence;
		struct interval in =
		    samples_interval(&m->figure[f], &confidence);

		json_object_begin(w, baseline_figures[f].name);
		json_micro(w, "median", samples_median(&m->figure[f]));
		json_micro(w, "low", in.low);
		json_micro(w, "high", in.high);
		json_micro(w, "confidence_percent", 100 * confidence);
		json_object_end(w);
	}
	json_object_end(w);
	json_object_begin(w, "samples");
	for (int f = 0; f < SAMPLED_COUNT; f++)
		json_samples(w, baseline_figures[f].name, &m->figure[f]);
	json_object_end(w);
}

/* As they were given, then what became of that. */
static void
json_jobs(struct json_writer *w, const struct baseline_mode_result *m)
{
	const struct concurrency *c = &m->run->concurrency;

	if (m->jobs_at_once == 0)
		json_text(w, "jobs", "auto");
	else
		json_int(w, "jobs", m->jobs_at_once);
	json_int(w, "jobs_at_once", c->most);
	json_micro(w, "jobs_at_once_mean", concurrency_mean(c));
	json_text(w, "jobs_at_once_reason",
	    concurrency_reason_words(c->reason));
}

static void
json_modes(struct json_writer *w, const struct baseline_report *p)
{
	json_array_begin(w, "modes");
	for (size_t k = 0; k < p->modes; k++) {
		const struct baseline_mode_result *m = &p->mode[k];

		json_object_begin(w, NULL);
		json_text(w, "mode", baseline_mode_name(m->mode));
		json_jobs(w, m);
		json_int(w, "repeats", (int64_t)m->len);
		json_totals(w, m);
		json_figures(w, m);
		json_array_begin(w, "job_times");
		for (size_t i = 0; i < m->run->jobs_len; i++)
			json_job(w, NULL, &m->jobs[i]);
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
json_changes(struct json_writer *w, const struct baseline_report *p)
{
	if (p->compared == NULL)
		return;
	json_object_begin(w, "compare");
	json_text(w, "file", p->compared);
	json_number(w, "max_regress_percent", p->max_regress);
	json_bool(w, "regressed", !baseline_good(p));
	json_array_begin(w, "changes");
	for (size_t i = 0; i < p->changes; i++) {
		const struct baseline_change *c = &p->change[i];

		json_object_begin(w, NULL);
		json_text(w, "mode", baseline_mode_name(c->mode));
		json_text(w, "figure", baseline_figures[c->figure].name);
		json_micro(w, "before", c->before);
		json_micro(w, "now", c->now);
		json_micro(w, "worse_percent", c->worse_percent);
		json_micro(w, "worse_percent_low", c->worse.low);
		json_micro(w, "worse_percent_high", c->worse.high);
		json_text(w, "verdict", baseline_verdict_name(c->verdict));
		json_bool(w, "bound",
		    baseline_figures[c->figure].is & FIGURE_BOUND);
		json_bool(w, "regressed", c->regressed);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void
json_environment(struct json_writer *w, const struct baseline_report *p)
{
	json_object_begin(w, "environment");
	json_text(w, "cpu", p->machine.cpu);
	json_int(w, "cores", p->machine.cores);
	json_text(w, "system", p->machine.system);
	json_object_begin(w, "versions");
	json_text(w, "mdkit", MD_VERSION);
	json_text(w, "libcurl", p->libcurl);
	json_text(w, "sqlite", p->sqlite);
	json_object_end(w);
	json_object_end(w);
}

void
output_baseline_json(FILE *f, const struct baseline_report *p, bool color)
{
	const struct baseline_options *o = p->options;
	char at[MD_TIME_MAX], work[256];
	struct json_writer w;

	(void)color;
	md_time_format(p->at_ms, at);
	baseline_work(o, work);
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_text(&w, "timestamp", at);
	if (p->commit != NULL) {
		json_text(&w, "commit", p->commit);
		json_time(&w, "commit_time", p->commit_ms);
	}
	json_text(&w, "target", p->target);
	json_text(&w, "target_url", o->mock ? NULL : p->url);
	json_text(&w, "work", work);
	json_text(&w, "mode", baseline_mode_name(baseline_main(p)->mode));
	json_jobs(&w, baseline_main(p));
	json_int(&w, "days", o->backfill.days);
	if (o->mock) {
		json_int(&w, "mock_latency_ms", o->mock_latency_ms);
		json_text(&w, "mock_rate",
		    o->mock_rate[0] != '\0' ? o->mock_rate : NULL);
	}
	json_totals(&w, baseline_main(p));
	json_micro(&w, "improvement_percent", baseline_improvement(p));
	json_int(&w, "peak_memory_bytes", p->peak_bytes);
	json_environment(&w, p);
	json_changes(&w, p);
	output_baseline_history_json(&w, p->history);
	json_modes(&w, p);
	json_object_end(&w);
	json_finish(&w);
}

/* -- csv -- */

static void
csv_stages(struct csv_writer *w, const struct stage_times *t, int stages)
{
	for (int s = 0; s < stages; s++)
		csv_number(w, micro((double)t->us[s] / 1e6));
}

void
output_baseline_csv(FILE *f, const struct baseline_report *p, bool color)
{
	struct csv_writer w;

	(void)color;
	fputs("target,mode,symbol,timeframe,status,records,started_seconds,"
	      "duration_seconds",
	    f);
	for (int s = 0; s < STAGE_COUNT; s++)
		fprintf(f, ",%s_seconds", stage_name((enum stage)s));
	fputs(",unaccounted_seconds", f);
	for (int s = 0; s < STAGE_BUSY; s++)
		fprintf(f, ",%s_busy_seconds", stage_name((enum stage)s));
	fputc('\n', f);
	csv_start(&w, f);
	for (size_t k = 0; k < p->modes; k++)
		for (size_t i = 0; i < p->mode[k].run->jobs_len; i++) {
			const struct baseline_job *j = &p->mode[k].jobs[i];

			csv_text(&w, p->target);
			csv_text(&w, baseline_mode_name(p->mode[k].mode));
			csv_text(&w, j->record->symbol);
			csv_text(&w, timeframe_name(j->record->timeframe));
			csv_text(&w, job_status_name(j->record->status));
			csv_int(&w, j->record->bars.received);
			csv_number(&w, micro(j->started));
			csv_number(&w, micro(j->seconds));
			csv_stages(&w, &j->wall, STAGE_COUNT);
			csv_number(&w, micro((double)j->unaccounted / 1e6));
			csv_stages(&w, &j->log->busy, STAGE_BUSY);
			csv_end(&w);
		}
}

/* -- all formats -- */

static const struct output_baseline outputs[] = {
	{ "bencher", output_baseline_bencher },
	{ "csv", output_baseline_csv },
	{ "github", output_baseline_github },
	{ "github-bigger", output_baseline_github_bigger },
	{ "json", output_baseline_json },
	{ "junit", output_baseline_junit },
	{ "markdown", output_baseline_markdown },
	{ "svg", output_baseline_svg },
	{ "table", output_baseline_table },
};

const struct output_baseline *
output_baseline_find(const char *name)
{
	int i = NAME_FIND(outputs, name);

	return i < 0 ? NULL : &outputs[i];
}
