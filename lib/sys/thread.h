/*
 * Threads that leave signals to the one that starts them.
 */
#ifndef MD_SYS_THREAD_H
#define MD_SYS_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts with all signals blocked; to be joined.  False: there was no room. */
bool thread_start(pthread_t *, void *(*run)(void *), void *ctx);

#endif
