#include "sys/signals.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t caught;

static void
on_signal(int number)
{
	static struct timespec first; /* handlers block each other */
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (caught == 0) {
		caught = number;
		first = now;
	} else if (now.tv_sec - first.tv_sec > 1) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
	}
}

static void
set_of_stops(sigset_t *stops)
{
	(void)sigemptyset(stops);
	(void)sigaddset(stops, SIGINT);
	(void)sigaddset(stops, SIGTERM);
}

void
signals_ignore(void)
{
	struct sigaction ignore;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}

const volatile sig_atomic_t *
signals_record(void)
{
	struct sigaction stop;

	memset(&stop, 0, sizeof(stop));
	stop.sa_handler = on_signal;
	set_of_stops(&stop.sa_mask);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	signals_ignore();
	return &caught;
}

bool
signals_stopped(void)
{
	return caught != 0;
}

void
signals_block(sigset_t *stops)
{
	set_of_stops(stops);
	(void)pthread_sigmask(SIG_BLOCK, stops, NULL);
	signals_ignore();
}
