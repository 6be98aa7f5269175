/*
 * mdload: put load on the read API or the store, and check what it bears.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "cli/option_takers.h"
#include "cli/report_options.h"
#include "exit.h"
#include "load/load.h"
#include "load/standin.h"
#include "output/load.h"
#include "sys/key.h"
#include "sys/outfile.h"
#include "sys/signals.h"

#define DEFAULT_TARGET "http://127.0.0.1:8000"

extern char **environ;

struct settings {
	struct report_options common; /* first: its takers are handed this */
	const volatile sig_atomic_t *stop; /* the signal's number */
	struct load_options load;
	struct thresholds own; /* the user's, over the defaults */
	bool no_defaults;
	bool has_warmup, owned, no_stand_in;
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

#define SETTINGS ((struct settings *)into)

TAKE(format)
{
	(void)first;
	if (output_load_find(value) == NULL)
		return md_fail(e, MD_EUSAGE, "'%s': mdload writes %s", value,
		    OUTPUT_LOAD_FORMATS);
	memcpy(SETTINGS->format, value, strlen(value) + 1);
	return true;
}

TAKE(concurrency)
{
	int64_t n;

	(void)first;
	if (!option_int(value, 1, 20000, &n, e))
		return false;
	SETTINGS->load.connections = (unsigned)n;
	return true;
}

TAKE(requests)
{
	int64_t n;

	(void)first;
	if (!option_int(value, 1, 1000000000, &n, e))
		return false;
	SETTINGS->load.count = (uint64_t)n;
	SETTINGS->load.duration_ms = 0;
	return true;
}

/* A time of at least a millisecond and at most a day. */
static bool
take_time(const char *value, int64_t *out, struct md_error *e)
{
	int64_t ms;

	if (!option_duration(value, &ms, e))
		return false;
	if (ms < 1 || ms > MD_DAY)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a time from 1ms to 1d", value);
	*out = ms;
	return true;
}

TAKE(duration)
{
	(void)first;
	if (!take_time(value, &SETTINGS->load.duration_ms, e))
		return false;
	SETTINGS->load.count = 0;
	return true;
}

TAKE(timeout)
{
	(void)first;
	return take_time(value, &SETTINGS->load.timeout_ms, e);
}

TAKE(rate)
{
	size_t n = strcspn(value, "/");
	char number[32];
	double rate, per = 1;

	(void)first;
	if (strcmp(value + n, "/min") == 0)
		per = 60;
	else if (value[n] != '\0' && strcmp(value + n, "/s") != 0)
		n = 0;
	if (n == 0 || n >= sizeof(number))
		n = 0;
	memcpy(number, value, n);
	number[n] = '\0';
	if (!number_parse_real(number, 0, 1000000, &rate) || rate <= 0)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a number of requests such as 50/s or "
		    "600/min",
		    value);
	SETTINGS->load.rate = rate / per;
	return true;
}

TAKE(scenario)
{
	unsigned bits;

	if (!load_scenarios_parse(value, &bits, e))
		return false;
	SETTINGS->load.scenarios =
	    bits | (first ? 0 : SETTINGS->load.scenarios);
	return true;
}

TAKE(token_file)
{
	(void)first;
	return option_text(value, SETTINGS->token_file,
	    sizeof(SETTINGS->token_file), e);
}

TAKE(target)
{
	(void)first;
	return option_text(value, SETTINGS->target, sizeof(SETTINGS->target),
	    e);
}

TAKE(symbols)
{
	struct load_options *o = &SETTINGS->load;
	char text[64];

	if (first)
		o->symbols_len = 0;
	for (;;) {
		size_t n = strcspn(value, ",");

		if (o->symbols_len == LOAD_SYMBOLS_MAX)
			return md_fail(e, MD_EUSAGE,
			    "expected at most %d symbols", LOAD_SYMBOLS_MAX);
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, value);
		if (!symbol_normalize(text, symbol_class(text),
			o->symbols[o->symbols_len], e))
			return false;
		o->symbols_len++;
		if (value[n] == '\0')
			return true;
		value += n + 1;
	}
}

TAKE(threshold)
{
	(void)first;
	if (strcmp(value, "none") == 0)
		SETTINGS->no_defaults = true;
	return thresholds_take(&SETTINGS->own, value, e);
}

TAKE(warmup)
{
	int64_t n;

	(void)first;
	if (!option_int(value, 0, 1000000000, &n, e))
		return false;
	SETTINGS->load.warmup = (uint64_t)n;
	SETTINGS->has_warmup = true;
	return true;
}

