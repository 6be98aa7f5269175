/*
 * A load test's report for CI: what trackers of benchmarks and readers of
 * JUnit's XML take, and the annotations of a run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/ci.h"
#include "output/load.h"

/* What is tracked of a scenario, or of one of its values. */
static const enum load_metric tracked[] = { METRIC_AVG, METRIC_P50, METRIC_P90,
	METRIC_P95, METRIC_P99, METRIC_P999, METRIC_MAX, METRIC_RPS,
	METRIC_SUCCESS };

#define TRACKED (sizeof(tracked) / sizeof(tracked[0]))

/* Nanoseconds, or six digits of anything else. */
static double
digits(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
}

#define NAME_SIZE 480

/*
 * "mdload limits 500": the same from run to run.  What is not of one line of a
 * chart has another name: the store, a private server, another path.
 */
static void
figures_name(const struct load_report *p, const struct load_result *r,
    const char *value, char out[NAME_SIZE])
{
	static const char *const places[] = {
		[PLACE_URL] = "",
		[PLACE_STAND_IN] = " stand-in",
		[PLACE_STORE] = " store",
	};

	if (r->scenario == SCENARIO_PATH)
		value = p->options->path;
	(void)snprintf(out, NAME_SIZE, "mdload%s %s%s%s",
	    places[p->place->kind], load_scenario_name(r->scenario),
	    value == NULL ? "" : " ", value == NULL ? "" : value);
}

/* -- github-action-benchmark -- */

static void
github_figures(struct json_writer *w, const struct load_figures *f,
    double seconds, const char *name, bool bigger)
{
	char text[NAME_SIZE + 16], extra[96];

	for (size_t i = 0; i < TRACKED; i++) {
		enum load_metric m = tracked[i];
		double x = digits(load_figure(f, seconds, m));
		const char *unit = load_metric_is_time(m) ? "ms"
				   : m == METRIC_RPS      ? "requests/s"
							  : "%";

		if (bigger ? load_metric_is_time(m) : m == METRIC_RPS)
			continue;
		(void)snprintf(text, sizeof(text), "%s %s", name,
		    m == METRIC_SUCCESS && !bigger ? "failed"
						   : load_metric_name(m));
		(void)snprintf(extra, sizeof(extra), "%llu requests%s",
		    (unsigned long long)f->total,
		    load_is_maximum(f, m) ? "; of so few this is the maximum"
					  : "");
		ci_github_figure(w, text, unit,
		    m == METRIC_SUCCESS && !bigger ? digits(100 - x) : x, NULL,
		    extra);
	}
}

static void
github(FILE *f, const struct load_report *p, bool bigger)
{
	struct json_writer w;
	char name[NAME_SIZE];

	json_start(&w, f);
	json_array_begin(&w, NULL);
	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];

		figures_name(p, r, NULL, name);
		github_figures(&w, &r->all, r->effort.seconds, name, bigger);
		for (size_t k = 0;
		     k < r->values && load_value_kind(r->scenario) != NULL;
		     k++) {
			figures_name(p, r, load_value_name(r->scenario, k),
			    name);
			github_figures(&w, &r->value[k], r->effort.seconds,
			    name, bigger);
		}
	}
	json_array_end(&w);
	json_finish(&w);
}

void
output_load_github(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	(void)how;
	github(f, p, false);
}

void
output_load_github_bigger(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	(void)how;
	github(f, p, true);
}

/* -- Bencher -- */

/* The two measures that each project has, in their units, then ours. */
static void
bencher_figures(struct json_writer *w, const struct load_figures *f,
    double seconds, const char *name)
{
	const double none = (double)NAN;
	char measure[32];

	json_object_begin(w, name);
	ci_bencher_measure(w, "latency",
	    round(1e6 * load_figure(f, seconds, METRIC_AVG)),
	    round(1e6 * load_figure(f, seconds, METRIC_MIN)),
	    round(1e6 * load_figure(f, seconds, METRIC_MAX)));
	ci_bencher_measure(w, "throughput",
	    digits(load_figure(f, seconds, METRIC_RPS)), none, none);
	ci_bencher_measure(w, "success_percent",
	    digits(load_figure(f, seconds, METRIC_SUCCESS)), none, none);
	for (size_t i = 1; i < TRACKED; i++) {
		if (!load_metric_is_time(tracked[i]) ||
		    load_is_maximum(f, tracked[i]))
			continue;
		(void)snprintf(measure, sizeof(measure), "%s_ms",
		    load_metric_name(tracked[i]));
		ci_bencher_measure(w, measure,
		    digits(load_figure(f, seconds, tracked[i])), none, none);
	}
	json_object_end(w);
}

