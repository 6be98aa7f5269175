/*
 * Being asked to stop, by SIGINT or SIGTERM; and signals that are none of a
 * program's business.  For main() alone: they are the process's.
 */
#ifndef MD_SYS_SIGNALS_H
#define MD_SYS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* A reader that goes away, or a full quota, is an error, not an end. */
void signals_ignore(void);

/*
 * Ignores those, and from now on notes the first that asks to stop: the result
 * becomes its number.  A second one that comes later ends the process at once.
 * Not one that comes with the first: timeout(1) signals its child and then its
 * process group, and so does a terminal through a shell that passes on.
 */
const volatile sig_atomic_t *signals_catch(void);

/* Has one come? */
bool signals_stopped(void);

/*
 * Ignores those, and holds back the others for sigwait(): before any thread
 * starts, so that all threads do.
 */
void signals_hold(sigset_t *stops);

#endif
