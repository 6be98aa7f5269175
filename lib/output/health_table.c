#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "output/health.h"
#include "output/standby.h"

/* So many symbols without bars are listed. */
#define MOST_SUSPECTED 20

static const char *
table_time(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return "-";
	/* To the second: fractions are for machines. */
	md_time_format(ms - ms % 1000, out);
	return out;
}

static const char *
span(double seconds, char out[32])
{
	if (isnan(seconds))
		return "-";
	md_duration_format((int64_t)llround(seconds * 1000), out);
	return out;
}

static const char *
percent(double p, char out[32])
{
	if (isnan(p))
		return "-";
	(void)snprintf(out, 32, "%.1f%%", p);
	return out;
}

static int
widest(int at_least, const char *s)
{
	return (int)strlen(s) > at_least ? (int)strlen(s) : at_least;
}

/* -- executions -- */

static void
history(FILE *f, const struct health *h)
{
	char started[MD_TIME_MAX], took[32], rate[32];

	fprintf(f, "%-36s  %-20s  %12s  %-21s  %7s  %6s  %7s  %9s  %8s\n",
	    "EXECUTION", "STARTED", "TOOK", "STATUS", "SYMBOLS", "FAILED",
	    "SUCCESS", "RECORDS", "LIMITED");
	for (size_t i = 0; i < h->executions.len; i++) {
		const struct execution *x = &h->executions.v[i].x;

		fprintf(f,
		    "%-36s  %-20s  %12s  %-21s  %7lld  %6lld  %7s  %9lld  "
		    "%7.1f%%",
		    x->id, table_time(x->started_ms, started),
		    span(execution_seconds(x), took),
		    execution_status_name(x->status), (long long)x->total,
		    (long long)x->failed,
		    percent(execution_success_percent(x), rate),
		    (long long)x->bars.received, execution_limited_percent(x));
		if (x->message[0] != '\0')
			fprintf(f, "  %s", x->message);
		fputc('\n', f);
	}
}

static void
execution_lines(FILE *f, const struct execution_row *r)
{
	const struct execution *x = &r->x;
	char started[MD_TIME_MAX], completed[MD_TIME_MAX], took[32];

	fprintf(f, "execution   %s on %s, process %lld\n", x->id, x->host,
	    (long long)x->pid);
	fprintf(f, "status      %s%s%s\n", execution_status_name(x->status),
	    x->message[0] == '\0' ? "" : ": ", x->message);
	fprintf(f, "time        %s to %s, %s\n",
	    table_time(x->started_ms, started),
	    table_time(x->completed_ms, completed),
	    span(execution_seconds(x), took));
	fprintf(f, "symbols     %lld of %lld, %lld failed\n",
	    (long long)x->successful, (long long)x->total,
	    (long long)x->failed);
	fprintf(f, "requests    %lld (%lld retries, %lld limited), %.1f MB\n",
	    (long long)x->requests, (long long)x->retries,
	    (long long)x->rate_limited, (double)x->bytes / 1e6);
	fprintf(f, "seconds     API %.3f, store %.3f, features %.3f\n",
	    x->api_seconds, x->db_seconds, x->features_seconds);
}

static void
jobs(FILE *f, const struct job_report *r)
{
	char took[32];
	int width = 6;

	execution_lines(f, r->execution);
	for (size_t i = 0; i < r->jobs->len; i++)
		width = widest(width, r->jobs->v[i].symbol);
	fprintf(f, "\n%-*s  %-9s  %-11s  %9s  %9s  %9s  %12s\n", width,
	    "SYMBOL", "TIMEFRAME", "STATUS", "RECEIVED", "NEW", "FEATURES",
	    "TOOK");
	for (size_t i = 0; i < r->jobs->len; i++) {
		const struct job_record *j = &r->jobs->v[i];

		fprintf(f, "%-*s  %-9s  %-11s  %9lld  %9lld  %9lld  %12s",
		    width, j->symbol, timeframe_name(j->timeframe),
		    job_status_name(j->status), (long long)j->bars.received,
		    (long long)j->bars.inserted, (long long)j->features,
		    span(job_seconds_taken(j), took));
		if (j->message[0] != '\0')
			fprintf(f, "  %s", j->message);
		fputc('\n', f);
	}
}

