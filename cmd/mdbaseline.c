/*
 * mdbaseline: measure a backfill, and compare with an earlier measurement.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backfill/progress.h"
#include "base/mdtime.h"
#include "baseline/baseline.h"
#include "cli/option_takers.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "exit.h"
#include "output/baseline.h"
#include "pace/pacing.h"
#include "sys/child.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"

#define DEFAULT_TIMEFRAMES "5m,15m,1h,4h,1d"
#define MODE_NAMES         "sequential parallel both"
#define COMPARED_REPEATS   5

/* The mock's last day, and what time it is of it: the same work every day. */
#define MOCK_TODAY "2025-07-01"
#define MOCK_AS_OF "2025-07-01T12:01:00Z"

extern char **environ;

struct settings {
	struct report_options common; /* first: its takers are handed this */
	const volatile sig_atomic_t *stop; /* the signal's number */
	struct baseline_options baseline;
	struct selection selection;
	struct progress_bar bar;
	struct nursery_options children;
	struct nursery *nursery;
	pid_t mock;
	char watchlist[1024], key_file[1024], base_url[512];
	char save[1024], compare[1024];
	char key[KEY_MAX];
	char url[64], latency[16], scratch[CHILD_PATH];
	const struct output_baseline *format;
	struct slow slow;
	double max_regress;
	bool named, forced_mock, yes, has_url;
};

/* -- options -- */

#define SETTINGS ((struct settings *)into)
#define BASELINE (((struct settings *)into)->baseline)
#define BACKFILL (((struct settings *)into)->baseline.backfill)

TAKE_FLAG(no_features, BACKFILL.no_features = true)
TAKE_FLAG(mock, SETTINGS->forced_mock = true)
TAKE_FLAG(yes, SETTINGS->yes = true)
TAKE_TEXT(compare)
TAKE_TEXT(key_file)
TAKE_TEXT(save)
TAKE_TEXT(watchlist)

TAKE(base_url)
{
	(void)first;
	SETTINGS->has_url = true;
	return option_text(value, SETTINGS->base_url,
	    sizeof(SETTINGS->base_url), e);
}

TAKE(symbols)
{
	struct symbol_list *l = &SETTINGS->selection.symbols;

	if (first)
		symbol_list_free(l);
	SETTINGS->named = true;
	for (;;) {
		size_t n = strcspn(value, ",");
		struct symbol_entry s = { .tier = TIER_STANDARD };
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, value);
		s.class = symbol_class(word);
		if (!symbol_normalize(word, s.class, s.symbol, e) ||
		    !symbol_list_add(l, &s, e))
			return false;
		if (value[n] == '\0')
			return true;
		value += n + 1;
	}
}

TAKE(timeframes)
{
	unsigned bits;

	if (!timeframes_parse(value, &bits, e))
		return false;
	BACKFILL.timeframes = bits | (first ? 0 : BACKFILL.timeframes);
	return true;
}

static bool
take_count(const char *value, int64_t max, unsigned *out, struct md_error *e)
{
	int64_t n;

	if (!option_int(value, 1, max, &n, e))
		return false;
	*out = (unsigned)n;
	return true;
}

TAKE(days)
{
	unsigned n;

	(void)first;
	if (!take_count(value, 36500, &n, e))
		return false;
	BACKFILL.days = (int)n;
	return true;
}

TAKE(jobs)
{
	(void)first;
	return take_count(value, 256, &BACKFILL.jobs, e);
}

TAKE(repeat)
{
	(void)first;
	return take_count(value, SAMPLES_MAX, &BASELINE.repeat, e);
}

TAKE(mode)
{
	(void)first;
	if (strcmp(value, "both") == 0)
		BASELINE.modes = 1U << MODE_SEQUENTIAL | 1U << MODE_PARALLEL;
	else if (strcmp(value, "sequential") == 0)
		BASELINE.modes = 1U << MODE_SEQUENTIAL;
	else if (strcmp(value, "parallel") == 0)
		BASELINE.modes = 1U << MODE_PARALLEL;
	else
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected sequential, parallel or both", value);
	return true;
}

TAKE(max_regress)
{
	(void)first;
	return option_percent(value, &SETTINGS->max_regress, e);
}

TAKE(rate)
{
	(void)first;
	if (strcmp(value, "adapt") == 0) {
		BACKFILL.polygon.per_minute = 0;
		return true;
	}
	return pacing_parse(value, &BACKFILL.polygon.per_minute, e);
}

TAKE(mock_latency)
{
	(void)first;
	return option_int(value, 0, 60000, &BASELINE.mock_latency_ms, e);
}

