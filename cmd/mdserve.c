/*
 * mdserve: serve the store over HTTP.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "cli/option_takers.h"
#include "cli/report_options.h"
#include "cli/zoneinfo.h"
#include "exit.h"
#include "httpd/httpd.h"
#include "serve/serve.h"
#include "sys/key.h"
#include "sys/process.h"
#include "sys/signals.h"

#define DRAIN_MS    10000
#define SPARE_FILES 64 /* for the store and what else is open */

struct settings {
	struct report_options common; /* first: its takers are handed this */
	struct serve_options serve;
	struct httpd_options server;
	const char *listen;
	const char *port_file;
	const char *token_file;
	bool insecure;
	char token[KEY_MAX];
};

/* -- options -- */

#define SETTINGS ((struct settings *)into)

TAKE(listen)
{
	(void)first, (void)e;
	SETTINGS->listen = value;
	return true;
}

TAKE(port_file)
{
	(void)first, (void)e;
	SETTINGS->port_file = value;
	return true;
}

TAKE(token_file)
{
	(void)first, (void)e;
	SETTINGS->token_file = value;
	return true;
}

TAKE(insecure)
{
	(void)first, (void)value, (void)e;
	SETTINGS->insecure = true;
	return true;
}

TAKE(threads)
{
	int64_t n;

	(void)first;
	if (!option_int(value, 1, 256, &n, e))
		return false;
	SETTINGS->server.threads = (unsigned)n;
	return true;
}

TAKE(connections)
{
	int64_t n;

	(void)first;
	if (!option_int(value, 1, 1000000, &n, e))
		return false;
	SETTINGS->server.connections = (unsigned)n;
	return true;
}

static bool
seconds(const char *value, unsigned *out, struct md_error *e)
{
	int64_t ms;

	if (!option_duration(value, &ms, e))
		return false;
	if (ms < MD_SECOND || ms > MD_DAY)
		return md_fail(e, MD_EUSAGE, "'%s': expected 1s to 24h", value);
	*out = (unsigned)(ms / MD_SECOND);
	return true;
}

TAKE(idle_timeout)
{
	(void)first;
	return seconds(value, &SETTINGS->server.idle_seconds, e);
}

TAKE(answer_timeout)
{
	(void)first;
	return seconds(value, &SETTINGS->server.answer_seconds, e);
}

TAKE(cache)
{
	int64_t mb;

	(void)first;
	if (!option_int(value, 0, 65536, &mb, e))
		return false;
	SETTINGS->serve.cache_bytes = (size_t)mb << 20;
	return true;
}

