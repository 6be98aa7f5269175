/*
 * Doubles as integers of six bytes or fewer, the longest below eight that
 * SQLite has, and from which SQL can tell the number.  What does not fit is
 * stored as it is.
 */
#ifndef MD_BASE_SHORT_REAL_H
#define MD_BASE_SHORT_REAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A real of 41 bits, followed by six of how far these are shifted: it is
 * (i >> 6) / 2^(i & 63), a large one 64 times that.  It is within 4.6e-13 of
 * the double, relative to it, and the double itself where that has no more
 * bits; doubles a rounding apart stay within 1e-12.  That a stored number is
 * such an integer shows its size, in [SHORT_REAL_MIN, SHORT_REAL_END) whatever
 * the sign.
 */
#define SHORT_REAL_MIN INT64_C(70368744177600)  /* 2^46 - 64 */
#define SHORT_REAL_END INT64_C(140737488355328) /* 2^47 */

enum short_real_range {
	SHORT_REAL_SMALL, /* 2.4e-7 to 2.2e12; there are none of 7e13 or more */
	SHORT_REAL_LARGE, /* 1.6e-5 to 1.4e14: all that have such a size */
};

/* False: beyond the range, or no number. */
bool short_real_of(double x, enum short_real_range, int64_t *out);

/* Of what was stored, whether as such an integer or as it is. */
double short_real_value(double stored, enum short_real_range);

/*
 * The mean of 20 numbers that are not negative, by their sum: of integers, or
 * in units of 1e-8.  -i / 2 is the sum; i is odd if it is in the smaller units.
 * Within 4e-13 of the mean, and nearer to it than sums of doubles where the 20
 * have such units.  False: they have not, or it is too large, or 0.
 */
bool short_mean_of(double mean, int64_t *out);
double short_mean_value(double stored);

#endif
