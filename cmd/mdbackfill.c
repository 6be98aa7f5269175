/*
 * mdbackfill: fetch the bars that the store lacks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backfill/backfill.h"
#include "backfill/progress.h"
#include "base/mdtime.h"
#include "cli/option_takers.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "exit.h"
#include "output/backfill.h"
#include "pace/pacing.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"
#include "sys/xdg.h"

#define DEFAULT_TIMEFRAMES (1U << TF_1D)
#define NICE_MAX           19

struct settings {
	struct report_options common; /* first: its options are taken there */
	const volatile sig_atomic_t *stop; /* the signal's number */
	struct backfill_options backfill;
	struct selection selection;
	struct progress_bar bar;
	char watchlist[1024];
	char key_file[1024];
	char base_url[512];
	char run_id[RUN_ID_SIZE];
	char key[KEY_MAX];
	char split[SYMBOL_MAX]; /* to confirm: whose, … */
	md_date split_date;     /* … and of which date */
	const struct output_backfill *format;
	int nice;
	bool all, requested, plan;
};

/* -- options -- */

#define UNUSED_FIRST (void)first
#define SETTINGS     ((struct settings *)into)
#define BACKFILL     (((struct settings *)into)->backfill)

/* Options that set, copy or measure, a line each. */
#define TAKE_TIME(name, member)                                                \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first;                                                   \
		return option_duration(value, &BACKFILL.member, e);            \
	}

TAKE_FLAG(all, SETTINGS->all = true)
TAKE_FLAG(dry_run, SETTINGS->plan = true)
TAKE_FLAG(features_only, BACKFILL.features_only = true)
TAKE_FLAG(final_only, BACKFILL.finality.final_only = true)
TAKE_FLAG(derive, BACKFILL.derive = true)
TAKE_FLAG(no_grouped, BACKFILL.no_grouped = true)
TAKE_FLAG(no_features, BACKFILL.no_features = true)
TAKE_FLAG(refresh, BACKFILL.refresh = true)
TAKE_FLAG(store_all, BACKFILL.store_all = true)
TAKE_FLAG(requested, SETTINGS->requested = true)
TAKE_FLAG(sequential, BACKFILL.jobs = 1)
TAKE_TEXT(key_file)
TAKE_TEXT(base_url)
TAKE_TEXT(watchlist)
TAKE_TIME(backoff_base, polygon.backoff.base_ms)
TAKE_TIME(backoff_cap, polygon.backoff.cap_ms)
TAKE_TIME(reask, finality.reask_ms)
TAKE_TIME(settle, finality.settle_ms)
TAKE_TIME(stagger, stagger_ms)

static bool
timeout(const char *value, int64_t *ms, struct md_error *e)
{
	if (!option_duration(value, ms, e))
		return false;
	if (*ms < 1000 || *ms > MD_DAY)
		return md_fail(e, MD_EUSAGE, "'%s': expected 1s to 24h", value);
	return true;
}

TAKE(connect_timeout)
{
	UNUSED_FIRST;
	return timeout(value, &BACKFILL.polygon.connect_timeout_ms, e);
}

TAKE(stall_timeout)
{
	UNUSED_FIRST;
	return timeout(value, &BACKFILL.polygon.stall_timeout_ms, e);
}

TAKE(request_timeout)
{
	UNUSED_FIRST;
	return timeout(value, &BACKFILL.polygon.request_timeout_ms, e);
}

/* SYMBOL=DATE */
TAKE(confirm_split)
{
	char text[SYMBOL_MAX * 2];
	char *date;

	UNUSED_FIRST;
	if (!option_text(value, text, sizeof(text), e))
		return false;
	date = strrchr(text, '=');
	if (date == NULL || !md_date_parse(date + 1, &SETTINGS->split_date))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected SYMBOL=DATE such as AAPL=2020-08-31",
		    value);
	*date = '\0';
	return symbol_normalize(text, symbol_class(text), SETTINGS->split, e);
}

TAKE(verify_derived)
{
	UNUSED_FIRST;
	BACKFILL.derive = true;
	return option_int(value, 1, 10000, &BACKFILL.verify_derived, e);
}

TAKE(days)
{
	int64_t n;

	UNUSED_FIRST;
	if (!option_int(value, 0, 36500, &n, e))
		return false;
	BACKFILL.days = (int)n;
	return true;
}

static bool
take_date(const char *value, md_date *out, bool *has, struct md_error *e)
{
	if (!md_date_parse(value, out))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a date such as 2024-07-01", value);
	*has = true;
	return true;
}

