/*
 * Waiting for many sockets at once, to the microsecond: epoll and a timer on
 * Linux, poll elsewhere.  One thread.
 */
#ifndef MD_SYS_POLLER_H
#define MD_SYS_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct poller;

struct poller_event {
	size_t tag;
	bool in, out; /* readable or ended; writable or failed */
};

bool poller_create(struct poller **, struct md_error *);
void poller_destroy(struct poller **);

/* Told of a socket when it can be read and, if wanted, written. */
bool poller_add(struct poller *, int fd, size_t tag, bool out);
bool poller_change(struct poller *, int fd, size_t tag, bool out);
/* Before it is closed. */
void poller_remove(struct poller *, int fd);

/* How many events, at most max; 0 when the time is over or a signal came. */
size_t poller_wait(struct poller *, int64_t timeout_ns, struct poller_event *,
    size_t max);

#endif
