#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "output/fold.h"
#include "output/health.h"
#include "output/health_budget.h"
#include "output/standby.h"

/* So many symbols without bars are listed. */
#define MOST_SUSPECTED 20
/* … and so many of the newest failures. */
#define MOST_FAILURES 10

/* -- the summary -- */

static void
alerts(FILE *f, const struct health *h, bool color)
{
	for (size_t i = 0; i < h->alerts_len; i++) {
		const struct alert *a = &h->alerts[i];
		enum alert_level level = alert_rule_level(a->rule);

		fprintf(f, "%s%-8s%s  %-12s  %s\n",
		    !color                    ? ""
		    : level == ALERT_CRITICAL ? "\033[31m"
					      : "\033[33m",
		    alert_level_name(level), color ? "\033[0m" : "",
		    alert_rule_name(a->rule), a->message);
		if (a->series[0] != '\0')
			fprintf(f, "%24s%s\n", "", a->series);
		if (a->command[0] != '\0')
			fprintf(f, "  $ %s\n", a->command);
	}
}

static const struct table_column tier_columns[] = {
	{ "tier", "TIER", .width = -8 },
	{ "rpo", "RPO", .width = 12 },
	{ "every", "RUN EVERY", .width = 12, .leaves = 1 },
	{ "series", "SERIES", .width = 7, .leaves = 4 },
	{ "within", "WITHIN", .width = 7 },
	{ "share", "SHARE", .width = 7, .leaves = 2 },
	{ "missing", "MISSING", .width = 7, .leaves = 3 },
	{ "worst", "WORST", .width = 12 },
};

static const struct table_kind tier_table = TABLE_KIND(tier_columns);

static void
fill_tier(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct health *h = rows;
	const struct tier_facts *v = &h->tiers[row];
	bool any = v->series > v->missing;

	switch (column) {
	case 0:
		table_text(out, tier_name((enum tier)row));
		break;
	case 1:
		table_span(out, (double)v->rpo_ms / 1000);
		break;
	case 2:
		table_span(out,
		    (double)h->objectives->rpo[row].every_ms / 1000);
		break;
	case 3:
		table_int(out, v->series);
		break;
	case 4:
		table_int(out, v->within);
		break;
	case 5:
		table_percent(out, v->series == 0
				       ? (double)NAN
				       : percent_of(v->within, v->series));
		break;
	case 6:
		table_int(out, v->missing);
		break;
	default:
		table_span(out, any ? (double)v->worst_ms / 1000 : (double)NAN);
		break;
	}
}

static void
tier_rows(FILE *f, const struct health *h, const struct report_view *view)
{
	table_write(f, &tier_table, h, TIER_COUNT, fill_tier, view);
}

static void
headline(FILE *f, const struct health *h, bool color)
{
	static const char *const colors[] = { "\033[32m", "\033[33m",
		"\033[31m" };
	static const char *const codes[] = { "OK", "WARNING", "CRITICAL" };

	fprintf(f, "%s%s%s: %s, %zu alert%s", color ? colors[h->status] : "",
	    codes[h->status], color ? "\033[0m" : "",
	    health_status_name(h->status), h->alerts_len,
	    h->alerts_len == 1 ? "" : "s");
	fprintf(f, "; %lld symbols, %zu series\n", (long long)h->symbols,
	    h->freshness.len);
}

static void
last_runs(FILE *f, const struct health *h)
{
	char at[MD_TIME_MAX], words[EXECUTION_WORDS];
	const struct execution *x = &h->last.x;

	if (!h->has_last) {
		fputs("last run      none is logged\n", f);
		return;
	}
	execution_words(&h->last, h->now_ms, words);
	fprintf(f, "last run      %s  %s, %s (%s)\n",
	    output_health_time(x->started_ms, at),
	    execution_status_name(x->status), words, x->id);
	for (size_t i = 1; i < h->executions.len; i++) {
		const struct execution_row *r = &h->executions.v[i];

		if (r->x.status != EXECUTION_RUNNING)
			continue;
		execution_words(r, h->now_ms, words);
		fprintf(f, "under way     %s  running, %s (%s)\n",
		    output_health_time(r->x.started_ms, at), words, r->x.id);
	}
	if (h->has_good)
		fprintf(f, "last success  %s\n",
		    output_health_time(h->good.x.completed_ms, at));
	else
		fputs("last success  none is logged\n", f);
}

