/*
 * For people: the table of a terminal, and the summary of a CI run.
 */
#include <math.h>
#include <string.h>

#include "output/baseline.h"

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static const char *const titles[STAGE_COUNT] = {
	[STAGE_FIRST_BYTE] = "API, to the first byte",
	[STAGE_TRANSFER] = "API, transfer",
	[STAGE_DECODE] = "decoding",
	[STAGE_DATABASE] = "database",
	[STAGE_FEATURES] = "features",
	[STAGE_BACKOFF] = "idle: retries and 429s",
	[STAGE_PACING] = "idle: pace",
	[STAGE_QUEUE] = "idle: for the writer",
	[STAGE_TURN] = "idle: for the fetcher",
};

/* Digits that a figure deserves: three or so. */
static const char *
format_figure(double x, char out[32])
{
	if (!isfinite(x))
		(void)snprintf(out, 32, "-");
	else if (fabs(x) >= 100)
		(void)snprintf(out, 32, "%.0f", x);
	else if (fabs(x) >= 10)
		(void)snprintf(out, 32, "%.1f", x);
	else
		(void)snprintf(out, 32, "%.2f", x);
	return out;
}

static const char *
took(double seconds, char out[32])
{
	(void)snprintf(out, 32, seconds < 10 ? "%.3f s" : "%.1f s", seconds);
	return out;
}

/* A stage's share of all of them, in percent. */
static double
share(int64_t us, int64_t whole)
{
	return whole > 0 ? 100 * (double)us / (double)whole : 0;
}

static void
target_words(const struct baseline_report *p, char out[256])
{
	const struct baseline_options *o = p->options;

	if (o->mock)
		(void)snprintf(out, 256,
		    "mock (synthetic bars, latency %lld ms, rate %s)",
		    (long long)o->mock_latency_ms,
		    o->mock_rate[0] != '\0' ? o->mock_rate : "unlimited");
	else
		(void)snprintf(out, 256, "api %.200s", p->url);
}

/* Of the run whose duration is the median: what it did, in two sentences. */
static void
summary_words(const struct baseline_mode_result *m, char out[512])
{
	const struct execution *x = &m->run->execution;
	char a[32], b[32], c[32];
	size_t n;

	n = (size_t)snprintf(out, 512,
	    "%zu of %zu jobs, %lld records in %s (%s/s), %lld requests, %lld "
	    "limited",
	    m->completed, m->run->jobs_len, (long long)x->bars.received,
	    took(m->run->seconds, a),
	    format_figure((double)x->bars.received / m->run->seconds, b),
	    (long long)x->requests, (long long)x->rate_limited);
	if (m->slowest != NULL && m->slowest_timeframe >= 0)
		n += (size_t)snprintf(out + n, 512 - n,
		    "; slowest job %s %s %s, slowest timeframe %s, %s on "
		    "average",
		    m->slowest->record->symbol,
		    timeframe_name(m->slowest->record->timeframe),
		    took(m->slowest->seconds, a),
		    timeframe_name((enum timeframe)m->slowest_timeframe),
		    took(m->slowest_timeframe_seconds, c));
	if (m->jobs_at_once == 0 && n < 512)
		(void)snprintf(out + n, 512 - n,
		    "; %u jobs at once at most, %.1f on average: %s",
		    m->run->concurrency.most,
		    concurrency_mean(&m->run->concurrency),
		    concurrency_reason_words(m->run->concurrency.reason));
}

/* -- table -- */