TAKE(mock_rate)
{
	double per_minute;

	(void)first;
	return pacing_parse(value, &per_minute, e) &&
	       option_text(value, BASELINE.mock_rate,
		   sizeof(BASELINE.mock_rate), e);
}

TAKE(format)
{
	(void)first;
	SETTINGS->format = output_baseline_find(value);
	return SETTINGS->format != NULL ||
	       md_fail(e, MD_EUSAGE, "'%s': mdbaseline writes %s", value,
		   OUTPUT_BASELINE_FORMATS);
}

/* What is measured comes from the command line alone: a baseline must not
 * change with a user's configuration. */
static const struct option_spec specs[] = {
	{ 0, "symbols", "SYMBOL,...", "backfill these (25 well-known ones)",
	    take_symbols, NULL, NULL, NULL },
	{ 'w', "watchlist", "FILE", "backfill the symbols of this list",
	    take_watchlist, NULL, NULL, "@file" },
	{ 't', "timeframes", "TF,...", "of these (" DEFAULT_TIMEFRAMES ")",
	    take_timeframes, NULL, NULL, TF_NAMES },
	{ 0, "days", "N", "so many days back (365)", take_days, NULL, NULL,
	    NULL },
	{ 0, "no-features", NULL, "bars alone", take_no_features, NULL, NULL,
	    NULL },
	{ 0, "mode", "MODE", "sequential, parallel or both (parallel)",
	    take_mode, NULL, NULL, MODE_NAMES },
	{ 'j', "jobs", "N", "series at once when parallel (3)", take_jobs, NULL,
	    NULL, NULL },
	{ 0, "rate", "N/min|N/s", "pace of requests (adapt)", take_rate, NULL,
	    NULL, "adapt 5/min 300/min 50/s" },
	{ 0, "repeat", "N", "measure so often (1; to compare or save, 5)",
	    take_repeat, NULL, NULL, NULL },
	{ 0, "save", "FILE", "write the measurement there, as JSON", take_save,
	    NULL, NULL, "@file" },
	{ 0, "compare", "FILE", "with a measurement that was saved",
	    take_compare, NULL, NULL, "@file" },
	{ 0, "max-regress", "PERCENT", "with --compare: so much worse (10%)",
	    take_max_regress, NULL, NULL, NULL },
	{ 0, "mock", NULL, "measure against mdmock, even with a key", take_mock,
	    NULL, NULL, NULL },
	{ 0, "mock-latency", "MS", "of the mock's answers (120)",
	    take_mock_latency, NULL, NULL, NULL },
	{ 0, "mock-rate", "N/min|N/s", "the mock's limit (none)",
	    take_mock_rate, NULL, NULL, "5/min 100/s" },
	{ 'y', "yes", NULL, "ask the real API without asking first", take_yes,
	    NULL, NULL, NULL },
	{ 0, "base-url", "URL", "the API (" POLYGON_URL ")", take_base_url,
	    "POLYGON_BASE_URL", NULL, NULL },
	{ 0, "api-key-file", "FILE", "read the key from this private file",
	    take_key_file, NULL, NULL, "@file" },
	{ 'o', "format", "FORMAT", "one of " OUTPUT_BASELINE_FORMATS,
	    take_format, NULL, NULL, OUTPUT_BASELINE_FORMATS },
	{ 0, "db", "URL", "fill this store, once (a temporary one)",
	    report_take_db, NULL, NULL, "@file" },
	REPORT_OPTIONS_OUTPUT("print nothing when nothing got worse"),
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct program program = {
	.name = "mdbaseline",
	.summary = "measure a backfill, compare with an earlier measurement",
	.options = specs,
};

/* -- what is asked -- */

static void
defaults(struct settings *s, const char *self)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->stop = signals_catch();
	s->bar.log = &s->common.log;
	s->format = output_baseline_find("table");
	s->max_regress = 10;
	backfill_defaults(&s->baseline.backfill);
	s->baseline.backfill.days = 365;
	s->baseline.backfill.log = &s->common.log;
	s->baseline.modes = 1U << MODE_PARALLEL;
	s->baseline.mock_latency_ms = 120;
	memcpy(s->base_url, POLYGON_URL, sizeof(POLYGON_URL));
	s->children = (struct nursery_options){
		.parent = program.name,
		.self = self,
		.path = getenv("PATH"),
		.folder = getenv("TMPDIR"),
		.otherwise = "install it, or give a key for the real API",
		.env = environ,
		.stopped = signals_stopped,
	};
}