static void
probe(FILE *f, const struct probe *p)
{
	if (!p->asked)
		return;
	if (p->good)
		fprintf(f, "API           answers, in %.0f ms\n",
		    (double)p->took_us / 1000);
	else
		fprintf(f, "API           %s\n", p->message);
}

/* What the key may do. */
static void
plan_rows(FILE *f, const struct plan_probe *p)
{
	char words[LESSON_TEXT_SIZE];

	if (!p->asked)
		return;
	fprintf(f, "\n%-10s  %-9s  %s\n", "PLAN", "INCLUDED", "DETAIL");
	for (int i = 0; i < PLAN_PARTS; i++)
		fprintf(f, "%-10s  %-*s%s%s\n",
		    plan_part_name((enum plan_part)i),
		    p->rows[i].detail[0] == '\0' ? 0 : 9,
		    plan_status_name(p->rows[i].status),
		    p->rows[i].detail[0] == '\0' ? "" : "  ",
		    p->rows[i].detail);
	plan_pace_words(p, words);
	fprintf(f, "%-10s  %-9s  %s\n", "pace", "", words);
}

/* Symbols that may not be traded any more, or may never have been. */
static void
suspected(FILE *f, const struct health *h, enum suspicion_kind kind)
{
	size_t n = suspicions_count(&h->suspicions, kind);
	size_t told = 0;

	for (size_t i = 0; i < h->suspicions.len && told < MOST_SUSPECTED;
	     i++) {
		const struct suspicion *s = &h->suspicions.v[i];

		if (s->kind != kind)
			continue;
		fprintf(f, "%-12s  %s: %s\n",
		    told++ == 0 ? suspicion_kind_name(kind) : "", s->symbol,
		    s->detail);
	}
	if (told < n)
		fprintf(f, "%-12s  and %zu more; -o json lists all\n", "",
		    n - told);
}

/* What the vendor has otherwise than the built-in calendar. */
static void
closures(FILE *f, const struct health *h)
{
	char date[11], words[CLOSURE_WORDS], at[MD_TIME_MAX];

	for (size_t i = 0; i < h->closures.len; i++) {
		const struct closure *c = &h->closures.v[i];

		md_date_format(c->date, date);
		closure_words(c, words);
		md_time_format(c->told_ms - c->told_ms % MD_SECOND, at);
		fprintf(f, "%-12s  %s %s%s%s (told %s)\n",
		    i == 0 ? "calendar" : "", date, words,
		    c->name[0] == '\0' ? "" : ": ", c->name, at);
	}
}

static void
state(FILE *f, const struct health *h)
{
	const int64_t *n = h->freshness.counts;
	char behind[STANDBY_WORDS];

	last_runs(f, h);
	fprintf(f,
	    "requests      %lld in the last day, %lld limited (%.1f%%)\n",
	    (long long)h->requests, (long long)h->rate_limited,
	    percent_of(h->rate_limited, h->requests));
	probe(f, &h->probe);
	fprintf(f,
	    "freshness     %lld fresh, %lld aging, %lld stale, %lld missing "
	    "(by %s, %s clock)\n",
	    (long long)n[STALENESS_FRESH], (long long)n[STALENESS_AGING],
	    (long long)n[STALENESS_STALE], (long long)n[STALENESS_MISSING],
	    staleness_basis_name(h->rule.basis),
	    staleness_clock_name(h->rule.clock));
	if (h->freshness.provisional > 0)
		fprintf(f,
		    "provisional   %lld series: the newest bar may "
		    "still change\n",
		    (long long)h->freshness.provisional);
	fprintf(f,
	    "failures      %zu of the last day or open, %lld of features "
	    "open\n",
	    h->failures.len, (long long)h->totals.open_failures);
	standby_words(&h->freshness.lag, behind);
	if (behind[0] != '\0')
		fprintf(f, "standby       %s\n", behind);
	suspected(f, h, SUSPICION_RENAMED);
	suspected(f, h, SUSPICION_DELISTED);
	suspected(f, h, SUSPICION_SILENT);
	suspected(f, h, SUSPICION_DROPPED);
	closures(f, h);
	plan_rows(f, &h->probe.plan);
}

static void
newest_failures(FILE *f, const struct health *h, const struct report_view *view)
{
	size_t n =
	    h->failures.len > MOST_FAILURES ? MOST_FAILURES : h->failures.len;

	if (n == 0)
		return;
	fputc('\n', f);
	output_health_table_failures(f,
	    &(struct failure_report){ h->now_ms,
		&(struct failure_rows){ h->failures.v, n, n } },
	    view);
	if (h->failures.len > n)
		fprintf(f, "and %zu more; mdhealth --failures\n",
		    h->failures.len - n);
}