TAKE(from)
{
	UNUSED_FIRST;
	return take_date(value, &BACKFILL.from, &BACKFILL.has_from, e);
}

TAKE(to)
{
	UNUSED_FIRST;
	return take_date(value, &BACKFILL.to, &BACKFILL.has_to, e);
}

TAKE(jobs)
{
	int64_t n;

	UNUSED_FIRST;
	if (!option_int(value, 1, 256, &n, e))
		return false;
	BACKFILL.jobs = (unsigned)n;
	return true;
}

TAKE(max_retries)
{
	int64_t n;

	UNUSED_FIRST;
	if (!option_int(value, 0, 100, &n, e))
		return false;
	BACKFILL.polygon.backoff.max_retries = (unsigned)n;
	return true;
}

TAKE(nice)
{
	int64_t n;

	UNUSED_FIRST;
	if (!option_int(value, 0, NICE_MAX, &n, e))
		return false;
	SETTINGS->nice = (int)n;
	return true;
}

TAKE(format)
{
	UNUSED_FIRST;
	SETTINGS->format = output_backfill_find(value);
	return SETTINGS->format != NULL ||
	       md_fail(e, MD_EUSAGE, "'%s': mdbackfill writes %s", value,
		   OUTPUT_BACKFILL_FORMATS);
}

TAKE(rate)
{
	UNUSED_FIRST;
	if (strcmp(value, "adapt") == 0) {
		BACKFILL.polygon.per_minute = 0;
		return true;
	}
	return pacing_parse(value, &BACKFILL.polygon.per_minute, e);
}

TAKE(run_id)
{
	UNUSED_FIRST;
	if (!run_id_valid(value))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected 1 to %d letters, digits or any of -_.:",
		    value, RUN_ID_SIZE - 1);
	return option_text(value, SETTINGS->run_id, sizeof(SETTINGS->run_id),
	    e);
}

TAKE(tier)
{
	enum tier t;

	if (first)
		BACKFILL.tiers = 0;
	if (!tier_parse(value, &t))
		return md_fail(e, MD_EUSAGE, "'%s': expected one of %s", value,
		    TIER_NAMES);
	BACKFILL.tiers |= 1U << t;
	return true;
}

TAKE(timeframes)
{
	unsigned bits;

	if (first)
		BACKFILL.timeframes = 0;
	if (!timeframes_parse(value, &bits, e))
		return false;
	BACKFILL.timeframes |= bits;
	return true;
}

