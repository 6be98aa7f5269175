#include "output/baseline.h"

#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"

void
output_baseline_seconds(double x, char out[32])
{
	(void)snprintf(out, 32, x < 10 ? "%.3f s" : "%.1f s", x);
}

double
output_baseline_share(const struct stage_times *t, enum stage s, int64_t whole)
{
	return whole > 0 ? 100 * (double)t->us[s] / (double)whole : 0;
}

/* -- json -- */

/* No more digits than were measured. */
static double
micro(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
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
		json_number(w, name, micro((double)t->us[s] / 1e6));
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
	json_number(w, "started_seconds", micro(j->started));
	json_number(w, "duration_seconds", micro(j->seconds));
	json_stages(w, "wall", &j->wall, STAGE_COUNT);
	json_number(w, "unaccounted_seconds",
	    micro((double)j->unaccounted / 1e6));
	json_stages(w, "busy", &j->log->busy, STAGE_BUSY);
	json_object_end(w);
}

static void
json_totals(struct json_writer *w, const struct baseline_mode_result *m)
{
	const struct execution *x = &m->run->execution;
	struct bottleneck_shares share = bottleneck_shares(&m->figures);
	const struct bottleneck_figures *f = &m->figures;

	json_number(w, "total_duration_seconds", micro(m->run->seconds));
	json_int(w, "total_records_backfilled", x->bars.received);
	json_number(w, "total_records_per_second",
	    micro((double)x->bars.received / m->run->seconds));
	json_int(w, "completed_jobs", (int64_t)m->completed);
	json_int(w, "failed_jobs", (int64_t)m->failed);
	json_int(w, "total_jobs", (int64_t)m->run->jobs_len);
	json_number(w, "success_rate",
	    m->run->jobs_len > 0
		? micro(100 * (double)m->completed / (double)m->run->jobs_len)
		: (double)NAN);
	json_number(w, "total_api_time_seconds",
	    micro(f->first_byte + f->transfer));
	json_number(w, "total_db_time_seconds", micro(f->database));
	json_number(w, "total_features_time_seconds", micro(f->features));
	json_number(w, "total_decode_time_seconds", micro(f->decode));
	json_number(w, "api_percentage_of_total", micro(share.api));
	json_number(w, "db_percentage_of_total", micro(share.database));
	json_number(w, "features_percentage_of_total", micro(share.features));
	json_number(w, "decode_percentage_of_total", micro(share.decode));
	json_number(w, "total_processor_seconds",
	    f->processor > 0 ? micro(f->processor) : (double)NAN);
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
	json_number(w, "slowest_timeframe_avg_seconds",
	    micro(m->slowest_timeframe_seconds));
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
		json_number(w, NULL, micro(s->v[i]));
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
		json_number(w, "median", micro(samples_median(&m->figure[f])));
		json_number(w, "low", micro(in.low));
		json_number(w, "high", micro(in.high));
		json_number(w, "confidence_percent", micro(100 * confidence));
		json_object_end(w);
	}
	json_object_end(w);
	json_object_begin(w, "samples");
	for (int f = 0; f < SAMPLED_COUNT; f++)
		json_samples(w, baseline_figures[f].name, &m->figure[f]);
	json_object_end(w);
}

static void
json_modes(struct json_writer *w, const struct baseline_report *p)
{
	json_array_begin(w, "modes");
	for (size_t k = 0; k < p->modes; k++) {
		const struct baseline_mode_result *m = &p->mode[k];

		json_object_begin(w, NULL);
		json_text(w, "mode", baseline_mode_name(m->mode));
		json_int(w, "jobs", m->jobs_at_once);
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
		json_number(w, "before", micro(c->before));
		json_number(w, "now", micro(c->now));
		json_number(w, "worse_percent", micro(c->worse_percent));
		json_number(w, "worse_percent_low", micro(c->worse.low));
		json_number(w, "worse_percent_high", micro(c->worse.high));
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
	json_text(&w, "target", p->target);
	json_text(&w, "target_url", o->mock ? NULL : p->url);
	json_text(&w, "work", work);
	json_text(&w, "mode", baseline_mode_name(baseline_main(p)->mode));
	json_int(&w, "jobs", baseline_main(p)->jobs_at_once);
	json_int(&w, "days", o->backfill.days);
	if (o->mock) {
		json_int(&w, "mock_latency_ms", o->mock_latency_ms);
		json_text(&w, "mock_rate",
		    o->mock_rate[0] != '\0' ? o->mock_rate : NULL);
	}
	json_totals(&w, baseline_main(p));
	json_number(&w, "improvement_percent", micro(baseline_improvement(p)));
	json_int(&w, "peak_memory_bytes", p->peak_bytes);
	json_environment(&w, p);
	json_changes(&w, p);
	json_modes(&w, p);
	json_object_end(&w);
	json_finish(&w);
}

/* -- csv -- */

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
			for (int s = 0; s < STAGE_COUNT; s++)
				csv_number(&w,
				    micro((double)j->wall.us[s] / 1e6));
			csv_number(&w, micro((double)j->unaccounted / 1e6));
			for (int s = 0; s < STAGE_BUSY; s++)
				csv_number(&w,
				    micro((double)j->log->busy.us[s] / 1e6));
			csv_end(&w);
		}
}

/* -- all formats -- */

static const struct output_baseline outputs[] = {
	{ "csv", output_baseline_csv },
	{ "json", output_baseline_json },
	{ "markdown", output_baseline_markdown },
	{ "svg", output_baseline_svg },
	{ "table", output_baseline_table },
};

const struct output_baseline *
output_baseline_find(const char *name)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (strcmp(outputs[i].name, name) == 0)
			return &outputs[i];
	return NULL;
}
