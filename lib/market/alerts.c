#include "market/alerts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"

const struct alert_bounds alert_bounds_default = {
	.no_success_ms = 6 * MD_HOUR,
	.failed_percent = 20,
	.no_features_percent = 10,
	.rate_limited_percent = 5,
	.running_factor = 2,
	.running_at_least_ms = 10 * MD_MINUTE,
	.standby_lag_ms = 5 * MD_MINUTE,
};

static const struct {
	const char *name;
	enum alert_level level;
} rules[ALERT_RULES] = {
	[ALERT_NO_SUCCESS] = { "no_success", ALERT_WARNING },
	[ALERT_FAILED_JOBS] = { "failed_jobs", ALERT_CRITICAL },
	[ALERT_NO_FEATURES] = { "no_features", ALERT_WARNING },
	[ALERT_RATE_LIMITED] = { "rate_limited", ALERT_WARNING },
	[ALERT_RUNNING_LONG] = { "running_long", ALERT_WARNING },
	[ALERT_PROCESS_GONE] = { "process_gone", ALERT_WARNING },
	[ALERT_RPO_CRITICAL] = { "rpo_critical", ALERT_CRITICAL },
	[ALERT_RPO_STANDARD] = { "rpo_standard", ALERT_WARNING },
	[ALERT_RPO_LOW] = { "rpo_low", ALERT_WARNING },
	[ALERT_API] = { "api", ALERT_WARNING },
	[ALERT_SPLITS] = { "doubtful_splits", ALERT_WARNING },
	[ALERT_DIVIDENDS] = { "doubtful_dividends", ALERT_WARNING },
	[ALERT_REUSED] = { "reused_symbols", ALERT_WARNING },
	[ALERT_REFUSED] = { "refused_bars", ALERT_WARNING },
	[ALERT_STANDBY] = { "standby_lag", ALERT_WARNING },
	[ALERT_RENAMED] = { "renamed_symbols", ALERT_WARNING },
	[ALERT_HELD] = { "on_hold", ALERT_WARNING },
};

const char *
alert_rule_name(enum alert_rule r)
{
	return rules[r].name;
}

const char *
alert_level_name(enum alert_level l)
{
	return l == ALERT_CRITICAL ? "critical" : "warning";
}

enum alert_level
alert_rule_level(enum alert_rule r)
{
	return rules[r].level;
}

double
percent_of(int64_t part, int64_t n)
{
	return n == 0 ? 0 : 100.0 * (double)part / (double)n;
}

/* -- the rules -- */

/* So much of an execution's id is enough to find it. */
#define ID_DIGITS 13

/* What to do next; %s: which. */
static const char *const commands[ALERT_RULES] = {
	[ALERT_NO_SUCCESS] = "mdhealth --history",
	[ALERT_FAILED_JOBS] = "mdhealth --failures -o series | mdbackfill -",
	[ALERT_NO_FEATURES] = "mdbackfill --features-only",
	[ALERT_RATE_LIMITED] =
	    "mdhealth --history --columns started,status,limited",
	[ALERT_RUNNING_LONG] = "mdhealth --history",
	[ALERT_PROCESS_GONE] = "mdhealth --execution %s",
	[ALERT_RPO_CRITICAL] = "mdbackfill --tier critical",
	[ALERT_RPO_STANDARD] = "mdbackfill --tier standard",
	[ALERT_RPO_LOW] = "mdbackfill --tier low",
	[ALERT_API] = "mdhealth --probe-api",
	[ALERT_SPLITS] = "mdbackfill --confirm-split %s",
	[ALERT_DIVIDENDS] = "mdhealth -o json",
	[ALERT_REUSED] = "mdhealth -o json",
	[ALERT_RENAMED] = "mdhealth -o json",
	[ALERT_REFUSED] = "mdstale --gaps --days 3650 --limit 0",
	[ALERT_STANDBY] = "mdstale --limit 1",
	[ALERT_HELD] = "mdbackfill --resume",
};

/* As one word of a shell's.  False: it does not fit. */
static bool
quote(const char *word, char *out, size_t size)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789"
				    "-._/:@%+,";
	size_t len = strlen(word), n = 0;

	if (len > 0 && strspn(word, plain) == len) {
		(void)snprintf(out, size, "%s", word);
		return len < size;
	}
	if (size < 8)
		return false;
	out[n++] = '\'';
	for (; *word != '\0' && n + 6 < size; word++)
		if (*word == '\'') {
			memcpy(out + n, "'\\''", 4);
			n += 4;
		} else
			out[n++] = *word;
	out[n++] = '\'';
	out[n] = '\0';
	return *word == '\0';
}

/* Appends an option with that value, if there is one.  False: no room. */
static bool
option(const char *name, const char *value, char *to, size_t size)
{
	size_t n = strlen(to);
	int put;

	if (value == NULL)
		return true;
	put = snprintf(to + n, size - n, " %s ", name);
	return put > 0 && (size_t)put < size - n &&
	       quote(value, to + n + put, size - n - (size_t)put);
}

