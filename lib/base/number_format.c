#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/number_internal.h"

/* m × 10^exp10 */
struct decimal {
	uint64_t m;
	int64_t exp10;
};

static uint64_t
bits_of_double(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* floor of the product of a power of ten and c, its last bit set if inexact. */
static uint64_t
round_to_odd(struct number_wide g, uint64_t c)
{
	struct number_wide low = number_multiply(g.lo, c),
			   high = number_multiply(g.hi, c);

	high.lo += low.hi;
	high.hi += high.lo < low.hi;
	return high.hi | (high.lo > 1);
}

/* 10^q like the table's, but never below the true value. */
static struct number_wide
pow10_above(int q)
{
	struct number_wide g = number_pow5[q - NUMBER_POW5_MIN];

	if (q < -27 || q > 55) {
		g.lo++;
		g.hi += g.lo == 0;
	}
	return g;
}

/*
 * Schubfach (Giulietti, "The Schubfach way to render doubles", 2020): of the
 * decimals that round to the double m × 2^q, those of the length that has one
 * or two of them, with a digit less tried first; of two, the nearer.  False
 * where the power of ten is outside the table.
 */
static bool
schubfach(uint64_t c, int q, bool power_of_two, struct decimal *d)
{
	/* floor(log10(2^q)), or of 3/4 of 2^q where the gap below is half. */
	int k = (q * 1262611 - (power_of_two ? 524031 : 0)) >> 22;
	int h = q + number_log2_pow10(-k) + 1;
	uint64_t odd = c & 1, lower, value, upper, s;
	struct number_wide g;
	bool down, up;

	if (-k < NUMBER_POW5_MIN || -k > NUMBER_POW5_MAX)
		return false;
	g = pow10_above(-k);
	lower = round_to_odd(g, (4 * c - 2 + power_of_two) << h) + odd;
	value = round_to_odd(g, (4 * c) << h);
	upper = round_to_odd(g, (4 * c + 2) << h) - odd;
	s = value / 4;
	if (s >= 10) {
		uint64_t tens = s / 10;

		down = lower <= 40 * tens;
		up = 40 * tens + 40 <= upper;
		if (down != up) {
			*d = (struct decimal){ .m = tens + up, .exp10 = k + 1 };
			return true;
		}
	}
	down = lower <= 4 * s;
	up = 4 * s + 4 <= upper;
	if (down == up)
		up = value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1) != 0);
	*d = (struct decimal){ .m = s + up, .exp10 = k };
	return true;
}

/* By the C library: the first precision that reads back. */
static void
shortest_slowly(double x, struct decimal *d)
{
	char text[40];
	const char *p;
	int precision;

	for (precision = 0; precision < 17; precision++) {
		(void)snprintf(text, sizeof(text), "%.*e", precision, x);
		if (strtod(text, NULL) == x)
			break;
	}
	*d = (struct decimal){ .exp10 = 0 };
	/* Whatever the locale put as the decimal point is passed over. */
	for (p = text; *p != 'e'; p++)
		if (number_is_digit(*p))
			d->m = d->m * 10 + (uint64_t)(*p - '0');
	d->exp10 = strtol(p + 1, NULL, 10) - precision;
}

/* x > 0 */
static void
shortest(double x, struct decimal *d)
{
	uint64_t bits = bits_of_double(x);
	uint64_t c = bits & ((UINT64_C(1) << NUMBER_FRACTION_BITS) - 1);
	int exponent = (int)(bits >> NUMBER_FRACTION_BITS);
	bool power_of_two = c == 0 && exponent > 1;

	if (exponent == 0)
		exponent = 1;
	else
		c |= UINT64_C(1) << NUMBER_FRACTION_BITS;
	if (!schubfach(c,
		exponent - NUMBER_EXPONENT_BIAS - NUMBER_FRACTION_BITS,
		power_of_two, d))
		shortest_slowly(x, d);
	while (d->m % 10 == 0) {
		d->m /= 10;
		d->exp10++;
	}
}

/* -- digits -- */

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536"
    "37383940414243444546474849505152535455565758596061626364656667686970717273"
    "74757677787980818283848586878889909192939495969798"
    "99";

/* Two digits of v < 100. */
static inline void
put_two(char *out, unsigned v)
{
	memcpy(out, pairs + (size_t)2 * v, 2);
}

/* Four of v < 10000. */
static inline void
put_four(char *out, unsigned v)
{
	put_two(out, v / 100);
	put_two(out + 2, v % 100);
}

