/*
 * What a key's limit can be, learnt from which requests were accepted and which
 * were answered 429.  Pure: now is an argument; times are ms of one clock.
 *
 * Three things can refuse a request: a count per minute (in windows that are
 * fixed or slide, or a bucket of that size), a rate per second, and chance: a
 * stray 429, or the requests of others on the key.  What is accepted refutes
 * limits that would have refused it, and a 429 is followed by a single request
 * some time later: after a second it tells chance and rates from a minute's
 * count, after a few more whether a new window began, and when the oldest
 * accepted request is a minute old it is certain.  A count that was learnt is
 * kept to as a sliding window, which satisfies all three kinds.  Now and then
 * one request more than it allows is tried, so that a limit that is gone is
 * forgotten; at most one in twenty requests is spent on such questions.
 *
 * As long as the vendor's smaller plans are not refuted, no more requests are
 * sent beyond what one of them allows than it takes to refute it.
 */
#ifndef MD_PACE_LIMIT_H
#define MD_PACE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/lesson.h"

#define LIMIT_WINDOW_MS INT64_C(60000)
/* As many as are accepted in a minute at the pace that the vendor asks for. */
#define LIMIT_RECENT 8192
/* The time of what depends on an answer that is still to come. */
#define LIMIT_LATER (INT64_MAX / 4)

struct limit_accepted {
	int64_t sent, answered;
};

/* A 429 that has not been explained yet. */
struct limit_doubt {
	bool open;
	int64_t since;    /* it was heard of then */
	int64_t accepted; /* in the minute before that, as far as it counts */
	int64_t oldest;   /* of these: when it was answered */
	int64_t try_at;   /* when a single request is to tell more */
	bool trying;      /* that one is in flight */
	int64_t limited;  /* 429s that it is about */
	int64_t asked_at;
	int64_t asked_until; /* the server said to wait until then; 0: it did
				not */
	unsigned failed;     /* so many of these were limited as well, … */
	unsigned certain;    /* … and of them, though no count explains it */
};

struct limit {
	struct limit_accepted recent[LIMIT_RECENT]; /* a ring */
	int64_t accepted;  /* all told; the newest is at accepted - 1 */
	int64_t requests;  /* answered, accepted or not */
	int64_t limited;   /* of them */
	int64_t in_flight; /* sent and not answered */
	int64_t to_wall;   /* added to a time it is the wall clock's */
	struct limit_lesson lesson;
	int64_t window_from; /* the count counts from here */
	bool no_fixed;       /* that was tried, and was wrong */
	int64_t held;        /* the count that was confirmed last; 0: none */
	int64_t step;        /* by which the count grows if it is exceeded */
	int64_t exceed_at;   /* it may be tried to exceed it from here on */
	bool exceeding;      /* such a request is in flight */
	int64_t suspect;     /* a count at which a 429 came; 0: none */
	struct limit_doubt doubt;
	int64_t at_once; /* most in flight; grows with each accepted request */
	int64_t past;    /* 429s to requests sent before it teach nothing */
	int64_t hold_until; /* the server asked to wait, and no doubt is open */
	unsigned forgiven;  /* doubts whose 429s were nobody's fault */
	unsigned lies;      /* Retry-Afters that proved to be wrong */
	/* A bucket of ten a second, as full as it can be, and as empty. */
	double bucket, bucket_least;
	int64_t bucket_at;
	bool bucket_refuted;
	int64_t most_fixed; /* accepted within one minute of the wall clock */
	/* The rate per second. */
	int64_t rate_since;    /* the last 429 that taught it; 0: none did */
	int64_t rate_accepted; /* all accepted by then */
	int64_t rate_grows_at;
	double rate_seen;   /* what the last of them told */
	unsigned rate_sure; /* how often it was confirmed */
};

void limit_init(struct limit *, int64_t now);

/* Begin with what an earlier run learnt; what it cannot have learnt is left
 * out.  What it has just used up is waited for. */
void limit_recall(struct limit *, const struct limit_lesson *, int64_t now);

/* What to keep of it, as of now. */
struct limit_lesson limit_lesson(const struct limit *, int64_t now);

/* The wall clock reads this at now: minutes begin when it says so. */
void limit_wall(struct limit *, int64_t now, int64_t wall_ms);

/* When a request may start, LIMIT_LATER if that depends on one in flight. */
int64_t limit_next(const struct limit *, int64_t now);

/* How many may start now, as far as the limit is concerned; at most most. */
int64_t limit_room(const struct limit *, int64_t now, int64_t most);

/* One starts. */
void limit_start(struct limit *, int64_t now);

/* One that was sent then has been accepted; or ended without an answer; or was
 * limited, and the server asked to wait (ms; negative: it did not). */
void limit_allowed(struct limit *, int64_t sent, int64_t now);
void limit_lost(struct limit *);
void limit_limited(struct limit *, int64_t sent, int64_t now,
    int64_t retry_after_ms);

#endif
