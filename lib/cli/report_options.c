#include "cli/report_options.h"

#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "sys/xdg.h"

#define OPTIONS  ((struct report_options *)into)
#define SETTINGS OPTIONS

#define TAKE(name)                                                             \
	bool report_take_##name(void *into, const char *value, bool first,     \
	    struct md_error *e)

#include "cli/option_takers.h"

/* Options that measure, a line each. */
#define TAKE_TIME(name, member)                                                \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first;                                                   \
		return option_duration(value, &OPTIONS->member, e);            \
	}
#define TAKE_REAL(name, member, max)                                           \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first;                                                   \
		return number_parse_real(value, 0, max, &OPTIONS->member) ||   \
		       md_fail(e, MD_EUSAGE,                                   \
			   "'%s': expected a number from 0 to " #max, value);  \
	}
#define TAKE_ACTION(name, status)                                              \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first;                                                   \
		return action_parse(value,                                     \
			   &OPTIONS->objectives.actions[status]) ||            \
		       md_fail(e, MD_EUSAGE,                                   \
			   "'%s': expected one of " ACTION_NAMES, value);      \
	}

TAKE_FLAG(quiet, OPTIONS->quiet = true)
TAKE_FLAG(verbose, OPTIONS->verbose++)
TAKE_TEXT(db)
TAKE_TEXT(out)
TAKE_TIME(fresh, rule.bounds.fresh_ms)
TAKE_TIME(aging, rule.bounds.aging_ms)
TAKE_TIME(settle, rule.settle_ms)

TAKE(by)
{
	(void)first;
	return staleness_basis_parse(value, &OPTIONS->rule.basis) ||
	       md_fail(e, MD_EUSAGE, "'%s': expected one of " BASIS_NAMES,
		   value);
}

TAKE(clock)
{
	(void)first;
	return staleness_clock_parse(value, &OPTIONS->rule.clock) ||
	       md_fail(e, MD_EUSAGE, "'%s': expected one of " CLOCK_NAMES,
		   value);
}

TAKE(as_of)
{
	md_date date;

	(void)first;
	OPTIONS->has_as_of = true;
	if (md_date_parse(value, &date))
		OPTIONS->now_ms = (int64_t)date * MD_DAY;
	else if (!md_time_parse(value, &OPTIONS->now_ms))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a time such as 2024-07-01T15:30:00Z, "
		    "or a date",
		    value);
	return true;
}

TAKE(log_format)
{
	(void)first;
	return log_format_parse(value, &OPTIONS->log.json) ||
	       md_fail(e, MD_EUSAGE, "'%s': expected text or json", value);
}

TAKE(color)
{
	(void)first;
	if (strcmp(value, "auto") == 0)
		OPTIONS->color = COLOR_AUTO;
	else if (strcmp(value, "always") == 0)
		OPTIONS->color = COLOR_ALWAYS;
	else if (strcmp(value, "never") == 0)
		OPTIONS->color = COLOR_NEVER;
	else
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected auto, always or never", value);
	return true;
}

/* -- keys of the configuration alone -- */

#undef TAKE
#define TAKE(name)                                                             \
	static bool report_take_##name(void *into, const char *value,          \
	    bool first, struct md_error *e)

TAKE_TIME(overdue, rule.bounds.overdue_ms)
TAKE_ACTION(on_fresh, STALENESS_FRESH)
TAKE_ACTION(on_aging, STALENESS_AGING)
TAKE_ACTION(on_stale, STALENESS_STALE)
TAKE_ACTION(on_missing, STALENESS_MISSING)
TAKE_TIME(scheduler_crash, objectives.rto_ms[RTO_SCHEDULER_CRASH])
TAKE_TIME(rate_limit, objectives.rto_ms[RTO_RATE_LIMIT])
TAKE_TIME(database_loss, objectives.rto_ms[RTO_DATABASE_LOSS])
TAKE_TIME(computation_failure, objectives.rto_ms[RTO_COMPUTATION_FAILURE])
TAKE_TIME(critical, objectives.rpo[TIER_CRITICAL].within_ms)
TAKE_TIME(critical_every, objectives.rpo[TIER_CRITICAL].every_ms)
TAKE_TIME(standard, objectives.rpo[TIER_STANDARD].within_ms)
TAKE_TIME(standard_every, objectives.rpo[TIER_STANDARD].every_ms)
TAKE_TIME(low, objectives.rpo[TIER_LOW].within_ms)
TAKE_TIME(low_every, objectives.rpo[TIER_LOW].every_ms)
TAKE_TIME(window, objectives.window_ms)
TAKE_TIME(no_success, alerts.no_success_ms)
TAKE_REAL(failed_percent, alerts.failed_percent, 100)
TAKE_REAL(no_features_percent, alerts.no_features_percent, 100)
TAKE_REAL(rate_limited_percent, alerts.rate_limited_percent, 100)
TAKE_REAL(running_factor, alerts.running_factor, 1000)
TAKE_TIME(running_at_least, alerts.running_at_least_ms)

