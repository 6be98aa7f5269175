/*
 * A scenario's figures over time: a row for each interval, by when requests
 * ended.  Pure.
 */
#ifndef MD_LOAD_TIMELINE_H
#define MD_LOAD_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/job.h"
#include "measure/histogram.h"

#define TIMELINE_MAX 100000 /* intervals; the last one has what comes later */

/* Response times in ms, of successful requests; NaN where there is none. */
struct load_interval {
	double start, seconds; /* since the scenario's begin; its length */
	uint64_t total, good, bytes;
	double avg, p50, p95, p99, max;
};

struct load_timeline {
	uint64_t interval_ns;
	struct load_interval *v;
	size_t len, cap;
	/* -- of the interval under way -- */
	struct load_interval now;
	struct histogram latency;
};

void timeline_start(struct load_timeline *, int64_t interval_ms);

/* False when memory ran out; so: */
bool timeline_note(struct load_timeline *, const struct load_outcome *);

/* The last interval ends with the scenario. */
bool timeline_end(struct load_timeline *, double seconds);

void timeline_free(struct load_timeline *);

#endif
