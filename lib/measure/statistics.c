#include "measure/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95

bool
samples_add(struct samples *s, double x)
{
	if (s->len == SAMPLES_MAX)
		return false;
	s->v[s->len++] = x;
	return true;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct samples
sorted(const struct samples *s)
{
	struct samples o = *s;

	qsort(o.v, o.len, sizeof(o.v[0]), by_size);
	return o;
}

double
samples_median(const struct samples *s)
{
	struct samples o = sorted(s);

	if (o.len == 0)
		return (double)NAN;
	return o.len % 2 == 1 ? o.v[o.len / 2]
			      : (o.v[o.len / 2 - 1] + o.v[o.len / 2]) / 2;
}

double
samples_best(const struct samples *s, bool largest)
{
	struct samples o = sorted(s);

	if (o.len == 0)
		return (double)NAN;
	return o.v[largest ? o.len - 1 : 0];
}

struct samples
samples_least(const struct samples *s, size_t n)
{
	struct samples o = sorted(s);

	if (n < o.len)
		o.len = n;
	return o;
}

/* The chance that at most k of n fair coins fall heads. */
static double
coins(size_t n, size_t k)
{
	double term = pow(0.5, (double)n), sum = term;

	for (size_t i = 1; i <= k; i++) {
		term *= (double)(n - i + 1) / (double)i;
		sum += term;
	}
	return sum;
}

struct interval
samples_interval(const struct samples *s, double *confidence)
{
	struct samples o = sorted(s);
	size_t k = 0; /* so many samples lie outside on each side */

	*confidence = (double)NAN;
	if (o.len < 2)
		return (struct interval){ (double)NAN, (double)NAN };
	while (k + 1 < o.len / 2 && 1 - 2 * coins(o.len, k + 1) >= CONFIDENCE)
		k++;
	*confidence = 1 - 2 * coins(o.len, k);
	return (struct interval){ o.v[k], o.v[o.len - 1 - k] };
}

/* -- two sets -- */

struct difference
samples_compare(const struct samples *a, const struct samples *b, double least)
{
	struct difference d = { (double)NAN, { (double)NAN, (double)NAN },
		false };
	double confidence;
	struct interval of_a = samples_interval(a, &confidence);
	struct interval of_b = samples_interval(b, &confidence);

	if (!(of_a.low > 0) || !(of_b.low > 0))
		return d;
	d.ratio = samples_median(b) / samples_median(a) - 1;
	d.interval.low = of_b.low / of_a.high - 1;
	d.interval.high = of_b.high / of_a.low - 1;
	d.significant = d.interval.low > least || d.interval.high < -least;
	return d;
}
