/*
 * Parsing a request's target, for httpd.c: "/a/b?x=1" becomes decoded segments
 * and parameters.
 */
#ifndef MD_HTTPD_REQUEST_H
#define MD_HTTPD_REQUEST_H

#include "httpd/httpd.h"

struct httpd_words;

/* Null when out of memory. */
struct httpd_words *httpd_words_create(const char *target);

/* Borrowed; target, segments and parameters are filled in. */
struct httpd_request *httpd_words_request(struct httpd_words *);
void httpd_words_destroy(struct httpd_words **);

#endif
