#include "base/dice.h"

uint64_t
dice_begin(int64_t now_ms)
{
	return (uint64_t)now_ms * 2654435761U + 88172645463325252U;
}

double
dice_roll(uint64_t *dice)
{
	*dice ^= *dice >> 12;
	*dice ^= *dice << 25;
	*dice ^= *dice >> 27;
	return (double)((*dice * 2685821657736338717U) >> 11) /
	       9007199254740992.0;
}
