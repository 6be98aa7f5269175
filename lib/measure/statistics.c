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

/* Of the logarithms; false when some have none. */
static bool
moments(const struct samples *s, double *mean, double *variance)
{
	double n = (double)s->len;

	*mean = *variance = 0;
	if (s->len < 2)
		return false;
	for (size_t i = 0; i < s->len; i++) {
		if (!(s->v[i] > 0) || !isfinite(s->v[i]))
			return false;
		*mean += log(s->v[i]) / n;
	}
	for (size_t i = 0; i < s->len; i++)
		*variance += pow(log(s->v[i]) - *mean, 2) / (n - 1);
	return true;
}

/*
 * Student's t that 99.5 % lie below, for so many degrees of freedom: tables
 * where few, an expansion of the normal quantile beyond (Abramowitz and Stegun
 * 26.7.5); between two rows the one with fewer degrees counts.
 */
static double
student(double degrees)
{
	static const double t[] = { 63.657, 9.925, 5.841, 4.604, 4.032, 3.707,
		3.499, 3.355, 3.250, 3.169 };
	const double z = 2.5758293;
	double z3 = z * z * z, z5 = z3 * z * z;

	if (degrees < 1)
		degrees = 1;
	if (degrees < 11)
		return t[(size_t)degrees - 1];
	return z + (z3 + z) / (4 * degrees) +
	       (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees);
}

struct difference
samples_compare(const struct samples *a, const struct samples *b, double least)
{
	struct difference d = { (double)NAN, { (double)NAN, (double)NAN },
		false };
	double ma, mb, va, vb, na = (double)a->len, nb = (double)b->len;
	double degrees, half;

	if (!moments(a, &ma, &va) || !moments(b, &mb, &vb))
		return d;
	d.ratio = samples_median(b) / samples_median(a) - 1;
	va = fmax(va, least * least) / na;
	vb = fmax(vb, least * least) / nb;
	degrees = pow(va + vb, 2) / (va * va / (na - 1) + vb * vb / (nb - 1));
	half = student(degrees) * sqrt(va + vb);
	d.interval.low = exp(mb - ma - half) - 1;
	d.interval.high = exp(mb - ma + half) - 1;
	d.significant = d.interval.low > 0 || d.interval.high < 0;
	return d;
}

struct difference
samples_compare_least(const struct samples *a, const struct samples *b,
    double least)
{
	struct difference d = { (double)NAN, { (double)NAN, (double)NAN },
		false };
	struct samples x = samples_least(a, 2), y = samples_least(b, 2);

	if (x.len < 2 || y.len < 2 || !(x.v[0] > 0) || !(y.v[0] > 0))
		return d;
	d.ratio = y.v[0] / x.v[0] - 1;
	d.interval.low = y.v[0] / x.v[1] - 1;
	d.interval.high = y.v[1] / x.v[0] - 1;
	d.significant = d.interval.low > least || d.interval.high < -least;
	return d;
}
