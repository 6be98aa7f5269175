#include <math.h>
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

uint64_t
load_job_due(const struct load_job *j, uint64_t k)
{
	double at = j->stages != NULL ? load_stages_due(j->stages, (double)k)
				      : (double)k / j->rate;

	/* The last moment of stages is what their duration says, exactly. */
	if (j->stages != NULL && at >= load_stages_seconds(j->stages))
		return (uint64_t)j->duration_ns;
	return (uint64_t)(at * 1e9);
}

uint64_t
load_job_users(const struct load_job *j, uint64_t ns)
{
	if (j->stages == NULL || j->rate > 0)
		return UINT64_MAX;
	return (uint64_t)lround(load_stages_at(j->stages, (double)ns / 1e9));
}
