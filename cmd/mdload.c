/*
 * mdload: put load on the read API or the store, and check what it bears.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "cli/report_options.h"
#include "load/load.h"
#include "load/standin.h"
#include "output/ci.h"
#include "output/load.h"
#include "program.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/signals.h"
#include "waits.h"

#define CONNECTIONS_MAX 20000
#define DEFAULT_TARGET  "http://127.0.0.1:8000"

extern char **environ;

struct settings {
	struct report_options common; /* first: its takers are handed this */
	const volatile sig_atomic_t *stop; /* the signal's number */
	struct load_options load;
	struct thresholds own; /* the user's, over the defaults */
	bool no_defaults;
	bool has_warmup, has_interval, owned, no_stand_in;
	double max_regress;
	char target[512];
	char path[400];
	char compare[1024];
	char token_file[1024];
	char token[KEY_MAX];
	char format[16];
	const char *self;
};

/* -- options -- */

static bool
take_rate(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;
	size_t n = strcspn(v->text, "/");
	char number[32];
	double rate, per = 1;

	if (strcmp(v->text + n, "/min") == 0)
		per = 60;
	else if (v->text[n] != '\0' && strcmp(v->text + n, "/s") != 0)
		n = 0;
	if (n == 0 || n >= sizeof(number))
		n = 0;
	memcpy(number, v->text, n);
	number[n] = '\0';
	if (!number_parse_real(number, 0, 1000000, &rate) || rate <= 0)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a number of requests such as 50/s or "
		    "600/min",
		    v->text);
	s->load.rate = rate / per;
	return true;
}

static bool
take_symbols(void *into, const struct option_value *v, struct md_error *e)
{
	struct load_options *o = &((struct settings *)into)->load;
	const char *text = v->text;
	char word[64];

	if (v->first)
		o->symbols_len = 0;
	for (;;) {
		size_t n = strcspn(text, ",");

		if (o->symbols_len == LOAD_SYMBOLS_MAX)
			return md_fail(e, MD_EUSAGE,
			    "expected at most %d symbols", LOAD_SYMBOLS_MAX);
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, text);
		if (!symbol_normalize(word, symbol_class(word),
			o->symbols[o->symbols_len], e))
			return false;
		o->symbols_len++;
		if (text[n] == '\0')
			return true;
		text += n + 1;
	}
}