static void
table_stages(FILE *f, const struct baseline_mode_result *m)
{
	int64_t busy = stage_times_busy(&m->busy);
	int64_t wall = 0, none = 0;
	char a[32], b[32];

	for (size_t i = 0; i < m->run->jobs_len; i++) {
		none += m->jobs[i].unaccounted;
		wall += m->jobs[i].unaccounted;
	}
	wall += stage_times_total(&m->wall);
	fprintf(f, "  %-24s %12s %7s %14s %7s\n", "", "BUSY", "SHARE",
	    "WALL OF JOBS", "SHARE");
	for (int s = 0; s < STAGE_COUNT; s++) {
		if (s < STAGE_BUSY)
			fprintf(f, "  %-24s %12s %5.1f %%", titles[s],
			    took((double)m->busy.us[s] / 1e6, a),
			    share(m->busy.us[s], busy));
		else
			fprintf(f, "  %-24s %12s %7s", titles[s], "", "");
		fprintf(f, " %14s %5.1f %%\n",
		    took((double)m->wall.us[s] / 1e6, b),
		    share(m->wall.us[s], wall));
	}
	fprintf(f, "  %-24s %12s %7s %14s %5.1f %%\n", "not accounted for", "",
	    "", took((double)none / 1e6, a), share(none, wall));
}

static void
table_figures(FILE *f, const struct baseline_mode_result *m)
{
	char a[32], b[32], c[32];
	double confidence = 0;

	if (m->len < 2)
		return;
	(void)samples_interval(&m->figure[0], &confidence);
	fprintf(f, "  medians of %zu runs, between (%.0f %%)\n", m->len,
	    100 * confidence);
	for (int i = 0; i < FIGURE_COUNT; i++) {
		const struct baseline_figure_kind *k = &baseline_figures[i];
		struct interval in =
		    samples_interval(&m->figure[i], &confidence);

		fprintf(f, "  %-24s %12s %-10s  %s to %s\n", k->title,
		    format_figure(samples_median(&m->figure[i]), a), k->unit,
		    format_figure(in.low, b), format_figure(in.high, c));
	}
}

/* What was not judged has none. */
static const char *
worse(const struct baseline_change *c, char out[32])
{
	if (isnan(c->worse_percent))
		(void)snprintf(out, 32, "-");
	else
		(void)snprintf(out, 32, "%.1f %%", c->worse_percent);
	return out;
}

static void
table_changes(FILE *f, const struct baseline_report *p, bool color)
{
	char a[32], b[32], w[32];

	if (p->compared == NULL)
		return;
	fprintf(f, "\n%s%s%s, compared with %s, at most %g %% worse allowed\n",
	    !color             ? ""
	    : baseline_good(p) ? GREEN
			       : RED,
	    baseline_good(p) ? "PASSED" : "REGRESSED", color ? PLAIN : "",
	    p->compared, p->max_regress);
	fprintf(f, "  %-10s  %-12s %12s %12s %10s  %s\n", "MODE", "FIGURE",
	    "BEFORE", "NOW", "WORSE BY", "");
	for (size_t i = 0; i < p->changes; i++) {
		const struct baseline_change *c = &p->change[i];
		const struct baseline_figure_kind *k =
		    &baseline_figures[c->figure];

		fprintf(f, "  %-10s  %-12s %12s %12s %10s  %s%s%s%s\n",
		    baseline_mode_name(c->mode), k->title,
		    format_figure(c->before, a), format_figure(c->now, b),
		    worse(c, w), c->regressed && color ? RED : "",
		    baseline_verdict_name(c->verdict),
		    c->regressed ? ", past the bound" : "",
		    c->regressed && color ? PLAIN : "");
	}
}

