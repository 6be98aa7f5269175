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
#include "backfill/universe.h"
#include "base/mdtime.h"
#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "confirmed.h"
#include "flat_place.h"
#include "held.h"
#include "output/backfill.h"
#include "pace/pacing.h"
#include "pinged.h"
#include "program.h"
#include "store/requests.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"
#include "sys/xdg.h"
#include "waits.h"

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
	char ca_file[TRUST_PATH];
	struct trust trust;
	char base_url[512];
	struct pinged ping;
	struct flat_place flat;
	char run_id[RUN_ID_SIZE];
	char key[KEY_MAX];

	struct confirmed confirmed[ACTION_COUNT]; /* of each kind */
	struct holding holding;
	char format[16];
	int nice;
	struct universe_query universe;
	bool all, requested, plan, store_universe;
};

/* -- options -- */

static bool
one_tier(const char *value, unsigned *bits, struct md_error *e)
{
	enum tier t;

	if (!tier_parse(value, &t))
		return md_fail(e, MD_EUSAGE, "'%s': expected one of %s", value,
		    TIER_NAMES);
	*bits = 1U << t;
	return true;
}

static bool
take_confirm_split(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	return confirmed_take(&s->confirmed[ACTION_SPLITS], v, e);
}

static bool
take_confirm_dividend(void *into, const struct option_value *v,
    struct md_error *e)
{
	struct settings *s = into;

	return confirmed_take(&s->confirmed[ACTION_DIVIDENDS], v, e);
}

static bool
take_flat_files(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	return flat_place_take(&s->flat, v->text, &s->backfill, e);
}

static bool
take_run_id(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (!run_id_valid(v->text))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected 1 to %d letters, digits or any of -_.:",
		    v->text, RUN_ID_SIZE - 1);
	return option_text(v->text, s->run_id, sizeof(s->run_id), e);
}

/* Of the configuration: a switch takes no value. */
static bool
take_no_dividends(void *into, const struct option_value *v, struct md_error *e)
{
	bool *off = &((struct settings *)into)->backfill.no_dividends;

	*off = strcmp(v->text, "true") == 0;
	return *off || strcmp(v->text, "false") == 0 ||
	       md_fail(e, MD_EUSAGE, "'%s': expected true or false", v->text);
}

static bool
take_universe_types(void *into, const struct option_value *v,
    struct md_error *e)
{
	return universe_types_parse(v->text,
	    &((struct settings *)into)->universe, e);
}

#define AT(member)    OPTION_AT(struct settings, member)
#define GIVEN(member) OPTION_GIVEN(struct settings, member)
#define TIMEOUT(member)                                                        \
	AT(backfill.polygon.member), .min = MD_SECOND, .max = MD_DAY,          \
				     .refusal = "expected 1s to 24h"