static bool
take_path(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (v->text[0] != '/')
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a path such as /api/v1/symbols", v->text);
	for (const char *c = v->text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return md_fail(e, MD_EUSAGE,
			    "'%s': expected a path without blanks", v->text);
	return option_text(v->text, s->path, sizeof(s->path), e);
}

static bool
take_threshold(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (strcmp(v->text, "none") == 0)
		s->no_defaults = true;
	return thresholds_parse(&s->own, v->text, e);
}

/* So many or so long: the last word counts. */
static bool
take_requests(void *into, const struct option_value *v, struct md_error *e)
{
	(void)v, (void)e;
	((struct settings *)into)->load.duration_ms = 0;
	((struct settings *)into)->load.stages.len = 0;
	return true;
}

static bool
take_duration(void *into, const struct option_value *v, struct md_error *e)
{
	(void)v, (void)e;
	((struct settings *)into)->load.count = 0;
	((struct settings *)into)->load.stages.len = 0;
	return true;
}

static bool
take_stages(void *into, const struct option_value *v, struct md_error *e)
{
	return load_stages_parse(&((struct settings *)into)->load.stages,
	    v->text, e);
}

#define AT(member)    OPTION_AT(struct settings, member)
#define GIVEN(member) OPTION_GIVEN(struct settings, member)
#define DAY_AT_MOST(member)                                                    \
	AT(member), .min = 1, .max = MD_DAY,                                   \
		    .refusal = "expected a time from 1ms to 1d"

static const struct option_spec specs[] = {
	OPTION_ROW("concurrency", "N", "requests in progress at a time (100)",
	    OPTION_COUNT, AT(load.connections), .min = 1,
	    .max = CONNECTIONS_MAX, .letter = 'c',
	    .setting = "load.concurrency"),
	OPTION_ROW("requests", "N", "requests per scenario (100)", OPTION_COUNT,
	    AT(load.count), .min = 1, .max = 1000000000, .take = take_requests,
	    .letter = 'n', .setting = "load.requests"),
	OPTION_ROW("duration", "TIME", "duration of a scenario, instead of -n",
	    OPTION_TIME, DAY_AT_MOST(load.duration_ms), .take = take_duration,
	    .setting = "load.duration"),
	OPTION_ROW("rate", "R/s", "send at this rate, whatever the server does",
	    OPTION_OWN, .take = take_rate, .setting = "load.rate"),
	OPTION_ROW("stages", "TIME:N,...",
	    "rise and fall to N users or N/s, as 30s:10,1m:50", OPTION_OWN,
	    .take = take_stages),
	OPTION_ROW("scenario", "NAME,...", "scenarios to run: " SCENARIO_NAMES,
	    OPTION_WORDS, AT(load.scenarios), .parse = load_scenarios_parse,
	    .setting = "load.scenarios", .words = SCENARIO_NAMES),
	OPTION_ROW("target", "URL|store", "what to load (" DEFAULT_TARGET ")",
	    OPTION_TEXT, AT(target), .setting = "load.target",
	    .words = "store"),
	OPTION_ROW("token-file", "FILE", "private file with the token",
	    OPTION_TEXT, AT(token_file), .words = "@file"),
	OPTION_ROW("symbols", "SYMBOL,...", "symbols to request", OPTION_OWN,
	    .take = take_symbols, .setting = "load.symbols"),
	OPTION_ROW("path", "PATH", "request only this path, without scenarios",
	    OPTION_OWN, .take = take_path),
	OPTION_ROW("warmup", "N",
	    "uncounted requests before a scenario (as -c)", OPTION_COUNT,
	    AT(load.warmup), GIVEN(has_warmup), .max = 1000000000,
	    .setting = "load.warmup"),
	OPTION_ROW("timeout", "TIME", "time limit for a complete answer (10s)",
	    OPTION_TIME, DAY_AT_MOST(load.timeout_ms),
	    .setting = "load.timeout"),
	OPTION_ROW("threshold", "BOUND,...",
	    "limit such as p95<1000ms; none: no defaults", OPTION_OWN,
	    .take = take_threshold, .setting = "load.thresholds"),
	OPTION_SWITCH("abort-on-fail",
	    "end as soon as a threshold can no longer be met", OPTION_FLAG,
	    AT(load.abort_on_fail)),
	OPTION_ROW("compare", "FILE", "compare with an earlier report in JSON",
	    OPTION_TEXT, AT(compare), .words = "@file"),
	OPTION_ROW("max-regress", "PERCENT",
	    "with --compare: how much worse is allowed (10%)", OPTION_PERCENT,
	    AT(max_regress), .setting = "load.max_regress"),
	OPTION_SWITCH("no-stand-in", "fail if the target does not answer",
	    OPTION_FLAG, AT(no_stand_in)),
	OPTION_SWITCH("i-own-this-host",
	    "allow targets other than this machine", OPTION_FLAG, AT(owned)),
	OPTION_ROW("format", "FORMAT", "one of " OUTPUT_LOAD_FORMATS,
	    OPTION_WORD, AT(format), .letter = 'o',
	    .words = OUTPUT_LOAD_FORMATS,
	    .refusal = "mdload writes " OUTPUT_LOAD_FORMATS),
	OPTION_ROW("interval", "TIME",
	    "of figures over time, in JSON and then CSV (1s)", OPTION_TIME,
	    AT(load.interval_ms), GIVEN(has_interval), .min = 100,
	    .max = MD_DAY, .refusal = "expected a time from 100ms to 1d"),
	OPTION_ROW("db", "URL", "the store, for --target store", OPTION_TEXT,
	    AT(common.db), .env = "MD_DB", .setting = "db", .words = "@file"),
	REPORT_LOCKS_OF_READER,
	{ .kind = OPTION_GROUP, .group = report_tables },
	{ .kind = OPTION_GROUP,
	    .group = report_output,
	    .name = "quiet",
	    .help = "print nothing if all thresholds are met" },
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdload",
	.summary = "put load on the read API or the store",
	.options = specs,
};

/* -- what is asked -- */

static void
defaults(struct settings *s, const char *self)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->stop = signals_record();
	s->self = self;
	s->load.scenarios = SCENARIO_ALL;
	s->load.connections = 100;
	s->load.count = 100;
	s->load.timeout_ms = 10 * MD_SECOND;
	s->load.interval_ms = MD_SECOND;
	s->load.stopped = signals_stopped;
	s->max_regress = 10;
	memcpy(s->target, DEFAULT_TARGET, sizeof(DEFAULT_TARGET));
	memcpy(s->format, "table", sizeof("table"));
}

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	if (ci_annotates(getenv) && e->code != MD_EINTR)
		ci_annotate(stderr, CI_ERROR, program.name, e->text);
	return program_report(&s->common.log, s->stop, e);
}

