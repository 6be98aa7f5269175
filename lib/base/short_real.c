#include "base/short_real.h"

#include <math.h>
#include <string.h>

/* -- reals -- */

#define BITS      41
#define STEP      64 /* one more than the bits of a shift can hold */
#define SHIFT_MAX 62 /* 1 << 63 is negative in SQL */

/* A double's own. */
#define OWN_STORED  52 /* bits of the mantissa, after a first that is 1 */
#define OWN_BIAS    1023
#define OWN_SPECIAL 0x7ff
#define DROPPED     (OWN_STORED + 1 - BITS)

/* Large ones are shifted by six less than they say. */
static int
shift_less(enum short_real_range range)
{
	return range == SHORT_REAL_LARGE ? 6 : 0;
}

bool
short_real_of(double x, enum short_real_range range, int64_t *out)
{
	uint64_t bits, mantissa;
	int exponent, shift;

	memcpy(&bits, &x, sizeof(bits));
	exponent = (int)(bits >> OWN_STORED & OWN_SPECIAL);
	if (exponent == 0 || exponent == OWN_SPECIAL)
		return false;
	mantissa = (bits & ((UINT64_C(1) << OWN_STORED) - 1)) |
		   UINT64_C(1) << OWN_STORED;
	mantissa = (mantissa + (UINT64_C(1) << (DROPPED - 1))) >> DROPPED;
	shift = OWN_BIAS + BITS - 1 + shift_less(range) - exponent;
	if (mantissa == UINT64_C(1) << BITS) {
		/* The largest of all is rounded down: it has to be one. */
		mantissa = shift > 0 ? mantissa >> 1 : mantissa - 1;
		shift -= shift > 0 ? 1 : 0;
	}
	if (shift < 0 || shift > SHIFT_MAX)
		return false;
	*out =
	    (bits >> 63 != 0 ? -(int64_t)mantissa : (int64_t)mantissa) * STEP +
	    shift;
	return true;
}

double
short_real_value(double stored, enum short_real_range range)
{
	double size = fabs(stored);
	int shift;

	if (!(size >= (double)SHORT_REAL_MIN && size < (double)SHORT_REAL_END))
		return stored;
	shift = (int)((uint64_t)(int64_t)stored % STEP);
	return ldexp((stored - shift) / STEP, shift_less(range) - shift);
}

/* -- means -- */

#define MEAN_OF  20
#define UNITS    1e8
#define NEAR     4e-13
#define SUM_MOST 0x1p45

/* The sum in such units, if it has them. */
static bool
sum_of(double sum, int odd, int64_t *out)
{
	double whole = round(sum);

	if (!(whole >= 1 && whole < SUM_MOST &&
		fabs(sum - whole) <= NEAR * sum))
		return false;
	*out = -((int64_t)whole * 2 + odd);
	return true;
}

bool
short_mean_of(double mean, int64_t *out)
{
	return sum_of(mean * MEAN_OF, 0, out) ||
	       sum_of(mean * (MEAN_OF * UNITS), 1, out);
}

double
short_mean_value(double stored)
{
	int64_t i, sum;

	/* A sum has no more bits: what is below is no such integer. */
	if (!(stored < 0 && stored >= -2 * SUM_MOST))
		return stored;
	i = -(int64_t)stored;
	sum = i / 2;
	return (double)sum / (i % 2 != 0 ? MEAN_OF * UNITS : MEAN_OF);
}