static int
report(struct settings *s, const struct md_error *e)
{
	if (e->code == MD_EINTR) {
		log_write(&s->common.log, LOG_WARNING, "interrupted");
		return *s->stop == SIGTERM ? EXIT_SIGTERM : EXIT_SIGINT;
	}
	log_write(&s->common.log, LOG_ERROR, "%s", e->text);
	return exit_code(e->code);
}

static bool
add_defaults(struct symbol_list *l, struct md_error *e)
{
	static const struct {
		enum asset_class class;
		const char *names[16];
	} known[] = {
		{ CLASS_STOCK, { "AAPL", "MSFT", "GOOGL", "AMZN", "TSLA",
				   "NVDA", "META", "NFLX", "AVGO", "ASML",
				   "BRK.B", "JPM", "V", "WMT", "JNJ", NULL } },
		{ CLASS_ETF, { "SPY", "QQQ", "DIA", "IWM", "EEM", NULL } },
		{ CLASS_CRYPTO, { "BTC", "ETH", "XRP", "SOL", "ADA", NULL } },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (size_t k = 0; known[i].names[k] != NULL; k++) {
			struct symbol_entry s = { .class = known[i].class,
				.tier = TIER_STANDARD,
				.described = true };

			if (!symbol_normalize(known[i].names[k], s.class,
				s.symbol, e) ||
			    !symbol_list_add(l, &s, e))
				return false;
		}
	return true;
}

static bool
choose_work(struct settings *s, struct md_error *e)
{
	struct backfill_options *b = &s->baseline.backfill;

	if (s->named && s->watchlist[0] != '\0')
		return md_fail(e, MD_EUSAGE,
		    "--symbols and --watchlist: expected one of them");
	if (s->watchlist[0] != '\0' &&
	    !selection_read(&s->selection, 0, NULL, stdin, s->watchlist, e))
		return false;
	if (!s->named && s->watchlist[0] == '\0' &&
	    !add_defaults(&s->selection.symbols, e))
		return false;
	b->symbols = &s->selection.symbols;
	return b->timeframes != 0 ||
	       timeframes_parse(DEFAULT_TIMEFRAMES, &b->timeframes, e);
}

static bool
choose_repeats(struct settings *s, struct md_error *e)
{
	struct baseline_options *o = &s->baseline;
	bool judged = s->compare[0] != '\0' || s->save[0] != '\0';

	if (o->repeat == 0)
		o->repeat =
		    judged && s->common.db[0] == '\0' ? COMPARED_REPEATS : 1;
	if (judged && o->repeat < BASELINE_REPEATS_MIN)
		return md_fail(e, MD_EUSAGE,
		    "--save and --compare: what is noise is told from %d "
		    "repeats or more; expected --repeat %d%s",
		    BASELINE_REPEATS_MIN, COMPARED_REPEATS,
		    s->common.db[0] != '\0' ? " and no --db" : "");
	if (s->common.db[0] != '\0' &&
	    (o->repeat > 1 || (o->modes & (o->modes - 1)) != 0))
		return md_fail(e, MD_EUSAGE,
		    "--db: a store is filled once: expected --repeat 1 and a "
		    "--mode that is not both");
	return true;
}

static bool
choose_target(struct settings *s, struct md_error *e)
{
	const char *names[] = { "POLYGON_API_KEY", "MASSIVE_API_KEY" };
	bool key = s->key_file[0] != '\0';

	for (size_t i = 0; i < 2; i++) {
		const char *v = getenv(names[i]);

		key = key || (v != NULL && *v != '\0');
	}
	s->baseline.mock = s->forced_mock || !key;
	if (!s->baseline.mock)
		return key_find(s->key_file, getenv, s->key, e);
	if (s->has_url && !s->forced_mock)
		return md_fail(e, MD_EKEY,
		    "an API is named (POLYGON_BASE_URL or --base-url) but no "
		    "key: set POLYGON_API_KEY, or measure a mock with --mock");
	return true;
}

/* A run into the user's store would add to it: only one that has none of it
 * is measured, and made-up bars go into none that is there. */
static bool
check_store(struct settings *s, struct md_error *e)
{
	const struct backfill_options *b = &s->baseline.backfill;
	struct stored_series_list l = { NULL, 0, 0 };
	struct store *st = NULL;
	bool good;

	if (s->common.db[0] == '\0')
		return true;
	s->baseline.db = s->common.db;
	if (!store_open_readonly(s->common.db, &st, e))
		return false;
	if (st == NULL)
		return true;
	good = st->ops->series(st, NULL, ~0U, ~0U, &l, e);
	if (good && s->baseline.mock && l.len > 0)
		good = md_fail(e, MD_EUSAGE,
		    "--db %s: holds series already, and the mock's bars are "
		    "made up: expected a new store",
		    s->common.db);
	for (size_t i = 0; good && i < l.len; i++)
		for (size_t k = 0; good && k < b->symbols->len; k++)
			if (l.v[i].coverage.len > 0 &&
			    strcmp(l.v[i].symbol, b->symbols->v[k].symbol) == 0)
				good = md_fail(e, MD_EUSAGE,
				    "--db %s: covers %s already, and what is "
				    "there is not fetched: expected a store "
				    "without it",
				    s->common.db, l.v[i].symbol);
	stored_series_list_free(&l);
	store_close(&st);
	return good;
}

/* -- the real API is asked, but not by surprise -- */

static bool
answered_yes(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin) != NULL &&
	       (line[0] == 'y' || line[0] == 'Y');
}

