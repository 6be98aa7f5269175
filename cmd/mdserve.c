/*
 * mdserve: serve the store over HTTP.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/zoneinfo.h"
#include "httpd/httpd.h"
#include "program.h"
#include "serve/serve.h"
#include "sys/key.h"
#include "sys/process.h"
#include "sys/signals.h"
#include "waits.h"

#define DRAIN_MS      10000
#define SPARE_FILES   64 /* for the store and what else is open */
#define SENDING_BYTES ((size_t)256 << 20)

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

#define AT(member)    OPTION_AT(struct settings, member)
#define GIVEN(member) OPTION_GIVEN(struct settings, member)
#define SECONDS(member)                                                        \
	AT(member), .unit = MD_SECOND, .min = MD_SECOND, .max = MD_DAY,        \
		    .refusal = "expected 1s to 24h"

static bool
take_host(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (v->first)
		s->serve.hosts.len = 0;
	return serve_hosts_add(&s->serve.hosts, v->text, e);
}

static bool
take_origin(void *into, const struct option_value *v, struct md_error *e)
{
	struct settings *s = into;

	if (v->first)
		s->serve.origins.len = 0;
	return serve_origins_add(&s->serve.origins, v->text, e);
}

static const struct option_spec specs[] = {
	OPTION_ROW("listen", "HOST:PORT", "address to serve (127.0.0.1:8000)",
	    OPTION_ARGV, AT(listen)),
	OPTION_ROW("port-file", "FILE",
	    "write the port to this file once listening", OPTION_ARGV,
	    AT(port_file), .words = "@file"),
	OPTION_ROW("token-file", "FILE", "private file with the token",
	    OPTION_ARGV, AT(token_file), .words = "@file"),
	OPTION_SWITCH("insecure", "listen on other addresses without a token",
	    OPTION_FLAG, AT(insecure)),
	OPTION_ROW("allow-host", "NAME",
	    "answer to this name, too, as a proxy or a network has it",
	    OPTION_OWN, .repeatable = true, .setting = "serve.allow_host",
	    .take = take_host),
	OPTION_ROW("allow-origin", "ORIGIN",
	    "let pages of this site read, such as https://lab.example.com",
	    OPTION_OWN, .repeatable = true, .setting = "serve.allow_origin",
	    .take = take_origin),
	OPTION_ROW("threads", "N", "answering threads (one per processor)",
	    OPTION_COUNT, AT(server.threads), .min = 1, .max = 256),
	OPTION_ROW("connections", "N", "maximum open connections (10000)",
	    OPTION_COUNT, AT(server.connections), .min = 1, .max = 1000000),
	OPTION_ROW("idle-timeout", "TIME",
	    "time limit for the next request (60s)", OPTION_TIME,
	    SECONDS(server.idle_seconds)),
	OPTION_ROW("answer-timeout", "TIME",
	    "time limit to receive an answer (5m)", OPTION_TIME,
	    SECONDS(server.answer_seconds)),
	OPTION_ROW("cache", "MB", "size of the cache of answers (64)",
	    OPTION_COUNT, AT(serve.cache_bytes), .max = 65536, .unit = 1 << 20),
	{ .kind = OPTION_GROUP, .group = report_freshness },
	OPTION_ROW("as-of", "TIME", "answer as of this time", OPTION_OWN,
	    GIVEN(common.has_as_of), .take = report_take_as_of),
	OPTION_ROW("db", "URL", "the store (~/.local/share/mdkit/market.db)",
	    OPTION_TEXT, AT(common.db), .env = "MD_DB", .setting = "db",
	    .words = "@file"),
	REPORT_LOCKS_OF_READER,
	{ .kind = OPTION_GROUP, .group = report_page },
	OPTION_SWITCH("quiet", "print nothing but errors", OPTION_FLAG,
	    AT(common.quiet), .letter = 'q'),
	OPTION_SWITCH("verbose", "log each request on stderr", OPTION_MORE,
	    AT(common.verbose), .letter = 'v'),
	OPTION_ROW("log-format", "FORMAT", "format of messages: text, json",
	    OPTION_CHOICE, AT(common.log.json), .setting = "log_format",
	    .words = "text json", .refusal = "expected text or json"),
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdserve",
	.summary = "serve the store over HTTP",
	.options = specs,
	.config_at = offsetof(struct settings, common.config),
};

static void
defaults(struct settings *s)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->common.log.level = LOG_INFO;
	s->common.page.links = true;
	s->listen = "127.0.0.1:8000";
	s->serve.cache_bytes = (size_t)64 << 20;
	s->server.threads = processors < 2    ? 2
			    : processors > 64 ? 64
					      : (unsigned)processors;
	s->server.connections = 10000;
	s->server.idle_seconds = 60;
	s->server.answer_seconds = 300;
	s->server.head_bytes = 16384;
	s->server.sending_bytes = SENDING_BYTES;
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
	if (!report_options_finish(&s->common, getenv, e) ||
	    !report_options_page(&s->common, e))
		return false;
	program_waits(&s->common, NULL);
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

/* The name that was listened on is one of the server's. */
static void
add_listened(struct settings *s)
{
	char name[SERVE_HOST_BYTES];
	size_t len = strcspn(s->listen, ":");

	if (*s->listen == '[' || len >= sizeof(name))
		return; /* an address, which is known */
	memcpy(name, s->listen, len);
	name[len] = '\0';
	(void)serve_hosts_add(&s->serve.hosts, name, NULL);
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
	add_listened(s);
	s->common.rule.calendar = p->calendar;
	s->serve.report = &s->common;
	s->serve.log = &s->common.log;
	s->serve.server = p->server;
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
	return exit_signal(number);
}

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return program_report(&s->common.log, NULL, e);
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
	signals_block(&stops);
	if (check(s, &e) &&
	    zoneinfo_calendar_changed(&p.calendar, &s->common.changes, &e) &&
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
	int code;

	/* What is kept and what is sent do not keep each other's room. */
	process_trim_heap();
	process_share_heap();
	defaults(&s);
	code = program_main(&program, argc, argv, &s, run, report);
	report_options_free(&s.common);
	return code;
}
