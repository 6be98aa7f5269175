/*
 * A backfill's measurement for CI: what trackers of benchmarks and readers of
 * JUnit's XML take, and the annotations of a run.
 */
#include <math.h>
#include <string.h>

#include "output/baseline.h"
#include "output/ci.h"

#define CASES_MAX (BASELINE_CHANGES + MODE_COUNT)

static double
micro(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
}

/* -- github-action-benchmark -- */

/* Figures of the API and of a mock are never of one line of a chart: the target
 * is in their names. */

static void
github_mode(struct json_writer *w, const char *target,
    const struct baseline_mode_result *m, bool bigger)
{
	char name[96], range[64], extra[64];

	for (int f = 0; f < FIGURE_COUNT; f++) {
		const struct baseline_figure_kind *k = &baseline_figures[f];
		double confidence;
		struct interval in =
		    samples_interval(&m->figure[f], &confidence);

		if (bigger != ((k->is & FIGURE_MORE_IS_BETTER) != 0))
			continue;
		(void)snprintf(name, sizeof(name), "mdbaseline %s %s %s",
		    target, baseline_mode_name(m->mode), k->title);
		(void)snprintf(range, sizeof(range), "%.4g to %.4g", in.low,
		    in.high);
		(void)snprintf(extra, sizeof(extra), "median of %zu runs",
		    m->len);
		ci_github_figure(w, name,
		    k->unit[0] != '\0' ? k->unit : "requests",
		    micro(samples_median(&m->figure[f])),
		    isfinite(in.low) ? range : NULL, extra);
	}
}

static void
github(FILE *f, const struct baseline_report *p, bool bigger)
{
	struct json_writer w;

	json_start(&w, f);
	json_array_begin(&w, NULL);
	for (size_t k = 0; k < p->modes; k++)
		github_mode(&w, p->target, &p->mode[k], bigger);
	json_array_end(&w);
	json_finish(&w);
}

void
output_baseline_github(FILE *f, const struct baseline_report *p, bool color)
{
	(void)color;
	github(f, p, false);
}

void
output_baseline_github_bigger(FILE *f, const struct baseline_report *p,
    bool color)
{
	(void)color;
	github(f, p, true);
}

/* -- Bencher -- */

/* The duration and the rate are the measures that each project has. */
static void
bencher_figure(struct json_writer *w, const struct samples *s, int f)
{
	double confidence, unit = f == FIGURE_DURATION ? 1e9 : 1;
	struct interval in = samples_interval(s, &confidence);
	const char *measure = f == FIGURE_DURATION ? "latency"
			      : f == FIGURE_RATE   ? "throughput"
						   : baseline_figures[f].name;

	ci_bencher_measure(w, measure, unit * micro(samples_median(s)),
	    unit * micro(in.low), unit * micro(in.high));
}

void
output_baseline_bencher(FILE *f, const struct baseline_report *p, bool color)
{
	struct json_writer w;
	char name[64];

	(void)color;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	for (size_t k = 0; k < p->modes; k++) {
		const struct baseline_mode_result *m = &p->mode[k];

		(void)snprintf(name, sizeof(name), "mdbaseline %s %s",
		    p->target, baseline_mode_name(m->mode));
		json_object_begin(&w, name);
		for (int i = 0; i < FIGURE_COUNT; i++)
			bencher_figure(&w, &m->figure[i], i);
		json_object_end(&w);
	}
	json_object_end(&w);
	json_finish(&w);
}

/* -- verdicts, as cases -- */

static void
jobs_case(const struct baseline_mode_result *m, struct ci_case *c)
{
	(void)snprintf(c->group, sizeof(c->group), "mdbaseline.%s",
	    baseline_mode_name(m->mode));
	(void)snprintf(c->name, sizeof(c->name), "all jobs are completed");
	(void)snprintf(c->message, sizeof(c->message),
	    "%zu of %zu jobs completed", m->completed, m->run->jobs_len);
	c->state = m->completed == m->run->jobs_len ? CI_PASSED : CI_FAILED;
}

static void
change_case(const struct baseline_report *p, const struct baseline_change *x,
    struct ci_case *c)
{
	const struct baseline_figure_kind *k = &baseline_figures[x->figure];

	(void)snprintf(c->group, sizeof(c->group), "mdbaseline.%s",
	    baseline_mode_name(x->mode));
	(void)snprintf(c->name, sizeof(c->name),
	    "%s at most %g %% worse than before", k->title, p->max_regress);
	c->state = x->regressed ? CI_FAILED : CI_PASSED;
	if (x->verdict == VERDICT_DISTURBED) {
		c->state = CI_SKIPPED;
		(void)snprintf(c->message, sizeof(c->message),
		    "not judged: the machine was busy or slower");
	} else
		(void)snprintf(c->message, sizeof(c->message),
		    "was %.4g, is %.4g %s: %.1f %% worse (%.1f to %.1f %%), %s",
		    x->before, x->now, k->unit, x->worse_percent, x->worse.low,
		    x->worse.high, baseline_verdict_name(x->verdict));
}

static size_t
list_cases(const struct baseline_report *p, struct ci_case v[CASES_MAX])
{
	size_t n = 0;

	memset(v, 0, CASES_MAX * sizeof(*v));
	for (size_t k = 0; k < p->modes; k++)
		jobs_case(&p->mode[k], &v[n++]);
	for (size_t i = 0; i < p->changes; i++)
		if (baseline_figures[p->change[i].figure].is & FIGURE_BOUND)
			change_case(p, &p->change[i], &v[n++]);
	return n;
}

void
output_baseline_junit(FILE *f, const struct baseline_report *p, bool color)
{
	struct ci_case v[CASES_MAX];
	struct ci_suite s = {
		.name = "mdbaseline",
		.target = p->options->mock ? p->target : p->url,
		.at_ms = p->at_ms,
		.v = v,
		.len = list_cases(p, v),
	};

	(void)color;
	for (size_t k = 0; k < p->modes; k++)
		for (size_t i = 0; i < p->mode[k].len; i++)
			s.seconds += p->mode[k].runs[i].seconds;
	ci_junit(f, &s);
}

void
output_baseline_annotate(FILE *f, const struct baseline_report *p)
{
	struct ci_case v[CASES_MAX];
	size_t len = list_cases(p, v);

	ci_annotate_cases(f, v, len);
	output_baseline_history_annotate(f, p->history);
}
