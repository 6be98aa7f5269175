/*
 * mdmock: a local server that speaks the Polygon protocol.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mdtime.h"
#include "base/number.h"
#include "cli/option_takers.h"
#include "cli/zoneinfo.h"
#include "exit.h"
#include "httpd/httpd.h"
#include "mock/mock.h"
#include "sys/signals.h"

#define FAULTS_MAX 64

struct settings {
	struct mock_options mock;
	struct httpd_options server;
	struct log log;
	const char *listen;
	const char *port_file;
	const char *data;
	const char *access_log;
	const char *next_host;
	struct fault faults[FAULTS_MAX];
	int64_t seed;
	bool synthetic, quiet, verbose;
};

/* -- options -- */

#define UNUSED_FIRST (void)first
#define SETTINGS     ((struct settings *)into)
#define MOCK         (((struct settings *)into)->mock)

TAKE(listen)
{
	UNUSED_FIRST, (void)e;
	SETTINGS->listen = value;
	return true;
}

TAKE(port_file)
{
	UNUSED_FIRST, (void)e;
	SETTINGS->port_file = value;
	return true;
}

TAKE(data)
{
	UNUSED_FIRST, (void)e;
	SETTINGS->data = value;
	return true;
}

TAKE(seed)
{
	UNUSED_FIRST;
	return option_int(value, 0, INT64_MAX, &SETTINGS->seed, e);
}

TAKE(synthetic)
{
	SETTINGS->synthetic = true;
	return value == NULL || take_seed(into, value, first, e);
}

TAKE(key)
{
	UNUSED_FIRST;
	if (*value == '\0')
		return md_fail(e, MD_EUSAGE, "expected a key");
	MOCK.key = value;
	return true;
}

TAKE(today)
{
	UNUSED_FIRST;
	if (md_date_parse(value, &MOCK.date))
		MOCK.clock = CLOCK_DATE;
	else if (md_time_parse(value, &MOCK.time_ms))
		MOCK.clock = CLOCK_TIME;
	else
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a date such as 2024-07-01, or a time such "
		    "as 2024-07-01T15:30:00Z",
		    value);
	return true;
}

TAKE(latency)
{
	UNUSED_FIRST;
	return option_int(value, 0, 3600000, &MOCK.latency_ms, e);
}

TAKE(jitter)
{
	UNUSED_FIRST;
	return option_int(value, 0, 3600000, &MOCK.jitter_ms, e);
}

TAKE(rate)
{
	const char *slash = strchr(value, '/');
	char number[16];
	size_t len = slash == NULL ? 0 : (size_t)(slash - value);

	UNUSED_FIRST;
	if (len > 0 && len < sizeof(number)) {
		memcpy(number, value, len);
		number[len] = '\0';
		MOCK.rate_ms = strcmp(slash, "/s") == 0     ? MD_SECOND
			       : strcmp(slash, "/min") == 0 ? MD_MINUTE
							    : 0;
		if (MOCK.rate_ms != 0 &&
		    number_parse_int(number, 1, 1000000, &MOCK.rate))
			return true;
	}
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected a number of requests such as 5/min or 100/s",
	    value);
}

TAKE(limited)
{
	static const char *const names[] = {
		[LIMITED_PLAIN] = "plain",
		[LIMITED_RETRY_AFTER] = "retry-after",
		[LIMITED_EMPTY] = "empty",
	};

	UNUSED_FIRST;
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], value) == 0) {
			MOCK.limited = (enum mock_limited)i;
			return true;
		}
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected plain, retry-after or empty", value);
}

TAKE(access_log)
{
	UNUSED_FIRST, (void)e;
	SETTINGS->access_log = value;
	return true;
}

TAKE(fault)
{
	if (first)
		MOCK.faults_len = 0;
	if (MOCK.faults_len == FAULTS_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d rules",
		    FAULTS_MAX);
	if (!fault_parse(value, &SETTINGS->faults[MOCK.faults_len], e))
		return false;
	MOCK.faults_len++;
	return true;
}

TAKE(page)
{
	UNUSED_FIRST;
	return option_int(value, 1, 50000, &MOCK.page, e);
}

TAKE(cache)
{
	int64_t mb;

	UNUSED_FIRST;
	if (!option_int(value, 0, 65536, &mb, e))
		return false;
	MOCK.cache_bytes = (size_t)mb << 20;
	return true;
}

TAKE(next_host)
{
	size_t len = strlen(value);

	UNUSED_FIRST;
	if ((strncmp(value, "http://", 7) != 0 &&
		strncmp(value, "https://", 8) != 0) ||
	    value[len - 1] == '/')
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected scheme and host such as "
		    "https://api.example.com",
		    value);
	SETTINGS->next_host = value;
	return true;
}

TAKE(threads)
{
	int64_t n;

	UNUSED_FIRST;
	if (!option_int(value, 1, 256, &n, e))
		return false;
	SETTINGS->server.threads = (unsigned)n;
	return true;
}

TAKE(quiet)
{
	UNUSED_FIRST, (void)value, (void)e;
	SETTINGS->quiet = true;
	return true;
}

TAKE(verbose)
{
	UNUSED_FIRST, (void)value, (void)e;
	SETTINGS->verbose = true;
	return true;
}

TAKE(log_format)
{
	UNUSED_FIRST;
	return log_format_parse(value, &SETTINGS->log.json) ||
	       md_fail(e, MD_EUSAGE, "'%s': expected text or json", value);
}