static const struct option_spec specs[] = {
	OPTION_ROW("timeframes", "TF,...", "timeframes to fetch (1d)",
	    OPTION_WORDS, AT(backfill.timeframes), .parse = timeframes_parse,
	    .letter = 't', .setting = "timeframes", .words = TF_NAMES),
	OPTION_ROW("watchlist", "FILE", "symbols, with tiers and timeframes",
	    OPTION_TEXT, AT(watchlist), .letter = 'w', .setting = "watchlist",
	    .words = "@file"),
	OPTION_SWITCH("all", "all active series of the store", OPTION_FLAG,
	    AT(all)),
	OPTION_SWITCH("requested", "the series that readers found missing",
	    OPTION_FLAG, AT(requested)),
	OPTION_ROW("tier", "TIER", "only symbols of this tier", OPTION_WORDS,
	    AT(backfill.tiers), .repeatable = true, .parse = one_tier,
	    .words = TIER_NAMES),
	OPTION_ROW("from", "DATE", "first day (30 days ago)", OPTION_DATE,
	    AT(backfill.from), GIVEN(backfill.has_from)),
	OPTION_ROW("to", "DATE", "last day (today)", OPTION_DATE,
	    AT(backfill.to), GIVEN(backfill.has_to)),
	OPTION_ROW("days", "N", "instead of --from: days before today (30)",
	    OPTION_COUNT, AT(backfill.days), .max = 36500, .setting = "days"),
	OPTION_ROW("jobs", "N|auto", "series fetched at the same time (auto)",
	    OPTION_AUTO, AT(backfill.jobs), .min = 1, .max = 256, .letter = 'j',
	    .setting = "jobs", .words = "auto 1 3 16"),
	OPTION_SWITCH("sequential", "fetch one series after another: -j 1",
	    OPTION_FLAG, AT(backfill.jobs)),
	OPTION_ROW("stagger", "TIME",
	    "minimum time between starts of series (0)", OPTION_TIME,
	    AT(backfill.stagger_ms), .setting = "stagger"),
	OPTION_ROW("rate", "N/min|N/s", "maximum rate of requests (adapt)",
	    OPTION_PACE, AT(backfill.polygon.per_minute), .setting = "rate",
	    .words = "adapt 5/min 300/min 50/s"),
	OPTION_ROW("nice", "N", "niceness, to give way to other programs (10)",
	    OPTION_COUNT, AT(nice), .max = NICE_MAX, .setting = "nice"),
	OPTION_ROW("max-retries", "N", "retries of a request (5)", OPTION_COUNT,
	    AT(backfill.polygon.backoff.max_retries), .max = 100,
	    .setting = "max_retries"),
	OPTION_ROW("backoff-base", "TIME",
	    "maximum wait before the first retry (1s)", OPTION_TIME,
	    AT(backfill.polygon.backoff.base_ms), .setting = "backoff_base"),
	OPTION_ROW("backoff-cap", "TIME", "maximum wait before any retry (5m)",
	    OPTION_TIME, AT(backfill.polygon.backoff.cap_ms),
	    .setting = "backoff_cap"),
	OPTION_SWITCH("refresh", "fetch again what is already covered",
	    OPTION_FLAG, AT(backfill.refresh)),
	OPTION_SWITCH("derive",
	    "build coarser bars from finer ones, with no call", OPTION_FLAG,
	    AT(backfill.derive)),
	OPTION_ROW("verify-derived", "N",
	    "like --derive, but first compare N windows each", OPTION_COUNT,
	    AT(backfill.verify_derived), GIVEN(backfill.derive), .min = 1,
	    .max = 10000),
	OPTION_SWITCH("no-grouped",
	    "never fetch one day of all symbols in one call", OPTION_FLAG,
	    AT(backfill.no_grouped)),
	OPTION_SWITCH("store-all-grouped",
	    "keep other symbols' bars of such calls, too", OPTION_FLAG,
	    AT(backfill.store_all)),
	OPTION_SWITCH("no-dividends", "neither request nor apply dividends",
	    OPTION_FLAG, AT(backfill.no_dividends)),
	OPTION_KEY("no_dividends", OPTION_OWN, .take = take_no_dividends),
	OPTION_SWITCH("no-features", "store only bars, compute no features",
	    OPTION_FLAG, AT(backfill.no_features)),
	OPTION_SWITCH("features-only",
	    "compute missing features, request nothing", OPTION_FLAG,
	    AT(backfill.features_only)),
	OPTION_ROW("universe", "KIND",
	    "print the symbols that there are, as a watchlist, and stop",
	    OPTION_WORD, AT(universe.kind), .words = UNIVERSE_KINDS,
	    .refusal = "mdbackfill knows " UNIVERSE_KINDS),
	OPTION_ROW("universe-type", "TYPE,...",
	    "of these types only, such as CS,ADRC", OPTION_OWN,
	    .take = take_universe_types),
	OPTION_ROW("active-on", "DATE",
	    "those that traded on that day, also if they are gone", OPTION_DATE,
	    AT(universe.date), GIVEN(universe.has_date)),
	OPTION_SWITCH("store-universe",
	    "keep them in the store as candidates instead", OPTION_FLAG,
	    AT(store_universe)),
	OPTION_ROW("confirm-split", "SYMBOL=DATE",
	    "apply a doubtful split, and stop", OPTION_OWN,
	    .take = take_confirm_split),
	OPTION_ROW("confirm-dividend", "SYMBOL=DATE",
	    "settle the doubt about a dividend, and stop", OPTION_OWN,
	    .take = take_confirm_dividend),
	OPTION_ROW("hold", "WHY",
	    "let no run of this store begin or go on, and stop", OPTION_TEXT,
	    AT(holding.reason)),
	OPTION_SWITCH("resume", "end that, and stop", OPTION_FLAG,
	    AT(holding.ends)),
	OPTION_SWITCH("dry-run", "print the plan and its calls, and stop",
	    OPTION_FLAG, AT(plan), .letter = 'n'),
	OPTION_ROW("run-id", "ID", "name that ties runs together in the log",
	    OPTION_OWN, .take = take_run_id, .env = "MD_RUN_ID"),
	OPTION_ROW("base-url", "URL", "the API (" POLYGON_URL ")", OPTION_TEXT,
	    AT(base_url), .env = "POLYGON_BASE_URL", .setting = "base_url"),
	OPTION_ROW("ping", "URL", "tell this service when a run begins, ends",
	    OPTION_TEXT, AT(ping.url)),
	OPTION_ROW("flat-files", "[URL|file:DIR]",
	    "take whole days of 1m and 1d bars from flat files (" S3_URL ")",
	    OPTION_OWN, .follows = flat_place_is, .take = take_flat_files,
	    .setting = "flat_files"),
	OPTION_ROW("s3-key-file", "FILE",
	    "private file of two lines: access key, secret of flat files",
	    OPTION_TEXT, AT(flat.key_file), .setting = "s3_key_file",
	    .words = "@file"),
	OPTION_ROW("api-key-file", "FILE", "private file with the API key",
	    OPTION_TEXT, AT(key_file), .setting = "api_key_file",
	    .words = "@file"),
	OPTION_ROW("ca-file", "FILE", "certificates to trust (the system's)",
	    OPTION_TEXT, AT(ca_file), .setting = "ca_file", .words = "@file"),
	OPTION_ROW("settle", "TIME",
	    "a bar is complete this long after its end (15m)", OPTION_TIME,
	    AT(backfill.finality.settle_ms), .setting = "settle"),
	OPTION_ROW("reask", "TIME", "ask again for open bars after this (5m)",
	    OPTION_TIME, AT(backfill.finality.reask_ms), .setting = "reask"),
	OPTION_SWITCH("final-only", "fetch no bars that may still change",
	    OPTION_FLAG, AT(backfill.finality.final_only)),
	OPTION_ROW("connect-timeout", "TIME", "time limit to connect (10s)",
	    OPTION_TIME, TIMEOUT(connect_timeout_ms),
	    .setting = "connect_timeout"),
	OPTION_ROW("stall-timeout", "TIME",
	    "time limit without a byte arriving (20s)", OPTION_TIME,
	    TIMEOUT(stall_timeout_ms), .setting = "stall_timeout"),
	OPTION_ROW("request-timeout", "TIME",
	    "time limit for a complete answer (5m)", OPTION_TIME,
	    TIMEOUT(request_timeout_ms), .setting = "request_timeout"),
	OPTION_ROW("format", "FORMAT",
	    "of the plan and the summary: table, json", OPTION_WORD, AT(format),
	    .letter = 'o', .words = OUTPUT_BACKFILL_FORMATS,
	    .refusal = "mdbackfill writes " OUTPUT_BACKFILL_FORMATS),
	{ .kind = OPTION_GROUP,
	    .group = report_places,
	    .name = "as-of",
	    .help = "run as though it were this time" },
	{ .kind = OPTION_GROUP, .group = report_counting },
	{ .kind = OPTION_GROUP, .group = report_locks },
	{ .kind = OPTION_GROUP, .group = report_tables },
	{ .kind = OPTION_GROUP, .group = report_output },
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
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
	const char *folder = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->bar.log = &s->common.log;
	memcpy(s->format, "table", sizeof("table"));
	s->nice = 10;
	backfill_defaults(&s->backfill);
	if (folder != NULL && *folder != '\0')
		s->backfill.spool_folder = folder;
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
	good =
	    good && store_requests(st, o->timeframes, &s->selection.symbols, e);
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
	selection_tell_respelt(&s->selection, &s->common.log);
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
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return program_report(&s->common.log, NULL, e);
}

