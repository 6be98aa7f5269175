/*
 * Requests to stop, by SIGINT or SIGTERM, and signals to ignore.  Only for
 * main(), because signals belong to the process.
 */
#ifndef MD_SYS_SIGNALS_H
#define MD_SYS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Ignore SIGPIPE and the like: a reader that goes away, or a full quota, is an
 * error and does not end the program. */
void signals_ignore(void);

/*
 * Ignores those, and from now on records the first signal that asks to stop:
 * the result becomes its number.  A second one ends the process at once, unless
 * it comes together with the first: timeout(1) signals its child and then its
 * process group, and so does a terminal through a shell that forwards signals.
 */
const volatile sig_atomic_t *signals_record(void);

/* Has such a signal arrived? */
bool signals_stopped(void);

/*
 * Ignores those, and blocks the others for sigwait().  Call it before any
 * thread starts, so that all threads block them.
 */
void signals_block(sigset_t *stops);

#endif
