/*
 * Shared by reading and writing numbers, and by the scanners of pages and flat
 * files, which read a number while they look for its end.
 */
#ifndef MD_BASE_NUMBER_INTERNAL_H
#define MD_BASE_NUMBER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A double's layout. */
#define NUMBER_FRACTION_BITS 52
#define NUMBER_EXPONENT_BIAS 1023

/* Every integer up to this one is a double. */
#define NUMBER_EXACT (UINT64_C(1) << 53)

/* The powers of ten that are exact doubles. */
#define NUMBER_POW10_MAX 22
extern const double number_pow10[NUMBER_POW10_MAX + 1];

/* Is m / number_pow10[n] rounded only once, to double?  Not on an x87. */
#ifdef __FLT_EVAL_METHOD__
#define NUMBER_ROUNDS_ONCE (__FLT_EVAL_METHOD__ == 0)
#else
#define NUMBER_ROUNDS_ONCE 0
#endif

/* 128 bits: a scaled power of five, or a product. */
struct number_wide {
	uint64_t hi, lo;
};

#define NUMBER_POW5_MIN (-65)
#define NUMBER_POW5_MAX 65
extern const struct number_wide
    number_pow5[NUMBER_POW5_MAX - NUMBER_POW5_MIN + 1];

/* The double nearest to m × 10^exp10; false: undecided, use number_scan(). */
bool number_from_decimal(uint64_t m, int exp10, double *out);

#ifdef __SIZEOF_INT128__
static inline struct number_wide
number_multiply(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (struct number_wide){ (uint64_t)(product >> 64),
		(uint64_t)product };
}

#else

static inline struct number_wide
number_multiply(uint64_t a, uint64_t b)
{
	const uint64_t low = UINT32_MAX;
	uint64_t ll = (a & low) * (b & low), lh = (a & low) * (b >> 32);
	uint64_t hl = (a >> 32) * (b & low), hh = (a >> 32) * (b >> 32);
	uint64_t mid = (ll >> 32) + (lh & low) + (hl & low);

	return (struct number_wide){ hh + (lh >> 32) + (hl >> 32) + (mid >> 32),
		mid << 32 | (ll & low) };
}

#endif

/* The exponent of the highest bit of 10^q: floor(log2(10^q)). */
static inline int
number_log2_pow10(int q)
{
	/* Shifting a negative number right is arithmetic in gcc and clang. */
	return (q * 217706) >> 16;
}

static inline bool
number_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* So many digits always fit in an int64_t. */
#define NUMBER_DIGITS 18

/*
 * A number of at most NUMBER_DIGITS digits without sign and exponent, as
 * number_scan() reads it; its end, or null: that one must look.  Reads up to
 * the first byte that is none of it, which there must be.
 */
static inline const char *
number_usual(const char *p, double *out)
{
	const char *first = p;
	uint64_t m = 0;
	ptrdiff_t whole, decimals = 0;

	for (; number_is_digit(*p); p++)
		m = m * 10 + (uint64_t)(*p - '0');
	whole = p - first;
	if (whole == 0 || (*first == '0' && whole > 1))
		return NULL;
	if (*p == '.') {
		const char *point = p++;

		for (; number_is_digit(*p); p++)
			m = m * 10 + (uint64_t)(*p - '0');
		decimals = p - point - 1;
		if (decimals == 0)
			return NULL;
	}
	if (whole + decimals > NUMBER_DIGITS || *p == 'e' || *p == 'E')
		return NULL;
	if (decimals == 0)
		*out = (double)m;
	else if (NUMBER_ROUNDS_ONCE && m <= NUMBER_EXACT)
		*out = (double)m / number_pow10[decimals];
	else if (!number_from_decimal(m, (int)-decimals, out))
		return NULL;
	return p;
}

#endif
