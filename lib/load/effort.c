#include <stdio.h>
#include <string.h>
#include <time.h>

#include "load/job.h"
#include "sys/process.h"

static double
seconds(const struct timespec *t)
{
	return (double)t->tv_sec + (double)t->tv_nsec / 1e9;
}

uint64_t
load_now_ns(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static double
cpu_seconds(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return seconds(&t);
}

void
load_generator_begin(struct load_generator *o)
{
	o->cpu_seconds = cpu_seconds();
	o->wait_seconds = process_wait_seconds();
}

void
load_generator_end(struct load_generator *o)
{
	o->cpu_seconds = cpu_seconds() - o->cpu_seconds;
	o->wait_seconds = process_wait_seconds() - o->wait_seconds;
}