/* -- failures -- */

static void
failure_rows(FILE *f, const struct failure_row *v, size_t n)
{
	char at[MD_TIME_MAX];
	int width = 6;

	for (size_t i = 0; i < n; i++)
		width = widest(width, v[i].symbol);
	fprintf(f, "%-20s  %-*s  %-9s  %-8s  %-8s  %s\n", "FAILED", width,
	    "SYMBOL", "TIMEFRAME", "WHAT", "RESOLVED", "ERROR");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%-20s  %-*s  %-9s  %-8s  %-8s  %s\n",
		    table_time(v[i].failed_ms, at), width, v[i].symbol,
		    timeframe_name(v[i].timeframe),
		    failure_kind_name(v[i].kind),
		    v[i].kind == FAILURE_JOB ? "-"
		    : v[i].resolved          ? "yes"
					     : "no",
		    v[i].error);
}

static void
failures(FILE *f, const struct failure_report *r)
{
	if (r->failures->len == 0)
		fputs("no failures\n", f);
	else
		failure_rows(f, r->failures->v, r->failures->len);
}

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
	}
}

static void
tier_rows(FILE *f, const struct health *h)
{
	char bound[32], every[32], worst[32], share[32];

	fprintf(f, "%-8s  %12s  %12s  %7s  %7s  %7s  %7s  %12s\n", "TIER",
	    "RPO", "RUN EVERY", "SERIES", "WITHIN", "SHARE", "MISSING",
	    "WORST");
	for (int t = 0; t < TIER_COUNT; t++) {
		const struct tier_facts *v = &h->tiers[t];

		fprintf(f, "%-8s  %12s  %12s  %7lld  %7lld  %7s  %7lld  %12s\n",
		    tier_name((enum tier)t),
		    span((double)v->rpo_ms / 1000, bound),
		    span((double)h->objectives->rpo[t].every_ms / 1000, every),
		    (long long)v->series, (long long)v->within,
		    percent(v->series == 0 ? (double)NAN
					   : percent_of(v->within, v->series),
			share),
		    (long long)v->missing,
		    span(v->series == v->missing ? (double)NAN
						 : (double)v->worst_ms / 1000,
			worst));
	}
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
	char at[MD_TIME_MAX], took[32];
	const struct execution *x = &h->last.x;

	if (!h->has_last) {
		fputs("last run      none is logged\n", f);
		return;
	}
	fprintf(f, "last run      %s  %s, %lld of %lld symbols, %s (%s)\n",
	    table_time(x->started_ms, at), execution_status_name(x->status),
	    (long long)x->successful, (long long)x->total,
	    span(execution_seconds(x), took), x->id);
	if (h->has_good)
		fprintf(f, "last success  %s\n",
		    table_time(h->good.x.completed_ms, at));
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
		fprintf(f, "%-12s  %s %s%s%s (told %s)\n",
		    i == 0 ? "calendar" : "", date, words,
		    c->name[0] == '\0' ? "" : ": ", c->name,
		    table_time(c->told_ms, at));
	}
}

static void
summary(FILE *f, const struct health *h, bool color)
{
	const int64_t *n = h->freshness.counts;
	char behind[STANDBY_WORDS];

	headline(f, h, color);
	alerts(f, h, color);
	fputc('\n', f);
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
	suspected(f, h, SUSPICION_SILENT);
	suspected(f, h, SUSPICION_DROPPED);
	closures(f, h);
	plan_rows(f, &h->probe.plan);
	fputc('\n', f);
	tier_rows(f, h);
	if (h->failures.len == 0)
		return;
	fputc('\n', f);
	failure_rows(f, h->failures.v,
	    h->failures.len > 10 ? 10 : h->failures.len);
	if (h->failures.len > 10)
		fprintf(f, "and %zu more; mdhealth --failures\n",
		    h->failures.len - 10);
}

/* -- objectives -- */

