/*
 * mdmock: a local server that speaks the Polygon protocol.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mdtime.h"
#include "base/number.h"
#include "cli/calendar_options.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "httpd/httpd.h"
#include "mock/flat.h"
#include "mock/mock.h"
#include "program.h"
#include "sys/key.h"
#include "sys/signals.h"

#define FAULTS_MAX  64
#define WITHOUT_MAX 16

/* In the order of the option's words. */
enum fx_grid { FX_NEWYORK, FX_UTC };

struct settings {
	struct mock_options mock;
	struct httpd_options server;
	struct log log;
	const char *listen;
	const char *port_file;
	const char *data;
	const char *symbols;
	const char *access_log;
	const char *next_host;
	struct fault faults[FAULTS_MAX];
	const char *without[WITHOUT_MAX];
	struct calendar_changes changes;
	int64_t seed;
	enum fx_grid fx_grid;
	struct mock_flat flat;
	const char *s3_key_file;
	struct s3_keys s3_keys;
	bool s3, has_flat_from, has_flat_to;
	bool synthetic, quiet, verbose;
};

/* -- options -- */

static bool
take_today(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (md_date_parse(v->text, &s->mock.date))
		s->mock.clock = CLOCK_DATE;
	else if (md_time_parse(v->text, &s->mock.time_ms))
		s->mock.clock = CLOCK_TIME;
	else
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a date such as 2024-07-01, or a time such "
		    "as 2024-07-01T15:30:00Z",
		    v->text);
	return true;
}

static bool
take_rate(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;
	const char *slash = strchr(v->text, '/');
	char number[16];
	size_t len = slash == NULL ? 0 : (size_t)(slash - v->text);

	if (len > 0 && len < sizeof(number)) {
		memcpy(number, v->text, len);
		number[len] = '\0';
		s->mock.rate_ms = strcmp(slash, "/s") == 0     ? MD_SECOND
				  : strcmp(slash, "/min") == 0 ? MD_MINUTE
							       : 0;
		if (s->mock.rate_ms != 0 &&
		    number_parse_int(number, 1, 1000000, &s->mock.rate))
			return true;
	}
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected a number of requests such as 5/min or 100/s",
	    v->text);
}

static bool
take_fault(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (v->first)
		s->mock.faults_len = 0;
	if (s->mock.faults_len == FAULTS_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d rules",
		    FAULTS_MAX);
	if (!fault_parse(v->text, &s->faults[s->mock.faults_len], e))
		return false;
	s->mock.faults_len++;
	return true;
}

static bool
take_without(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (v->first)
		s->mock.without_len = 0;
	if (s->mock.without_len == WITHOUT_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d paths",
		    WITHOUT_MAX);
	if (v->text[0] != '/' || v->text[1] == '\0')
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a path such as /stocks/v1/splits", v->text);
	s->without[s->mock.without_len++] = v->text;
	return true;
}

/* Behind --s3. */
static bool
is_folder(const char *word)
{
	return word[0] != '-';
}

static bool
take_s3(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	s->s3 = true;
	s->mock.s3_dir = v->text;
	return v->text == NULL || *v->text != '\0' ||
	       md_fail(e, MD_EUSAGE, "expected a folder");
}

static bool
check_key(void *into, const struct option_value *v, struct md_error *e)
{
	(void)into;
	return *v->text != '\0' || md_fail(e, MD_EUSAGE, "expected a key");
}

static bool
check_next_host(void *into, const struct option_value *v, struct md_error *e)
{
	size_t len = strlen(v->text);

	(void)into;
	if ((strncmp(v->text, "http://", 7) == 0 ||
		strncmp(v->text, "https://", 8) == 0) &&
	    v->text[len - 1] != '/')
		return true;
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected scheme and host such as https://api.example.com",
	    v->text);
}

#define FAULT_WORDS                                                            \
	"status= html error200 redirect retry-after= retry-date empty429 "     \
	"truncated stalled silent reset endless slow= latency= bandwidth= "    \
	"slicer= limit_data= slow_close= timeout= reset_peer down badjson "    \
	"types nan missing nul duplicate conflicting unordered reversed "      \
	"ticker outside "                                                      \
	"offgrid highlow negative empty delayed late= restate closed_day "     \
	"emptypage loop foreign short replaced otherday badgzip"

