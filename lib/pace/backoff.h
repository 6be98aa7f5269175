/*
 * How long to wait before trying again: exponential with full jitter
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).  Pure:
 * chance is an argument.
 */
#ifndef MD_PACE_BACKOFF_H
#define MD_PACE_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t base_ms;
	int64_t cap_ms;
	unsigned max_retries;
};

/*
 * The delay before retry number `retry` (the first is 0): the fraction chance
 * (0 ≤ chance ≤ 1) of min(cap, base × 2^retry), but never less than floor_ms,
 * the server's Retry-After (0 if there was none).
 */
int64_t backoff_delay(const struct backoff *, unsigned retry, double chance,
    int64_t floor_ms);

#endif