static void
summary(FILE *to, const struct health *h, const struct report_view *view)
{
	struct fold fold;
	FILE *f = fold_open(&fold, to, view->terminal);

	headline(f, h, view->color);
	alerts(f, h, view->color);
	fputc('\n', f);
	state(f, h);
	fputc('\n', f);
	tier_rows(f, h, view);
	newest_failures(f, h, view);
	fold_close(&fold);
}

/* -- objectives -- */

static const struct table_column class_columns[] = {
	{ "status", "STATUS", .width = -8 },
	{ "up_to", "UP TO", .width = 12 },
	{ "action", "ACTION", .width = -26, .leaves = 1 },
	{ "series", "SERIES", .width = 7 },
};

static const struct table_kind class_table = TABLE_KIND(class_columns);

static void
fill_class(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct health *h = rows;
	const struct staleness_bounds *b = &h->rule.bounds;
	const int64_t to[] = { b->fresh_ms, b->aging_ms, b->overdue_ms };

	switch (column) {
	case 0:
		table_text(out, staleness_name((enum staleness)row));
		break;
	case 1:
		table_span(out, row == STALENESS_MISSING
				    ? (double)NAN
				    : (double)to[row] / 1000);
		break;
	case 2:
		table_text(out, action_phrase(h->objectives->actions[row]));
		break;
	default:
		table_int(out, h->freshness.counts[row]);
		break;
	}
}

static void
class_rows(FILE *f, const struct health *h, const struct report_view *view)
{
	char bound[32];

	table_write(f, &class_table, h, STALENESS_COUNT, fill_class, view);
	fprintf(f, "%lld of the stale are overdue, older than %s\n",
	    (long long)h->overdue,
	    output_health_span((double)h->rule.bounds.overdue_ms / 1000,
		bound));
}

static const struct table_column recovery_columns[] = {
	{ "event", "EVENT", .width = -19 },
	{ "rto", "RTO", .width = 12 },
	{ "count", "COUNT", .width = 5, .leaves = 2 },
	{ "within", "WITHIN", .width = 6, .leaves = 3 },
	{ "median", "MEDIAN", .width = 12, .leaves = 1 },
	{ "worst", "WORST", .width = 12 },
	{ "open", "NOT RECOVERED FOR", .width = 0 },
};

static const struct table_kind recovery_table = TABLE_KIND(recovery_columns);

static void
fill_recovery(const void *rows, size_t row, size_t column,
    struct table_cell *out)
{
	const struct health *h = rows;
	const struct rto_measured *m = &h->rto[row];
	const struct recovery_summary *r = &m->recoveries;
	bool any = r->count > 0;

	switch (column) {
	case 0:
		table_text(out, rto_name((enum rto)row));
		break;
	case 1:
		table_span(out, (double)h->objectives->rto_ms[row] / 1000);
		break;
	case 2:
		table_int(out, (int64_t)r->count);
		break;
	case 3:
		table_int(out, (int64_t)r->within);
		break;
	case 4:
		table_span(out,
		    any ? (double)r->median_ms / 1000 : (double)NAN);
		break;
	case 5:
		table_span(out, any ? (double)r->worst_ms / 1000 : (double)NAN);
		break;
	default:
		table_span(out,
		    m->open_ms > 0 ? (double)m->open_ms / 1000 : (double)NAN);
		break;
	}
}

static void
objectives(FILE *to, const struct health *h, const struct report_view *view)
{
	char window[32];
	struct fold fold;
	FILE *f = fold_open(&fold, to, view->terminal);

	fprintf(f, "What is returned, by age (%s, %s clock)\n",
	    staleness_basis_name(h->rule.basis),
	    staleness_clock_name(h->rule.clock));
	class_rows(f, h, view);
	fprintf(f, "\nRecovery, as the log of the last %s tells\n",
	    output_health_span((double)h->objectives->window_ms / 1000,
		window));
	table_write(f, &recovery_table, h, RTO_COUNT, fill_recovery, view);
	fputs("\nHow old data may be\n", f);
	tier_rows(f, h, view);
	output_health_budget_table(f, h, view);
	fold_close(&fold);
}

const struct output_health output_health_table = {
	"table",
	false,
	summary,
	output_health_table_history,
	output_health_table_jobs,
	output_health_table_failures,
	objectives,
	output_health_table_sessions,
	output_health_table_hosts,
};