static const struct option_spec specs[] = {
	{ 0, "listen", "HOST:PORT", "where (127.0.0.1:8000; port 0: any free)",
	    take_listen, NULL, NULL, NULL },
	{ 0, "port-file", "FILE", "write the port there once listening",
	    take_port_file, NULL, NULL, "@file" },
	{ 0, "token-file", "FILE", "requests bear the token in this file",
	    take_token_file, NULL, NULL, "@file" },
	{ 0, "insecure", NULL, "listen beyond loopback without a token",
	    take_insecure, NULL, NULL, NULL },
	{ 0, "threads", "N", "that answer (one a processor)", take_threads,
	    NULL, NULL, NULL },
	{ 0, "connections", "N", "at once (10000)", take_connections, NULL,
	    NULL, NULL },
	{ 0, "idle-timeout", "TIME", "for the next whole request (60s)",
	    take_idle_timeout, NULL, NULL, NULL },
	{ 0, "answer-timeout", "TIME", "for an answer to be fetched (5m)",
	    take_answer_timeout, NULL, NULL, NULL },
	{ 0, "cache", "MB", "of answers kept ready to send (64)", take_cache,
	    NULL, NULL, NULL },
	REPORT_OPTIONS_FRESHNESS,
	{ 0, "as-of", "TIME", "answer as though it were this time",
	    report_take_as_of, NULL, NULL, NULL },
	{ 0, "db", "URL", "the store (~/.local/share/mdkit/market.db)",
	    report_take_db, "MD_DB", "db", "@file" },
	{ 'q', "quiet", NULL, "say nothing but errors", report_take_quiet, NULL,
	    NULL, NULL },
	{ 'v', "verbose", NULL, "show each request on stderr",
	    report_take_verbose, NULL, NULL, NULL },
	{ 0, "log-format", "FORMAT", "of messages: text, json",
	    report_take_log_format, NULL, "log_format", "text json" },
	{ 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct program program = {
	.name = "mdserve",
	.operands = NULL,
	.summary = "serve the store over HTTP",
	.options = specs,
	.settings = report_settings,
};

static void
defaults(struct settings *s)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->common.log.level = LOG_INFO;
	s->listen = "127.0.0.1:8000";
	s->serve.cache_bytes = (size_t)64 << 20;
	s->server.threads = processors < 2    ? 2
			    : processors > 64 ? 64
					      : (unsigned)processors;
	s->server.connections = 10000;
	s->server.idle_seconds = 60;
	s->server.answer_seconds = 300;
	s->server.head_bytes = 16384;
	s->server.no_uploads = true;
}

/* -- what it needs, opened and closed -- */

struct parts {
	struct calendar *calendar;
	struct httpd *server;
	struct serve *serve;
};

/* A connection is a file: as many as there may be. */
static void
bound_connections(struct settings *s)
{
	uint64_t wanted = (uint64_t)s->server.connections + SPARE_FILES;
	uint64_t files = process_open_files(wanted);

	if (files >= wanted)
		return;
	s->server.connections = files > 2 * SPARE_FILES
				    ? (unsigned)files - SPARE_FILES
				    : SPARE_FILES;
	log_write(&s->common.log, LOG_INFO,
	    "open files are limited: at most %u connections at once",
	    s->server.connections);
}

static bool
check(struct settings *s, struct md_error *e)
{
	if (!report_options_finish(&s->common, getenv, e))
		return false;
	if (s->common.verbose > 0)
		s->common.log.level = LOG_DEBUG;
	if (s->token_file != NULL && !key_read(s->token_file, s->token, e))
		return false;
	s->serve.token = s->token_file != NULL ? s->token : NULL;
	s->server.request_seconds = s->server.idle_seconds;
	/* A pool divides them evenly, and none may get nothing. */
	if (s->server.connections < s->server.threads)
		s->server.connections = s->server.threads;
	bound_connections(s);
	return true;
}

static bool
open_server(struct settings *s, struct parts *p, struct md_error *e)
{
	if (!httpd_listen(&p->server, s->listen, e))
		return e->code == MD_EUSAGE ? md_context(e, "--listen") : false;
	if (!httpd_is_loopback(p->server) && s->serve.token == NULL &&
	    !s->insecure)
		return md_fail(e, MD_EUSAGE,
		    "--listen: %s is not a loopback address: expected "
		    "--token-file beside it, or --insecure",
		    httpd_address(p->server));
	s->common.rule.calendar = p->calendar;
	s->serve.report = &s->common;
	s->serve.log = &s->common.log;
	s->serve.threads = s->server.threads;
	return serve_create(&p->serve, &s->serve, e) &&
	       httpd_serve(p->server, &s->server, serve_answer, p->serve, e);
}

static void
close_parts(struct parts *p)
{
	httpd_stop(&p->server);
	serve_destroy(&p->serve);
	calendar_destroy(&p->calendar);
}

/* -- running -- */

/* Until a signal; what is under way is answered, and a second signal ends it
 * all the same. */
static int
serve(struct parts *p, const sigset_t *stops)
{
	int number = 0;

	while (sigwait(stops, &number) != 0)
		;
	(void)pthread_sigmask(SIG_UNBLOCK, stops, NULL);
	httpd_drain(p->server, DRAIN_MS);
	return number == SIGINT ? EXIT_SIGINT : EXIT_SIGTERM;
}

static int
report(struct settings *s, const struct md_error *e)
{
	log_write(&s->common.log, LOG_ERROR, "%s", e->text);
	return exit_code(e->code);
}

static int
run(struct settings *s)
{
	struct parts p;
	struct md_error e = { MD_OK, "" };
	sigset_t stops;
	int code;

	memset(&p, 0, sizeof(p));
	signals_hold(&stops);
	if (check(s, &e) && zoneinfo_calendar(&p.calendar, NULL, &e) &&
	    open_server(s, &p, &e) &&
	    httpd_write_port(p.server, s->port_file, &e)) {
		log_write(&s->common.log, LOG_INFO, "listening on http://%s",
		    httpd_address(p.server));
		code = serve(&p, &stops);
	} else
		code = report(s, &e);
	close_parts(&p);
	memset(s->token, 0, sizeof(s->token));
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

	defaults(&s);
	switch (options_parse(&program, argc, argv, &from, &s, &operands,
	    stdout, &e)) {
	case OPTIONS_BAD:
		return report(&s, &e);
	case OPTIONS_SHOWN:
		return EXIT_DONE;
	case OPTIONS_RUN:
		break;
	}
	return run(&s);
}
