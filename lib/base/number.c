#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_internal.h"

const double number_pow10[NUMBER_POW10_MAX + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4,
	1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
	1e18, 1e19, 1e20, 1e21, 1e22 };

/* m × 10^exp10 is the number, or its first digits where more follow. */
struct decimal {
	uint64_t m;
	int64_t exp10;
	int digits; /* significant ones in m, at most 19 */
	bool negative;
	bool cut; /* digits that were not zero did not fit in m */
};

static bool
digit_at(const char *p, const char *end)
{
	return p < end && number_is_digit(*p);
}

static int
leading_zeros(uint64_t x)
{
	return __builtin_clzll(x);
}

static double
double_of_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* m and the power of ten, or their quotient, are exact: one rounding. */
static bool
clinger(uint64_t m, int64_t exp10, double *out)
{
	double x = (double)m;

	if (!NUMBER_ROUNDS_ONCE || m > NUMBER_EXACT ||
	    exp10 < -NUMBER_POW10_MAX || exp10 > NUMBER_POW10_MAX + 15)
		return false;
	if (exp10 < 0) {
		*out = x / number_pow10[-exp10];
		return true;
	}
	if (exp10 > NUMBER_POW10_MAX) {
		/* 123e30 is 12300000000e22, if that fits in 53 bits. */
		x *= number_pow10[exp10 - NUMBER_POW10_MAX];
		if (x > (double)NUMBER_EXACT)
			return false;
		exp10 = NUMBER_POW10_MAX;
	}
	*out = x * number_pow10[exp10];
	return true;
}

/*
 * Eisel–Lemire.  The high bits of m × 5^exp10 decide the rounding, except
 * where the cut table's error could carry into them.  The table's range keeps
 * the result normal: no denormals and no overflow here.
 */
static bool
eisel_lemire(uint64_t m, int64_t exp10, double *out)
{
	int q = (int)exp10, lz, upper, shift, power2;
	struct number_wide product, second;
	const struct number_wide *five;
	uint64_t bits;

	if (m == 0 || exp10 < NUMBER_POW5_MIN || exp10 > NUMBER_POW5_MAX)
		return false;
	five = &number_pow5[q - NUMBER_POW5_MIN];
	lz = leading_zeros(m);
	product = number_multiply(m << lz, five->hi);
	if ((product.hi & 0x1FF) == 0x1FF) {
		second = number_multiply(m << lz, five->lo);
		product.lo += second.hi;
		product.hi += product.lo < second.hi;
	}
	if (product.lo == UINT64_MAX && (q < -27 || q > 55))
		return false;
	upper = (int)(product.hi >> 63);
	shift = upper + 64 - NUMBER_FRACTION_BITS - 3;
	bits = product.hi >> shift;
	power2 = number_log2_pow10(q) + 63 + upper - lz + NUMBER_EXPONENT_BIAS;
	/* Exactly halfway: to even.  Possible only where 5^|q| is small. */
	if (product.lo <= 1 && q >= -4 && q <= 23 && (bits & 3) == 1 &&
	    bits << shift == product.hi)
		bits &= ~UINT64_C(1);
	bits += bits & 1;
	bits >>= 1;
	if (bits >= UINT64_C(2) << NUMBER_FRACTION_BITS) {
		bits >>= 1;
		power2++;
	}
	bits &= ~(UINT64_C(1) << NUMBER_FRACTION_BITS);
	*out = double_of_bits(bits | (uint64_t)power2 << NUMBER_FRACTION_BITS);
	return true;
}

bool
number_from_decimal(uint64_t m, int exp10, double *out)
{
	return clinger(m, exp10, out) || eisel_lemire(m, exp10, out);
}

static const char *
read_digits(const char *p, const char *end, bool fraction, struct decimal *d)
{
	for (; digit_at(p, end); p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (d->digits < 19) {
			d->m = d->m * 10 + digit;
			d->digits += d->m != 0;
			d->exp10 -= fraction;
		} else {
			d->cut |= digit != 0;
			d->exp10 += !fraction;
		}
	}
	return p;
}