/* Letter, name, argument, help, take, environment, configuration, words. */
static const struct option_spec specs[] = {
	{ 0, "listen", "HOST:PORT", "where (127.0.0.1:0; port 0: any free)",
	    take_listen, NULL, NULL, NULL },
	{ 0, "port-file", "FILE", "write the port there once listening",
	    take_port_file, NULL, NULL, "@file" },
	{ 0, "data", "DIR", "serve the bars of this folder", take_data, NULL,
	    NULL, "@dir" },
	{ 0, "synthetic", "[SEED]", "serve bars made by formula (1)",
	    take_synthetic, NULL, NULL, NULL },
	{ 0, "seed", "N", "which ones", take_seed, NULL, NULL, NULL },
	{ 0, "key", "KEY", "the only key that is good (any)", take_key, NULL,
	    NULL, NULL },
	{ 0, "today", "DATE|TIME", "the mock's now: that day's end, or then",
	    take_today, NULL, NULL, NULL },
	{ 0, "latency", "MS", "answer this much later (0)", take_latency, NULL,
	    NULL, NULL },
	{ 0, "jitter", "MS", "and up to so much more (0)", take_jitter, NULL,
	    NULL, NULL },
	{ 0, "rate", "N/min|N/s", "answer 429 beyond it (no limit)", take_rate,
	    NULL, NULL, "5/min 100/s" },
	{ 0, "limited", "HOW", "what comes with it: plain, retry-after, empty",
	    take_limited, NULL, NULL, "plain retry-after empty" },
	{ 0, "fault", "RULE", "KIND[=VALUE][:COND,...]; repeatable", take_fault,
	    NULL, NULL,
	    "status= html error200 redirect retry-after= retry-date empty429 "
	    "truncated stalled silent reset endless slow= badjson types nan "
	    "missing duplicate conflicting unordered reversed ticker outside "
	    "offgrid highlow negative empty delayed emptypage loop foreign" },
	{ 0, "access-log", "FILE", "a line a request; - is stdout",
	    take_access_log, NULL, NULL, "@file" },
	{ 0, "page", "N", "base aggregates in a page at most (50000)",
	    take_page, NULL, NULL, NULL },
	{ 0, "cache", "MB", "of answers kept ready to send (64)", take_cache,
	    NULL, NULL, NULL },
	{ 0, "next-host", "URL", "scheme and host of next_url (its own)",
	    take_next_host, NULL, NULL, NULL },
	{ 0, "threads", "N", "that answer (4)", take_threads, NULL, NULL,
	    NULL },
	{ 'q', "quiet", NULL, "do not say where it listens", take_quiet, NULL,
	    NULL, NULL },
	{ 'v', "verbose", NULL, "show each request on stderr", take_verbose,
	    NULL, NULL, NULL },
	{ 0, "log-format", "FORMAT", "of messages: text, json", take_log_format,
	    NULL, NULL, "text json" },
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct program program = {
	.name = "mdmock",
	.operands = NULL,
	.summary = "a local server that speaks the Polygon protocol",
	.options = specs,
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
	s->server.threads = 4;
	s->server.connections = 4000;
	s->server.idle_seconds = 300;
}

/* -- what it needs, opened and closed -- */

struct parts {
	struct calendar *calendar;
	struct market *market;
	struct httpd *server;
	struct mock *mock;
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
open_market(const struct settings *s, struct parts *p, struct md_error *e)
{
	if (s->data != NULL && s->synthetic)
		return md_fail(e, MD_EUSAGE,
		    "--data and --synthetic: expected one of them");
	if (s->data == NULL && !s->synthetic)
		return md_fail(e, MD_EUSAGE,
		    "expected --data DIR or --synthetic; see mdmock -h");
	if (!zoneinfo_calendar(&p->calendar, NULL, e))
		return false;
	if (s->data != NULL)
		return market_open_data(&p->market, s->data, p->calendar, e);
	return market_open_synthetic(&p->market, (uint64_t)s->seed, p->calendar,
	    e);
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
	return mock_create(&p->mock, &s->mock, p->market, p->calendar, e) &&
	       httpd_serve(p->server, &s->server, mock_answer, p->mock, e);
}

static void
close_parts(struct parts *p)
{
	httpd_stop(&p->server);
	mock_destroy(&p->mock);
	market_close(&p->market);
	calendar_destroy(&p->calendar);
	if (p->access_log != NULL)
		(void)fclose(p->access_log);
}

/* -- running -- */

static int
serve(const sigset_t *stops)
{
	int number = 0;

	while (sigwait(stops, &number) != 0)
		;
	return number == SIGINT ? EXIT_SIGINT : EXIT_SIGTERM;
}

static int
report(struct settings *s, const struct md_error *e)
{
	log_write(&s->log, LOG_ERROR, "%s", e->text);
	return exit_code(e->code);
}

int
main(int argc, char **argv)
{
	const struct options_sources from = { getenv, NULL };
	struct settings s;
	struct parts p;
	struct md_error e = { MD_OK, "" };
	sigset_t stops;
	int operands, code;

	defaults(&s);
	memset(&p, 0, sizeof(p));
	switch (options_parse(&program, argc, argv, &from, &s, &operands,
	    stdout, &e)) {
	case OPTIONS_BAD:
		return report(&s, &e);
	case OPTIONS_SHOWN:
		return EXIT_DONE;
	case OPTIONS_RUN:
		break;
	}
	signals_hold(&stops);
	if (open_market(&s, &p, &e) && open_access_log(&s, &p, &e) &&
	    open_server(&s, &p, &e) &&
	    httpd_write_port(p.server, s.port_file, &e)) {
		if (!s.quiet)
			log_write(&s.log, LOG_INFO, "listening on %s", p.base);
		code = serve(&stops);
	} else
		code = report(&s, &e);
	close_parts(&p);
	return code;
}