static int
print_plan(struct settings *s, const struct calendar *cal)
{
	struct report_view view = report_options_view(&s->common, getenv);
	struct backfill_plan plan;
	struct outfile out;
	struct md_error e;
	bool gone, good;

	/* What was learnt of a key's limit is known by the key, if there is
	 * one: a plan needs none. */
	if (key_find(s->key_file, getenv, s->key, &e))
		s->backfill.polygon.key = s->key;
	if (!flat_place_keys(&s->flat, &s->backfill, &s->trust, s->ca_file,
		&e) ||
	    !backfill_plan(&s->backfill, cal, &plan, &e))
		return report(s, &e);
	good = outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e);
	if (good) {
		output_backfill_find(s->format)->plan(out.f, &plan,
		    s->backfill.polygon.per_minute, &view);
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
		return exit_signal((int)*s->stop);
	/* The API is down; where each job has found out, they just failed. */
	if (r->stopped.code != MD_OK &&
	    (r->stopped.code != MD_EAPI || untried > 0))
		return exit_code(r->stopped.code);
	if (completed == r->jobs_len)
		return r->actions_failed ? EXIT_SOME_FAILED : EXIT_DONE;
	if (completed == 0)
		return r->reached ? EXIT_ALL_FAILED : EXIT_UNAVAILABLE;
	return EXIT_SOME_FAILED;
}

