/*
 * mdhealth: say whether the backfill is healthy.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/zoneinfo.h"
#include "notified.h"
#include "output/health.h"
#include "output/quality.h"
#include "polygon/polygon.h"
#include "polygon/probe.h"
#include "program.h"
#include "report/corrected.h"
#include "report/health.h"
#include "store/report.h"
#include "store/vendor.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"
#include "waits.h"

#define DEFAULT_LIMIT 20
#define CHART_RUNS    60 /* what the page shows */

enum view {
	VIEW_SUMMARY,
	VIEW_HISTORY,
	VIEW_EXECUTION,
	VIEW_FAILURES,
	VIEW_OBJECTIVES,
	VIEW_HOSTS,
	VIEW_CALENDAR,
	VIEW_QUALITY
};

struct settings {
	struct report_options common; /* first: its takers are handed this */
	struct report_view look;
	enum view view;
	bool several; /* views were asked for, which is one too many */
	bool probe;
	int64_t limit;
	md_date first, last; /* of the calendar */
	struct quality_bounds quality;
	char **symbols; /* of --quality */
	size_t symbols_len;
	char execution[EXECUTION_ID_SIZE];
	char base_url[512];
	char key_file[1024];
	char ca_file[TRUST_PATH];
	struct notified notified;
	const struct output_health *format; /* of this name: */
	char format_name[16];
};

/* -- options -- */

static void
choose(struct settings *s, enum view view)
{
	s->several = s->several || (s->view != VIEW_SUMMARY && s->view != view);
	s->view = view;
}

/* The view is the row's min. */
static bool
take_view(void *into, const struct option_value *v, struct md_error *e)
{
	(void)e;
	choose(into, (enum view)v->row->min);
	return true;
}

static bool
take_execution(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;
	size_t n = strlen(v->text);

	choose(s, VIEW_EXECUTION);
	if (n == 0 || n >= sizeof(s->execution))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected an execution's id, as --history lists "
		    "them",
		    v->text);
	memcpy(s->execution, v->text, n + 1);
	return true;
}

static bool
take_calendar(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;
	const char *dots = strstr(v->text, "..");
	char from[16] = "";

	choose(s, VIEW_CALENDAR);
	if (dots != NULL && (size_t)(dots - v->text) < sizeof(from))
		memcpy(from, v->text, (size_t)(dots - v->text));
	if (dots == NULL || !md_date_parse(from, &s->first) ||
	    !md_date_parse(dots + 2, &s->last))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected dates such as 2024-01-01..2024-12-31",
		    v->text);
	if (s->first > s->last)
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected the earlier date first", v->text);
	if (s->first < md_date_of(1990, 1, 1) ||
	    s->last > md_date_of(2100, 12, 31))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': the calendar knows the years 1990 to 2100",
		    v->text);
	return true;
}

#define AT(member) OPTION_AT(struct settings, member)
#define VIEW(view) .min = (view), .take = take_view

#define QUALITY_KEY(key, rule)                                                 \
	OPTION_KEY(key, OPTION_REAL, AT(quality.at[rule]), .max = 1000000000)

