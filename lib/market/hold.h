/*
 * A store whose runs an operator has put on hold.
 */
#ifndef MD_MARKET_HOLD_H
#define MD_MARKET_HOLD_H

#include <stdint.h>

#define HOLD_REASON 200
#define HOLD_BY     128

struct hold {
	int64_t since_ms; /* 0: it is not on hold */
	char reason[HOLD_REASON];
	char by[HOLD_BY]; /* user@host */
};

/* "since 2024-07-01T15:30:00Z, by ops@host: the reason" */
#define HOLD_WORDS (HOLD_REASON + HOLD_BY + 64)
void hold_words(const struct hold *, char out[HOLD_WORDS]);

#endif