#define KEY(key, name)                                                         \
	{                                                                      \
		.conf = (key), .take = report_take_##name                      \
	}

const struct option_spec report_settings[] = {
	KEY("alerts.failed_percent", failed_percent),
	KEY("alerts.no_features_percent", no_features_percent),
	KEY("alerts.no_success", no_success),
	KEY("alerts.rate_limited_percent", rate_limited_percent),
	KEY("alerts.running_at_least", running_at_least),
	KEY("alerts.running_factor", running_factor),
	KEY("objectives.rpo.critical", critical),
	KEY("objectives.rpo.critical_every", critical_every),
	KEY("objectives.rpo.low", low),
	KEY("objectives.rpo.low_every", low_every),
	KEY("objectives.rpo.standard", standard),
	KEY("objectives.rpo.standard_every", standard_every),
	KEY("objectives.rto.computation_failure", computation_failure),
	KEY("objectives.rto.database_loss", database_loss),
	KEY("objectives.rto.rate_limit", rate_limit),
	KEY("objectives.rto.scheduler_crash", scheduler_crash),
	KEY("objectives.window", window),
	KEY("staleness.on_aging", on_aging),
	KEY("staleness.on_fresh", on_fresh),
	KEY("staleness.on_missing", on_missing),
	KEY("staleness.on_stale", on_stale),
	KEY("staleness.overdue", overdue),
	{ .conf = NULL },
};

/* -- all of them -- */

void
report_options_init(struct report_options *o, const char *program, FILE *talk)
{
	memset(o, 0, sizeof(*o));
	o->log.f = talk;
	o->log.program = program;
	o->log.level = LOG_WARNING;
	o->rule.bounds =
	    (struct staleness_bounds){ MD_HOUR, 6 * MD_HOUR, MD_DAY };
	o->rule.settle_ms = 15 * MD_MINUTE;
	o->objectives = objectives_default;
	o->alerts = alert_bounds_default;
}

bool
report_options_finish(struct report_options *o, char *(*env)(const char *),
    struct md_error *e)
{
	if (o->verbose > 0)
		o->log.level = o->verbose > 1 ? LOG_DEBUG : LOG_INFO;
	else if (o->quiet)
		o->log.level = LOG_ERROR;
	if (!o->has_as_of)
		o->now_ms = md_now_ms();
	if (o->db[0] == '\0' && !xdg_path(env, "XDG_DATA_HOME", ".local/share",
				    "market.db", o->db, sizeof(o->db)))
		return md_fail(e, MD_EUSAGE,
		    "no store: name one with --db (or set MD_DB or HOME)");
	return staleness_bounds_check(&o->rule.bounds, e);
}

bool
report_options_color(const struct report_options *o, bool terminal,
    char *(*env)(const char *))
{
	return o->color == COLOR_ALWAYS ||
	       (o->color == COLOR_AUTO && terminal && o->out[0] == '\0' &&
		   env("NO_COLOR") == NULL);
}

bool
tiers_parse(const char *s, unsigned *bits, struct md_error *e)
{
	unsigned found = 0;

	for (;;) {
		char word[32];
		size_t n = strcspn(s, ",");
		enum tier t;

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, s);
		if (!tier_parse(word, &t))
			return md_fail(e, MD_EUSAGE,
			    "'%s': expected one of " TIER_NAMES, word);
		found |= 1U << t;
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	*bits = found;
	return true;
}