static bool
agree(struct settings *s, const struct calendar *cal, struct md_error *e)
{
	struct baseline_options *o = &s->baseline;
	struct backfill_options b = o->backfill;
	struct backfill_plan plan;
	double pace = b.polygon.per_minute, minutes;
	int64_t calls, runs = (int64_t)o->repeat * ((o->modes & 1) ? 1 : 0) +
			      (int64_t)o->repeat * ((o->modes & 2) ? 1 : 0);

	b.db = s->scratch;
	if (!backfill_plan(&b, cal, &plan, e))
		return false;
	calls = plan.calls * runs;
	backfill_plan_free(&plan);
	/* Five a second and job is what answers of 0.2 s allow. */
	minutes = pace > 0 ? (double)calls / pace
			   : (double)calls * 0.2 / 60 /
				 ((o->modes & 1) ? 1 : (double)b.jobs);
	fprintf(stderr,
	    "mdbaseline: about %lld requests of %s in %lld run%s, about %.1f "
	    "minutes%s\n",
	    (long long)calls, b.polygon.base_url, (long long)runs,
	    runs == 1 ? "" : "s", minutes,
	    pace > 0 ? "" : ", unless the plan's rate is small");
	if (s->yes)
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return md_fail(e, MD_EUSAGE,
		    "the real API is asked only when that is confirmed: "
		    "expected -y (or --mock)");
	fputs("go on? [y/N] ", stderr);
	(void)fflush(stderr);
	return answered_yes() ||
	       md_fail(e, signals_stopped() ? MD_EINTR : MD_EUSAGE,
		   "not confirmed: nothing was asked");
}

/* -- the job -- */

static bool
start_mock(struct settings *s, struct md_error *e)
{
	struct baseline_options *o = &s->baseline;
	const char *words[] = { "--synthetic", "--today", MOCK_TODAY,
		"--latency", s->latency, NULL, NULL, NULL };

	(void)snprintf(s->latency, sizeof(s->latency), "%lld",
	    (long long)o->mock_latency_ms);
	if (o->mock_rate[0] != '\0') {
		words[5] = "--rate";
		words[6] = o->mock_rate;
	}
	if (!child_serve(s->nursery, "mdmock", words, &s->mock, s->url, e))
		return false;
	o->mock_pid = s->mock;
	memcpy(s->key, "stand-in-key", sizeof("stand-in-key"));
	o->backfill.polygon.base_url = s->url;
	log_write(&s->common.log, LOG_INFO,
	    "no key, or --mock: measured against mdmock at %s", s->url);
	return md_time_parse(MOCK_AS_OF, &o->as_of_ms) ||
	       md_fail(e, MD_EUSAGE, "the mock's time is none");
}

static void
show_progress(struct settings *s)
{
	if (!isatty(STDERR_FILENO) || s->common.quiet || s->common.log.json)
		return;
	s->bar.color = report_options_color(&s->common, true, getenv);
	s->baseline.backfill.progress = progress_draw;
	s->baseline.backfill.progress_ctx = &s->bar;
}

static bool
write_to(const struct output_baseline *format, const char *path,
    const struct baseline_report *p, bool color, struct md_error *e)
{
	struct outfile out;
	bool gone;

	if (!outfile_open(&out, path, e))
		return false;
	format->write(out.f, p, color);
	return outfile_commit(&out, &gone, e);
}