void
output_load_bencher(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	struct json_writer w;
	char name[NAME_SIZE];

	(void)how;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];

		figures_name(p, r, NULL, name);
		bencher_figures(&w, &r->all, r->effort.seconds, name);
		for (size_t k = 0;
		     k < r->values && load_value_kind(r->scenario) != NULL;
		     k++) {
			figures_name(p, r, load_value_name(r->scenario, k),
			    name);
			bencher_figures(&w, &r->value[k], r->effort.seconds,
			    name);
		}
	}
	json_object_end(&w);
	json_finish(&w);
}

/* -- verdicts, as cases -- */

static const struct load_result *
result_of(const struct load_report *p, enum load_scenario s)
{
	for (size_t i = 0; i < p->results; i++)
		if (p->result[i].scenario == s)
			return &p->result[i];
	return NULL;
}

static void
verdict_case(const struct load_report *p, const struct load_verdict *v,
    struct ci_case *c)
{
	const struct load_result *r = result_of(p, v->scenario);
	char wanted[64], now[48];

	threshold_format(&v->threshold, wanted);
	load_metric_format(v->threshold.metric, v->measured, now);
	(void)snprintf(c->group, sizeof(c->group), "mdload.%s",
	    load_scenario_name(v->scenario));
	(void)snprintf(c->name, sizeof(c->name), "%s", wanted);
	(void)snprintf(c->message, sizeof(c->message), "measured %s%s", now,
	    r != NULL && load_is_maximum(&r->all, v->threshold.metric)
		? ", of so few requests the maximum"
		: "");
	c->state = v->met ? CI_PASSED : CI_FAILED;
}

static void
change_case(const struct load_report *p, const struct load_change *x,
    struct ci_case *c)
{
	char was[48], now[48];

	load_metric_format(x->metric, x->before, was);
	load_metric_format(x->metric, x->now, now);
	(void)snprintf(c->group, sizeof(c->group), "mdload.%s",
	    load_scenario_name(x->scenario));
	(void)snprintf(c->name, sizeof(c->name),
	    "%s at most %g %% worse than before", load_metric_name(x->metric),
	    p->max_regress);
	(void)snprintf(c->message, sizeof(c->message),
	    "was %s, is %s: %.1f %% worse", was, now, x->worse_percent);
	c->state = x->regressed ? CI_FAILED : CI_PASSED;
}

/* Null: memory ran out.  The caller frees it. */
static struct ci_case *
list_cases(const struct load_report *p, size_t *len)
{
	struct ci_case *v = calloc(p->verdicts + p->changes + 1, sizeof(*v));

	*len = 0;
	for (size_t i = 0; i < p->verdicts && v != NULL; i++)
		verdict_case(p, &p->verdict[i], &v[(*len)++]);
	for (size_t i = 0; i < p->changes && v != NULL; i++)
		change_case(p, &p->change[i], &v[(*len)++]);
	return v;
}

void
output_load_junit(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	struct ci_suite s = {
		.name = "mdload",
		.target = load_place_name(p->place),
		.at_ms = p->at_ms,
	};
	struct ci_case *v = list_cases(p, &s.len);

	(void)how;
	for (size_t i = 0; i < p->results; i++)
		s.seconds += p->result[i].effort.seconds;
	s.v = v;
	if (v == NULL)
		fputs("memory ran out\n", f); /* no XML: nobody takes it */
	else
		ci_junit(f, &s);
	free(v);
}

void
output_load_annotate(FILE *f, const struct load_report *p)
{
	size_t len;
	struct ci_case *v = list_cases(p, &len);

	if (v != NULL)
		ci_annotate_cases(f, v, len);
	free(v);
}
