/*
 * Chance that is good enough for jitter: xorshift64* (Vigna, 2016).  Where it
 * begins is the caller's.
 */
#ifndef MD_BASE_DICE_H
#define MD_BASE_DICE_H

#include <stdint.h>

/* A beginning that differs from moment to moment; never 0. */
uint64_t dice_begin(int64_t now_ms);
/* From 0 to below 1. */
double dice_roll(uint64_t *dice);

#endif
