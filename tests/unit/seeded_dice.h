/*
 * Dice for tests: the same throws each time (xorshift64).
 */
#ifndef MD_TESTS_SEEDED_DICE_H
#define MD_TESTS_SEEDED_DICE_H

#include <stdint.h>

static uint64_t seed = 88172645463325252;

static unsigned
dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 33) % sides);
}

#endif