static const char *
read_exponent(const char *p, const char *end, int64_t *exponent)
{
	/* Large enough to outweigh any number of digits in memory. */
	const int64_t huge = INT64_C(1) << 58;
	bool negative = false;
	int64_t e = 0;

	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (!digit_at(p, end))
		return NULL;
	for (; digit_at(p, end); p++)
		e = e < huge ? e * 10 + (*p - '0') : huge;
	*exponent = negative ? -e : e;
	return p;
}

/* The grammar of JSON's numbers.  Null when the text is not one. */
static const char *
read_decimal(const char *p, const char *end, struct decimal *d)
{
	const char *first;
	int64_t exponent = 0;

	*d = (struct decimal){ .negative = p < end && *p == '-' };
	p += d->negative;
	first = p;
	p = read_digits(p, end, false, d);
	if (p == first || (p > first + 1 && *first == '0'))
		return NULL;
	if (p < end && *p == '.') {
		first = ++p;
		p = read_digits(p, end, true, d);
		if (p == first)
			return NULL;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
		p = read_exponent(p + 1, end, &exponent);
	d->exp10 += exponent;
	return p;
}

/*
 * By strtod().  It is handed whole digits and an exponent, never a decimal
 * point, so the locale has no say.  No double needs more than 768 digits to
 * be told from the point halfway to the next: what follows 800 only matters as
 * being zero or not.
 */
static double
read_slowly(const char *p, const char *end, const struct decimal *d)
{
	enum { KEPT = 800 };

	char text[KEPT + 32];
	int64_t exp10 = d->exp10;
	size_t n = 0, seen = 0;
	bool rest = false;

	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (!number_is_digit(*p) || (seen == 0 && *p == '0'))
			continue;
		seen++;
		if (n < KEPT)
			text[n++] = *p;
		else
			rest |= *p != '0';
	}
	/* exp10 counts from the end of d->m: move it to the end of text. */
	exp10 -= (int64_t)n - d->digits;
	if (rest) {
		text[n++] = '1';
		exp10--;
	}
	if (exp10 > 99999)
		exp10 = 99999;
	if (exp10 < -99999)
		exp10 = -99999;
	(void)snprintf(text + n, sizeof(text) - n, "e%" PRId64, exp10);
	return strtod(text, NULL);
}

/* The digits that were cut decide nothing if the next m gives the same. */
static bool
cut_from_decimal(const struct decimal *d, double *out)
{
	double next;

	return eisel_lemire(d->m, d->exp10, out) &&
	       eisel_lemire(d->m + 1, d->exp10, &next) && *out == next;
}

bool
number_scan(const char **s, const char *end, double *out)
{
	const char *stop;
	struct decimal d;
	bool decided;
	double x;

	stop = read_decimal(*s, end, &d);
	if (stop == NULL)
		return false;
	if (d.m == 0) {
		x = 0;
		decided = true;
	} else if (d.cut)
		decided = cut_from_decimal(&d, &x);
	else
		decided =
		    clinger(d.m, d.exp10, &x) || eisel_lemire(d.m, d.exp10, &x);
	if (!decided)
		x = read_slowly(*s, stop, &d);
	if (isinf(x))
		return false;
	*out = d.negative ? -x : x;
	*s = stop;
	return true;
}

bool
number_parse_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	int64_t value = 0;

	s += negative;
	if (!number_is_digit(*s))
		return false;
	/* Counted below zero, where there is room for INT64_MIN. */
	for (; number_is_digit(*s); s++) {
		int digit = *s - '0';

		if (value < (INT64_MIN + digit) / 10)
			return false;
		value = value * 10 - digit;
	}
	if (*s != '\0' || (!negative && value == INT64_MIN))
		return false;
	if (!negative)
		value = -value;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool
number_parse_real(const char *s, double min, double max, double *out)
{
	const char *end = s + strlen(s);
	double x;

	if (!number_scan(&s, end, &x) || s != end || x < min || x > max)
		return false;
	*out = x;
	return true;
}
