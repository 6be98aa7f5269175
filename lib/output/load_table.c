/*
 * A load test's report for people: a verdict, a row a scenario, what failed
 * and what was missed, and on a terminal how the latencies are spread.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/fold.h"
#include "output/load.h"

#define PLOT_WIDTH 50
#define PLOT_ROWS  24
#define PLOT_WORDS 34 /* what stands beside the plot, at most */

static const char *
paint(const struct output_load_options *how, const char *color)
{
	return how->view.color ? color : "";
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

enum { COLUMN_SCENARIO, COLUMN_REQUESTS, COLUMN_FAILED, COLUMN_METRICS };

#define COLUMN_RECEIVED (COLUMN_METRICS + METRICS)
#define METRICS         (sizeof(metrics) / sizeof(metrics[0]))

static const enum load_metric metrics[] = { METRIC_RPS, METRIC_AVG, METRIC_P50,
	METRIC_P90, METRIC_P95, METRIC_P99, METRIC_P999, METRIC_MAX,
	METRIC_MIN };

static const struct table_column columns[] = {
	{ "scenario", "SCENARIO", .width = -14 },
	{ "requests", "REQUESTS", .width = 9, .leaves = 8 },
	{ "failed", "FAILED", .width = 6 },
	{ "per_second", "PER SEC", .width = 8, .leaves = 9 },
	{ "avg", "AVG ms", .width = 7, .leaves = 5 },
	{ "p50", "p50", .width = 7, .leaves = 6 },
	{ "p90", "p90", .width = 7, .leaves = 3 },
	{ "p95", "p95", .width = 7 },
	{ "p99", "p99", .width = 7 },
	{ "p99.9", "p99.9", .width = 7, .leaves = 4 },
	{ "max", "max", .width = 7, .leaves = 7 },
	{ "min", "min", .width = 7, .leaves = 2 },
	{ "received", "RECEIVED", .width = 9, .leaves = 1 },
};

const struct table_kind output_load_columns = TABLE_KIND(columns);

/* A scenario, or one of the values that it took. */
struct load_row {
	char name[32];
	const struct load_figures *figures;
	double seconds;
};

static void
fill_row(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct load_row *r = (const struct load_row *)rows + row;
	const struct load_figures *g = r->figures;
	char text[32];

	if (column == COLUMN_SCENARIO)
		table_text(out, r->name);
	else if (column == COLUMN_REQUESTS)
		table_int(out, (int64_t)g->total);
	else if (column == COLUMN_FAILED)
		table_int(out, (int64_t)(g->total - g->good));
	else if (column == COLUMN_RECEIVED) {
		bytes(text, (double)g->bytes);
		table_text(out, text);
	} else {
		enum load_metric m = metrics[column - COLUMN_METRICS];

		format_ms(text, load_figure(g, r->seconds, m));
		if (load_is_maximum(g, m))
			(void)strncat(text, "*",
			    sizeof(text) - strlen(text) - 1);
		table_text(out, text);
	}
}

static size_t
list_rows(const struct load_report *p, struct load_row *v)
{
	size_t n = 0;

	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];
		const char *kind = load_value_kind(r->scenario);

		v[n] = (struct load_row){ "", &r->all, r->effort.seconds };
		(void)snprintf(v[n++].name, sizeof(v->name), "%s",
		    load_scenario_name(r->scenario));
		for (size_t k = 0; k < r->values && kind != NULL; k++) {
			v[n] = (struct load_row){ "", &r->value[k],
				r->effort.seconds };
			(void)snprintf(v[n++].name, sizeof(v->name), "  %s %s",
			    strcmp(kind, "timeframe") == 0 ? "tf" : kind,
			    load_value_name(r->scenario, k));
		}
	}
	return n;
}