/* A run with failed jobs did less than its work: its figures are none. */
static bool
check_runs(const struct baseline_report *p, struct md_error *e)
{
	for (size_t k = 0; k < p->modes; k++)
		for (size_t i = 0; i < p->mode[k].len; i++) {
			const struct backfill_result *r = &p->mode[k].runs[i];

			for (size_t j = 0; j < r->jobs_len; j++)
				if (r->jobs[j].status != JOB_COMPLETED)
					return md_fail(e, MD_EAPI,
					    "not every job was done, the "
					    "figures are not a whole run's: "
					    "%s %s: %s",
					    r->jobs[j].symbol,
					    timeframe_name(r->jobs[j]
							       .timeframe),
					    r->jobs[j].message);
		}
	return true;
}

static int
conclude(struct settings *s, struct baseline_report *p,
    const struct baseline_earlier *old)
{
	const char *out = s->common.out[0] != '\0' ? s->common.out : NULL;
	bool color = report_options_color(&s->common,
	    isatty(STDOUT_FILENO) != 0 && out == NULL, getenv);
	struct md_error e, incomplete;
	bool whole = check_runs(p, &incomplete);

	if (old != NULL && whole) {
		baseline_compare(p, old, s->compare, s->max_regress);
		if (strcmp(old->cpu, p->machine.cpu) != 0)
			log_write(&s->common.log, LOG_WARNING,
			    "%s: was measured on another machine (%s): "
			    "compared all the same",
			    s->compare, old->cpu);
		if (baseline_disturbed(p))
			log_write(&s->common.log, LOG_WARNING,
			    "the machine was busy or slower: some figures are "
			    "not judged; try again on a quiet machine");
	}
	if ((s->save[0] != '\0' && whole &&
		!write_to(output_baseline_find("json"), s->save, p, false,
		    &e)) ||
	    ((out != NULL || !s->common.quiet || !baseline_good(p)) &&
		!write_to(s->format, out, p, color, &e)))
		return report(s, &e);
	if (!whole)
		return report(s, &incomplete);
	return baseline_good(p) ? EXIT_DONE : EXIT_SOME_FAILED;
}

static int
measure(struct settings *s, const struct calendar *cal,
    const struct baseline_earlier *old)
{
	struct baseline_report p;
	struct md_error e;
	int code;

	memset(&p, 0, sizeof(p));
	nursery_file(s->nursery, "market.db", s->scratch);
	s->baseline.scratch = s->scratch;
	s->baseline.backfill.polygon.base_url = s->base_url;
	s->baseline.backfill.polygon.key = s->key;
	if (!(s->baseline.mock ? start_mock(s, &e) : agree(s, cal, &e)))
		return report(s, &e);
	show_progress(s);
	if (baseline_run(&s->baseline, cal, s->stop, &p, &e)) {
		progress_end(&s->bar);
		code = conclude(s, &p, old);
	} else {
		progress_end(&s->bar);
		code = report(s, &e);
	}
	baseline_free(&p);
	return code;
}

/* Tests of an API that is down need not wait for it. */
static bool
test_backoff(struct backoff *b, struct md_error *e)
{
	const char *value = getenv("MD_TEST_BACKOFF_MS");

	return value == NULL || option_int(value, 0, 600000, &b->base_ms, e) ||
	       md_context(e, "MD_TEST_BACKOFF_MS");
}

static int
run(struct settings *s)
{
	struct report_options *c = &s->common;
	struct baseline_earlier old;
	struct calendar *cal = NULL;
	bool compared = s->compare[0] != '\0';
	struct md_error e;
	int code;

	if (c->verbose > 0)
		c->log.level = c->verbose > 1 ? LOG_DEBUG : LOG_INFO;
	else
		c->log.level = c->quiet ? LOG_ERROR : LOG_WARNING;
	if (!choose_work(s, &e) || !choose_repeats(s, &e) ||
	    !choose_target(s, &e) || !check_store(s, &e) ||
	    !slow_parse(&s->slow, getenv("MD_TEST_SLOW"), &e) ||
	    !test_backoff(&s->baseline.backfill.polygon.backoff, &e))
		return report(s, &e);
	if (getenv("MD_TEST_SLOW") != NULL)
		s->baseline.backfill.slow = &s->slow;
	if (compared &&
	    (!baseline_earlier_read(s->compare, &old, &e) ||
		!baseline_earlier_fits(&old, s->compare, &s->baseline, &e)))
		return report(s, &e);
	if (!zoneinfo_calendar(&cal, NULL, &e) ||
	    !nursery_create(&s->nursery, &s->children, &e)) {
		calendar_destroy(&cal);
		return report(s, &e);
	}
	code = measure(s, cal, compared ? &old : NULL);
	child_stop(&s->mock);
	nursery_destroy(&s->nursery);
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
	defaults(&s, argv[0]);
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
	code = run(&s);
	selection_free(&s.selection);
	return code;
}