/* Letter, name, argument, help, take, environment, configuration, words. */
static const struct option_spec specs[] = {
	{ 't', "timeframes", "TF,...", "timeframes to fetch (1d)",
	    take_timeframes, NULL, "timeframes", TF_NAMES },
	{ 'w', "watchlist", "FILE", "symbols and what to fetch of them",
	    take_watchlist, NULL, "watchlist", "@file" },
	{ 0, "all", NULL, "every active series of the store", take_all, NULL,
	    NULL, NULL },
	{ 0, "requested", NULL, "the series that readers found missing",
	    take_requested, NULL, NULL, NULL },
	{ 0, "tier", "TIER", "only symbols of this tier; repeatable", take_tier,
	    NULL, NULL, TIER_NAMES },
	{ 0, "from", "DATE", "first day (30 days ago)", take_from, NULL, NULL,
	    NULL },
	{ 0, "to", "DATE", "last day (today)", take_to, NULL, NULL, NULL },
	{ 0, "days", "N", "in the place of --from: so many days ago", take_days,
	    NULL, "days", NULL },
	{ 'j', "jobs", "N", "series fetched at once (3)", take_jobs, NULL,
	    "jobs", NULL },
	{ 0, "sequential", NULL, "one series after another: -j 1",
	    take_sequential, NULL, NULL, NULL },
	{ 0, "stagger", "TIME", "at least this long between starts (0)",
	    take_stagger, NULL, "stagger", NULL },
	{ 0, "rate", "N/min|N/s", "pace of requests (adapt)", take_rate, NULL,
	    "rate", "adapt 5/min 300/min 50/s" },
	{ 0, "nice", "N", "give way to other programs this much (10)",
	    take_nice, NULL, "nice", NULL },
	{ 0, "max-retries", "N", "tries after the first (5)", take_max_retries,
	    NULL, "max_retries", NULL },
	{ 0, "backoff-base", "TIME", "longest first wait between tries (1s)",
	    take_backoff_base, NULL, "backoff_base", NULL },
	{ 0, "backoff-cap", "TIME", "longest wait of all (5m)",
	    take_backoff_cap, NULL, "backoff_cap", NULL },
	{ 0, "refresh", NULL, "fetch again what is covered", take_refresh, NULL,
	    NULL, NULL },
	{ 0, "derive", NULL, "make coarser bars of finer ones, with no call",
	    take_derive, NULL, NULL, NULL },
	{ 0, "verify-derived", "N",
	    "derive, after comparing N windows of each series",
	    take_verify_derived, NULL, NULL, NULL },
	{ 0, "no-grouped", NULL, "never fetch a day of all symbols in one call",
	    take_no_grouped, NULL, NULL, NULL },
	{ 0, "store-all-grouped", NULL,
	    "keep what such a call brings of other symbols, too",
	    take_store_all, NULL, NULL, NULL },
	{ 0, "no-features", NULL, "store bars alone, compute no features",
	    take_no_features, NULL, NULL, NULL },
	{ 0, "features-only", NULL,
	    "compute what features are missing, ask the API nothing",
	    take_features_only, NULL, NULL, NULL },
	{ 0, "confirm-split", "SYMBOL=DATE",
	    "apply a split that was doubted, and stop", take_confirm_split,
	    NULL, NULL, NULL },
	{ 'n', "dry-run", NULL, "print the plan and its cost, and stop",
	    take_dry_run, NULL, NULL, NULL },
	{ 0, "run-id", "ID", "ties this run to others in the log", take_run_id,
	    "MD_RUN_ID", NULL, NULL },
	{ 0, "base-url", "URL", "the API (" POLYGON_URL ")", take_base_url,
	    "POLYGON_BASE_URL", "base_url", NULL },
	{ 0, "api-key-file", "FILE", "read the key from this private file",
	    take_key_file, NULL, "api_key_file", "@file" },
	{ 0, "settle", "TIME", "a bar counts as ended this much later (15m)",
	    take_settle, NULL, "settle", NULL },
	{ 0, "reask", "TIME", "ask again for open bars after this (5m)",
	    take_reask, NULL, "reask", NULL },
	{ 0, "final-only", NULL, "fetch no bars that may still change",
	    take_final_only, NULL, NULL, NULL },
	{ 0, "connect-timeout", "TIME", "for a connection (10s)",
	    take_connect_timeout, NULL, "connect_timeout", NULL },
	{ 0, "stall-timeout", "TIME", "without a byte (20s)",
	    take_stall_timeout, NULL, "stall_timeout", NULL },
	{ 0, "request-timeout", "TIME", "for a whole answer (5m)",
	    take_request_timeout, NULL, "request_timeout", NULL },
	{ 'o', "format", "FORMAT", "of plan and summary: table, json",
	    take_format, NULL, NULL, OUTPUT_BACKFILL_FORMATS },
	REPORT_OPTIONS_PLACES,
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct program program = {
	.name = "mdbackfill",
	.operands = "[SYMBOL...|-]",
	.summary = "fetch the bars that the store lacks",
	.options = specs,
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->bar.log = &s->common.log;
	s->format = output_backfill_find("table");
	s->nice = 10;
	backfill_defaults(&s->backfill);
	memcpy(s->base_url, POLYGON_URL, sizeof(POLYGON_URL));
}

/* -- what to fetch -- */

/*
 * What readers asked mdserve for and did not find.  A store of an older
 * version is brought up to date first, but for a plan, which changes nothing.
 */
static bool
choose_requested(struct settings *s, int argc, struct md_error *e)
{
	struct backfill_options *o = &s->backfill;
	struct store *st = NULL;
	bool good;

	if (argc > 0 || s->all || o->features_only)
		return md_fail(e, MD_EUSAGE,
		    "--requested fetches what readers found missing: expected "
		    "no symbols, --all or --features-only beside it");
	good = s->plan ? store_open_readonly(o->db, &st, e)
		       : store_open_existing(o->db, &st, e);
	if (good && st == NULL)
		return md_fail(e, MD_ESTORE, "store %s: does not exist", o->db);
	good = good &&
	       st->ops->requests(st, o->timeframes, &s->selection.symbols, e);
	store_close(&st);
	o->symbols = &s->selection.symbols;
	o->requested = true;
	return good;
}

static bool
choose_series(struct settings *s, int argc, char **argv, struct md_error *e)
{
	struct backfill_options *o = &s->backfill;

	if (o->no_features && o->features_only)
		return md_fail(e, MD_EUSAGE,
		    "--features-only and --no-features leave nothing to do: "
		    "expected one of them at most");
	if (s->requested) {
		if (o->timeframes == 0)
			o->timeframes = ~0U;
		return choose_requested(s, argc, e);
	}
	if (s->all && argc > 0)
		return md_fail(e, MD_EUSAGE,
		    "--all fetches every active series: name no symbols "
		    "beside it");
	if (!selection_read(&s->selection, argc, argv, stdin,
		s->watchlist[0] == '\0' || s->all ? NULL : s->watchlist, e))
		return false;
	o->whole = s->selection.whole;
	if (argc > 0 || o->whole)
		o->symbols = &s->selection.symbols;
	else if (!s->all && !o->features_only && o->tiers == ~0U)
		return md_fail(e, MD_EUSAGE,
		    "nothing to fetch: name symbols, a watchlist (-w FILE), "
		    "--all, --requested or --tier; see mdbackfill -h");
	if (o->timeframes == 0)
		o->timeframes = o->symbols == NULL ? ~0U : DEFAULT_TIMEFRAMES;
	return true;
}

static bool
check_dates(const struct settings *s, struct md_error *e)
{
	const struct backfill_options *o = &s->backfill;
	/* A day of crypto may have begun that New York has not seen yet. */
	md_date today = (md_date)((md_now_ms() + o->now_offset_ms) / MD_DAY);
	char from[11], to[11];

	/* What is stored must not come from a day that was not. */
	if (!s->plan && o->now_offset_ms > MD_MINUTE)
		return md_fail(e, MD_EUSAGE,
		    "--as-of: is in the future; expected that only with -n");
	if (o->has_from)
		md_date_format(o->from, from);
	if (o->has_to)
		md_date_format(o->to, to);
	if (o->has_from && o->has_to && o->from > o->to)
		return md_fail(e, MD_EUSAGE,
		    "--from %s is after --to %s; expected the earlier date "
		    "first",
		    from, to);
	if (o->has_from && o->from > today)
		return md_fail(e, MD_EUSAGE, "--from %s is in the future",
		    from);
	if (o->has_to && o->to > today)
		return md_fail(e, MD_EUSAGE, "--to %s is in the future", to);
	return true;
}

/* -- the job -- */

static int
report(struct settings *s, const struct md_error *e)
{
	log_write(&s->common.log, LOG_ERROR, "%s", e->text);
	return exit_code(e->code);
}

static int
print_plan(struct settings *s, const struct calendar *cal)
{
	struct backfill_plan plan;
	struct outfile out;
	struct md_error e;
	bool gone, good;

	if (!backfill_plan(&s->backfill, cal, &plan, &e))
		return report(s, &e);
	good = outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e);
	if (good) {
		s->format->plan(out.f, &plan, s->backfill.polygon.per_minute);
		good = outfile_commit(&out, &gone, &e);
	}
	backfill_plan_free(&plan);
	return good ? EXIT_DONE : report(s, &e);
}