static void
rows(FILE *f, const struct load_report *p, const struct report_view *view)
{
	size_t most = 0;
	struct load_row *v;

	for (size_t i = 0; i < p->results; i++)
		most += 1 + p->result[i].values;
	v = calloc(most + 1, sizeof(*v));
	if (v == NULL) {
		fputs("memory ran out\n", f);
		return;
	}
	table_write(f, &output_load_columns, v, list_rows(p, v), fill_row,
	    view);
	free(v);
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

/* On a narrow terminal the plot is narrow. */
static int
plot_width(const struct report_view *view)
{
	int room = (int)view->terminal - PLOT_WORDS;

	if (view->terminal == 0 || room > PLOT_WIDTH)
		return PLOT_WIDTH;
	return room < 1 ? 1 : room;
}

static void
plot(FILE *f, const struct load_result *r, const struct report_view *view)
{
	static const char hashes[PLOT_WIDTH + 1] =
	    "##################################################";
	const struct histogram *h = &r->all.latency;
	double from = first_step(h);
	int room = plot_width(view);

	if (h->total == 0)
		return;
	fprintf(f, "\n%s, how many took up to so many ms\n",
	    load_scenario_name(r->scenario));
	for (int i = 0; i < PLOT_ROWS && from < (double)h->max; i++) {
		double to = next_step(from);
		uint64_t n = histogram_between(h, (uint64_t)from, (uint64_t)to);
		double share = (double)n / (double)h->total;
		int width = (int)ceil(share * room);

		fprintf(f, "%9g |%-*.*s| %5.1f %%  %llu\n", to / 1e6, room,
		    width, hashes, 100 * share, (unsigned long long)n);
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
	if (o->stages.len > 0)
		fprintf(f, ", %s loop, stages %s of %s, at most %u %s\n",
		    o->stages.rate ? "open" : "closed", o->stages.text,
		    o->stages.rate ? "requests/s" : "users", o->connections,
		    o->stages.rate ? "connections" : "at a time");
	else if (o->rate > 0)
		fprintf(f, ", open loop, %g requests/s over at most %u %s\n",
		    o->rate, o->connections,
		    p->place->kind == PLACE_STORE ? "readers" : "connections");
	else
		fprintf(f, ", closed loop, %u at a time\n", o->connections);
}

/* What the figures do not say of themselves. */
static void
remarks(FILE *f, const struct load_report *p)
{
	bool marked = false;

	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];

		marked = marked || load_is_maximum(&r->all, METRIC_P999);
		for (size_t k = 0; k < r->values; k++)
			marked = marked ||
				 load_is_maximum(&r->value[k], METRIC_P999);
	}
	if (marked)
		fputs("* the maximum: there were too few answers for this "
		      "percentile\n",
		    f);
	if (p->aborted[0] != '\0')
		fprintf(f, "aborted: %s\n", p->aborted);
	for (size_t i = 0; i < p->sames; i++)
		fprintf(f, "same: %s\n", p->same[i]);
}

/* Where some were sent late: what is known of the others. */
static void
in_time(FILE *f, const struct load_report *p)
{
	char p50[32], p95[32], p99[32], max[32];

	for (size_t i = 0; i < p->results && p->options->rate > 0; i++) {
		const struct load_result *r = &p->result[i];
		struct load_figures g = load_prompt(&r->all);

		if (g.total == r->all.total)
			continue;
		format_ms(p50, load_figure(&g, 1, METRIC_P50));
		format_ms(p95, load_figure(&g, 1, METRIC_P95));
		format_ms(p99, load_figure(&g, 1, METRIC_P99));
		format_ms(max, load_figure(&g, 1, METRIC_MAX));
		fprintf(f,
		    "in time: %s: %.1f %% were sent within %g ms of when they "
		    "were due; of these p50 %s, p95 %s, p99 %s, max %s ms\n",
		    load_scenario_name(r->scenario),
		    100 * (double)g.total / (double)r->all.total,
		    (double)LOAD_PROMPT_NS / 1e6, p50, p95, p99, max);
	}
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
output_load_table(FILE *to, const struct load_report *p,
    const struct output_load_options *how)
{
	struct fold fold;
	FILE *f = fold_open(&fold, to, how->view.terminal);

	heading(f, p, how);
	rows(f, p, &how->view);
	remarks(f, p);
	errors(f, p);
	own_limits(f, p);
	in_time(f, p);
	missed(f, p, how);
	for (size_t i = 0; i < p->results && how->plot; i++)
		plot(f, &p->result[i], &how->view);
	fold_close(&fold);
}