static const struct option_spec specs[] = {
	OPTION_SWITCH("history", "list the newest runs", OPTION_OWN,
	    VIEW(VIEW_HISTORY)),
	OPTION_ROW("execution", "ID", "list the jobs of one run", OPTION_OWN,
	    .take = take_execution),
	OPTION_SWITCH("failures", "list the newest failures", OPTION_OWN,
	    VIEW(VIEW_FAILURES)),
	OPTION_SWITCH("objectives", "list the objectives and the measurements",
	    OPTION_OWN, VIEW(VIEW_OBJECTIVES)),
	OPTION_SWITCH("hosts", "list who runs, holds and did what", OPTION_OWN,
	    VIEW(VIEW_HOSTS)),
	OPTION_SWITCH("quality", "list bars that are possible, but doubtful",
	    OPTION_OWN, VIEW(VIEW_QUALITY)),
	QUALITY_KEY("quality.spike_percent", QUALITY_SPIKE),
	QUALITY_KEY("quality.high_percent", QUALITY_HIGH),
	QUALITY_KEY("quality.low_percent", QUALITY_LOW),
	QUALITY_KEY("quality.volume_times", QUALITY_VOLUME),
	QUALITY_KEY("quality.still_bars", QUALITY_STILL),
	QUALITY_KEY("quality.thin_bars", QUALITY_THIN),
	QUALITY_KEY("quality.outside_minutes", QUALITY_OUTSIDE),
	OPTION_ROW("calendar", "FROM..TO", "list holidays and early closes",
	    OPTION_OWN, .take = take_calendar),
	OPTION_ROW("limit", "N", "maximum length of lists; 0 lists all (20)",
	    OPTION_COUNT, AT(limit), .max = 1000000000),
	{ .kind = OPTION_GROUP, .group = report_freshness },
	OPTION_SWITCH("probe-api", "also ask what the API gives to the key",
	    OPTION_FLAG, AT(probe)),
	OPTION_ROW("notify", "URL|COMMAND",
	    "tell it of alerts that are new, or over", OPTION_TEXT,
	    AT(notified.target), .env = "MD_NOTIFY"),
	OPTION_ROW("base-url", "URL", "the API (" POLYGON_URL ")", OPTION_TEXT,
	    AT(base_url), .env = "POLYGON_BASE_URL", .setting = "base_url"),
	OPTION_ROW("api-key-file", "FILE", "private file with the API key",
	    OPTION_TEXT, AT(key_file), .setting = "api_key_file",
	    .words = "@file"),
	OPTION_ROW("ca-file", "FILE", "certificates to trust (the system's)",
	    OPTION_TEXT, AT(ca_file), .setting = "ca_file", .words = "@file"),
	OPTION_ROW("format", "FORMAT", "one of " OUTPUT_HEALTH_FORMATS,
	    OPTION_WORD, AT(format_name), .letter = 'o',
	    .words = OUTPUT_HEALTH_FORMATS,
	    .refusal = "mdhealth writes " OUTPUT_HEALTH_FORMATS),
	{ .kind = OPTION_GROUP, .group = report_places },
	REPORT_LOCKS_OF_READER,
	{ .kind = OPTION_GROUP, .group = report_tables },
	{ .kind = OPTION_GROUP, .group = report_page },
	{ .kind = OPTION_GROUP, .group = report_output },
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdhealth",
	.operands = "[SYMBOL...]",
	.summary = "say whether the backfill is healthy",
	.options = specs,
	.config_at = offsetof(struct settings, common.config),
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->limit = -1;
	quality_bounds_init(&s->quality);
	memcpy(s->format_name, "table", sizeof("table"));
	memcpy(s->base_url, POLYGON_URL, sizeof(POLYGON_URL));
}

static bool
offered(const struct settings *s)
{
	switch (s->view) {
	case VIEW_SUMMARY:
		return s->format->summary != NULL;
	case VIEW_HISTORY:
		return s->format->history != NULL;
	case VIEW_EXECUTION:
		return s->format->jobs != NULL;
	case VIEW_FAILURES:
		return s->format->failures != NULL;
	case VIEW_OBJECTIVES:
		return s->format->objectives != NULL;
	case VIEW_HOSTS:
		return s->format->hosts != NULL;
	case VIEW_CALENDAR:
		return s->format->sessions != NULL;
	case VIEW_QUALITY:
		return output_quality_find(s->format_name) != NULL;
	}
	return false;
}

static bool
check_columns(const struct settings *s, struct md_error *e)
{
	const struct table_kind *kind = NULL;

	switch (s->view) {
	case VIEW_HISTORY:
		kind = &output_health_runs;
		break;
	case VIEW_EXECUTION:
		kind = &output_health_jobs;
		break;
	case VIEW_FAILURES:
		kind = &output_health_failures;
		break;
	case VIEW_HOSTS:
		kind = &output_health_hosts;
		break;
	case VIEW_CALENDAR:
		kind = &output_health_sessions;
		break;
	case VIEW_QUALITY:
		kind = &output_quality_columns;
		break;
	case VIEW_SUMMARY:
	case VIEW_OBJECTIVES:
		break;
	}
	if (kind != NULL)
		return table_columns_check(kind, s->common.columns, e);
	return s->common.columns[0] == '\0' ||
	       md_fail(e, MD_EUSAGE,
		   "--columns: goes with a list: --history, --execution, "
		   "--failures, --hosts or --calendar");
}

