/*
 * URLs: the base that requests go to, and paths on it.
 */
#ifndef MD_POLYGON_URL_H
#define MD_POLYGON_URL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * May a key be sent there?  *base is the URL without a slash at its end, to be
 * freed; *loopback: it is plain HTTP, which only a loopback address may be.
 * login: where a user name and password go, as weburl_check() has it.
 * MD_EUSAGE says what was expected, and repeats no more than the host.
 */
bool url_base(const char *url, const char *login, char **base, bool *loopback,
    struct md_error *);

/* "https://api.example.com/…?x" → "/…?x", to be freed; null if it is not an
 * absolute http(s) URL, or when out of memory. */
char *url_path_of(const char *url);

/* Take the parameter apiKey out of a path: the key is never in a URL. */
void url_strip_key(char *path);

/* Percent-encode a path segment; to be freed. */
char *url_escape(const char *segment);
/* All but the unreserved, as what is signed is written; to be freed. */
char *url_escape_all(const char *value);

#endif
