/*
 * mdhealth: say whether the backfill is healthy.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/option_takers.h"
#include "cli/report_options.h"
#include "cli/zoneinfo.h"
#include "exit.h"
#include "output/health.h"
#include "polygon/polygon.h"
#include "polygon/probe.h"
#include "report/health.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"

#define DEFAULT_LIMIT 20
#define CHART_RUNS    60 /* what the page shows */

enum view {
	VIEW_SUMMARY,
	VIEW_HISTORY,
	VIEW_EXECUTION,
	VIEW_FAILURES,
	VIEW_OBJECTIVES,
	VIEW_CALENDAR
};

struct settings {
	struct report_options common; /* first: its takers are handed this */
	enum view view;
	bool several; /* views were asked for, which is one too many */
	bool probe;
	int64_t limit;
	md_date first, last; /* of the calendar */
	char execution[EXECUTION_ID_SIZE];
	char base_url[512];
	char key_file[1024];
	const struct output_health *format;
};

/* -- options -- */

#define SETTINGS ((struct settings *)into)

static void
choose(struct settings *s, enum view view)
{
	s->several = s->several || (s->view != VIEW_SUMMARY && s->view != view);
	s->view = view;
}

#define TAKE_VIEW(name, view)                                                  \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first, (void)value, (void)e;                             \
		choose(SETTINGS, view);                                        \
		return true;                                                   \
	}

TAKE_VIEW(history, VIEW_HISTORY)
TAKE_VIEW(failures, VIEW_FAILURES)
TAKE_VIEW(objectives, VIEW_OBJECTIVES)

TAKE(execution)
{
	size_t n = strlen(value);

	(void)first;
	choose(SETTINGS, VIEW_EXECUTION);
	if (n == 0 || n >= sizeof(SETTINGS->execution))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected an execution's id, as --history lists "
		    "them",
		    value);
	memcpy(SETTINGS->execution, value, n + 1);
	return true;
}

TAKE(calendar)
{
	const char *dots = strstr(value, "..");
	char from[16] = "";

	(void)first;
	choose(SETTINGS, VIEW_CALENDAR);
	if (dots != NULL && (size_t)(dots - value) < sizeof(from))
		memcpy(from, value, (size_t)(dots - value));
	if (dots == NULL || !md_date_parse(from, &SETTINGS->first) ||
	    !md_date_parse(dots + 2, &SETTINGS->last))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected dates such as 2024-01-01..2024-12-31",
		    value);
	if (SETTINGS->first > SETTINGS->last)
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': expected the earlier date first", value);
	if (SETTINGS->first < md_date_of(1990, 1, 1) ||
	    SETTINGS->last > md_date_of(2100, 12, 31))
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': the calendar knows the years 1990 to 2100",
		    value);
	return true;
}

TAKE(probe)
{
	(void)first, (void)value, (void)e;
	SETTINGS->probe = true;
	return true;
}

TAKE(limit)
{
	(void)first;
	return option_int(value, 0, 1000000000, &SETTINGS->limit, e);
}

TAKE(format)
{
	(void)first;
	SETTINGS->format = output_health_find(value);
	return SETTINGS->format != NULL ||
	       md_fail(e, MD_EUSAGE, "'%s': mdhealth writes %s", value,
		   OUTPUT_HEALTH_FORMATS);
}

TAKE(base_url)
{
	(void)first;
	return option_text(value, SETTINGS->base_url,
	    sizeof(SETTINGS->base_url), e);
}

TAKE(key_file)
{
	(void)first;
	return option_text(value, SETTINGS->key_file,
	    sizeof(SETTINGS->key_file), e);
}

static const struct option_spec specs[] = {
	{ 0, "history", NULL, "list the newest runs", take_history, NULL, NULL,
	    NULL },
	{ 0, "execution", "ID", "list the jobs of one run", take_execution,
	    NULL, NULL, NULL },
	{ 0, "failures", NULL, "list the newest failures", take_failures, NULL,
	    NULL, NULL },
	{ 0, "objectives", NULL, "list the objectives and what was measured",
	    take_objectives, NULL, NULL, NULL },
	{ 0, "calendar", "FROM..TO", "list holidays and early closes",
	    take_calendar, NULL, NULL, NULL },
	{ 0, "limit", "N", "of lists: how many; 0 lists all (20)", take_limit,
	    NULL, NULL, NULL },
	REPORT_OPTIONS_FRESHNESS,
	{ 0, "probe-api", NULL, "also ask the API whether it answers",
	    take_probe, NULL, NULL, NULL },
	{ 0, "base-url", "URL", "the API (" POLYGON_URL ")", take_base_url,
	    "POLYGON_BASE_URL", "base_url", NULL },
	{ 0, "api-key-file", "FILE", "read the key from this private file",
	    take_key_file, NULL, "api_key_file", "@file" },
	{ 'o', "format", "FORMAT", "one of " OUTPUT_HEALTH_FORMATS, take_format,
	    NULL, NULL, OUTPUT_HEALTH_FORMATS },
	REPORT_OPTIONS_PLACES,
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct program program = {
	.name = "mdhealth",
	.operands = NULL,
	.summary = "say whether the backfill is healthy",
	.options = specs,
	.settings = report_settings,
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->limit = DEFAULT_LIMIT;
	s->format = output_health_find("table");
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
	case VIEW_CALENDAR:
		return s->format->sessions != NULL;
	}
	return false;
}

