/*
 * mdbaseline: measure a backfill, and compare with an earlier measurement.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backfill/progress.h"
#include "base/mdtime.h"
#include "baseline/baseline.h"
#include "baseline/history.h"
#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "output/baseline.h"
#include "output/ci.h"
#include "pace/pacing.h"
#include "program.h"
#include "sys/child.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/process.h"
#include "sys/signals.h"
#include "waits.h"

#define DEFAULT_TIMEFRAMES "5m,15m,1h,4h,1d"
/* Bits of modes: 1, 2, and both. */
#define MODE_NAMES       "sequential parallel both"
#define COMPARED_REPEATS 5

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
	struct children_options child_options;
	struct children *children;
	pid_t mock;
	char watchlist[1024], key_file[1024], base_url[512];
	char ca_file[TRUST_PATH];
	struct trust trust;
	char save[1024], compare[1024], history[1024];
	char commit[COMMIT_SIZE]; /* that is measured; "": to be found */
	int64_t commit_ms;
	char key[KEY_MAX];
	char url[64], latency[16], scratch[CHILD_PATH];
	char format[16];
	struct slow slow;
	double max_regress;
	bool named, forced_mock, yes, has_url;
};

/* -- options -- */

static bool
take_symbols(void *into, const struct option_value *v, struct md_error *e)
{
	struct symbol_list *l = &((struct settings *)into)->selection.symbols;
	const char *text = v->text;

	if (v->first)
		symbol_list_free(l);
	for (;;) {
		size_t n = strcspn(text, ",");
		struct symbol_entry s = { .tier = TIER_STANDARD };
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, text);
		s.class = symbol_class(word);
		if (!symbol_normalize(word, s.class, s.symbol, e) ||
		    !symbol_list_add(l, &s, e))
			return false;
		if (text[n] == '\0')
			return true;
		text += n + 1;
	}
}

static bool
take_mock_rate(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;
	double per_minute;

	return pacing_parse(v->text, &per_minute, e) &&
	       option_text(v->text, s->baseline.mock_rate,
		   sizeof(s->baseline.mock_rate), e);
}

static bool
take_commit(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (!commit_is_valid(v->text))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a commit such as 1a2b3c4", v->text);
	return option_text(v->text, s->commit, sizeof(s->commit), e);
}

#define AT(member)    OPTION_AT(struct settings, member)
#define GIVEN(member) OPTION_GIVEN(struct settings, member)

/* What is measured comes from the command line alone: a baseline must not
 * change with a user's configuration.  When the real exchange was closed is no
 * preference. */