/* Where the environment names somebody, a list, or another time, is none of
 * theirs. */
static bool
check_notified(struct settings *s, struct md_error *e)
{
	const char *named = getenv("MD_NOTIFY");

	if (s->notified.target[0] == '\0')
		return true;
	if (s->view == VIEW_SUMMARY && !s->common.has_as_of)
		return notified_check(&s->notified, e);
	if (named != NULL && strcmp(named, s->notified.target) == 0) {
		s->notified.target[0] = '\0';
		return true;
	}
	return md_fail(e, MD_EUSAGE,
	    "--notify: goes with the summary alone, and not with --as-of");
}

/* Only a page is loaded anew, and has times of two zones. */
static bool
check_page(struct settings *s, struct md_error *e)
{
	const struct page_look *page = &s->common.page;

	if (strcmp(s->format_name, "html") == 0)
		return report_options_page(&s->common, e);
	return (page->refresh_ms == 0 && page->tz[0] == '\0') ||
	       md_fail(e, MD_EUSAGE, "--%s: goes with the format html alone",
		   page->refresh_ms != 0 ? "refresh" : "tz");
}

static bool
check(struct settings *s, struct md_error *e)
{
	if (!report_options_finish(&s->common, getenv, e) || !check_page(s, e))
		return false;
	program_waits(&s->common, NULL);
	s->look = report_options_view(&s->common, getenv);
	s->format = output_health_find(s->format_name);
	if (s->several)
		return md_fail(e, MD_EUSAGE,
		    "expected one of --history, --execution, --failures, "
		    "--objectives, --hosts, --quality and --calendar");
	if (s->symbols_len > 0 && s->view != VIEW_QUALITY)
		return md_fail(e, MD_EUSAGE,
		    "%.32s: unexpected: symbols go with --quality alone",
		    s->symbols[0]);
	if (s->probe && s->view != VIEW_SUMMARY)
		return md_fail(e, MD_EUSAGE,
		    "--probe-api: goes with the summary alone");
	if (!check_notified(s, e))
		return false;
	if (!offered(s))
		return md_fail(e, MD_EUSAGE,
		    "--format: '%s' is written of %s alone", s->format->format,
		    s->format->failures != NULL ? "--failures" : "the summary");
	if (s->limit < 0)
		s->limit =
		    strcmp(s->format_name, "series") == 0 ? 0 : DEFAULT_LIMIT;
	return report_options_columns(&s->common, s->format_name, e) &&
	       check_columns(s, e);
}

/* -- the API -- */

/* What no call told, a run may have seen. */
static bool
add_seen(struct store *st, const char *budget, struct plan_probe *out,
    struct md_error *e)
{
	struct plan_row *row = &out->rows[PLAN_SPLITS];
	struct key_right seen;
	char at[MD_TIME_MAX];

	if (row->status != PLAN_UNKNOWN)
		return true;
	if (!store_right_read(st, budget, NULL, RIGHT_SPLITS, &seen, e))
		return false;
	if (seen.noted_ms == 0)
		return true;
	row->status = strcmp(seen.status, RIGHT_YES) == 0 ? PLAN_YES : PLAN_NO;
	md_time_format(seen.noted_ms, at);
	(void)snprintf(row->detail, sizeof(row->detail), "as a run saw it, %s",
	    at);
	return true;
}

/* Once a probe is good: what the plan has. */
static bool
probe_plan(struct settings *s, struct store *st, const char *key,
    const struct trust *trust, struct plan_probe *out, struct md_error *e)
{
	struct plan_question q = {
		.base_url = s->base_url,
		.key = key,
		.trust = trust,
		.calendar = s->common.rule.calendar,
		.now_ms = md_now_ms(),
	};
	char budget[BUDGET_ID_SIZE];

	budget_id(s->base_url, key, budget);
	if (!store_limit_read(st, budget, &q.known, e))
		return false;
	plan_probe(&q, out);
	return add_seen(st, budget, out, e);
}

static bool
probe(struct settings *s, struct store *st, struct probe *out,
    struct md_error *e)
{
	struct trust trust;
	char key[KEY_MAX];
	bool good;