static bool
check(struct settings *s, struct md_error *e)
{
	if (!report_options_finish(&s->common, getenv, e))
		return false;
	if (s->several)
		return md_fail(e, MD_EUSAGE,
		    "expected one of --history, --execution, --failures, "
		    "--objectives and --calendar");
	if (s->probe && s->view != VIEW_SUMMARY)
		return md_fail(e, MD_EUSAGE,
		    "--probe-api: goes with the summary alone");
	if (!offered(s))
		return md_fail(e, MD_EUSAGE,
		    "--format: '%s' is written of the summary alone",
		    s->format->format);
	return true;
}

/* -- the API -- */

static bool
probe(struct settings *s, struct probe *out, struct md_error *e)
{
	char key[KEY_MAX];
	bool good;

	memset(out, 0, sizeof(*out));
	if (!s->probe)
		return true;
	good = key_find(s->key_file, getenv, key, e);
	if (good)
		probe_api(s->base_url, key, out);
	memset(key, 0, sizeof(key));
	return good;
}

/* -- the views -- */

/* Whatever went wrong, what was asked is not known. */
static int
report(struct settings *s, const struct md_error *e)
{
	log_write(&s->common.log, LOG_ERROR, "%s", e->text);
	return EXIT_UNKNOWN;
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
		/* What lives is not of another time. */
		.lives = s->common.has_as_of ? NULL : process_lives,
		.executions = CHART_RUNS,
	};
	bool objectives = s->view == VIEW_OBJECTIVES;
	struct health h;
	struct probe p;
	int code;

	if (!probe(s, &p, e) || !health_read(st, &q, &p, &h, e))
		return EXIT_UNKNOWN;
	if ((objectives || s->format->measured) && !health_measure(st, &h, e)) {
		health_free(&h);
		return EXIT_UNKNOWN;
	}
	code = objectives ? EXIT_OK : (int)h.status;
	if (!wants_output(s, code))
		;
	else if (objectives)
		s->format->objectives(f, &h);
	else
		s->format->summary(f, &h,
		    report_options_color(&s->common, isatty(STDOUT_FILENO) != 0,
			getenv));
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
	if (!st->ops->report_executions(st, &q, out, e))
		return false;
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
		s->format->history(f, &h);
	execution_rows_free(&h.executions);
	return good ? EXIT_OK : EXIT_UNKNOWN;
}

static int
execution(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct job_rows jobs = { NULL, 0, 0 };
	struct execution_rows found;
	bool good = read_executions(s, st, s->execution, &found, e) &&
		    st->ops->report_jobs(st, s->execution, &jobs, e);
	struct job_report r = { s->common.now_ms, found.v, &jobs };

	if (good && wants_output(s, EXIT_OK))
		s->format->jobs(f, &r);
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
		s->format->failures(f, &r);
	failure_rows_free(&found);
	return EXIT_OK;
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
	case VIEW_CALENDAR:
		s->format->sessions(f, &r);
		return EXIT_OK;
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
	int code;

	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	if (st != NULL && !st->ops->report_begin(st, &e)) {
		outfile_abandon(&out);
		return report(s, &e);
	}
	code = view(s, st, out.f, &e);
	if (st != NULL)
		st->ops->report_end(st);
	if (code == EXIT_UNKNOWN) {
		outfile_abandon(&out);
		return report(s, &e);
	}
	return outfile_commit(&out, &gone, &e) ? code : report(s, &e);
}

static bool
open_store(struct settings *s, struct store **st, struct md_error *e)
{
	if (s->view == VIEW_CALENDAR)
		return true;
	if (!store_open_readonly(s->common.db, st, e))
		return false;
	return *st != NULL ||
	       md_fail(e, MD_ESTORE,
		   "store %s: does not exist: run mdbackfill first, or name "
		   "another with --db",
		   s->common.db);
}

static int
run(struct settings *s)
{
	struct calendar *cal = NULL;
	struct store *st = NULL;
	struct md_error e;
	int code;

	if (!check(s, &e) || !zoneinfo_calendar(&cal, NULL, &e))
		return report(s, &e);
	s->common.rule.calendar = cal;
	code = open_store(s, &st, &e) ? run_on(s, st) : report(s, &e);
	store_close(&st);
	calendar_destroy(&cal);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;
	char config[OPTIONS_PATH];
	struct options_sources from = options_sources_usual(getenv, config);
	struct md_error e;
	int operands;

	signals_ignore();
	defaults(&s);
	switch (options_parse(&program, argc, argv, &from, &s, &operands,
	    stdout, &e)) {
	case OPTIONS_SHOWN:
		return EXIT_OK;
	case OPTIONS_BAD:
		return report(&s, &e);
	case OPTIONS_RUN:
		break;
	}
	return run(&s);
}
