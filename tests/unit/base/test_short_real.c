/*
 * short_real.h: what comes back is near enough, equal where it can be, and told
 * by SQL's own arithmetic; an argument seeds the dice.
 */
#include "base/short_real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static uint64_t seed = 20050401;

/* splitmix64 */
static uint64_t
dice(void)
{
	uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* Of either sign, from 2^-30 to 2^50. */
static double
any_real(void)
{
	uint64_t bits = (dice() & ~(UINT64_C(0x7ff) << 52)) |
			(1023 - 30 + dice() % 80) << 52;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* As the view has it. */
static double
told_by_sql(int64_t i, double scale)
{
	int64_t shift = (int64_t)((uint64_t)i & 63), bits = (i - shift) / 64;

	return (double)bits * scale / (double)(INT64_C(1) << shift);
}

static bool
comes_back(double x, enum short_real_range range)
{
	double scale = range == SHORT_REAL_LARGE ? 64 : 1, near;
	int64_t i, next;

	/* Small ones are never so large that they could be mistaken. */
	if (!short_real_of(x, range, &i))
		return range == SHORT_REAL_SMALL ||
		       short_real_value(x, range) == x;
	near = short_real_value((double)i, range);
	if (near != told_by_sql(i, scale) ||
	    !(fabs(near - x) <= 4.6e-13 * fabs(x)) ||
	    llabs(i) < SHORT_REAL_MIN || llabs(i) >= SHORT_REAL_END)
		return false;
	return !short_real_of(nextafter(x, 0), range, &next) ||
	       fabs(short_real_value((double)next, range) - near) <=
		   1e-12 * fabs(near);
}

static void
reals_come_back(void)
{
	static const double ends[] = { 0x1p-22, 0x1p-16, 0x1p41, 0x1p46,
		0x1p46 - 64, 0x1p46 - 0.5, 0x1p47, 1, -1, 100, 0.3 };
	static const double none[] = { 0, NAN, INFINITY, -INFINITY, 5e-324,
		1e100 };
	bool good = true, exact = true, whole = true;
	int64_t i;

	for (int n = 0; n < 200000; n++) {
		double x = any_real();

		good = good && comes_back(x, SHORT_REAL_SMALL) &&
		       comes_back(x, SHORT_REAL_LARGE);
		/* Those of 41 bits. */
		x = (double)(dice() % (UINT64_C(1) << 41)) / 256;
		if (short_real_of(x, SHORT_REAL_LARGE, &i))
			exact = exact && short_real_value((double)i,
					     SHORT_REAL_LARGE) == x;
	}
	for (size_t n = 0; n < sizeof(ends) / sizeof(ends[0]); n++)
		for (int below = 0; below < 2; below++) {
			double x = below ? nextafter(ends[n], 0) : ends[n];

			good = good && comes_back(x, SHORT_REAL_LARGE) &&
			       comes_back(-x, SHORT_REAL_LARGE) &&
			       comes_back(-x, SHORT_REAL_SMALL);
		}
	ok(good, "a real comes back, of 41 bits at least, by SQL as by C");
	ok(exact, "one that has no more bits comes back equal");
	for (size_t n = 0; n < sizeof(none) / sizeof(none[0]); n++)
		whole = whole && !short_real_of(none[n], SHORT_REAL_SMALL, &i);
	ok(whole && isnan(short_real_value((double)NAN, SHORT_REAL_LARGE)),
	    "zero, infinities and no number stay as they are");
}

static bool
mean_is(double sum, double units, int64_t wanted)
{
	double mean = sum / units / 20;
	int64_t i = 0;

	return short_mean_of(mean, &i) && i == wanted &&
	       short_mean_value((double)i) == mean;
}

static void
means_come_back(void)
{
	bool good = true;
	int64_t i;

	ok(mean_is(12347, 1, -24694) && mean_is(1, 1, -2) &&
		mean_is(0x1p45 - 1, 1, -(INT64_C(1) << 46) + 2),
	    "a mean of integers is kept as twice their sum, below zero");
	ok(mean_is(1, 1e8, -3) && mean_is(24694.5e8, 1e8, -4938900000001),
	    "one of eighth decimals as twice that and one");
	for (int n = 0; n < 200000; n++) {
		double x = fabs(any_real());

		if (short_mean_of(x, &i))
			good = good && i < 0 &&
			       fabs(short_mean_value((double)i) - x) <=
				   4.1e-13 * x;
	}
	ok(good, "none comes back farther off than that");
	ok(!short_mean_of(0, &i) && !short_mean_of((double)NAN, &i) &&
		!short_mean_of(0.1234567891234, &i) &&
		!short_mean_of(1e100, &i) && !short_mean_of(-5, &i) &&
		short_mean_value(0) == 0 && short_mean_value(1e100) == 1e100 &&
		isnan(short_mean_value((double)NAN)),
	    "others stay as they are");
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	reals_come_back();
	means_come_back();
	return done();
}