static const struct option_spec specs[] = {
	OPTION_ROW("symbols", "SYMBOL,...",
	    "backfill these (25 well-known ones)", OPTION_OWN, GIVEN(named),
	    .take = take_symbols),
	OPTION_ROW("watchlist", "FILE", "backfill the symbols of this list",
	    OPTION_TEXT, AT(watchlist), .letter = 'w', .words = "@file"),
	OPTION_ROW("timeframes", "TF,...",
	    "timeframes to fetch (" DEFAULT_TIMEFRAMES ")", OPTION_WORDS,
	    AT(baseline.backfill.timeframes), .parse = timeframes_parse,
	    .letter = 't', .words = TF_NAMES),
	OPTION_ROW("days", "N", "days before today (365)", OPTION_COUNT,
	    AT(baseline.backfill.days), .min = 1, .max = 36500),
	OPTION_SWITCH("no-features", "fetch bars only, compute no features",
	    OPTION_FLAG, AT(baseline.backfill.no_features)),
	OPTION_ROW("mode", "MODE", "sequential, parallel or both (parallel)",
	    OPTION_CHOICE, AT(baseline.modes), .min = 1U << MODE_SEQUENTIAL,
	    .words = MODE_NAMES,
	    .refusal = "expected sequential, parallel or both"),
	OPTION_ROW("jobs", "N|auto",
	    "series at the same time when parallel (auto)", OPTION_AUTO,
	    AT(baseline.backfill.jobs), .min = 1, .max = 256, .letter = 'j',
	    .words = "auto 1 3 16"),
	OPTION_ROW("rate", "N/min|N/s", "maximum rate of requests (adapt)",
	    OPTION_PACE, AT(baseline.backfill.polygon.per_minute),
	    .words = "adapt 5/min 300/min 50/s"),
	OPTION_ROW("repeat", "N", "number of runs (1; 5 to compare or save)",
	    OPTION_COUNT, AT(baseline.repeat), .min = 1, .max = SAMPLES_MAX),
	OPTION_ROW("save", "FILE", "save the measurement in this file, as JSON",
	    OPTION_TEXT, AT(save), .words = "@file"),
	OPTION_ROW("compare", "FILE", "compare with a saved measurement",
	    OPTION_TEXT, AT(compare), .words = "@file"),
	OPTION_ROW("history", "DIR",
	    "keep a file a commit here, and say what changed", OPTION_TEXT,
	    AT(history), .words = "@dir"),
	OPTION_ROW("commit", "ID",
	    "with --history: what is measured (GITHUB_SHA, or git's)",
	    OPTION_OWN, .take = take_commit),
	OPTION_ROW("max-regress", "PERCENT",
	    "with --compare: how much worse is allowed (10%)", OPTION_PERCENT,
	    AT(max_regress)),
	OPTION_SWITCH("mock", "use mdmock as the API, even with a key",
	    OPTION_FLAG, AT(forced_mock)),
	OPTION_ROW("mock-latency", "MS", "latency of the mock's answers (120)",
	    OPTION_COUNT, AT(baseline.mock_latency_ms), .max = 60000),
	OPTION_ROW("mock-rate", "N/min|N/s", "rate limit of the mock (none)",
	    OPTION_OWN, .take = take_mock_rate, .words = "5/min 100/s"),
	OPTION_SWITCH("yes", "use the real API without confirmation",
	    OPTION_FLAG, AT(yes), .letter = 'y'),
	OPTION_ROW("base-url", "URL", "the API (" POLYGON_URL ")", OPTION_TEXT,
	    AT(base_url), GIVEN(has_url), .env = "POLYGON_BASE_URL"),
	OPTION_ROW("api-key-file", "FILE", "private file with the API key",
	    OPTION_TEXT, AT(key_file), .words = "@file"),
	OPTION_ROW("ca-file", "FILE", "certificates to trust (the system's)",
	    OPTION_TEXT, AT(ca_file), .words = "@file"),
	OPTION_ROW("format", "FORMAT", "one of " OUTPUT_BASELINE_FORMATS,
	    OPTION_WORD, AT(format), .letter = 'o',
	    .words = OUTPUT_BASELINE_FORMATS,
	    .refusal = "mdbaseline writes " OUTPUT_BASELINE_FORMATS),
	OPTION_ROW("db", "URL", "fill and keep this store (a temporary one)",
	    OPTION_TEXT, AT(common.db), .words = "@file"),
	{ .kind = OPTION_GROUP, .group = report_locks },
	{ .kind = OPTION_GROUP,
	    .group = report_output,
	    .name = "quiet",
	    .help = "print nothing if nothing got worse" },
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
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
	s->stop = signals_record();
	s->bar.log = &s->common.log;
	memcpy(s->format, "table", sizeof("table"));
	s->max_regress = 10;
	backfill_defaults(&s->baseline.backfill);
	s->baseline.backfill.days = 365;
	s->baseline.backfill.log = &s->common.log;
	s->baseline.modes = 1U << MODE_PARALLEL;
	s->baseline.mock_latency_ms = 120;
	memcpy(s->base_url, POLYGON_URL, sizeof(POLYGON_URL));
	s->child_options = (struct children_options){
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
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	if (ci_annotates(getenv) && e->code != MD_EINTR)
		ci_annotate(stderr, CI_ERROR, program.name, e->text);
	return program_report(&s->common.log, s->stop, e);
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
	bool judged = s->compare[0] != '\0' || s->save[0] != '\0' ||
		      s->history[0] != '\0';

	if (o->repeat == 0)
		o->repeat =
		    judged && s->common.db[0] == '\0' ? COMPARED_REPEATS : 1;
	if (judged && o->repeat < BASELINE_REPEATS_MIN)
		return md_fail(e, MD_EUSAGE,
		    "--save, --compare and --history: what is noise is told "
		    "from %d "
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
		return key_find(s->key_file, getenv, s->key, e) &&
		       trust_find(&s->trust, s->ca_file, getenv, e);
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

	program_waits(&s->common, NULL);
	if (s->common.db[0] == '\0')
		return true;
	s->baseline.db = s->common.db;
	if (!store_open_readonly(s->common.db, &st, e))
		return false;
	if (st == NULL)
		return true;
	good = store_series(st, NULL, ~0U, ~0U, &l, e);
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

/* -- the history -- */

/* Where git knows nothing of the commit it is as old as its file, or new. */
static bool
find_commit(struct settings *s, struct md_error *e)
{
	bool known;
	struct baseline_earlier *old;
	const char *sha = getenv("GITHUB_SHA");
	char path[1200];

	if (s->history[0] == '\0')
		return true;
	if (s->commit[0] == '\0' && sha != NULL && commit_is_valid(sha))
		(void)snprintf(s->commit, sizeof(s->commit), "%s", sha);
	if (s->commit[0] != '\0')
		known = commit_look(s->commit, getenv, NULL, &s->commit_ms);
	else if (!(known = commit_look(NULL, getenv, s->commit, &s->commit_ms)))
		return md_fail(e, MD_EUSAGE,
		    "--history: no commit is known here: expected --commit ID, "
		    "GITHUB_SHA or a checkout of git");
	if (!history_prepare(s->history, e) ||
	    !history_path(s->history, s->commit, path, e))
		return md_context(e, "--history");
	if (known)
		return true;
	s->commit_ms = md_now_ms();
	old = calloc(1, sizeof(*old));
	if (old == NULL)
		return md_nomem(e);
	if (access(path, F_OK) == 0 && baseline_earlier_read(path, old, NULL) &&
	    old->commit_ms > 0)
		s->commit_ms = old->commit_ms;
	free(old);
	return true;
}

static void
tell_left_out(void *ctx, const char *text)
{
	struct settings *s = ctx;

	log_write(&s->common.log, LOG_WARNING, "--history: left out: %s", text);
}

static bool write_to(const struct output_baseline *, const char *path,
    const struct baseline_report *, bool color, struct md_error *);

/* Keeps this measurement with those before, and looks at all of them. */
static bool
add_to_history(struct settings *s, struct baseline_report *p,
    struct baseline_history *h, struct md_error *e)
{
	char path[1200];

	if (s->history[0] == '\0')
		return true;
	if (!history_path(s->history, s->commit, path, e) ||
	    !write_to(output_baseline_find("json"), path, p, false, e) ||
	    !history_read(h, s->history, &s->baseline, tell_left_out, s, e))
		return false;
	p->history = h;
	return true;
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
	minutes = pace > 0
		      ? (double)calls / pace
		      : (double)calls * 0.2 / 60 /
			    ((o->modes & 1)   ? 1
				: b.jobs == 0 ? (double)CONCURRENCY_MOST / 2
					      : (double)b.jobs);
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
	if (!child_serve(s->children, "mdmock", words, &s->mock, s->url, e))
		return false;
	o->mock_pid = s->mock;
	memcpy(s->key, "stand-in-key", sizeof("stand-in-key"));
	o->backfill.polygon.base_url = s->url;
	log_write(&s->common.log, LOG_INFO,
	    "no key, or --mock: measured against mdmock at %s", s->url);
	return md_time_parse(MOCK_AS_OF, &o->as_of_ms) ||
	       md_fail(e, MD_EUSAGE, "the mock's time is none");
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

static void
compare(struct settings *s, struct baseline_report *p,
    const struct baseline_earlier *old)
{
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

static bool
write_report(struct settings *s, const struct baseline_report *p,
    struct md_error *e)
{
	const char *out = s->common.out[0] != '\0' ? s->common.out : NULL;
	bool color = report_options_color(&s->common,
	    isatty(STDOUT_FILENO) != 0 && out == NULL, getenv);

	if (s->common.quiet && out == NULL && baseline_good(p) &&
	    (p->history == NULL || !history_is_worse(p->history)))
		return true;
	return write_to(output_baseline_find(s->format), out, p, color, e);
}

static int
conclude(struct settings *s, struct baseline_report *p,
    const struct baseline_earlier *old)
{
	struct baseline_history h = { 0 };
	struct md_error e, incomplete;
	bool whole = check_runs(p, &incomplete), good;

	if (s->history[0] != '\0') {
		p->commit = s->commit;
		p->commit_ms = s->commit_ms;
	}
	if (old != NULL && whole)
		compare(s, p, old);
	good = !whole ||
	       ((s->save[0] == '\0' || write_to(output_baseline_find("json"),
					   s->save, p, false, &e)) &&
		   add_to_history(s, p, &h, &e));
	good = good && write_report(s, p, &e);
	if (good && ci_annotates(getenv))
		output_baseline_annotate(stderr, p);
	history_free(&h);
	p->history = NULL;
	if (!good)
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
	children_file(s->children, "market.db", s->scratch);
	s->baseline.scratch = s->scratch;
	s->baseline.backfill.polygon.base_url = s->base_url;
	s->baseline.backfill.polygon.key = s->key;
	s->baseline.backfill.polygon.trust = &s->trust;
	if (!(s->baseline.mock ? start_mock(s, &e) : agree(s, cal, &e)))
		return report(s, &e);
	progress_begin(&s->bar, &s->common, getenv, &s->baseline.backfill);
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
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct baseline_earlier old;
	struct calendar *cal = NULL;
	bool compared = s->compare[0] != '\0';
	struct md_error e;
	int code;

	(void)argc, (void)argv;
	report_options_level(&s->common);
	if (!choose_work(s, &e) || !choose_repeats(s, &e) ||
	    !choose_target(s, &e) || !check_store(s, &e) ||
	    !find_commit(s, &e) ||
	    !slow_parse(&s->slow, getenv("MD_TEST_SLOW"), &e) ||
	    !test_backoff(&s->baseline.backfill.polygon.backoff, &e))
		return report(s, &e);
	if (getenv("MD_TEST_SLOW") != NULL)
		s->baseline.backfill.slow = &s->slow;
	if (compared &&
	    (!baseline_earlier_read(s->compare, &old, &e) ||
		!baseline_earlier_fits(&old, s->compare, &s->baseline, &e)))
		return report(s, &e);
	/* A mock's bars are made by the built-in calendar. */
	if (!zoneinfo_calendar_changed(&cal,
		s->baseline.mock ? NULL : &s->common.changes, &e) ||
	    !children_create(&s->children, &s->child_options, &e)) {
		calendar_destroy(&cal);
		return report(s, &e);
	}
	code = measure(s, cal, compared ? &old : NULL);
	child_stop(&s->mock);
	children_destroy(&s->children);
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
	defaults(&s, argv[0]);
	if (!key_absent_from(argc, argv, &e))
		return report(&s, &e);
	code = program_main(&program, argc, argv, &s, run, report);
	selection_free(&s.selection);
	return code;
}