static int
print_summary(struct settings *s, struct outfile *out,
    const struct backfill_result *r)
{
	struct report_view view = report_options_view(&s->common, getenv);
	struct md_error e;
	int code = verdict(s, r);
	bool gone;

	if (r->stopped.code != MD_OK)
		log_tell(&s->common.log, LOG_ERROR,
		    &(struct log_about){ NULL, NULL, r->stopped.code }, "%s",
		    r->stopped.text);
	if (s->common.quiet && s->common.out[0] == '\0')
		return code;
	output_backfill_find(s->format)->summary(out->f, r,
	    s->common.verbose > 0, &view);
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
		(!key_find(s->key_file, getenv, s->key, &e) ||
		    !trust_find(&s->trust, s->ca_file, getenv, &e))) ||
	    !flat_place_keys(&s->flat, &s->backfill, &s->trust, s->ca_file,
		&e) ||
	    !outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	s->backfill.polygon.key = s->key;
	s->backfill.polygon.trust = &s->trust;
	progress_begin(&s->bar, &s->common, getenv, &s->backfill);
	give_way(s);
	s->stop = signals_record();
	program_waits(&s->common, s->stop);
	if (!backfill_run(&s->backfill, cal, s->stop, &result, &e)) {
		progress_end(&s->bar);
		outfile_abandon(&out);
		if (*s->stop != 0)
			e.code = MD_EINTR;
		return program_report(&s->common.log, s->stop, &e);
	}
	progress_end(&s->bar);
	pinged_note(&s->ping, &result.execution);
	code = print_summary(s, &out, &result);
	backfill_result_free(&result);
	return code;
}

/* Tests of what comes when a lease is over need not wait a minute for it. */
/* What tests set. */
static bool
test_number(const char *name, int64_t least, int64_t most, int64_t *to,
    struct md_error *e)
{
	const char *value = getenv(name);

	return value == NULL || option_int(value, least, most, to, e) ||
	       md_context(e, "%s", name);
}

static int
confirm(struct settings *s, const struct calendar *cal)
{
	int64_t now = md_now_ms() + s->backfill.now_offset_ms;
	md_date today = calendar_date(cal, CLASS_STOCK, now);
	struct store *st = NULL;
	struct md_error e;
	bool good;

	good = store_open_existing(s->common.db, &st, &e) &&
	       confirmed_apply(st, &s->confirmed[ACTION_SPLITS], ACTION_SPLITS,
		   &e) &&
	       confirmed_apply(st, &s->confirmed[ACTION_DIVIDENDS],
		   ACTION_DIVIDENDS, &e) &&
	       store_derive_adjustments(st, cal, today, now, &e) &&
	       store_derive_dividends(st, cal, today, now, NULL, &e);
	store_close(&st);
	return good ? EXIT_DONE : report(s, &e);
}

/* -- which symbols there are -- */

static bool
check_universe(const struct settings *s, int argc, struct md_error *e)
{
	const struct backfill_options *o = &s->backfill;
	md_date today = (md_date)((md_now_ms() + o->now_offset_ms) / MD_DAY);

	if (s->universe.kind[0] == '\0') {
		if (s->universe.types_len > 0 || s->universe.has_date ||
		    s->store_universe)
			return md_fail(e, MD_EUSAGE,
			    "--universe-type, --active-on and --store-universe "
			    "go with --universe");
		return true;
	}
	if (argc > 0 || s->all || s->requested || s->plan)
		return md_fail(e, MD_EUSAGE,
		    "--universe lists symbols: expected none, and no --all, "
		    "--requested or -n beside it");
	if (s->universe.has_date && s->universe.date > today)
		return md_fail(e, MD_EUSAGE,
		    "--active-on: expected no day to come");
	return universe_check(&s->universe, e);
}

static bool
store_universe(struct settings *s, const struct tickers *t, struct md_error *e)
{
	struct symbol_list list = { NULL, 0, 0, NULL, 0 };
	struct store *st = NULL;
	bool good = true;

	for (size_t i = 0; good && i < t->len; i++) {
		struct symbol_entry entry = { .class = t->v[i].class,
			.tier = TIER_STANDARD,
			.timeframes = s->backfill.timeframes };

		if (entry.timeframes == 0)
			entry.timeframes = DEFAULT_TIMEFRAMES;
		memcpy(entry.symbol, t->v[i].symbol, sizeof(entry.symbol));
		good = symbol_list_add(&list, &entry, e);
	}
	good = good && store_open(s->common.db, &st, e) &&
	       store_keep_candidates(st, &list, e);
	store_close(&st);
	symbol_list_free(&list);
	if (good)
		log_write(&s->common.log, LOG_INFO,
		    "%zu symbols are in the store %s: those that were not are "
		    "candidates, inactive until they are named",
		    t->len, s->common.db);
	return good;
}