void
output_baseline_table(FILE *f, const struct baseline_report *p, bool color)
{
	char text[512], jobs[CONCURRENCY_WORD];
	char target[256];

	target_words(p, target);
	baseline_work(p->options, text);
	fprintf(f, "target: %s\nwork: %s\n", target, text);
	for (size_t k = 0; k < p->modes; k++) {
		const struct baseline_mode_result *m = &p->mode[k];

		summary_words(m, text);
		fprintf(f, "\n%s, -j %s: %s\n", baseline_mode_name(m->mode),
		    concurrency_word(m->jobs_at_once, jobs), text);
		table_stages(f, m);
		table_figures(f, m);
		fprintf(f, "  bottleneck: %s\n",
		    bottleneck_name(bottleneck_of(&m->figures)));
		for (size_t i = 0; i < m->recommendations.len; i++)
			fprintf(f, "  - %s\n", m->recommendations.v[i]);
	}
	if (isfinite(baseline_improvement(p)))
		fprintf(f, "\nparallel against sequential: %.1f %% faster\n",
		    baseline_improvement(p));
	fprintf(f, "\npeak memory %.1f MiB; %s, %ld cores, %s\n",
	    (double)p->peak_bytes / 1048576,
	    p->machine.cpu[0] != '\0' ? p->machine.cpu : "unknown processor",
	    p->machine.cores, p->machine.system);
	table_changes(f, p, color);
	output_baseline_history_table(f, p->history);
}

/* -- markdown -- */

static void
markdown_mode(FILE *f, const struct baseline_mode_result *m)
{
	int64_t busy = stage_times_busy(&m->busy);
	char text[512], a[32], jobs[CONCURRENCY_WORD];

	summary_words(m, text);
	fprintf(f,
	    "\n### %s, `-j %s`\n\n%s.\n\nBottleneck: **%s**\n\n"
	    "| stage | busy | share |\n| --- | ---: | ---: |\n",
	    baseline_mode_name(m->mode),
	    concurrency_word(m->jobs_at_once, jobs), text,
	    bottleneck_name(bottleneck_of(&m->figures)));
	for (int s = 0; s < STAGE_BUSY; s++)
		fprintf(f, "| %s | %s | %.1f %% |\n", titles[s],
		    took((double)m->busy.us[s] / 1e6, a),
		    share(m->busy.us[s], busy));
	fputc('\n', f);
	for (size_t i = 0; i < m->recommendations.len; i++)
		fprintf(f, "- %s\n", m->recommendations.v[i]);
}

static void
markdown_changes(FILE *f, const struct baseline_report *p)
{
	char a[32], b[32], w[32];

	if (p->compared == NULL)
		return;
	fprintf(f,
	    "\n### %s\n\nCompared with `%s`; at most %g %% worse is "
	    "allowed.\n\n| mode | figure | before | now | worse by | |\n"
	    "| --- | --- | ---: | ---: | ---: | --- |\n",
	    baseline_good(p) ? "No regression" : "Regression", p->compared,
	    p->max_regress);
	for (size_t i = 0; i < p->changes; i++) {
		const struct baseline_change *c = &p->change[i];
		const struct baseline_figure_kind *k =
		    &baseline_figures[c->figure];

		fprintf(f, "| %s | %s | %s %s | %s %s | %s | %s%s |\n",
		    baseline_mode_name(c->mode), k->title,
		    format_figure(c->before, a), k->unit,
		    format_figure(c->now, b), k->unit, worse(c, w),
		    baseline_verdict_name(c->verdict),
		    c->regressed ? ", **past the bound**" : "");
	}
}

void
output_baseline_markdown(FILE *f, const struct baseline_report *p, bool color)
{
	char text[256];

	(void)color;
	target_words(p, text);
	fprintf(f, "## Backfill baseline\n\nTarget: %s\n", text);
	baseline_work(p->options, text);
	fprintf(f, "\nWork: %s\n", text);
	for (size_t k = 0; k < p->modes; k++)
		markdown_mode(f, &p->mode[k]);
	if (isfinite(baseline_improvement(p)))
		fprintf(f,
		    "\nParallel against sequential: **%.1f %%** "
		    "faster\n",
		    baseline_improvement(p));
	markdown_changes(f, p);
	output_baseline_history_markdown(f, p->history);
	fprintf(f, "\nPeak memory %.1f MiB; %s, %ld cores\n",
	    (double)p->peak_bytes / 1048576,
	    p->machine.cpu[0] != '\0' ? p->machine.cpu : "unknown processor",
	    p->machine.cores);
}