	memset(out, 0, sizeof(*out));
	if (!s->probe)
		return true;
	good = key_find(s->key_file, getenv, key, e) &&
	       trust_find(&trust, s->ca_file, getenv, e);
	if (good)
		probe_api(s->base_url, key, &trust, out);
	if (good && out->good)
		good = probe_plan(s, st, key, &trust, &out->plan, e);
	memset(key, 0, sizeof(key));
	return good;
}

/* -- the views -- */

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return check_report(&s->common.log, s->format_name, e);
}

static bool
wants_output(const struct settings *s, int code)
{
	return code != EXIT_OK || !s->common.quiet || s->common.out[0] != '\0';
}

static int
health(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct health_query q = {
		.rule = s->common.rule,
		.objectives = &s->common.objectives,
		.bounds = &s->common.alerts,
		.now_ms = s->common.now_ms,
		.db = s->common.db_typed ? s->common.db : NULL,
		.config = s->common.config,
		/* What lives is not of another time. */
		.lives = s->common.has_as_of ? NULL : process_is_alive,
		.executions = CHART_RUNS,
	};
	bool objectives = s->view == VIEW_OBJECTIVES;
	struct health h;
	struct probe p;
	int code;

	if (!probe(s, st, &p, e) || !health_read(st, &q, &p, &h, e))
		return EXIT_UNKNOWN;
	if ((objectives || s->format->measured) && !health_measure(st, &h, e)) {
		health_free(&h);
		return EXIT_UNKNOWN;
	}
	code = objectives ? EXIT_OK : (int)h.status;
	if (!wants_output(s, code))
		;
	else if (objectives)
		s->format->objectives(f, &h, &s->look);
	else
		s->format->summary(f, &h, &s->look);
	notified_look(&s->notified, &h);
	health_free(&h);
	return code;
}

static bool
read_executions(struct settings *s, struct store *st, const char *id,
    struct execution_rows *out, struct md_error *e)
{
	struct execution_query q = { .id = id,
		.until_ms = s->common.now_ms,
		.limit = s->limit };

	memset(out, 0, sizeof(*out));
	if (!store_report_executions(st, &q, out, e))
		return false;
	if (id != NULL && out->len > 1)
		return md_fail(e, MD_ESTORE,
		    "--execution: %s: %zu executions begin so; expected more "
		    "of the id",
		    id, out->len);
	if (out->len > 0)
		return true;
	if (id != NULL)
		return md_fail(e, MD_ESTORE,
		    "--execution: %s: no such execution; see mdhealth "
		    "--history",
		    id);
	return md_fail(e, MD_ESTORE,
	    "no execution is logged: run mdbackfill first");
}

static int
history(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct health h;
	bool good;

	memset(&h, 0, sizeof(h));
	h.now_ms = s->common.now_ms;
	good = read_executions(s, st, NULL, &h.executions, e);
	if (good && wants_output(s, EXIT_OK))
		s->format->history(f, &h, &s->look);
	execution_rows_free(&h.executions);
	return good ? EXIT_OK : EXIT_UNKNOWN;
}

static int
execution(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct job_rows jobs = { NULL, 0, 0 };
	struct execution_rows found;
	bool good = read_executions(s, st, s->execution, &found, e) &&
		    store_report_jobs(st, found.v[0].x.id, &jobs, e);
	struct job_report r = { s->common.now_ms, found.v, &jobs };

	if (good && wants_output(s, EXIT_OK))
		s->format->jobs(f, &r, &s->look);
	job_rows_free(&jobs);
	execution_rows_free(&found);
	return good ? EXIT_OK : EXIT_UNKNOWN;
}

static int
failures(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct failure_rows found;
	struct failure_report r = { s->common.now_ms, &found };
	int64_t since = s->common.now_ms - s->common.objectives.window_ms;

	if (!failures_read(st, since, s->common.now_ms, (size_t)s->limit,
		&found, e))
		return EXIT_UNKNOWN;
	if (wants_output(s, EXIT_OK))
		s->format->failures(f, &r, &s->look);
	failure_rows_free(&found);
	return EXIT_OK;
}