/*
 * Each program of a command has the options of this one: "mdstale --config
 * md.json --db market.db …".  One that would be too long is left out, as it
 * would be about another store, or go by other rules.
 */
static void
name_store(const struct health_facts *f, char command[ALERT_COMMAND])
{
	char options[ALERT_COMMAND] = "", whole[ALERT_COMMAND];
	size_t n = 0;
	bool fits = option("--config", f->config, options, sizeof(options)) &&
		    option("--db", f->db, options, sizeof(options));

	for (const char *p = command; fits && *p != '\0';) {
		bool begins =
		    strncmp(p, "md", 2) == 0 && (p == command || p[-1] == ' ');
		size_t len = begins ? strcspn(p, " ") : 1;
		int put = snprintf(whole + n, sizeof(whole) - n, "%.*s%s",
		    (int)len, p, begins ? options : "");

		n += (size_t)put;
		fits = n < sizeof(whole);
		p += len;
	}
	if (fits)
		memcpy(command, whole, n + 1);
	else
		command[0] = '\0';
}

/* What of stands in a shell's command as it is. */
static void
command(enum alert_rule rule, const char *of, char *out, size_t size)
{
	const char *hole = strstr(commands[rule], "%s");

	if (hole == NULL)
		(void)snprintf(out, size, "%s", commands[rule]);
	else if (of != NULL && *of != '\0')
		(void)snprintf(out, size, "%.*s%.*s",
		    (int)(hole - commands[rule]), commands[rule],
		    rule == ALERT_PROCESS_GONE ? ID_DIGITS : (int)size, of);
}

struct alert_list {
	struct alert *v;
	size_t len;
};

__attribute__((format(printf, 5, 6))) static void
alert(struct alert_list *l, enum alert_rule rule, double value,
    double threshold, const char *fmt, ...)
{
	struct alert *a = &l->v[l->len++];
	va_list ap;

	a->command[0] = a->series[0] = '\0';
	a->rule = rule;
	a->value = value;
	a->threshold = threshold;
	va_start(ap, fmt);
	(void)vsnprintf(a->message, sizeof(a->message), fmt, ap);
	va_end(ap);
}

static double
seconds(int64_t ms)
{
	return (double)ms / 1000;
}

static void
no_success(const struct alert_bounds *b, const struct health_facts *f,
    struct alert_list *l)
{
	char since[32], bound[32];

	md_duration_format(f->since_good_ms, since);
	md_duration_format(b->no_success_ms, bound);
	if (!f->has_good)
		alert(l, ALERT_NO_SUCCESS, (double)NAN,
		    seconds(b->no_success_ms), "no backfill has done well yet");
	else if (f->since_good_ms > b->no_success_ms)
		alert(l, ALERT_NO_SUCCESS, seconds(f->since_good_ms),
		    seconds(b->no_success_ms),
		    "no backfill has done well for %s; at most %s", since,
		    bound);
}

static void
shares(const struct alert_bounds *b, const struct health_facts *f,
    struct alert_list *l)
{
	double failed = percent_of(f->failed_jobs, f->jobs);
	double without = percent_of(f->without_features, f->series);
	double limited = percent_of(f->rate_limited, f->requests);

	if (f->has_finished && failed > b->failed_percent)
		alert(l, ALERT_FAILED_JOBS, failed, b->failed_percent,
		    "%lld of %lld jobs of the last run failed (%.1f%%); at "
		    "most %.4g%%",
		    (long long)f->failed_jobs, (long long)f->jobs, failed,
		    b->failed_percent);
	if (without > b->no_features_percent)
		alert(l, ALERT_NO_FEATURES, without, b->no_features_percent,
		    "%lld of %lld series have no features (%.1f%%); at most "
		    "%.4g%%",
		    (long long)f->without_features, (long long)f->series,
		    without, b->no_features_percent);
	if (f->requests > 0 && limited >= b->rate_limited_percent)
		alert(l, ALERT_RATE_LIMITED, limited, b->rate_limited_percent,
		    "%lld of %lld requests were rate-limited (%.1f%%); less "
		    "than %.4g%% wanted",
		    (long long)f->rate_limited, (long long)f->requests, limited,
		    b->rate_limited_percent);
}

static void
running(const struct alert_bounds *b, const struct health_facts *f,
    struct alert_list *l)
{
	double bound = b->running_factor * (double)f->longest_before_ms;
	char runs[32], at_most[32];

	if (bound < (double)b->running_at_least_ms)
		bound = (double)b->running_at_least_ms;
	md_duration_format(f->running_ms, runs);
	md_duration_format((int64_t)bound, at_most);
	if (f->has_before && (double)f->running_ms > bound)
		alert(l, ALERT_RUNNING_LONG, seconds(f->running_ms),
		    bound / 1000,
		    "a run is under way for %s, far longer than those before "
		    "it; at most %s",
		    runs, at_most);
	if (f->gone != NULL)
		alert(l, ALERT_PROCESS_GONE, 1, 0,
		    "execution %s is logged as running, but its process is "
		    "gone; the next run will mark it",
		    f->gone);
}