#define AT(member)    OPTION_AT(struct settings, member)
#define GIVEN(member) OPTION_GIVEN(struct settings, member)

static const struct option_spec specs[] = {
	OPTION_ROW("listen", "HOST:PORT",
	    "address to serve (127.0.0.1:0, any free port)", OPTION_ARGV,
	    AT(listen)),
	OPTION_ROW("port-file", "FILE",
	    "write the port to this file once listening", OPTION_ARGV,
	    AT(port_file), .words = "@file"),
	OPTION_ROW("data", "DIR", "serve the bars of this folder", OPTION_ARGV,
	    AT(data), .words = "@dir"),
	OPTION_ROW("synthetic", "[SEED]",
	    "serve bars made by a formula (seed 1)", OPTION_COUNT, AT(seed),
	    GIVEN(synthetic), .max = INT64_MAX),
	OPTION_ROW("symbols", "FILE",
	    "list the symbols of this watchlist in a synthetic market",
	    OPTION_ARGV, AT(symbols), .words = "@file"),
	OPTION_ROW("seed", "N", "seed of the synthetic bars (1)", OPTION_COUNT,
	    AT(seed), .max = INT64_MAX),
	OPTION_ROW("key", "KEY", "the only key accepted (any)", OPTION_ARGV,
	    AT(mock.key), .take = check_key),
	OPTION_ROW("today", "DATE|TIME",
	    "current time of the mock; a date: its end", OPTION_OWN,
	    .take = take_today),
	OPTION_ROW("fx-grid", "WHERE",
	    "midnight of days of forex: newyork, utc (newyork)", OPTION_CHOICE,
	    AT(fx_grid), .words = "newyork utc",
	    .refusal = "expected newyork or utc"),
	OPTION_ROW("flat-files", "DIR",
	    "write the bars into DIR as flat files, and stop", OPTION_ARGV,
	    AT(flat.dir), .words = "@dir"),
	OPTION_ROW("s3", "[DIR]",
	    "serve flat files by S3: those of DIR, or of the bars served",
	    OPTION_OWN, .take = take_s3, .follows = is_folder, .words = "@dir"),
	OPTION_ROW("s3-key-file", "FILE",
	    "S3 keys in FILE, which only its owner may read", OPTION_ARGV,
	    AT(s3_key_file), .words = "@file"),
	OPTION_ROW("from", "DATE", "first day of flat files", OPTION_DATE,
	    AT(flat.from), GIVEN(has_flat_from)),
	OPTION_ROW("to", "DATE", "last day of flat files", OPTION_DATE,
	    AT(flat.to), GIVEN(has_flat_to)),
	OPTION_ROW("latency", "MS", "delay of each answer (0)", OPTION_COUNT,
	    AT(mock.latency_ms), .max = MD_HOUR),
	OPTION_ROW("jitter", "MS", "random additional delay, up to this (0)",
	    OPTION_COUNT, AT(mock.jitter_ms), .max = MD_HOUR),
	OPTION_ROW("rate", "N/min|N/s", "answer 429 above this rate (no limit)",
	    OPTION_OWN, .take = take_rate, .words = "5/min 100/s"),
	OPTION_ROW("limited", "HOW",
	    "form of the 429: plain, retry-after, empty", OPTION_CHOICE,
	    AT(mock.limited), .words = "plain retry-after empty",
	    .refusal = "expected plain, retry-after or empty"),
	OPTION_ROW("fault", "RULE", "KIND[=VALUE],...[:COND,...]", OPTION_OWN,
	    .repeatable = true, .take = take_fault, .words = FAULT_WORDS),
	OPTION_ROW("without", "PATH",
	    "answer 404 to what begins with this path", OPTION_OWN,
	    .repeatable = true, .take = take_without,
	    .words = "/stocks/v1/splits /v3/reference/splits "
		     "/stocks/v1/dividends"),
	OPTION_ROW("access-log", "FILE",
	    "log one line per request; - is stdout", OPTION_ARGV,
	    AT(access_log), .words = "@file"),
	OPTION_ROW("page", "N", "maximum base aggregates in a page (50000)",
	    OPTION_COUNT, AT(mock.page), .min = 1, .max = 50000),
	OPTION_ROW("cache", "MB", "size of the cache of answers (64)",
	    OPTION_COUNT, AT(mock.cache_bytes), .max = 65536, .unit = 1 << 20),
	OPTION_ROW("next-host", "URL", "scheme and host in next_url (its own)",
	    OPTION_ARGV, AT(next_host), .take = check_next_host),
	OPTION_ROW("threads", "N", "answering threads (4)", OPTION_COUNT,
	    AT(server.threads), .min = 1, .max = 256),
	OPTION_SWITCH("quiet", "do not print the address", OPTION_FLAG,
	    AT(quiet), .letter = 'q'),
	OPTION_SWITCH("verbose", "log each request on stderr", OPTION_FLAG,
	    AT(verbose), .letter = 'v'),
	OPTION_ROW("log-format", "FORMAT", "format of messages: text, json",
	    OPTION_CHOICE, AT(log.json), .words = "text json",
	    .refusal = "expected text or json"),
	CALENDAR_KEYS(struct settings, changes),
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdmock",
	.summary = "a local server that speaks the Polygon protocol",
	.options = specs,
	.no_configuration = true,
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->log.f = stderr;
	s->log.program = program.name;
	s->log.level = LOG_INFO;
	s->listen = "127.0.0.1:0";
	s->seed = 1;
	s->mock.page = 50000;
	s->mock.cache_bytes = (size_t)64 << 20;
	s->mock.faults = s->faults;
	s->mock.without = s->without;
	s->server.threads = 4;
	s->server.connections = 4000;
	s->server.sending_bytes = (size_t)1 << 30;
	s->server.idle_seconds = 300;
}

