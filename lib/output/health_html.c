/*
 * The page of all series and runs.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "output/health.h"
#include "output/health_budget.h"
#include "output/html.h"
#include "output/standby.h"

#define HEAT_SYMBOLS 400 /* rows of the map; the worst */
#define RUNS         60  /* bars of the chart; the newest */

static const char *
html_time(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return "–";
	md_time_format(ms - ms % 1000, out);
	return out;
}

static const char *
span(int64_t ms, char out[32])
{
	md_duration_format(ms, out);
	return out;
}

/* For a cell: "5m", "3h", "12d". */
static const char *
short_span(int64_t ms, char out[32])
{
	if (ms < MD_HOUR)
		(void)snprintf(out, 32, "%lldm", (long long)(ms / MD_MINUTE));
	else if (ms < 2 * MD_DAY)
		(void)snprintf(out, 32, "%lldh", (long long)(ms / MD_HOUR));
	else
		(void)snprintf(out, 32, "%lldd", (long long)(ms / MD_DAY));
	return out;
}

/* -- head -- */

static void
head(const struct html *p, const struct health *h)
{
	static const enum html_verdict verdicts[] = {
		[HEALTH_HEALTHY] = HTML_GOOD,
		[HEALTH_DEGRADED] = HTML_PART,
		[HEALTH_CRITICAL] = HTML_BAD,
	};

	html_begin(p, "Market data", verdicts[h->status],
	    health_status_name(h->status));
	fputs("<p class=\"dim\">As of ", p->f);
	html_moment(p, h->now_ms);
	fprintf(p->f, " By %s, %s clock</p>\n",
	    staleness_basis_name(h->rule.basis),
	    staleness_clock_name(h->rule.clock));
}

/* -- figures -- */

static void
card(FILE *f, const char *what, const char *value)
{
	fprintf(f, "<div class=\"card\"><span class=\"dim\">%s</span><b>",
	    what);
	html_text(f, value);
	fputs("</b></div>\n", f);
}

static void
cards(FILE *f, const struct health *h)
{
	const int64_t *n = h->freshness.counts;
	char text[64], took[32], behind[STANDBY_WORDS];

	fputs("<div class=\"cards\">\n", f);
	(void)snprintf(text, sizeof(text), "%lld of %zu",
	    (long long)n[STALENESS_FRESH], h->freshness.len);
	card(f, "Series fresh", text);
	(void)snprintf(text, sizeof(text), "%lld / %lld",
	    (long long)n[STALENESS_STALE], (long long)n[STALENESS_MISSING]);
	card(f, "Stale / missing", text);
	card(f, "Last run",
	    h->has_last ? execution_status_name(h->last.x.status) : "none");
	card(f, "Last success",
	    h->has_good ? span(h->now_ms - h->good.x.completed_ms, took)
			: "none");
	(void)snprintf(text, sizeof(text), "%.1f%% of %lld",
	    percent_of(h->rate_limited, h->requests), (long long)h->requests);
	card(f, "Requests limited, last day", text);
	(void)snprintf(text, sizeof(text), "%zu", h->failures.len);
	card(f, "Failures, last day", text);
	standby_words(&h->freshness.lag, behind);
	if (behind[0] != '\0')
		card(f, "Standby", behind);
	fputs("</div>\n", f);
}

static void
alerts(FILE *f, const struct health *h)
{
	fputs("<h2>Alerts</h2>\n", f);
	if (h->alerts_len == 0) {
		fputs("<p>✓ None.</p>\n", f);
		return;
	}
	fputs("<ul class=\"alerts\">\n", f);
	for (size_t i = 0; i < h->alerts_len; i++) {
		const struct alert *a = &h->alerts[i];
		enum alert_level level = alert_rule_level(a->rule);

		fprintf(f, "<li class=\"%s\"><strong>%s %s</strong> ",
		    alert_level_name(level),
		    level == ALERT_CRITICAL ? "✗" : "!",
		    alert_level_name(level));
		html_text(f, a->message);
		if (a->series[0] != '\0') {
			fputs("<div>", f);
			html_text(f, a->series);
			fputs("</div>", f);
		}
		if (a->command[0] != '\0') {
			fputs("<div><code>", f);
			html_text(f, a->command);
			fputs("</code></div>", f);
		}
		fputs("</li>\n", f);
	}
	fputs("</ul>\n", f);
}

