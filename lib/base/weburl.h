/*
 * Whether a URL that somebody gave is one of the web, and holds no login.
 */
#ifndef MD_BASE_WEBURL_H
#define MD_BASE_WEBURL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The length of the scheme that the text begins with, "http" of "http://…"; 0
 * if it does not begin so. */
size_t weburl_scheme(const char *text);

/*
 * http(s), a host, no space, and no user name or password: login says where
 * those go instead.  MD_EUSAGE tells the first thing that is wrong, and repeats
 * of the URL its scheme at most: the rest may be a secret.
 */
bool weburl_check(const char *url, const char *login, struct md_error *);

#endif