/* -- what it needs, opened and closed -- */

struct parts {
	struct calendar *calendar;
	struct market *market;
	struct httpd *server;
	struct mock *mock;
	struct flat_made *made;
	struct mock_tickers tickers;
	struct mock_events events;
	struct mock_closures closures;
	FILE *access_log; /* ours to close, or null */
	char base[128];
};

static bool
open_access_log(struct settings *s, struct parts *p, struct md_error *e)
{
	if (s->verbose)
		s->mock.access_log = stderr;
	if (s->access_log == NULL)
		return true;
	s->mock.access_log = stdout;
	if (strcmp(s->access_log, "-") == 0)
		return true;
	p->access_log = fopen(s->access_log, "ae");
	if (p->access_log == NULL)
		return md_fail(e, MD_EIO, "%s: %s", s->access_log,
		    strerror(errno));
	s->mock.access_log = p->access_log;
	return true;
}

static bool
list_symbols(const struct settings *s, struct market *m, struct md_error *e)
{
	struct selection listed;
	bool good;

	if (s->symbols == NULL)
		return true;
	good = selection_read(&listed, 0, NULL, NULL, s->symbols, e);
	for (size_t i = 0; good && i < listed.symbols.len; i++)
		good = source_synthetic_list(m, listed.symbols.v[i].symbol)
			   ? true
			   : md_nomem(e);
	selection_free(&listed);
	return good;
}

static bool
open_market(const struct settings *s, struct parts *p, struct md_error *e)
{
	if (s->data != NULL && s->synthetic)
		return md_fail(e, MD_EUSAGE,
		    "--data and --synthetic: expected one of them");
	if (s->data == NULL && !s->synthetic)
		return md_fail(e, MD_EUSAGE,
		    "expected --data DIR or --synthetic; see mdmock -h");
	if (s->data != NULL && s->symbols != NULL)
		return md_fail(e, MD_EUSAGE,
		    "--symbols: expected --synthetic with it: a folder lists "
		    "what it has");
	if (!zoneinfo_calendar_changed(&p->calendar, &s->changes, e))
		return false;
	if (s->data != NULL
		? !source_open_files(&p->market, s->data, p->calendar, e)
		: !source_open_synthetic(&p->market, (uint64_t)s->seed,
		      p->calendar, e))
		return false;
	if (s->data != NULL
		? !mock_tickers_read(&p->tickers, s->data, e)
		: !mock_tickers_synthetic(&p->tickers) && md_nomem(e))
		return false;
	if (s->data != NULL &&
	    (!mock_events_read(&p->events, s->data, e) ||
		!mock_closures_read(&p->closures, s->data, e)))
		return false;
	p->market->fx_utc = s->fx_grid == FX_UTC;
	return list_symbols(s, p->market, e);
}

