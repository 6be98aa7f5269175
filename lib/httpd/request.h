/*
 * Parsing a request's target, for httpd.c: "/a/b?x=1" becomes decoded segments
 * and parameters.
 */
#ifndef MD_HTTPD_REQUEST_H
#define MD_HTTPD_REQUEST_H

#include "httpd/httpd.h"

struct httpd_target;

/* Null when out of memory. */
struct httpd_target *httpd_target_parse(const char *target);

/* Borrowed; target, segments and parameters are filled in. */
struct httpd_request *httpd_target_request(struct httpd_target *);
void httpd_target_destroy(struct httpd_target **);

#endif
