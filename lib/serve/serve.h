/*
 * The read API of mdserve.  It only reads the store, except that it records
 * which series its readers found missing.
 */
#ifndef MD_SERVE_H
#define MD_SERVE_H

#include "cli/report_options.h"
#include "httpd/httpd.h"

#define SERVE_HOSTS_MAX  32
#define SERVE_HOST_BYTES 256

/* Names, besides its addresses, that readers call the server by. */
struct serve_hosts {
	char v[SERVE_HOSTS_MAX][SERVE_HOST_BYTES];
	size_t len;
};

/* "md.example.com", "192.0.2.1", "2001:db8::1"; MD_EUSAGE if it is neither name
 * nor address. */
bool serve_hosts_add(struct serve_hosts *, const char *, struct md_error *);

#define SERVE_ORIGINS_MAX 16

/* Sites whose pages may read: "https://lab.example.com", as browsers write
 * them. */
struct serve_origins {
	char v[SERVE_ORIGINS_MAX][SERVE_HOST_BYTES + 16];
	size_t len;
};

/* MD_EUSAGE if it is not scheme://host or scheme://host:port. */
bool serve_origins_add(struct serve_origins *, const char *, struct md_error *);

struct serve_options {
	const struct report_options *report; /* borrowed; rule has a calendar */
	struct log *log;
	const char *token; /* required in requests; null: none */
	unsigned threads;  /* answering threads, each with its own handle */
	size_t cache_bytes;
	struct serve_hosts hosts;
	struct serve_origins origins;
	const struct httpd *server; /* borrowed, to count its connections; null:
				       they are not told */
};

struct serve;

/* The store need not exist yet.  Fails only with MD_ENOMEM. */
bool serve_create(struct serve **, const struct serve_options *,
    struct md_error *);
void serve_destroy(struct serve **);

/* An httpd_handler whose context is the struct serve. */
void serve_answer(void *serve, const struct httpd_request *,
    struct httpd_response *);

#endif
