#include "cli/report_options.h"

#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "cli/zoneinfo.h"
#include "sys/terminal.h"
#include "sys/xdg.h"

bool
report_take_as_of(void *into, const struct option_value *v, struct md_error *e)
{
	struct report_options *o = into;
	md_date date;

	if (md_date_parse(v->text, &date))
		o->now_ms = (int64_t)date * MD_DAY;
	else if (!md_time_parse(v->text, &o->now_ms))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a time such as 2024-07-01T15:30:00Z, "
		    "or a date",
		    v->text);
	return true;
}

/* The last word is that of the strongest source. */
static bool
note_db(void *into, const struct option_value *v, struct md_error *e)
{
	(void)e;
	((struct report_options *)into)->db_typed = v->typed;
	return true;
}

static bool
check_target(void *into, const struct option_value *v, struct md_error *e)
{
	const struct report_options *o = into;

	for (int t = 0; t < TIER_COUNT; t++)
		if (!(o->objectives.target_percent[t] < 100))
			return md_fail(e, MD_EUSAGE,
			    "'%s': expected a percentage below 100", v->text);
	return true;
}

/* -- rows -- */

#define AT(member) OPTION_AT(struct report_options, member)

#define ACTION_KEY(key, member)                                                \
	OPTION_KEY(key, OPTION_CHOICE, AT(member), .words = ACTION_NAMES,      \
	    .refusal = "expected one of " ACTION_NAMES)

#define RPO_KEY(tier, which)                                                   \
	OPTION_KEY("objectives.rpo." tier, OPTION_TIME,                        \
	    AT(objectives.rpo[which].within_ms))
#define RPO_KEYS                                                               \
	RPO_KEY("critical", TIER_CRITICAL), RPO_KEY("low", TIER_LOW),          \
	    RPO_KEY("standard", TIER_STANDARD)

/* All of the time is no objective: nothing could go wrong. */
#define TARGET_KEY(tier, which)                                                \
	OPTION_KEY("objectives.target." tier, OPTION_REAL,                     \
	    AT(objectives.target_percent[which]), .max = 100,                  \
	    .take = check_target)

const struct option_spec report_freshness[] = {
	OPTION_ROW("by", "BASIS",
	    "measure the age of features or bars (features)", OPTION_CHOICE,
	    AT(rule.basis), .setting = "staleness.by", .words = BASIS_NAMES),
	OPTION_ROW("clock", "CLOCK",
	    "count all time, or by the calendar (wall)", OPTION_CHOICE,
	    AT(rule.clock), .setting = "staleness.clock", .words = CLOCK_NAMES),
	OPTION_ROW("fresh", "TIME", "a series younger than this is fresh (1h)",
	    OPTION_TIME, AT(rule.bounds.fresh_ms),
	    .setting = "staleness.fresh"),
	OPTION_ROW("aging", "TIME", "a series younger than this is aging (6h)",
	    OPTION_TIME, AT(rule.bounds.aging_ms),
	    .setting = "staleness.aging"),
	OPTION_ROW("settle", "TIME",
	    "market clock: bars are due after this (15m)", OPTION_TIME,
	    AT(rule.settle_ms), .setting = "settle"),
	OPTION_KEY("alerts.failed_percent", OPTION_REAL,
	    AT(alerts.failed_percent), .max = 100),
	OPTION_KEY("alerts.no_features_percent", OPTION_REAL,
	    AT(alerts.no_features_percent), .max = 100),
	OPTION_KEY("alerts.no_success", OPTION_TIME, AT(alerts.no_success_ms)),
	OPTION_KEY("alerts.rate_limited_percent", OPTION_REAL,
	    AT(alerts.rate_limited_percent), .max = 100),
	OPTION_KEY("alerts.running_at_least", OPTION_TIME,
	    AT(alerts.running_at_least_ms)),
	OPTION_KEY("alerts.running_factor", OPTION_REAL,
	    AT(alerts.running_factor), .max = 1000),
	OPTION_KEY("alerts.standby_lag", OPTION_TIME,
	    AT(alerts.standby_lag_ms)),
	RPO_KEYS,
	OPTION_KEY("objectives.rpo.critical_every", OPTION_TIME,
	    AT(objectives.rpo[TIER_CRITICAL].every_ms)),
	OPTION_KEY("objectives.rpo.low_every", OPTION_TIME,
	    AT(objectives.rpo[TIER_LOW].every_ms)),
	OPTION_KEY("objectives.rpo.standard_every", OPTION_TIME,
	    AT(objectives.rpo[TIER_STANDARD].every_ms)),
	OPTION_KEY("objectives.rto.computation_failure", OPTION_TIME,
	    AT(objectives.rto_ms[RTO_COMPUTATION_FAILURE])),
	OPTION_KEY("objectives.rto.database_loss", OPTION_TIME,
	    AT(objectives.rto_ms[RTO_DATABASE_LOSS])),
	OPTION_KEY("objectives.rto.rate_limit", OPTION_TIME,
	    AT(objectives.rto_ms[RTO_RATE_LIMIT])),
	OPTION_KEY("objectives.rto.scheduler_crash", OPTION_TIME,
	    AT(objectives.rto_ms[RTO_SCHEDULER_CRASH])),
	TARGET_KEY("critical", TIER_CRITICAL),
	TARGET_KEY("low", TIER_LOW),
	TARGET_KEY("standard", TIER_STANDARD),
	OPTION_KEY("objectives.window", OPTION_TIME, AT(objectives.window_ms)),
	ACTION_KEY("staleness.on_aging", objectives.actions[STALENESS_AGING]),
	ACTION_KEY("staleness.on_fresh", objectives.actions[STALENESS_FRESH]),
	ACTION_KEY("staleness.on_missing",
	    objectives.actions[STALENESS_MISSING]),
	ACTION_KEY("staleness.on_stale", objectives.actions[STALENESS_STALE]),
	OPTION_KEY("staleness.overdue", OPTION_TIME,
	    AT(rule.bounds.overdue_ms)),
	{ .kind = OPTION_END },
};

