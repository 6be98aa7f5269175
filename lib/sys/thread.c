#include "sys/thread.h"

#include <signal.h>

bool
thread_start(pthread_t *t, void *(*run)(void *), void *ctx)
{
	sigset_t all, old;
	bool good;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	good = pthread_create(t, NULL, run, ctx) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return good;
}