static void
class_rows(FILE *f, const struct health *h)
{
	const struct staleness_bounds *b = &h->rule.bounds;
	const int64_t to[] = { b->fresh_ms, b->aging_ms, b->overdue_ms };
	char bound[32];

	fprintf(f, "%-8s  %12s  %-26s  %7s\n", "STATUS", "UP TO", "ACTION",
	    "SERIES");
	for (int s = 0; s < STALENESS_COUNT; s++)
		fprintf(f, "%-8s  %12s  %-26s  %7lld\n",
		    staleness_name((enum staleness)s),
		    span(s == STALENESS_MISSING ? (double)NAN
						: (double)to[s] / 1000,
			bound),
		    action_phrase(h->objectives->actions[s]),
		    (long long)h->freshness.counts[s]);
	fprintf(f, "%lld of the stale are overdue, older than %s\n",
	    (long long)h->overdue, span((double)b->overdue_ms / 1000, bound));
}

static void
recovery_rows(FILE *f, const struct health *h)
{
	char bound[32], median[32], worst[32], open[32];

	fprintf(f, "%-19s  %12s  %5s  %6s  %12s  %12s  %s\n", "EVENT", "RTO",
	    "COUNT", "WITHIN", "MEDIAN", "WORST", "NOT RECOVERED FOR");
	for (int i = 0; i < RTO_COUNT; i++) {
		const struct rto_measured *m = &h->rto[i];
		const struct recovery_summary *r = &m->recoveries;
		bool any = r->count > 0;

		fprintf(f, "%-19s  %12s  %5zu  %6zu  %12s  %12s  %s\n",
		    rto_name((enum rto)i),
		    span((double)h->objectives->rto_ms[i] / 1000, bound),
		    r->count, r->within,
		    span(any ? (double)r->median_ms / 1000 : (double)NAN,
			median),
		    span(any ? (double)r->worst_ms / 1000 : (double)NAN, worst),
		    span(m->open_ms > 0 ? (double)m->open_ms / 1000
					: (double)NAN,
			open));
	}
}

static void
objectives(FILE *f, const struct health *h)
{
	char window[32];

	fprintf(f, "What is returned, by age (%s, %s clock)\n",
	    staleness_basis_name(h->rule.basis),
	    staleness_clock_name(h->rule.clock));
	class_rows(f, h);
	fprintf(f, "\nRecovery, as the log of the last %s tells\n",
	    span((double)h->objectives->window_ms / 1000, window));
	recovery_rows(f, h);
	fputs("\nHow old data may be\n", f);
	tier_rows(f, h);
}

/* -- sessions: only the days that are not like others -- */

static void
sessions(FILE *f, const struct session_report *r)
{
	struct session s;
	char date[11], close[MD_TIME_MAX];

	fprintf(f, "%-10s  %-9s  %-7s  %-20s  %s\n", "DATE", "DAY", "MARKET",
	    "CLOSES (UTC)", "WHY");
	for (md_date d = r->first; d <= r->last; d++) {
		static const char *const days[] = { "Sunday", "Monday",
			"Tuesday", "Wednesday", "Thursday", "Friday",
			"Saturday" };
		int weekday = md_weekday(d);
		bool open = calendar_session(r->calendar, d, &s);
		const char *why = calendar_holiday(r->calendar, d);

		if (!calendar_is_changed(r->calendar, d) &&
		    (weekday == 0 || weekday == 6 || (open && !s.early)))
			continue;
		md_date_format(d, date);
		fprintf(f, "%-10s  %-9s  %-7s  %-20s  %s%s\n", date,
		    days[weekday],
		    !open     ? "closed"
		    : s.early ? "early"
			      : "open",
		    table_time(open ? s.close_ms : 0, close),
		    why != NULL ? why : "open by configuration",
		    calendar_source(r->calendar, d) == DAY_TOLD
			? " (told by the vendor)"
			: "");
	}
}

const struct output_health output_health_table = {
	"table",
	false,
	summary,
	history,
	jobs,
	failures,
	objectives,
	sessions,
};