static bool
open_server(struct settings *s, struct parts *p, struct md_error *e)
{
	if (!httpd_listen(&p->server, s->listen, e))
		return e->code == MD_EUSAGE ? md_context(e, "--listen") : false;
	if (!httpd_is_loopback(p->server))
		log_write(&s->log, LOG_WARNING,
		    "%s is not a loopback address: others may connect",
		    httpd_address(p->server));
	(void)snprintf(p->base, sizeof(p->base), "http://%s",
	    httpd_address(p->server));
	s->mock.base = s->next_host != NULL ? s->next_host : p->base;
	s->mock.tickers = &p->tickers;
	s->mock.events = &p->events;
	s->mock.closures = &p->closures;
	return mock_create(&p->mock, &s->mock, p->market, p->calendar, e) &&
	       httpd_serve(p->server, &s->server, mock_answer, p->mock, e);
}

static void
close_parts(struct parts *p)
{
	httpd_stop(&p->server);
	mock_destroy(&p->mock);
	flat_made_destroy(&p->made);
	source_close(&p->market);
	mock_tickers_free(&p->tickers);
	mock_events_free(&p->events);
	mock_closures_free(&p->closures);
	calendar_destroy(&p->calendar);
	if (p->access_log != NULL)
		(void)fclose(p->access_log);
}

/* The keys that Amazon's manual has for examples. */
#define EXAMPLE_KEY    "AKIAIOSFODNN7EXAMPLE"
#define EXAMPLE_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/* -- running -- */

/* From here on a signal ends it in order: before, it ends at once, as preparing
 * files may take long. */
static bool
block_stops(sigset_t *stops)
{
	signals_block(stops);
	return true;
}

static int
serve(const sigset_t *stops)
{
	int number = 0;

	while (sigwait(stops, &number) != 0)
		;
	return exit_signal(number);
}

static int report(void *settings, const struct md_error *);

static int64_t
now_of(const struct settings *s, const struct calendar *cal)
{
	switch (s->mock.clock) {
	case CLOCK_DATE:
		return calendar_midnight(cal, CLASS_STOCK, s->mock.date + 1) -
		       1;
	case CLOCK_TIME:
		return s->mock.time_ms;
	case CLOCK_REAL:
		break;
	}
	return md_now_ms();
}

static bool
check_days(const struct settings *s, const char *option, struct md_error *e)
{
	return (s->has_flat_from && s->has_flat_to &&
		   s->flat.from <= s->flat.to) ||
	       md_fail(e, MD_EUSAGE,
		   "%s: expected --from DATE and --to DATE with it, the "
		   "earlier date first",
		   option);
}

/* As the client finds its own; where there are none, the examples. */
static bool
find_keys(struct settings *s, struct md_error *e)
{
	static const char *const names[] = { "MASSIVE_S3_ACCESS_KEY_ID",
		"MASSIVE_S3_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY" };
	bool given = s->s3_key_file != NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		given = given || getenv(names[i]) != NULL;
	s->mock.s3_key = given ? s->s3_keys.id : EXAMPLE_KEY;
	s->mock.s3_secret = given ? s->s3_keys.secret : EXAMPLE_SECRET;
	return !given ||
	       s3_keys_find(s->s3_key_file == NULL ? "" : s->s3_key_file,
		   getenv, &s->s3_keys, e);
}

/* Each thread takes the next file that nobody has taken. */
struct preparing {
	struct parts *parts;
	md_date from;
	long files;
	atomic_long next;
	pthread_mutex_t lock; /* of the first error */
	struct md_error error;
};