/* The digits of m, not terminated; returns their end. */
static char *
put_digits(char *out, uint64_t m)
{
	unsigned v;

	if (m >= 10000) {
		out = put_digits(out, m / 10000);
		put_four(out, (unsigned)(m % 10000));
		return out + 4;
	}
	v = (unsigned)m;
	if (v >= 1000) {
		put_four(out, v);
		return out + 4;
	}
	if (v >= 100) {
		*out++ = (char)('0' + v / 100);
		v %= 100;
	} else if (v < 10) {
		*out = (char)('0' + v);
		return out + 1;
	}
	put_two(out, v);
	return out + 2;
}

/* The eight digits of v, without its last zeros; v is not 0. */
static char *
put_fraction(char *out, uint32_t v)
{
	unsigned high = v / 10000, low = v % 10000;

	put_four(out, high);
	if (low == 0)
		low = high;
	else {
		out += 4;
		put_four(out, low);
	}
	out += low % 100 == 0 ? 2 : 4;
	return out - (out[-1] == '0');
}

static char *
put_zeros(char *out, int64_t n)
{
	memset(out, '0', (size_t)n);
	return out + n;
}

static char *
put_scientific(char *out, const char *digits, size_t n, int64_t exponent)
{
	*out++ = digits[0];
	if (n > 1) {
		*out++ = '.';
		memcpy(out, digits + 1, n - 1);
		out += n - 1;
	}
	*out++ = 'e';
	if (exponent < 0)
		*out++ = '-';
	return put_digits(out, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

/*
 * Plain from 1e-6 to below 1e17, past which readers that take digits without
 * a point for an integer would run over.
 */
static char *
put_decimal(char *out, const struct decimal *d)
{
	char digits[20];
	size_t n = (size_t)(put_digits(digits, d->m) - digits);
	int64_t point = (int64_t)n + d->exp10; /* 0.digits × 10^point */

	if (point < -5 || point > 17)
		return put_scientific(out, digits, n, point - 1);
	if (point <= 0) {
		*out++ = '0';
		*out++ = '.';
		out = put_zeros(out, -point);
		point = 0;
	} else if (d->exp10 < 0) {
		memcpy(out, digits, (size_t)point);
		out[point] = '.';
		out += point + 1;
	} else
		point = 0;
	memcpy(out, digits + point, n - (size_t)point);
	out += n - (size_t)point;
	return d->exp10 > 0 ? put_zeros(out, d->exp10) : out;
}

/*
 * Prices have few decimals.  A decimal of up to 15 digits that reads back as x
 * is the only one of so few that does, and without its last zeros the
 * shortest; the quotient of two numbers that are exact is rounded as reading
 * would.  Null when x is none of these; it is positive and no integer.
 */
static char *
put_few_decimals(char *out, double x)
{
	uint64_t m;
	uint32_t fraction;

	if (x < 1e-3 || x >= 1e9)
		return NULL;
	if (x < 1e7) {
		m = (uint64_t)(x * 1e8 + 0.5);
		if ((double)m / 1e8 != x)
			return NULL;
		fraction = (uint32_t)(m % 100000000);
		m /= 100000000;
	} else {
		m = (uint64_t)(x * 1e6 + 0.5);
		if ((double)m / 1e6 != x)
			return NULL;
		fraction = (uint32_t)(m % 1000000) * 100;
		m /= 1000000;
	}
	out = put_digits(out, m);
	*out++ = '.';
	return put_fraction(out, fraction);
}

size_t
number_format_int(int64_t n, char out[24])
{
	char *p = out;

	if (n < 0)
		*p++ = '-';
	p = put_digits(p, n < 0 ? -(uint64_t)n : (uint64_t)n);
	*p = '\0';
	return (size_t)(p - out);
}

size_t
number_format(double x, char out[32])
{
	struct decimal d;
	char *p = out, *end;

	if (!isfinite(x))
		return (size_t)snprintf(out, 32, "null");
	if (x == 0)
		/* As "-0", an integer to many readers, it would lose its sign.
		 */
		return (size_t)snprintf(out, 32, "%s",
		    signbit(x) ? "-0.0" : "0");
	if (x < 0) {
		*p++ = '-';
		x = -x;
	}
	if (x <= (double)NUMBER_EXACT && x == (double)(int64_t)x)
		p = put_digits(p, (uint64_t)x);
	else if ((end = put_few_decimals(p, x)) != NULL)
		p = end;
	else {
		shortest(x, &d);
		p = put_decimal(p, &d);
	}
	*p = '\0';
	return (size_t)(p - out);
}
