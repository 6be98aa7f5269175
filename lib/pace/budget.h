/*
 * The rate budget that all runs with one key share: time slots that runs
 * reserve ahead, and the pace that one of them learned from a 429.  Pure: the
 * budget's row is a value, and now an argument.  The store's engines read and
 * write the row in one transaction; times are µs of one clock for all.
 */
#ifndef MD_PACE_BUDGET_H
#define MD_PACE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_ID_SIZE 320

/* The row.  Zeroed: the budget was never used. */
struct budget {
	int64_t next_us;  /* slots before this time are taken */
	int64_t ahead_us; /* how far next_us was ahead of the clock then */
	int64_t paused_until_us;
	int64_t lessons;       /* how often a pace was learned */
	double per_minute;     /* the last pace learned; 0: none */
	int64_t paced_from_us; /* the pace recovers from here on */
	bool provisional;      /* … and fast */
};

/* Slots at at_us, at_us + interval_us, …; if there are none, ask again at
 * at_us. */
struct budget_grant {
	int64_t slots;
	int64_t at_us;
	int64_t interval_us;
};

/* What a 429 means for all runs. */
struct budget_limit {
	int64_t pause_us;  /* from now on */
	double per_minute; /* the pace learned for all runs together; 0: none */
	bool provisional;
};

/* What the other runs should know. */
struct budget_state {
	struct budget row;
	int64_t sharers; /* runs with a recent sign of life */
};

/* The store's answer: times are those of the store's clock, which is ahead_us
 * ahead of md_monotonic_us(). */
struct budget_answer {
	struct budget_grant grant;
	struct budget_state state;
	int64_t ahead_us;
};

/* A run without a sign of life for this long no longer counts as a sharer. */
#define BUDGET_SEEN_US INT64_C(30000000)

/*
 * The budget's name: the base URL's host, and twelve bits of a hash of the key.
 * Twelve bits tell an owner's keys apart, but do not reveal a key: one in 4096
 * guesses matches as well.
 */
void budget_id(const char *base_url, const char *key, char out[BUDGET_ID_SIZE]);

/*
 * Reserve up to want slots at that pace, from the first free one.  No slots are
 * granted further ahead than a few seconds or slots, so that a run that dies
 * with unused slots does not delay the others for long.
 */
struct budget_grant budget_reserve(struct budget *, int64_t now_us,
    double per_minute, int64_t want);

/* A run was answered 429.  During a pause only the first 429 counts. */
void budget_limited(struct budget *, int64_t now_us,
    const struct budget_limit *);

#endif
