/*
 * What all runs on one key may ask of one API together: slots of time that
 * runs reserve ahead, and what a 429 taught one of them.  Pure: the row of the
 * budget as values, now as an argument.  The engines keep the row, each in one
 * transaction from reading to writing it; times are us of one clock for all.
 */
#ifndef MD_PACE_BUDGET_H
#define MD_PACE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_ID_SIZE 320

/* The row.  Zeroed: one that was never used. */
struct budget {
	int64_t next_us;  /* slots before it are given away */
	int64_t ahead_us; /* so far ahead of the clock was that, then */
	int64_t paused_until_us;
	int64_t lessons;       /* how often a pace was learnt */
	double per_minute;     /* the last; 0: none was */
	int64_t paced_from_us; /* it recovers from here on */
	bool provisional;      /* and fast */
};

/* Slots at at_us, at_us + interval_us, …; none: ask again at at_us. */
struct budget_grant {
	int64_t slots;
	int64_t at_us;
	int64_t interval_us;
};

/* What a 429 says to all. */
struct budget_limit {
	int64_t pause_us;  /* from now on */
	double per_minute; /* the pace learnt for all together; 0: none */
	bool provisional;
};

/* What the others should know. */
struct budget_state {
	struct budget row;
	int64_t sharers; /* runs that were heard of of late */
};

/* What the store answers: times of its clock, which is ahead of
 * md_monotonic_us() by ahead_us. */
struct budget_answer {
	struct budget_grant grant;
	struct budget_state state;
	int64_t ahead_us;
};

/* A run that was not heard of for so long shares no more. */
#define BUDGET_SEEN_US INT64_C(30000000)

/*
 * Whose budget: the base URL's host, and twelve bits of a hash of the key.  So
 * few tell two keys of one owner apart, and tell nobody a key: of all that
 * could be guessed every 4096th fits as well.
 */
void budget_id(const char *base_url, const char *key, char out[BUDGET_ID_SIZE]);

/*
 * Reserve up to want slots at that pace, from the first that is free.  So that
 * a run that dies with slots in hand holds up the others for little, none are
 * given that lie further ahead than a few seconds or slots.
 */
struct budget_grant budget_reserve(struct budget *, int64_t now_us,
    double per_minute, int64_t want);

/* A run was answered 429.  Within a pause only the first lesson counts. */
void budget_limited(struct budget *, int64_t now_us,
    const struct budget_limit *);

#endif
