/*
 * Samples of a figure, told by their median; and whether two sets of samples
 * differ by more than they vary.  Pure.
 */
#ifndef MD_MEASURE_STATISTICS_H
#define MD_MEASURE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#define SAMPLES_MAX 64

struct samples {
	double v[SAMPLES_MAX];
	size_t len;
};

struct interval {
	double low, high; /* NaN: too few samples to tell */
};

/* False when there is no room left. */
bool samples_add(struct samples *, double);

/* The middle one, or half way between the two; NaN of none. */
double samples_median(const struct samples *);

/* The smallest, or the largest; NaN of none. */
double samples_best(const struct samples *, bool largest);

/* The n smallest, in order, or all where there are no more. */
struct samples samples_least(const struct samples *, size_t n);

/*
 * Where the median of what was sampled lies, with at least 95 % confidence:
 * between two order statistics, whatever the distribution (Conover, Practical
 * Nonparametric Statistics, 1999, 3.2).  From fewer than six samples no such
 * pair gives 95 %: then between the smallest and the largest, which give
 * 1 - 2^(1-n): 50, 75, 88, 94 % of two, three, four, five.
 */
struct interval samples_interval(const struct samples *, double *confidence);

/* How much larger b is than a: 0.2 is 20 %. */
struct difference {
	double ratio; /* of the medians, less one */
	struct interval interval;
	bool significant; /* all of it is further from zero than `least` */
};

/*
 * The interval is from where the medians' own (samples_interval) are nearest to
 * where they are furthest.  From five samples each, by chance alone, all of one
 * set are above all of the other in one of 126 comparisons.  Both positive, two
 * or more each; else NaN and not significant.
 */
struct difference samples_compare(const struct samples *a,
    const struct samples *b, double least);

#endif