/* Symbols that may not be traded any more, or may never have been. */
static void
without_bars(FILE *f, const struct health *h)
{
	size_t n = 0;

	for (int k = SUSPICION_RENAMED; k <= SUSPICION_DROPPED; k++)
		n += suspicions_count(&h->suspicions, (enum suspicion_kind)k);
	if (n == 0)
		return;
	fputs("<h2>Without bars</h2>\n<ul>\n", f);
	for (size_t i = 0; i < h->suspicions.len; i++) {
		const struct suspicion *s = &h->suspicions.v[i];

		if (s->kind < SUSPICION_RENAMED)
			continue;
		fputs("<li><strong>", f);
		html_text(f, s->symbol);
		fputs("</strong> ", f);
		html_text(f, s->detail);
		fputs("</li>\n", f);
	}
	fputs("</ul>\n", f);
}

/* -- the map -- */

/* A symbol's series: its marks by timeframe. */
struct heat_row {
	const char *symbol;
	size_t rank; /* of its worst series */
	const struct mark *marks[TF_COUNT];
};

static int
compare_names(const void *a, const void *b)
{
	const struct mark *const *x = a, *const *y = b;
	int order = strcmp((*x)->series->symbol, (*y)->series->symbol);

	if (order != 0)
		return order;
	return *x < *y ? -1 : *x > *y; /* the worse stands before */
}