static bool
print_universe(struct settings *s, const struct tickers *t, struct md_error *e)
{
	struct outfile out;
	bool gone;

	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, e))
		return false;
	universe_write(out.f, &s->universe, t);
	return outfile_commit(&out, &gone, e);
}

static int
universe(struct settings *s)
{
	struct polygon_options *o = &s->backfill.polygon;
	struct tickers found = { NULL, 0, 0 };
	struct md_error e;
	bool good;

	if (!key_find(s->key_file, getenv, s->key, &e) ||
	    !trust_find(&s->trust, s->ca_file, getenv, &e))
		return report(s, &e);
	o->key = s->key;
	o->trust = &s->trust;
	s->stop = signals_record();
	program_waits(&s->common, s->stop);
	good = universe_read(&s->universe, o, &s->common.log, s->stop, &found,
		   &e) &&
	       (s->store_universe ? store_universe(s, &found, &e)
				  : print_universe(s, &found, &e));
	tickers_free(&found);
	if (!good && *s->stop != 0)
		e.code = MD_EINTR;
	return good ? EXIT_DONE : program_report(&s->common.log, s->stop, &e);
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct calendar *cal = NULL;
	bool placed = s->common.db[0] != '\0';
	struct md_error e;
	int code;

	if (!report_options_finish(&s->common, getenv, &e) ||
	    !report_options_columns(&s->common, s->format, &e) ||
	    !table_columns_check(s->plan ? &output_backfill_gaps
					 : &output_backfill_jobs,
		s->common.columns, &e) ||
	    !pinged_check(&s->ping, &e))
		return report(s, &e);
	program_waits(&s->common, NULL);
	if (s->common.has_as_of)
		s->backfill.now_offset_ms = s->common.now_ms - md_now_ms();
	/* What is to come is told of the present, not of another time. */
	s->backfill.present = !s->common.has_as_of;
	s->backfill.changes = &s->common.changes;
	s->backfill.objectives = &s->common.objectives;
	s->backfill.rule = s->common.rule;
	s->backfill.db = s->common.db;
	if (s->run_id[0] != '\0')
		s->backfill.run_id = s->run_id;
	if (!test_number("MD_TEST_LEASE_MS", 100, 600000, &s->backfill.lease_ms,
		&e) ||
	    !test_number("MD_TEST_SPOOL_BYTES", 0, 1 << 30,
		&s->backfill.spool_memory, &e))
		return report(s, &e);
	s->backfill.log = &s->common.log;
	s->backfill.polygon.base_url = s->base_url;
	if (!check_universe(s, argc, &e))
		return report(s, &e);
	if (s->universe.kind[0] != '\0') {
		if (s->store_universe && !placed)
			xdg_make_folders(s->common.db);
		return universe(s);
	}
	if (holding_asked(&s->holding)) {
		bool more = argc > 0 || s->all || s->requested || s->plan;

		return holding_change(&s->holding, more, s->common.db,
			   &s->common.log, &e)
			   ? EXIT_DONE
			   : report(s, &e);
	}
	if (s->confirmed[ACTION_SPLITS].symbol[0] != '\0' ||
	    s->confirmed[ACTION_DIVIDENDS].symbol[0] != '\0') {
		if (!zoneinfo_calendar_changed(&cal, &s->common.changes, &e))
			return report(s, &e);
		code = confirm(s, cal);
		calendar_destroy(&cal);
		return code;
	}
	if (!check_dates(s, &e) || !choose_series(s, argc, argv, &e))
		return report(s, &e);
	/* A pipe that had nothing to say: nothing is to be done. */
	if (s->backfill.symbols != NULL && s->selection.symbols.len == 0)
		return EXIT_DONE;
	if (!zoneinfo_calendar_changed(&cal, &s->common.changes, &e))
		return report(s, &e);
	if (!placed && !s->plan)
		xdg_make_folders(s->common.db);
	if (!s->plan)
		pinged_begin(&s->ping, s->ca_file, &s->common.log);
	code = s->plan ? print_plan(s, cal) : backfill(s, cal);
	pinged_end(&s->ping, code);
	calendar_destroy(&cal);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;
	struct md_error e;
	int code;

	process_trim_heap();
	defaults(&s);
	if (!key_absent_from(argc, argv, &e))
		return report(&s, &e);
	code = program_main(&program, argc, argv, &s, run, report);
	selection_free(&s.selection);
	return code;
}