TAKE(path)
{
	(void)first;
	if (value[0] != '/')
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a path such as /api/v1/symbols", value);
	for (const char *c = value; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return md_fail(e, MD_EUSAGE,
			    "'%s': expected a path without blanks", value);
	return option_text(value, SETTINGS->path, sizeof(SETTINGS->path), e);
}

TAKE(compare)
{
	(void)first;
	return option_text(value, SETTINGS->compare, sizeof(SETTINGS->compare),
	    e);
}

TAKE(max_regress)
{
	(void)first;
	return option_percent(value, &SETTINGS->max_regress, e);
}

TAKE(no_stand_in)
{
	(void)first, (void)value, (void)e;
	SETTINGS->no_stand_in = true;
	return true;
}

TAKE(owned)
{
	(void)first, (void)value, (void)e;
	SETTINGS->owned = true;
	return true;
}

static const struct option_spec specs[] = {
	{ 'c', "concurrency", "N", "requests at a time, at most (100)",
	    take_concurrency, NULL, "load.concurrency", NULL },
	{ 'n', "requests", "N", "so many requests a scenario (100)",
	    take_requests, NULL, "load.requests", NULL },
	{ 0, "duration", "TIME", "instead: requests for so long", take_duration,
	    NULL, "load.duration", NULL },
	{ 0, "rate", "R/s", "send so many a second, come what may", take_rate,
	    NULL, "load.rate", NULL },
	{ 0, "scenario", "NAME,...", "some of " SCENARIO_NAMES, take_scenario,
	    NULL, "load.scenarios", SCENARIO_NAMES },
	{ 0, "target", "URL|store", "what to load (" DEFAULT_TARGET ")",
	    take_target, NULL, "load.target", "store" },
	{ 0, "token-file", "FILE", "requests bear the token in this file",
	    take_token_file, NULL, NULL, "@file" },
	{ 0, "symbols", "SYMBOL,...", "ask for these", take_symbols, NULL,
	    "load.symbols", NULL },
	{ 0, "path", "PATH", "ask for this path instead of scenarios",
	    take_path, NULL, NULL, NULL },
	{ 0, "warmup", "N", "requests before, not counted (as -c)", take_warmup,
	    NULL, "load.warmup", NULL },
	{ 0, "timeout", "TIME", "for a whole answer (10s)", take_timeout, NULL,
	    "load.timeout", NULL },
	{ 0, "threshold", "BOUND,...", "such as p95<1000ms; none",
	    take_threshold, NULL, "load.thresholds", NULL },
	{ 0, "compare", "FILE", "with the JSON of an earlier run", take_compare,
	    NULL, NULL, "@file" },
	{ 0, "max-regress", "PERCENT", "with --compare: so much worse (10%)",
	    take_max_regress, NULL, "load.max_regress", NULL },
	{ 0, "no-stand-in", NULL, "fail when the target does not answer",
	    take_no_stand_in, NULL, NULL, NULL },
	{ 0, "i-own-this-host", NULL, "allow targets that are not loopback",
	    take_owned, NULL, NULL, NULL },
	{ 'o', "format", "FORMAT", "one of " OUTPUT_LOAD_FORMATS, take_format,
	    NULL, NULL, OUTPUT_LOAD_FORMATS },
	{ 0, "db", "URL", "of --target store: the store", report_take_db,
	    "MD_DB", "db", "@file" },
	REPORT_OPTIONS_OUTPUT("print nothing when nothing is missed"),
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
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
	s->stop = signals_catch();
	s->self = self;
	s->load.scenarios = SCENARIO_ALL;
	s->load.connections = 100;
	s->load.count = 100;
	s->load.timeout_ms = 10 * MD_SECOND;
	s->load.stopped = signals_stopped;
	s->max_regress = 10;
	memcpy(s->target, DEFAULT_TARGET, sizeof(DEFAULT_TARGET));
	memcpy(s->format, "table", sizeof("table"));
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

static bool
check(struct settings *s, struct md_error *e)
{
	struct report_options *c = &s->common;

	if (is_store(s)) {
		if (!report_options_finish(c, getenv, e))
			return false;
	} else if (c->verbose > 0)
		c->log.level = c->verbose > 1 ? LOG_DEBUG : LOG_INFO;
	else if (c->quiet)
		c->log.level = LOG_ERROR;
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
	log_write(&s->common.log, LOG_WARNING,
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
		load_symbols_ask(&place->target, &s->load);
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
	log_write(&s->common.log, LOG_WARNING, "%s", e->text);
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

	for (size_t i = 0; i < p->results; i++) {
		load_own_limit(p, &p->result[i], text);
		if (text[0] != '\0')
			log_write(&s->common.log, LOG_WARNING, "%s", text);
		if (old != NULL && !old->has[p->result[i].scenario])
			log_write(&s->common.log, LOG_WARNING,
			    "%s: has no scenario %s to compare with",
			    s->compare,
			    load_scenario_name(p->result[i].scenario));
	}
	if (old != NULL &&
	    (strcmp(old->target, load_place_name(p->place)) != 0 ||
		old->connections != (int64_t)s->load.connections ||
		fabs(old->rate - s->load.rate) > 1e-9))
		log_write(&s->common.log, LOG_WARNING,
		    "%s: was measured otherwise (%s, %lld at a time, rate %g): "
		    "compared all the same",
		    s->compare, old->target, (long long)old->connections,
		    old->rate);
}

static int
print(struct settings *s, const struct load_report *p)
{
	bool terminal = isatty(STDOUT_FILENO) != 0 && s->common.out[0] == '\0';
	struct output_load_options how = {
		.color = report_options_color(&s->common, terminal, getenv),
		.plot = terminal || s->common.color == COLOR_ALWAYS,
	};
	bool good = load_good(p), gone;
	struct outfile out;
	struct md_error e;

	if (good && s->common.quiet && s->common.out[0] == '\0')
		return EXIT_DONE;
	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	output_load_find(s->format)->write(out.f, p, &how);
	if (!outfile_commit(&out, &gone, &e))
		return report(s, &e);
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
run(struct settings *s)
{
	struct load_earlier old;
	struct standin *standin = NULL;
	struct load_place place;
	struct md_error e;
	bool compared = s->compare[0] != '\0', found;
	int code;

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
	char config[OPTIONS_PATH];
	struct options_sources from = options_sources_usual(getenv, config);
	struct md_error e;
	int operands;

	defaults(&s, argv[0]);
	switch (options_parse(&program, argc, argv, &from, &s, &operands,
	    stdout, &e)) {
	case OPTIONS_SHOWN:
		return EXIT_DONE;
	case OPTIONS_BAD:
		return report(&s, &e);
	case OPTIONS_RUN:
		break;
	}
	return run(&s);
}
