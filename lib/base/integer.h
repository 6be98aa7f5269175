/*
 * What the language has no operators for.
 */
#ifndef MD_BASE_INTEGER_H
#define MD_BASE_INTEGER_H

#include <stdint.h>

static inline int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t
max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* x, or the end of [low, high] that it is beyond. */
static inline int64_t
clamp64(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : min64(x, high);
}

/* Divides by a positive b, and rounds down even below zero. */
static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* For qsort() and bsearch(): int64_t, ascending. */
static inline int
compare64(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

#endif
