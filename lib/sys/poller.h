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

/* Report when the socket can be read and, if out, when it can be written. */
bool poller_add(struct poller *, int fd, size_t tag, bool out);
bool poller_change(struct poller *, int fd, size_t tag, bool out);
/* Call this before closing the socket. */
void poller_remove(struct poller *, int fd);

/* Returns the number of events, at most max; 0 on a timeout or a signal. */
size_t poller_wait(struct poller *, int64_t timeout_ns, struct poller_event *,
    size_t max);

#endif