/* What the operator should know of the run, which goes on. */
__attribute__((format(printf, 2, 3))) static void
remark(struct settings *s, const char *format, ...)
{
	char text[640];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_write(&s->common.log, LOG_WARNING, "%s", text);
	if (ci_annotates(getenv) && s->common.log.level >= LOG_WARNING)
		ci_annotate(stderr, CI_WARNING, program.name, text);
}

static bool
is_store(const struct settings *s)
{
	return strcmp(s->target, "store") == 0;
}

/* The defaults, as far as the load can meet them, and over them the user's. */
static bool
set_thresholds(struct settings *s, struct md_error *e)
{
	struct thresholds *t = &s->load.thresholds;

	if (!s->no_defaults)
		*t = thresholds_default;
	for (size_t i = 0; i < t->len; i++)
		/* Not more than it is sent, with room for the last answers. */
		if (t->v[i].metric == METRIC_RPS && s->load.rate > 0 &&
		    t->v[i].bound > 0.9 * s->load.rate)
			t->v[i].bound = 0.9 * s->load.rate;
	for (size_t i = 0; i < s->own.len; i++)
		if (!thresholds_put(t, &s->own.v[i], e))
			return false;
	return true;
}

/* Users or a rate that rise and fall: from where, with how many connections,
 * and what the rate is on average. */
static bool
set_stages(struct settings *s, struct md_error *e)
{
	struct load_stages *g = &s->load.stages;
	double most;

	if (g->len == 0)
		return true;
	if (s->load.rate > 0) {
		g->rate = true;
		g->start = s->load.rate;
	}
	most = load_stages_most(g);
	for (size_t i = 0; i < g->len && !g->rate; i++)
		if (g->v[i].target != floor(g->v[i].target) ||
		    most > CONNECTIONS_MAX)
			return md_fail(e, MD_EUSAGE,
			    "--stages %s: expected whole numbers of users up "
			    "to %d, or a rate such as 10/s",
			    g->text, CONNECTIONS_MAX);
	if (g->rate)
		s->load.rate = load_stages_count(g) / load_stages_seconds(g);
	else
		s->load.connections = (unsigned)most;
	return !g->rate || s->load.rate > 0 ||
	       md_fail(e, MD_EUSAGE, "--stages: expected some load");
}

static bool
check(struct settings *s, struct md_error *e)
{
	struct report_options *c = &s->common;

	if (is_store(s)) {
		if (!report_options_finish(c, getenv, e))
			return false;
	} else
		report_options_level(c);
	if (!report_options_columns(c, s->format, e) ||
	    !table_columns_check(&output_load_columns, c->columns, e))
		return false;
	program_waits(c, NULL);
	if (s->path[0] != '\0') {
		if (is_store(s))
			return md_fail(e, MD_EUSAGE,
			    "--path: the store has none; expected a --target "
			    "URL");
		s->load.path = s->path;
		s->load.scenarios = 1U << SCENARIO_PATH;
	}
	if (s->token_file[0] != '\0') {
		if (is_store(s))
			return md_fail(e, MD_EUSAGE,
			    "--token-file: the store asks for none; expected "
			    "a --target URL");
		if (!key_read(s->token_file, s->token, e))
			return false;
	}
	if (!set_stages(s, e))
		return false;
	/* Each connection is opened, each value asked for once. */
	if (!s->has_warmup)
		s->load.warmup =
		    s->load.connections > 10 ? s->load.connections : 10;
	s->load.seed = (uint64_t)md_now_ms() * 1000003U + (uint64_t)getpid();
	return set_thresholds(s, e);
}

