/*
 * How often which latency was seen, in constant memory and to three digits
 * whatever the size: counters of equal width within each power of two, as
 * Gil Tene's HdrHistogram has them.  Pure.
 */
#ifndef MD_MEASURE_HISTOGRAM_H
#define MD_MEASURE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

/* Values above it are counted as it: an hour, in nanoseconds. */
#define HISTOGRAM_MAX UINT64_C(3600000000000)

/* What is told of a value differs from it by no more than this part. */
#define HISTOGRAM_ERROR (1.0 / 1024)

struct histogram {
	uint64_t *counts; /* null until something was recorded */
	uint64_t total;
	uint64_t min, max; /* exact; of total 0: undefined */
	double sum;        /* exact below 2^53 */
};

/* An empty one is all zeros.  False when memory ran out. */
bool histogram_record(struct histogram *, uint64_t value);

/* Adds what the other has seen. */
bool histogram_merge(struct histogram *, const struct histogram *);

void histogram_free(struct histogram *);

double histogram_mean(const struct histogram *); /* of none: NaN */

/*
 * The smallest value that at least so many percent of all are no greater than,
 * rounded up by at most HISTOGRAM_ERROR of it and never past the greatest; 0
 * percent is the smallest.  Of none: 0.
 */
uint64_t histogram_percentile(const struct histogram *, double percent);

/* How many lie in (from, to], each taken for the value that is told of it. */
uint64_t histogram_between(const struct histogram *, uint64_t from,
    uint64_t to);

#endif
