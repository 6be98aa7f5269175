/*
 * A load test's report for people: a verdict, a row a scenario, what failed
 * and what was missed, and on a terminal how the latencies are spread.
 */
#include <math.h>
#include <string.h>

#include "output/load.h"

#define PLOT_WIDTH 50
#define PLOT_ROWS  24

static const enum load_metric columns[] = { METRIC_AVG, METRIC_P50, METRIC_P90,
	METRIC_P95, METRIC_P99, METRIC_P999, METRIC_MAX, METRIC_MIN };

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char *
paint(const struct output_load_options *how, const char *color)
{
	return how->color ? color : "";
}

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* "0.123", "12.3", "1234" */
static void
format_ms(char out[32], double x)
{
	if (isnan(x))
		(void)snprintf(out, 32, "-");
	else if (x < 10)
		(void)snprintf(out, 32, "%.3f", x);
	else
		(void)snprintf(out, 32, "%.*f",
		    x < 100    ? 2
		    : x < 1000 ? 1
			       : 0,
		    x);
}

static void
bytes(char out[32], double x)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	size_t i = 0;

	for (; x >= 1000 && i < 4; i++)
		x /= 1000;
	(void)snprintf(out, 32, i == 0 ? "%.0f %s" : "%.1f %s", x, units[i]);
}

static void
row(FILE *f, const char *name, const struct load_figures *g, double seconds)
{
	char text[32];

	fprintf(f, "%-14s  %9llu  %6llu", name, (unsigned long long)g->total,
	    (unsigned long long)(g->total - g->good));
	format_ms(text, load_figure(g, seconds, METRIC_RPS));
	fprintf(f, "  %8s", text);
	for (size_t i = 0; i < COLUMNS; i++) {
		format_ms(text, load_figure(g, seconds, columns[i]));
		fprintf(f, "  %7s", text);
	}
	bytes(text, (double)g->bytes);
	fprintf(f, "  %9s\n", text);
}

static void
rows(FILE *f, const struct load_report *p)
{
	fprintf(f, "%-14s  %9s  %6s  %8s", "SCENARIO", "REQUESTS", "FAILED",
	    "PER SEC");
	fputs("   AVG ms      p50      p90      p95      p99    p99.9"
	      "      max      min   RECEIVED\n",
	    f);
	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];
		const char *kind = load_value_kind(r->scenario);
		char name[32];

		row(f, load_scenario_name(r->scenario), &r->all,
		    r->effort.seconds);
		for (size_t k = 0; k < r->values && kind != NULL; k++) {
			(void)snprintf(name, sizeof(name), "  %s %s",
			    strcmp(kind, "timeframe") == 0 ? "tf" : kind,
			    load_value_name(r->scenario, k));
			row(f, name, &r->value[k], r->effort.seconds);
		}
	}
}

static void
errors(FILE *f, const struct load_report *p)
{
	char kind[32];

	for (size_t i = 0; i < p->results; i++)
		for (size_t k = 0; k < p->result[i].errors_len; k++) {
			const struct load_error *x = &p->result[i].errors[k];

			load_error_kind(x, kind);
			fprintf(f, "failed: %s: %llu x %s: %s\n",
			    load_scenario_name(p->result[i].scenario),
			    (unsigned long long)x->count, kind, x->example);
		}
}

static void
missed(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	char wanted[64], was[48], now[48];

	for (size_t i = 0; i < p->verdicts; i++) {
		const struct load_verdict *v = &p->verdict[i];

		if (v->met)
			continue;
		threshold_format(&v->threshold, wanted);
		load_metric_format(v->threshold.metric, v->measured, now);
		fprintf(f, "%smissed%s: %s: wanted %s, measured %s\n",
		    paint(how, RED), paint(how, PLAIN),
		    load_scenario_name(v->scenario), wanted, now);
	}
	for (size_t i = 0; i < p->changes; i++) {
		const struct load_change *c = &p->change[i];

		if (!c->regressed)
			continue;
		load_metric_format(c->metric, c->before, was);
		load_metric_format(c->metric, c->now, now);
		fprintf(f,
		    "%sregressed%s: %s: %s was %s, is %s: worse by %.1f %%, "
		    "allowed are %g %%\n",
		    paint(how, RED), paint(how, PLAIN),
		    load_scenario_name(c->scenario),
		    load_metric_name(c->metric), was, now, c->worse_percent,
		    p->max_regress);
	}
}

/* -- the plot -- */

/* The next of 1, 2, 5, 10, 20 … above x. */
static double
next_step(double x)
{
	double power = pow(10, floor(log10(x) + 1e-9));
	double digit = round(x / power);

	if (digit < 2)
		return 2 * power;
	return digit < 5 ? 5 * power : 10 * power;
}

static double
first_step(const struct histogram *h)
{
	double x = pow(10, floor(log10(h->min > 0 ? (double)h->min : 1)));

	while (next_step(x) < (double)h->min)
		x = next_step(x);
	return x;
}

static void
plot(FILE *f, const struct load_result *r)
{
	static const char hashes[PLOT_WIDTH + 1] =
	    "##################################################";
	const struct histogram *h = &r->all.latency;
	double from = first_step(h);

	if (h->total == 0)
		return;
	fprintf(f, "\n%s, how many took up to so many ms\n",
	    load_scenario_name(r->scenario));
	for (int i = 0; i < PLOT_ROWS && from < (double)h->max; i++) {
		double to = next_step(from);
		uint64_t n = histogram_between(h, (uint64_t)from, (uint64_t)to);
		double share = (double)n / (double)h->total;
		int width = (int)ceil(share * PLOT_WIDTH);

		fprintf(f, "%9g |%-*.*s| %5.1f %%  %llu\n", to / 1e6,
		    PLOT_WIDTH, width, hashes, 100 * share,
		    (unsigned long long)n);
		from = to;
	}
}

/* -- all of it -- */

static void
heading(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	const struct load_options *o = p->options;
	bool good = load_within_bounds(p);
	size_t misses = 0;

	for (size_t i = 0; i < p->verdicts; i++)
		misses += p->verdict[i].met ? 0 : 1;
	for (size_t i = 0; i < p->changes; i++)
		misses += p->change[i].regressed ? 1 : 0;
	fprintf(f, "%s%s%s: ", paint(how, good ? GREEN : RED),
	    good ? "PASSED" : "FAILED", paint(how, PLAIN));
	if (!good)
		fprintf(f, "%zu missed, ", misses);
	fprintf(f, "%s", load_place_name(p->place));
	if (p->place->kind == PLACE_STAND_IN)
		fprintf(f, " (%s)", p->place->target.url);
	if (p->place->kind == PLACE_STORE)
		fprintf(f, " %s", p->place->db);
	if (o->rate > 0)
		fprintf(f, ", open loop, %g requests/s over at most %u %s\n",
		    o->rate, o->connections,
		    p->place->kind == PLACE_STORE ? "readers" : "connections");
	else
		fprintf(f, ", closed loop, %u at a time\n", o->connections);
}

static void
own_limits(FILE *f, const struct load_report *p)
{
	char text[256];

	for (size_t i = 0; i < p->results; i++) {
		load_generator_limit(p, &p->result[i], text);
		if (text[0] != '\0')
			fprintf(f, "limit: %s\n", text);
	}
}

void
output_load_table(FILE *f, const struct load_report *p,
    const struct output_load_options *how)
{
	heading(f, p, how);
	rows(f, p);
	errors(f, p);
	own_limits(f, p);
	missed(f, p, how);
	for (size_t i = 0; i < p->results && how->plot; i++)
		plot(f, &p->result[i]);
}