static void
default_symbols(struct load_options *o)
{
	static const char *const names[] = { "AAPL", "AMZN", "GOOG", "JPM",
		"KO", "MSFT", "NVDA", "QQQ", "SPY", "TSLA" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		memcpy(o->symbols[o->symbols_len++], names[i],
		    strlen(names[i]) + 1);
}

/* -- where the load goes -- */

static bool
find_store(struct settings *s, struct load_place *place, struct md_error *e)
{
	struct load_store *st = NULL;
	bool good = true;

	place->kind = PLACE_STORE;
	place->db = s->common.db;
	if (s->load.symbols_len > 0)
		return true;
	good = load_store_open(&st, place->db, 1, e) &&
	       load_store_symbols(st, s->load.symbols, 25, &s->load.symbols_len,
		   e);
	load_store_close(&st);
	return good;
}

static bool
start_stand_in(struct settings *s, struct load_place *place,
    struct standin **standin, struct md_error *e)
{
	struct standin_options how = {
		.self = s->self,
		.path = getenv("PATH"),
		.folder = getenv("TMPDIR"),
		.env = environ,
		.stopped = signals_stopped,
		.symbols = s->load.symbols,
		.symbols_len = s->load.symbols_len,
	};
	char url[64];

	if (!standin_start(standin, &how, url, e) ||
	    !load_target_parse(url, false, &place->target, e) ||
	    !load_probe(&place->target, &s->load, e))
		return false;
	place->kind = PLACE_STAND_IN;
	remark(s,
	    "the load goes to a local stand-in: a private mdserve at %s over "
	    "a temporary store of synthetic bars",
	    url);
	return true;
}

static bool
find_server(struct settings *s, struct load_place *place,
    struct standin **standin, struct md_error *e)
{
	bool named = s->load.symbols_len > 0;

	if (!load_target_parse(s->target, s->owned, &place->target, e))
		return false;
	place->kind = PLACE_URL;
	if (s->token[0] != '\0')
		place->target.token = s->token;
	if (!named && s->load.path == NULL)
		load_symbols_fetch(&place->target, &s->load);
	if (s->load.symbols_len == 0)
		default_symbols(&s->load);
	if (load_probe(&place->target, &s->load, e))
		return true;
	if (e->code == MD_EINTR)
		return false;
	/* Whose token it is, that server is meant. */
	if (s->no_stand_in || s->load.path != NULL ||
	    place->target.token != NULL) {
		e->code = MD_ENET;
		return false;
	}
	remark(s, "%s", e->text);
	if (!named) {
		s->load.symbols_len = 0;
		default_symbols(&s->load);
	}
	return start_stand_in(s, place, standin, e);
}

/* -- the job -- */

static void
warn(struct settings *s, const struct load_report *p,
    const struct load_earlier *old)
{
	char text[256];

	if (p->aborted[0] != '\0')
		remark(s, "%s", p->aborted);
	for (size_t i = 0; i < p->sames; i++)
		remark(s, "%s", p->same[i]);
	for (size_t i = 0; i < p->results; i++) {
		load_generator_limit(p, &p->result[i], text);
		if (text[0] != '\0')
			remark(s, "%s", text);
		if (old != NULL && !old->has[p->result[i].scenario])
			remark(s, "%s: has no scenario %s to compare with",
			    s->compare,
			    load_scenario_name(p->result[i].scenario));
	}
	if (old != NULL &&
	    (strcmp(old->target, load_place_name(p->place)) != 0 ||
		old->connections != (int64_t)s->load.connections ||
		fabs(old->rate - s->load.rate) > 1e-9))
		remark(s,
		    "%s: was measured otherwise (%s, %lld at a time, rate %g): "
		    "compared all the same",
		    s->compare, old->target, (long long)old->connections,
		    old->rate);
}

static int
print(struct settings *s, const struct load_report *p)
{
	struct report_view view = report_options_view(&s->common, getenv);
	struct output_load_options how = {
		.view = view,
		.intervals = s->has_interval,
		.plot = view.terminal > 0 || s->common.color == COLOR_ALWAYS,
	};
	bool good = load_within_bounds(p), gone;
	struct outfile out;
	struct md_error e;

	if (good && s->common.quiet && s->common.out[0] == '\0')
		return EXIT_DONE;
	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	output_load_find(s->format)->write(out.f, p, &how);
	if (!outfile_commit(&out, &gone, &e))
		return report(s, &e);
	if (ci_annotates(getenv))
		output_load_annotate(stderr, p);
	return good ? EXIT_DONE : EXIT_SOME_FAILED;
}

static int
load(struct settings *s, const struct load_place *place,
    const struct load_earlier *old)
{
	struct load_report p;
	struct md_error e;
	int code;

	if (load_run(&s->load, place, &p, &e)) {
		if (old != NULL)
			load_compare(&p, old, s->compare, s->max_regress);
		warn(s, &p, old);
		code = print(s, &p);
	} else
		code = report(s, &e);
	load_report_free(&p);
	return code;
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct load_earlier old;
	struct standin *standin = NULL;
	struct load_place place;
	struct md_error e;
	bool compared = s->compare[0] != '\0', found;
	int code;

	(void)argc, (void)argv;
	memset(&place, 0, sizeof(place));
	if (!check(s, &e) ||
	    (compared && !load_earlier_read(s->compare, &old, &e)))
		return report(s, &e);
	found = is_store(s) ? find_store(s, &place, &e)
			    : find_server(s, &place, &standin, &e);
	code = found ? load(s, &place, compared ? &old : NULL) : report(s, &e);
	standin_stop(&standin);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;

	defaults(&s, argv[0]);
	return program_main(&program, argc, argv, &s, run, report);
}