static int
verdict(const struct settings *s, const struct backfill_result *r)
{
	size_t completed = 0, untried = 0;

	for (size_t i = 0; i < r->jobs_len; i++) {
		completed += r->jobs[i].status == JOB_COMPLETED;
		untried += r->jobs[i].status == JOB_PENDING;
	}
	if (r->stopped.code == MD_EINTR)
		return *s->stop == SIGTERM ? EXIT_SIGTERM : EXIT_SIGINT;
	/* The API is down; where each job has found out, they just failed. */
	if (r->stopped.code != MD_OK &&
	    (r->stopped.code != MD_EAPI || untried > 0))
		return exit_code(r->stopped.code);
	if (completed == r->jobs_len)
		return r->splits_failed ? EXIT_SOME_FAILED : EXIT_DONE;
	if (completed == 0)
		return r->reached ? EXIT_ALL_FAILED : EXIT_UNAVAILABLE;
	return EXIT_SOME_FAILED;
}

static int
print_summary(struct settings *s, struct outfile *out,
    const struct backfill_result *r)
{
	struct md_error e;
	int code = verdict(s, r);
	bool gone;

	if (r->stopped.code != MD_OK)
		log_write(&s->common.log, LOG_ERROR, "%s", r->stopped.text);
	if (s->common.quiet && s->common.out[0] == '\0')
		return code;
	s->format->summary(out->f, r);
	if (!outfile_commit(out, &gone, &e))
		return report(s, &e);
	return code;
}

/*
 * A backfill is work in the background: who waits for an answer from the same
 * store goes first.  Before there are threads, which inherit it.
 */