static int
compare_rank(const void *a, const void *b)
{
	const struct heat_row *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Rows of symbols, the worst first; *len: how many.  Null: no memory. */
static struct heat_row *
heat_rows(const struct freshness *marks, size_t *len)
{
	const struct mark **v = calloc(marks->len, sizeof(*v));
	struct heat_row *rows = calloc(marks->len, sizeof(*rows));

	*len = 0;
	if (v == NULL || rows == NULL) {
		free(v);
		free(rows);
		return NULL;
	}
	for (size_t i = 0; i < marks->len; i++)
		v[i] = &marks->v[i];
	qsort(v, marks->len, sizeof(*v), compare_names);
	for (size_t i = 0; i < marks->len; i++) {
		const struct series_row *s = v[i]->series;

		if (*len == 0 ||
		    strcmp(rows[*len - 1].symbol, s->symbol) != 0) {
			rows[*len].symbol = s->symbol;
			rows[(*len)++].rank = (size_t)(v[i] - marks->v);
		}
		rows[*len - 1].marks[s->facts.timeframe] = v[i];
	}
	free(v);
	qsort(rows, *len, sizeof(*rows), compare_rank);
	return rows;
}

static void
heat_cell(const struct html *p, const struct mark *m)
{
	FILE *f = p->f;
	bool links = p->look != NULL && p->look->links;
	static const char *const signs[STALENESS_COUNT] = { "", "~ ", "! ",
		"✗ " };
	char age[32], full[32];
	bool missing;

	if (m == NULL) {
		fputs("<td></td>", f);
		return;
	}
	missing = m->status == STALENESS_MISSING;
	fprintf(f, "<td class=\"%s\" title=\"%s %s\">",
	    staleness_name(m->status), staleness_name(m->status),
	    missing ? "" : span(m->age_ms, full));
	if (links) {
		fputs("<a href=\"", f);
		html_series_link(f, m->series->symbol,
		    timeframe_name(m->series->facts.timeframe));
		fputs("\">", f);
	}
	fprintf(f, "%s%s%s</td>", signs[m->status],
	    missing ? "none" : short_span(m->age_ms, age), links ? "</a>" : "");
}

static void
heat_table(const struct html *p, const struct heat_row *rows, size_t n,
    const bool used[TF_COUNT])
{
	FILE *f = p->f;

	fputs("<div class=\"scroll\"><table class=\"heat\"><thead><tr>"
	      "<th scope=\"col\">Symbol</th>",
	    f);
	for (int tf = 0; tf < TF_COUNT; tf++)
		if (used[tf])
			fprintf(f, "<th scope=\"col\">%s</th>",
			    timeframe_name((enum timeframe)tf));
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < n; i++) {
		fputs("<tr><th scope=\"row\">", f);
		html_text(f, rows[i].symbol);
		fputs("</th>", f);
		for (int tf = 0; tf < TF_COUNT; tf++)
			if (used[tf])
				heat_cell(p, rows[i].marks[tf]);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

static void
heat_map(const struct html *p, const struct health *h)
{
	FILE *f = p->f;
	bool used[TF_COUNT] = { false };
	size_t n;
	struct heat_row *rows = heat_rows(&h->freshness, &n);

	fputs("<h2>Freshness</h2>\n<p class=\"key\">"
	      "<span class=\"fresh\">fresh</span>"
	      "<span class=\"aging\">~ aging</span>"
	      "<span class=\"stale\">! stale</span>"
	      "<span class=\"missing\">✗ none</span></p>\n",
	    f);
	if (rows == NULL) {
		fputs("<p>Memory ran out.</p>\n", f);
		return;
	}
	for (size_t i = 0; i < h->freshness.len; i++)
		used[h->freshness.v[i].series->facts.timeframe] = true;
	if (n > HEAT_SYMBOLS)
		fprintf(f,
		    "<p class=\"dim\">The worst %d of %zu symbols.</p>\n",
		    HEAT_SYMBOLS, n);
	heat_table(p, rows, n > HEAT_SYMBOLS ? HEAT_SYMBOLS : n, used);
	free(rows);
}

/* -- executions -- */

static const char *
run_class(const struct execution *x)
{
	switch (x->status) {
	case EXECUTION_RUNNING:
		return "open";
	case EXECUTION_COMPLETED:
		return "good";
	case EXECUTION_COMPLETED_WITH_ERRORS:
		return "part";
	case EXECUTION_FAILED:
	case EXECUTION_INTERRUPTED:
		return "bad";
	}
	return "bad";
}

/* Above its bar, so that no colour is needed. */
static const char *
run_sign(const struct execution *x)
{
	switch (x->status) {
	case EXECUTION_RUNNING:
		return "…";
	case EXECUTION_COMPLETED:
		return "";
	case EXECUTION_COMPLETED_WITH_ERRORS:
		return "!";
	case EXECUTION_FAILED:
	case EXECUTION_INTERRUPTED:
		return "✗";
	}
	return "";
}

static int64_t
run_length(const struct health *h, const struct execution *x)
{
	int64_t end = x->completed_ms == 0 ? h->now_ms : x->completed_ms;

	return end > x->started_ms ? end - x->started_ms : 0;
}

static void
run_bar(FILE *f, const struct health *h, const struct execution_row *r,
    double left, double width, int64_t longest)
{
	const struct execution *x = &r->x;
	int64_t length = run_length(h, x);
	double height = 4 + 96 * (double)length / (double)longest;
	char started[MD_TIME_MAX], words[EXECUTION_WORDS];

	execution_words(r, h->now_ms, words);
	fprintf(f,
	    "<g><title>%s: %s, %s</title>"
	    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
	    "text-anchor=\"middle\">%s</text></g>\n",
	    html_time(x->started_ms, started), execution_status_name(x->status),
	    words, run_class(x), left, 118 - height, width, height,
	    left + width / 2, 114 - height, run_sign(x));
}

static void
run_chart(FILE *f, const struct health *h, size_t n)
{
	int64_t longest = 1;
	double step = 700.0 / (double)(n < 10 ? 10 : n);
	char first[MD_TIME_MAX], last[MD_TIME_MAX], took[32];

	for (size_t i = 0; i < n; i++)
		if (run_length(h, &h->executions.v[i].x) > longest)
			longest = run_length(h, &h->executions.v[i].x);
	fprintf(f,
	    "<svg viewBox=\"0 0 720 140\" role=\"img\" aria-label=\"Duration "
	    "of the last %zu runs, the longest %s\">\n"
	    "<line class=\"axis\" x1=\"10\" y1=\"118.5\" x2=\"710\" "
	    "y2=\"118.5\"/>\n",
	    n, span(longest, took));
	for (size_t i = 0; i < n; i++)
		run_bar(f, h, &h->executions.v[n - 1 - i],
		    10 + step * (double)i + step * 0.1, step * 0.8, longest);
	fprintf(f,
	    "<text class=\"date\" x=\"10\" y=\"136\">%s</text>"
	    "<text class=\"date\" x=\"710\" y=\"136\" "
	    "text-anchor=\"end\">%s</text>\n</svg>\n",
	    html_time(h->executions.v[n - 1].x.started_ms, first),
	    html_time(h->executions.v[0].x.started_ms, last));
	fprintf(f,
	    "<p class=\"dim\">Height: how long; the longest took %s. No sign: "
	    "completed; ! with errors; ✗ failed or interrupted; … running."
	    "</p>\n",
	    span(longest, took));
}

/* Why, in a row of its own: sentences are long and phones narrow. */
static void
why_row(FILE *f, int columns, const char *why)
{
	if (why[0] == '\0')
		return;
	fprintf(f, "<tr class=\"why\"><td colspan=\"%d\">", columns);
	html_text(f, why);
	fputs("</td></tr>\n", f);
}

static void
run_rows(const struct html *p, const struct health *h, size_t n)
{
	FILE *f = p->f;
	char took[32], words[EXECUTION_WORDS];
	char symbols[64], success[16];

	fputs("<div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">Started</th><th scope=\"col\">Status</th>"
	      "<th scope=\"col\" class=\"n\">Took</th>"
	      "<th scope=\"col\" class=\"n\">Symbols</th>"
	      "<th scope=\"col\" class=\"n\">Success</th></tr></thead>\n"
	      "<tbody>\n",
	    f);
	for (size_t i = 0; i < n; i++) {
		const struct execution *x = &h->executions.v[i].x;
		bool open = x->status == EXECUTION_RUNNING;

		(void)snprintf(symbols, sizeof(symbols), "%lld / %lld",
		    (long long)x->successful, (long long)x->total);
		(void)snprintf(success, sizeof(success), "%.0f%%",
		    percent_of(x->successful, x->total));
		fputs("<tr><td>", f);
		html_moment(p, x->started_ms);
		fprintf(f,
		    "</td><td>%s %s</td><td class=\"n\">%s</td>"
		    "<td class=\"n\">%s</td><td class=\"n\">%s"
		    "</td></tr>\n",
		    run_sign(x), execution_status_name(x->status),
		    span(run_length(h, x), took), open ? "–" : symbols,
		    open ? "–" : success);
		if (open)
			execution_words(&h->executions.v[i], h->now_ms, words);
		why_row(f, 5, open ? words : x->message);
	}
	fputs("</tbody></table></div>\n", f);
}

static void
runs(const struct html *p, const struct health *h)
{
	FILE *f = p->f;
	size_t n = h->executions.len > RUNS ? RUNS : h->executions.len;

	fputs("<h2>Runs</h2>\n", f);
	if (n == 0) {
		fputs("<p>None is logged.</p>\n", f);
		return;
	}
	run_chart(f, h, n);
	run_rows(p, h, n > 10 ? 10 : n);
}

/* -- objectives -- */

static void
recovery_rows(FILE *f, const struct health *h)
{
	char bound[32], median[32], worst[32], open[32], why[80];

	fputs("<div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">Recovery from</th>"
	      "<th scope=\"col\" class=\"n\">Objective</th>"
	      "<th scope=\"col\" class=\"n\">Seen</th>"
	      "<th scope=\"col\" class=\"n\">Within</th>"
	      "<th scope=\"col\" class=\"n\">Median</th>"
	      "<th scope=\"col\" class=\"n\">Worst</th></tr></thead>\n"
	      "<tbody>\n",
	    f);
	for (int i = 0; i < RTO_COUNT; i++) {
		const struct rto_measured *m = &h->rto[i];
		const struct recovery_summary *r = &m->recoveries;

		fprintf(f,
		    "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">"
		    "%zu</td><td class=\"n\">%zu</td><td class=\"n\">%s</td>"
		    "<td class=\"n\">%s</td></tr>\n",
		    rto_name((enum rto)i),
		    span(h->objectives->rto_ms[i], bound), r->count, r->within,
		    r->count == 0 ? "–" : span(r->median_ms, median),
		    r->count == 0 ? "–" : span(r->worst_ms, worst));
		(void)snprintf(why, sizeof(why), "! not recovered for %s",
		    span(m->open_ms, open));
		why_row(f, 6, m->open_ms > 0 ? why : "");
	}
	fputs("</tbody></table></div>\n", f);
}

static void
tier_rows(FILE *f, const struct health *h)
{
	char bound[32], worst[32], share[16];

	fputs("<div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">Tier</th>"
	      "<th scope=\"col\" class=\"n\">Objective</th>"
	      "<th scope=\"col\" class=\"n\">Series</th>"
	      "<th scope=\"col\" class=\"n\">Within</th>"
	      "<th scope=\"col\" class=\"n\">Missing</th>"
	      "<th scope=\"col\" class=\"n\">Oldest</th>"
	      "<th scope=\"col\">Met</th></tr></thead>\n<tbody>\n",
	    f);
	for (int t = 0; t < TIER_COUNT; t++) {
		const struct tier_facts *v = &h->tiers[t];

		(void)snprintf(share, sizeof(share), "%.1f%%",
		    percent_of(v->within, v->series));
		fprintf(f,
		    "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">"
		    "%lld</td><td class=\"n\">%s</td><td class=\"n\">"
		    "%lld</td><td class=\"n\">%s</td><td>%s</td></tr>\n",
		    tier_name((enum tier)t), span(v->rpo_ms, bound),
		    (long long)v->series, v->series == 0 ? "–" : share,
		    (long long)v->missing,
		    v->series == v->missing ? "–" : span(v->worst_ms, worst),
		    v->series == 0           ? "–"
		    : v->within == v->series ? "✓ met"
					     : "✗ missed");
	}
	fputs("</tbody></table></div>\n", f);
}

static void
failures(const struct html *p, const struct health *h)
{
	FILE *f = p->f;
	size_t n = h->failures.len > 20 ? 20 : h->failures.len;

	if (n == 0)
		return;
	fprintf(f,
	    "<h2>Failures</h2>\n<p class=\"dim\">%zu in the last day%s</p>\n"
	    "<div class=\"scroll\"><table><thead><tr>"
	    "<th scope=\"col\">When</th><th scope=\"col\">Series</th>"
	    "<th scope=\"col\">What</th></tr>"
	    "</thead>\n<tbody>\n",
	    h->failures.len, n < h->failures.len ? "; the newest 20" : "");
	for (size_t i = 0; i < n; i++) {
		const struct failure_row *v = &h->failures.v[i];

		fputs("<tr><td>", f);
		html_moment(p, v->failed_ms);
		fputs("</td><td>", f);
		html_text(f, v->symbol);
		fprintf(f, " %s</td><td>%s</td></tr>\n",
		    timeframe_name(v->timeframe), failure_kind_name(v->kind));
		why_row(f, 3, v->error);
	}
	fputs("</tbody></table></div>\n", f);
}

void
output_health_html(FILE *f, const struct health *h,
    const struct report_view *view)
{
	const struct html p = { f, h->now_ms, view->page };

	head(&p, h);
	cards(f, h);
	alerts(f, h);
	heat_map(&p, h);
	runs(&p, h);
	fputs("<h2>Objectives</h2>\n", f);
	tier_rows(f, h);
	output_health_budget_html(f, h);
	recovery_rows(f, h);
	failures(&p, h);
	without_bars(f, h);
	html_end(&p);
}