static void
rpo(const struct health_facts *f, enum tier tier, struct alert_list *l)
{
	const struct tier_facts *t = &f->tiers[tier];
	enum alert_rule rule = (enum alert_rule)(ALERT_RPO_CRITICAL + tier);
	double within = percent_of(t->within, t->series);
	char bound[32];

	if (t->within == t->series)
		return;
	md_duration_format(t->rpo_ms, bound);
	alert(l, rule, within, 100,
	    "%lld of %lld series of tier %s are older than %s%s",
	    (long long)(t->series - t->within), (long long)t->series,
	    tier_name(tier), bound, t->missing > 0 ? ", or missing" : "");
}

static void
suspicions(const struct health_facts *f, struct alert_list *l)
{
	if (f->splits > 0)
		alert(l, ALERT_SPLITS, (double)f->splits, 0,
		    "%lld split%s not applied until confirmed: %s",
		    (long long)f->splits, f->splits == 1 ? "" : "s", f->split);
	if (f->dividends > 0)
		alert(l, ALERT_DIVIDENDS, (double)f->dividends, 0,
		    "%lld dividend%s doubtful until confirmed: %s",
		    (long long)f->dividends,
		    f->dividends == 1 ? " is" : "s are", f->dividend);
	if (f->reused > 0)
		alert(l, ALERT_REUSED, (double)f->reused, 0,
		    "%lld symbol%s may have been another company's before: %s",
		    (long long)f->reused, f->reused == 1 ? "" : "s", f->reuse);
	if (f->refused > 0)
		alert(l, ALERT_REFUSED, (double)f->refused, 0,
		    "%lld window%s of %lld series got only rows that cannot be "
		    "right: %s",
		    (long long)f->refused, f->refused == 1 ? "" : "s",
		    (long long)f->refused_series, f->refusal);
}

/* One that is connected, and has all that it was sent, is not behind. */
static void
standby(const struct alert_bounds *b, const struct health_facts *f,
    struct alert_list *l)
{
	char lag[32], bound[32];

	if (!f->standby)
		return;
	md_duration_format(f->standby_lag_ms, lag);
	md_duration_format(b->standby_lag_ms, bound);
	if (!f->standby_known && !f->standby_connected)
		alert(l, ALERT_STANDBY, (double)NAN, seconds(b->standby_lag_ms),
		    "the standby that was read is cut off from its primary, "
		    "nobody knows how far behind; at most %s",
		    bound);
	else if (f->standby_known && f->standby_lag_ms > b->standby_lag_ms)
		alert(l, ALERT_STANDBY, seconds(f->standby_lag_ms),
		    seconds(b->standby_lag_ms),
		    "the standby that was read is %s%s behind its primary%s; "
		    "at most %s",
		    f->standby_connected ? "" : "up to ", lag,
		    f->standby_connected ? "" : ", and cut off from it", bound);
}

size_t
alerts_find(const struct alert_bounds *b, const struct health_facts *f,
    struct alert *out)
{
	struct alert_list l = { out, 0 };

	no_success(b, f, &l);
	shares(b, f, &l);
	running(b, f, &l);
	rpo(f, TIER_CRITICAL, &l);
	rpo(f, TIER_STANDARD, &l);
	rpo(f, TIER_LOW, &l);
	if (f->api != NULL)
		alert(&l, ALERT_API, (double)NAN, (double)NAN,
		    "the API cannot be used: %s", f->api);
	suspicions(f, &l);
	standby(b, f, &l);
	if (f->renamed > 0)
		alert(&l, ALERT_RENAMED, (double)f->renamed, 0,
		    "%lld symbol%s renamed: %s", (long long)f->renamed,
		    f->renamed == 1 ? " was" : "s were", f->rename);
	if (f->held != NULL)
		alert(&l, ALERT_HELD, 1, 0, "no run begins: on hold %s",
		    f->held);
	for (size_t i = 0; i < l.len; i++) {
		command(out[i].rule,
		    out[i].rule == ALERT_SPLITS ? f->split_id : f->gone,
		    out[i].command, sizeof(out[i].command));
		name_store(f, out[i].command);
	}
	return l.len;
}

const char *
health_status_name(enum health_status h)
{
	static const char *const names[] = {
		[HEALTH_HEALTHY] = "healthy",
		[HEALTH_DEGRADED] = "degraded",
		[HEALTH_CRITICAL] = "critical",
	};

	return names[h];
}

enum health_status
health_of(const struct alert *v, size_t len)
{
	enum health_status h = len == 0 ? HEALTH_HEALTHY : HEALTH_DEGRADED;

	for (size_t i = 0; i < len; i++)
		if (alert_rule_level(v[i].rule) == ALERT_CRITICAL)
			h = HEALTH_CRITICAL;
	return h;
}