static void
give_way(struct settings *s)
{
	int now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	if ((now == -1 && errno != 0) ||
	    (now < s->nice && setpriority(PRIO_PROCESS, 0, s->nice) != 0))
		log_write(&s->common.log, LOG_DEBUG, "niceness %d: %s", s->nice,
		    strerror(errno));
}

static int
backfill(struct settings *s, const struct calendar *cal)
{
	struct backfill_result result;
	struct outfile out;
	struct md_error e;
	int code;

	if ((!s->backfill.features_only &&
		!key_find(s->key_file, getenv, s->key, &e)) ||
	    !outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	s->backfill.polygon.key = s->key;
	if (isatty(STDERR_FILENO) && !s->common.quiet && !s->common.log.json) {
		s->bar.color = s->common.color == COLOR_ALWAYS ||
			       (s->common.color == COLOR_AUTO &&
				   getenv("NO_COLOR") == NULL);
		s->backfill.progress = progress_draw;
		s->backfill.progress_ctx = &s->bar;
	}
	give_way(s);
	s->stop = signals_catch();
	if (!backfill_run(&s->backfill, cal, s->stop, &result, &e)) {
		progress_end(&s->bar);
		outfile_abandon(&out);
		return report(s, &e);
	}
	progress_end(&s->bar);
	code = print_summary(s, &out, &result);
	backfill_result_free(&result);
	return code;
}

/* Tests of what comes when a lease is over need not wait a minute for it. */
static bool
test_lease(int64_t *ms, struct md_error *e)
{
	const char *value = getenv("MD_TEST_LEASE_MS");

	return value == NULL || option_int(value, 100, 600000, ms, e) ||
	       md_context(e, "MD_TEST_LEASE_MS");
}

/* What a person has looked at and found to be right counts from now on. */
static int
confirm_split(struct settings *s, const struct calendar *cal)
{
	md_date today = calendar_date(cal, CLASS_STOCK,
	    md_now_ms() + s->backfill.now_offset_ms);
	struct store *st = NULL;
	struct md_error e;
	bool found, good;

	good = store_open_existing(s->common.db, &st, &e) &&
	       st->ops->split_confirm(st, s->split, s->split_date, &found, &e);
	if (good && !found)
		good = md_fail(&e, MD_EUSAGE,
		    "--confirm-split: the store %s has no split of %s on that "
		    "date; mdhealth names those that are doubted",
		    s->common.db, s->split);
	good = good && st->ops->derive_adjustments(st, cal, today, &e);
	store_close(&st);
	return good ? EXIT_DONE : report(s, &e);
}

static int
run(struct settings *s, int argc, char **argv)
{
	struct calendar *cal = NULL;
	bool placed = s->common.db[0] != '\0';
	struct md_error e;
	int code;

	if (!report_options_finish(&s->common, getenv, &e))
		return report(s, &e);
	if (s->common.has_as_of)
		s->backfill.now_offset_ms = s->common.now_ms - md_now_ms();
	s->backfill.db = s->common.db;
	if (s->run_id[0] != '\0')
		s->backfill.run_id = s->run_id;
	if (!test_lease(&s->backfill.lease_ms, &e))
		return report(s, &e);
	s->backfill.log = &s->common.log;
	s->backfill.polygon.base_url = s->base_url;
	if (s->split[0] != '\0') {
		if (!zoneinfo_calendar(&cal, NULL, &e))
			return report(s, &e);
		code = confirm_split(s, cal);
		calendar_destroy(&cal);
		return code;
	}
	if (!check_dates(s, &e) || !choose_series(s, argc, argv, &e))
		return report(s, &e);
	/* A pipe that had nothing to say: nothing is to be done. */
	if (s->backfill.symbols != NULL && s->selection.symbols.len == 0)
		return EXIT_DONE;
	if (!zoneinfo_calendar(&cal, NULL, &e))
		return report(s, &e);
	if (!placed && !s->plan)
		xdg_make_folders(s->common.db);
	code = s->plan ? print_plan(s, cal) : backfill(s, cal);
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
	int operands, code;

	process_give_memory_back();
	defaults(&s);
	if (!key_not_in(argc, argv, &e))
		return report(&s, &e);
	switch (options_parse(&program, argc, argv, &from, &s, &operands,
	    stdout, &e)) {
	case OPTIONS_SHOWN:
		return EXIT_DONE;
	case OPTIONS_BAD:
		return report(&s, &e);
	case OPTIONS_RUN:
		break;
	}
	code = run(&s, argc - operands, argv + operands);
	selection_free(&s.selection);
	return code;
}
