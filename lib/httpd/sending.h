/*
 * What is on its way to clients, for httpd.c.
 */
#ifndef MD_HTTPD_SENDING_H
#define MD_HTTPD_SENDING_H

#include <stdatomic.h>

#include "httpd/httpd.h"

/*
 * Count the body, if any, in the sum of those being sent: one that several
 * share counts once.  *held is a reference to it.  False: beyond the limit (0:
 * none).
 */
bool httpd_sending_begin(atomic_size_t *sum, size_t limit, struct httpd_body *,
    struct httpd_body **held);
void httpd_sending_end(atomic_size_t *sum, struct httpd_body **held);

/* Instead of a body for which there is no room: 503. */
void httpd_response_busy(struct httpd_response *);

/* A whole answer on the socket, the last one: {"error":…,"status":…}.
 * status: "400 Bad Request". */
void httpd_send_plainly(int fd, const char *status, const char *error);

#endif
