/*
 * Until when each connection has time, for httpd.c: one whose request or
 * answer takes longer is cut, however busy it looks.  Used by several threads.
 */
#ifndef MD_HTTPD_DEADLINE_H
#define MD_HTTPD_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct deadlines;
struct deadline;

/* Null when memory ran out. */
struct deadlines *deadlines_create(void);
void deadlines_destroy(struct deadlines **); /* when no connection is left */

/* Of the connection with that socket; null when memory ran out. */
struct deadline *deadline_add(struct deadlines *, int fd, int64_t due_us);
void deadline_set(struct deadline *, int64_t due_us);
/* Before its socket is closed. */
void deadline_remove(struct deadlines *, struct deadline **);

/* Shut down those that are over; the server then finds them closed. */
void deadlines_sweep(struct deadlines *, int64_t now_us);

#endif
