/*
 * Where httpd.c listens: from text to a socket, and the socket's address.
 */
#ifndef MD_HTTPD_BIND_H
#define MD_HTTPD_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct httpd_address {
	char text[80]; /* "127.0.0.1:8080", "[::1]:8080" */
	unsigned port;
	bool loopback;
};

/* MD_EUSAGE if the text cannot be parsed, MD_EIO if it cannot be bound. */
bool httpd_bind(const char *listen, int *fd, struct httpd_address *,
    struct md_error *);

/* The socket's own address, "127.0.0.1" or "::1"; false if it has none. */
bool httpd_bound_address(int fd, char *out, size_t size);

#endif
