/*
 * The read API: what mdserve answers.  Reads the store and writes nothing to
 * it but which series its readers found missing.
 */
#ifndef MD_SERVE_H
#define MD_SERVE_H

#include "cli/report_options.h"
#include "httpd/httpd.h"

struct serve_options {
	const struct report_options *report; /* borrowed; rule has a calendar */
	struct log *log;
	const char *token; /* that requests must bear; null: none */
	unsigned threads;  /* that answer: so many handles of the store */
	size_t cache_bytes;
};

struct serve;

/* The store need not be there yet.  MD_ENOMEM alone. */
bool serve_create(struct serve **, const struct serve_options *,
    struct md_error *);
void serve_destroy(struct serve **);

/* An httpd_handler; the context is the struct serve. */
void serve_answer(void *serve, const struct httpd_request *,
    struct httpd_response *);

#endif
