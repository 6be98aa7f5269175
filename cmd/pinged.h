/*
 * A run that a service is told of: when it begins, and how it ended.
 */
#ifndef MD_PINGED_H
#define MD_PINGED_H

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mdtime.h"
#include "exit.h"
#include "market/execution.h"
#include "polygon/ping.h"

struct pinged {
	char url[512]; /* "": nobody is told */
	char outcome[200];
	int64_t began; /* 0: it did not */
	const char *ca_file;
	struct log *log;
};

static inline bool
pinged_check(const struct pinged *p, struct md_error *e)
{
	return p->url[0] == '\0' || ping_check(p->url, e) ||
	       md_context(e, "--ping");
}

/* Nobody's run fails because nobody heard of it. */
static inline void
pinged_tell(const struct pinged *p, const char *suffix, const char *text)
{
	struct trust trust;
	struct md_error e;

	if (!trust_find(&trust, p->ca_file, getenv, &e) ||
	    !ping_send(p->url, suffix, text, &trust, &e))
		log_tell(p->log, LOG_WARNING,
		    &(struct log_about){ NULL, NULL, e.code },
		    "--ping: not delivered: %s", e.text);
}

static inline void
pinged_begin(struct pinged *p, const char *ca_file, struct log *log)
{
	if (p->url[0] == '\0')
		return;
	p->began = md_monotonic_ms();
	p->ca_file = ca_file;
	p->log = log;
	pinged_tell(p, "/start", "");
}

/* What is to be said of it at the end. */
static inline void
pinged_note(struct pinged *p, const struct execution *x)
{
	(void)snprintf(p->outcome, sizeof(p->outcome),
	    "%s, %lld of %lld symbols, %lld new bars",
	    execution_status_name(x->status), (long long)x->successful,
	    (long long)x->total, (long long)x->bars.inserted);
}

static inline void
pinged_end(const struct pinged *p, int code)
{
	char text[300], took[32];

	if (p->began == 0)
		return;
	md_duration_format(md_monotonic_ms() - p->began, took);
	(void)snprintf(text, sizeof(text), "exit code %d after %s%s%s\n", code,
	    took, p->outcome[0] == '\0' ? "" : ": ", p->outcome);
	pinged_tell(p, code == EXIT_DONE ? "" : "/fail", text);
}

#endif
