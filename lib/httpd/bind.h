/*
 * Where httpd.c listens: text to a socket, and what the socket then is.
 */
#ifndef MD_HTTPD_BIND_H
#define MD_HTTPD_BIND_H

#include <stdbool.h>

#include "base/error.h"

struct httpd_address {
	char text[80]; /* "127.0.0.1:8080", "[::1]:8080" */
	unsigned port;
	bool loopback;
};

/* MD_EUSAGE when the text cannot be read, MD_EIO when it cannot be bound. */
bool httpd_bind(const char *listen, int *fd, struct httpd_address *,
    struct md_error *);

#endif