const struct option_spec report_counting[] = {
	OPTION_KEY("staleness.by", OPTION_CHOICE, AT(rule.basis),
	    .words = BASIS_NAMES),
	OPTION_KEY("staleness.clock", OPTION_CHOICE, AT(rule.clock),
	    .words = CLOCK_NAMES),
	RPO_KEYS,
	{ .kind = OPTION_END },
};

const struct option_spec report_places[] = {
	OPTION_ROW("as-of", "TIME", "report as of this time", OPTION_OWN,
	    OPTION_GIVEN(struct report_options, has_as_of),
	    .take = report_take_as_of),
	OPTION_ROW("db", "URL", "the store (~/.local/share/mdkit/market.db)",
	    OPTION_TEXT, AT(db), .env = "MD_DB", .setting = "db",
	    .words = "@file", .take = note_db),
	{ .kind = OPTION_END },
};

const struct option_spec report_locks[] = {
	OPTION_ROW("store-timeout", "TIME",
	    "maximum wait while another program locks the store (10s)",
	    OPTION_TIME, AT(store_timeout_ms), .max = MD_DAY,
	    .setting = "store_timeout", .refusal = "expected 0 to 24h"),
	{ .kind = OPTION_END },
};

const struct option_spec report_output[] = {
	OPTION_ROW("out", "FILE", "write to FILE, completely or not at all",
	    OPTION_TEXT, AT(out), .words = "@file"),
	OPTION_SWITCH("quiet", "print nothing if all is well", OPTION_FLAG,
	    AT(quiet), .letter = 'q'),
	OPTION_SWITCH("verbose", "print more messages", OPTION_MORE,
	    AT(verbose), .letter = 'v', .repeatable = true),
	OPTION_ROW("log-format", "FORMAT", "format of messages: text, json",
	    OPTION_CHOICE, AT(log.json), .setting = "log_format",
	    .words = "text json", .refusal = "expected text or json"),
	OPTION_ROW("color", "WHEN", "colours: auto, always, never",
	    OPTION_CHOICE, AT(color), .setting = "color",
	    .words = "auto always never",
	    .refusal = "expected auto, always or never"),
	{ .kind = OPTION_END },
};

const struct option_spec report_tables[] = {
	OPTION_ROW("columns", "NAME,...", "columns of the table, in this order",
	    OPTION_TEXT, AT(columns)),
	{ .kind = OPTION_END },
};

const struct option_spec report_page[] = {
	OPTION_ROW("refresh", "TIME", "the page loads itself anew (never)",
	    OPTION_TIME, AT(page.refresh_ms), .min = MD_SECOND, .max = MD_DAY,
	    .refusal = "expected 1s to 24h"),
	OPTION_ROW("tz", "ZONE", "the page has times of this zone, or local",
	    OPTION_TEXT, AT(page.tz)),
	{ .kind = OPTION_END },
};

/* -- all of them -- */

void
report_options_init(struct report_options *o, const char *program, FILE *talk)
{
	memset(o, 0, sizeof(*o));
	o->log.f = talk;
	o->log.program = program;
	o->log.level = LOG_WARNING;
	o->store_timeout_ms = -1;
	o->rule.bounds =
	    (struct staleness_bounds){ MD_HOUR, 6 * MD_HOUR, MD_DAY };
	o->rule.settle_ms = 15 * MD_MINUTE;
	o->objectives = objectives_default;
	o->alerts = alert_bounds_default;
}

void
report_options_level(struct report_options *o)
{
	if (o->verbose > 0)
		o->log.level = o->verbose > 1 ? LOG_DEBUG : LOG_INFO;
	else if (o->quiet)
		o->log.level = LOG_ERROR;
}

bool
report_options_finish(struct report_options *o, char *(*env)(const char *),
    struct md_error *e)
{
	report_options_level(o);
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
		   terminal_colors(env));
}

struct report_view
report_options_view(const struct report_options *o, char *(*env)(const char *))
{
	bool terminal = o->out[0] == '\0' && isatty(STDOUT_FILENO) != 0;

	return (struct report_view){
		.terminal = terminal ? terminal_columns(STDOUT_FILENO, env) : 0,
		.color = report_options_color(o, terminal, env),
		.columns = o->columns,
		.page = &o->page,
	};
}

bool
report_options_page(struct report_options *o, struct md_error *e)
{
	struct md_error unused;

	if (o->page.tz[0] == '\0')
		/* Where it cannot be told times are in UTC alone. */
		return zoneinfo_zone(&o->page.zone, "local", &unused) || true;
	return strcmp(o->page.tz, "UTC") == 0 ||
	       zoneinfo_zone(&o->page.zone, o->page.tz, e) ||
	       md_context(e, "--tz");
}

void
report_options_free(struct report_options *o)
{
	zone_destroy(&o->page.zone);
}

bool
report_options_columns(const struct report_options *o, const char *format,
    struct md_error *e)
{
	return o->columns[0] == '\0' || strcmp(format, "table") == 0 ||
	       md_fail(e, MD_EUSAGE,
		   "--columns: goes with the format table alone");
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
