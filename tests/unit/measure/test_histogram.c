#include <math.h>
#include <stdlib.h>

#include "measure/histogram.h"
#include "tap.h"

#define MANY 20000

static const double percents[] = { 0, 1, 25, 50, 90, 95, 99, 99.9, 99.99, 100 };

#define PERCENTS (sizeof(percents) / sizeof(percents[0]))

static uint64_t state = 88172645463325252U;

static uint64_t
dice(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The true percentile of sorted values: the nearest rank. */
static uint64_t
truth(const uint64_t *v, size_t n, double percent)
{
	double rank = ceil(percent / 100 * (double)n - 1e-6);

	return v[rank < 1 ? 0 : (size_t)rank - 1];
}

static void
against_truth(const char *name, uint64_t *v, size_t n)
{
	struct histogram h = { .counts = NULL };
	double sum = 0, worst = 0;
	bool under = false;

	for (size_t i = 0; i < n; i++) {
		if (!histogram_record(&h, v[i]))
			abort();
		sum += (double)v[i];
	}
	qsort(v, n, sizeof(*v), ascending);
	for (size_t i = 0; i < PERCENTS; i++) {
		double is = (double)histogram_percentile(&h, percents[i]);
		double was = (double)truth(v, n, percents[i]);

		if (is < was)
			under = true;
		if (was > 0 && is / was - 1 > worst)
			worst = is / was - 1;
	}
	ok(!under && worst <= HISTOGRAM_ERROR,
	    "%s: percentiles are within a part of 1024 (%g)", name, worst);
	ok(h.min == v[0] && h.max == v[n - 1] && h.total == n &&
		fabs(histogram_mean(&h) / (sum / (double)n) - 1) < 1e-12,
	    "%s: least, greatest, number and mean are exact", name);
	histogram_free(&h);
}

static void
shapes(void)
{
	static uint64_t v[MANY];

	for (size_t i = 0; i < MANY; i++)
		v[i] = 1 + dice() % 2000;
	against_truth("small", v, MANY);
	for (size_t i = 0; i < MANY; i++)
		v[i] = 50000000 + dice() % 1000000;
	against_truth("narrow", v, MANY);
	for (size_t i = 0; i < MANY; i++)
		v[i] = (uint64_t)exp((double)(dice() % 28000) / 1000);
	against_truth("over twelve decades", v, MANY);
	for (size_t i = 0; i < MANY; i++)
		v[i] = i % 100 == 0 ? 1000000000 : 1000000;
	against_truth("two points", v, MANY);
	v[0] = 7;
	against_truth("one value", v, 1);
}

/* Every power of two and its neighbours, to the end of the range. */
static void
edges(void)
{
	bool good = true;

	for (unsigned bit = 0; bit < 42; bit++)
		for (int d = -1; d <= 1; d++) {
			uint64_t v = ((uint64_t)1 << bit) + (uint64_t)d;
			struct histogram h = { .counts = NULL };
			uint64_t p;

			if (v > HISTOGRAM_MAX)
				continue;
			if (!histogram_record(&h, v) ||
			    !histogram_record(&h, HISTOGRAM_MAX))
				abort();
			p = histogram_percentile(&h, 50);
			good = good && p >= v &&
			       (double)(p - v) <= (double)v * HISTOGRAM_ERROR;
			histogram_free(&h);
		}
	ok(good, "the bound holds at every power of two");
}

static void
past_the_end(void)
{
	struct histogram h = { .counts = NULL };

	ok(histogram_percentile(&h, 99) == 0 && isnan(histogram_mean(&h)),
	    "of nothing there is no mean");
	ok(histogram_record(&h, UINT64_MAX) && h.max == HISTOGRAM_MAX &&
		histogram_percentile(&h, 50) == HISTOGRAM_MAX,
	    "what is longer than an hour counts as an hour");
	histogram_free(&h);
}

static void
merging(void)
{
	struct histogram a = { .counts = NULL }, b = a, both = a, none = a;
	bool same = true;

	for (size_t i = 0; i < MANY; i++) {
		uint64_t v = dice() % 1000000000;

		if (!histogram_record(i % 3 ? &a : &b, v) ||
		    !histogram_record(&both, v))
			abort();
	}
	ok(histogram_merge(&a, &b) && histogram_merge(&a, &none) &&
		histogram_merge(&none, &a),
	    "merging");
	for (size_t i = 0; i < PERCENTS; i++)
		same = same &&
		       histogram_percentile(&a, percents[i]) ==
			   histogram_percentile(&both, percents[i]) &&
		       histogram_percentile(&none, percents[i]) ==
			   histogram_percentile(&both, percents[i]);
	ok(same && a.total == both.total && a.min == both.min &&
		a.max == both.max && fabs(a.sum - both.sum) < 1,
	    "merged, two are as one that has seen everything");
	ok(histogram_between(&both, 0, HISTOGRAM_MAX) +
			(both.min == 0 ? 1 : 0) >=
		    both.total &&
		histogram_between(&both, 0, 500000000) +
			histogram_between(&both, 500000000, HISTOGRAM_MAX) ==
		    histogram_between(&both, 0, HISTOGRAM_MAX),
	    "each value lies in one of two ranges that meet");
	histogram_free(&a);
	histogram_free(&b);
	histogram_free(&both);
	histogram_free(&none);
}

/* A thousand: the 999th is p99.9, not the last. */
static void
ranks(void)
{
	struct histogram h = { .counts = NULL };

	for (uint64_t i = 1; i <= 1000; i++)
		if (!histogram_record(&h, i))
			abort();
	ok(histogram_percentile(&h, 50) == 500 &&
		histogram_percentile(&h, 95) == 950 &&
		histogram_percentile(&h, 99) == 990 &&
		histogram_percentile(&h, 99.9) == 999 &&
		histogram_percentile(&h, 100) == 1000 &&
		histogram_percentile(&h, 0) == 1,
	    "percentiles are nearest ranks");
	histogram_free(&h);
}

int
main(void)
{
	shapes();
	edges();
	past_the_end();
	merging();
	ranks();
	return done();
}