static int
hosts(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct host_rows found = { NULL, 0, 0 };
	struct host_report r = { s->common.now_ms,
		s->common.objectives.window_ms, &found };
	bool good = hosts_read(st, r.now_ms - r.window_ms, r.now_ms, &found, e);

	if (s->limit > 0 && found.len > (size_t)s->limit)
		found.len = (size_t)s->limit;
	if (good && wants_output(s, EXIT_OK))
		s->format->hosts(f, &r, &s->look);
	host_rows_free(&found);
	return good ? EXIT_OK : EXIT_UNKNOWN;
}

static int
quality(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	const struct quality_query q = {
		.bounds = &s->quality,
		.calendar = s->common.rule.calendar,
		.now_ms = s->common.now_ms,
		.limit = (size_t)s->limit,
		.symbols = s->symbols,
		.symbols_len = s->symbols_len,
	};
	struct quality_report r;
	bool good = quality_read(st, &q, &r, e);

	if (good && wants_output(s, EXIT_OK))
		output_quality_find(s->format_name)->write(f, &r, &s->look);
	quality_report_free(&r);
	return good ? EXIT_OK : EXIT_UNKNOWN;
}

static int
view(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct session_report r = { s->common.rule.calendar, s->first,
		s->last };

	switch (s->view) {
	case VIEW_HISTORY:
		return history(s, st, f, e);
	case VIEW_EXECUTION:
		return execution(s, st, f, e);
	case VIEW_FAILURES:
		return failures(s, st, f, e);
	case VIEW_HOSTS:
		return hosts(s, st, f, e);
	case VIEW_CALENDAR:
		s->format->sessions(f, &r, &s->look);
		return EXIT_OK;
	case VIEW_QUALITY:
		return quality(s, st, f, e);
	case VIEW_SUMMARY:
	case VIEW_OBJECTIVES:
		break;
	}
	return health(s, st, f, e);
}

/* -- the job -- */

/* st: null when the view needs none. */
static int
run_on(struct settings *s, struct store *st)
{
	struct outfile out;
	struct md_error e;
	bool gone;
	int code, tries = 0;

	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	do {
		code = EXIT_UNKNOWN;
		if (st != NULL && !store_report_begin(st, &e))
			continue;
		code = view(s, st, out.f, &e);
		if (st != NULL)
			store_report_end(st);
	} while (code == EXIT_UNKNOWN && st != NULL &&
		 store_reads_again(st, &tries));
	if (code == EXIT_UNKNOWN) {
		outfile_abandon(&out);
		return report(s, &e);
	}
	if (!outfile_commit(&out, &gone, &e))
		code = report(s, &e);
	notified_tell(&s->notified, st, s->common.db, s->ca_file,
	    &s->common.log);
	return code;
}

/* *corrected: the calendar by what the store holds, if it corrects anything. */
static bool
open_store(struct settings *s, struct store **st, struct calendar **corrected,
    struct md_error *e)
{
	if (!store_open_readonly(s->common.db, st, e) ||
	    (*st != NULL &&
		!corrected_calendar(corrected, *st, &s->common.changes, e))) {
		store_close(st);
		if (s->view != VIEW_CALENDAR)
			return false;
		/* The rules are known without it. */
		log_write(&s->common.log, LOG_WARNING,
		    "%s; what the vendor told of the calendar is left out",
		    e->text);
		return true;
	}
	if (*corrected != NULL)
		s->common.rule.calendar = *corrected;
	return *st != NULL || s->view == VIEW_CALENDAR ||
	       md_fail(e, MD_ESTORE,
		   "store %s: does not exist: run mdbackfill first, or name "
		   "another with --db",
		   s->common.db);
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct calendar *cal = NULL, *corrected = NULL;
	struct store *st = NULL;
	struct md_error e;
	int code;

	s->symbols = argv;
	s->symbols_len = (size_t)argc;
	if (!check(s, &e) ||
	    !zoneinfo_calendar_changed(&cal, &s->common.changes, &e))
		return report(s, &e);
	s->common.rule.calendar = cal;
	code =
	    open_store(s, &st, &corrected, &e) ? run_on(s, st) : report(s, &e);
	store_close(&st);
	calendar_destroy(&corrected);
	calendar_destroy(&cal);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;
	int code;

	signals_ignore();
	defaults(&s);
	code = program_main(&program, argc, argv, &s, run, report);
	report_options_free(&s.common);
	return code;
}