static void *
make_files(void *ctx)
{
	struct preparing *p = ctx;
	struct md_error e;
	struct object o;
	long i;

	while ((i = atomic_fetch_add(&p->next, 1)) < p->files) {
		if (flat_made_find(p->parts->made,
			(enum flat_set)(i % FLAT_SETS),
			p->from + (md_date)(i / FLAT_SETS), &o, &e) ||
		    e.code == MD_EABSENT)
			continue;
		(void)pthread_mutex_lock(&p->lock);
		if (p->error.code == MD_OK)
			p->error = e;
		(void)pthread_mutex_unlock(&p->lock);
		atomic_store(&p->next, p->files);
	}
	return NULL;
}

/* Those of the days, before any is asked for: on two threads, as most of the
 * time goes to the formula. */
static bool
make_days(struct settings *s, struct parts *p, struct md_error *e)
{
	struct preparing k = { .parts = p,
		.from = s->flat.from,
		.files = (s->flat.to - s->flat.from + 1) * (long)FLAT_SETS };
	pthread_t other;
	bool both;

	(void)pthread_mutex_init(&k.lock, NULL);
	both = pthread_create(&other, NULL, make_files, &k) == 0;
	(void)make_files(&k);
	if (both)
		(void)pthread_join(other, NULL);
	(void)pthread_mutex_destroy(&k.lock);
	if (k.error.code != MD_OK)
		*e = k.error;
	return k.error.code == MD_OK;
}

static bool
make_flat(struct settings *s, struct parts *p, bool days, struct md_error *e)
{
	const char *folder = getenv("TMPDIR");

	if (folder == NULL || *folder == '\0')
		folder = "/var/tmp";
	if (!flat_made_create(&p->made, p->market, folder, e))
		return false;
	s->mock.s3_made = p->made;
	return !days || make_days(s, p, e);
}

/* The files that are served, with those of the days that are asked for. */
static bool
prepare_s3(struct settings *s, struct parts *p, struct md_error *e)
{
	bool days = s->has_flat_from || s->has_flat_to;
	int64_t files;

	if (!s->s3)
		return true;
	if (!find_keys(s, e) || (days && !check_days(s, "--s3", e)))
		return false;
	if (s->mock.s3_dir == NULL)
		return make_flat(s, p, days, e);
	s->flat.dir = s->mock.s3_dir;
	s->flat.prepare = true;
	return !days || mock_flat_write(p->market, &s->flat, &files, e);
}

static int
write_flat(struct settings *s, struct parts *p)
{
	struct md_error e;
	int64_t files;

	if (!check_days(s, "--flat-files", &e))
		return report(s, &e);
	s->flat.now_ms = now_of(s, p->calendar);
	if (!mock_flat_write(p->market, &s->flat, &files, &e))
		return report(s, &e);
	if (!s->quiet)
		log_write(&s->log, LOG_INFO, "%lld flat files in %s",
		    (long long)files, s->flat.dir);
	return EXIT_DONE;
}

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return program_report(&s->log, NULL, e);
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct parts p;
	struct md_error e = { MD_OK, "" };
	sigset_t stops;
	int code;

	(void)argc, (void)argv;
	memset(&p, 0, sizeof(p));
	if (s->flat.dir != NULL && s->s3) {
		(void)md_fail(&e, MD_EUSAGE,
		    "--flat-files and --s3: expected one of them");
		code = report(s, &e);
	} else if (s->flat.dir != NULL)
		code =
		    open_market(s, &p, &e) ? write_flat(s, &p) : report(s, &e);
	else if (open_market(s, &p, &e) && prepare_s3(s, &p, &e) &&
		 block_stops(&stops) && open_access_log(s, &p, &e) &&
		 open_server(s, &p, &e) &&
		 httpd_write_port(p.server, s->port_file, &e)) {
		if (!s->quiet)
			log_write(&s->log, LOG_INFO, "listening on %s", p.base);
		code = serve(&stops);
	} else
		code = report(s, &e);
	close_parts(&p);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;

	defaults(&s);
	return program_main(&program, argc, argv, &s, run, report);
}
