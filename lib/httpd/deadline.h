/*
 * Deadlines of connections, for httpd.c: a connection whose request or answer
 * takes longer is closed, even if it is active.  May be used by several
 * threads.
 */
#ifndef MD_HTTPD_DEADLINE_H
#define MD_HTTPD_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadlines;
struct deadline;

/* Null when out of memory. */
struct deadlines *deadlines_create(void);
void deadlines_destroy(struct deadlines **); /* after the last connection */

/* *n: how many there are; true. */
bool deadlines_count(struct deadlines *, size_t *n);

/* For the connection with that socket; null when out of memory. */
struct deadline *deadline_add(struct deadlines *, int fd, int64_t due_us);
void deadline_set(struct deadline *, int64_t due_us);
/* A request has begun; has none ever, although there is time still? */
void deadline_note_request(struct deadline *);
bool deadline_unasked(const struct deadline *, int64_t now_us);
/* Call this before the socket is closed. */
void deadline_remove(struct deadlines *, struct deadline **);

/* Shut down connections past their deadline; the server then finds them closed.
 */
void deadlines_sweep(struct deadlines *, int64_t now_us);

#endif
