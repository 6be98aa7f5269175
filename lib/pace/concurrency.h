/*
 * How many jobs a run has at once, found from what its answers say.  Pure: the
 * facts come in, times are µs of one clock.
 *
 * It begins with three.  Once more answers came than the vendor's smallest plan
 * allows in a minute, each that came no later than those adds two, so that the
 * number triples in the time of an answer; after the first fall it grows by one
 * for each round of answers.  It falls by a quarter when a round shows that
 * something else is the limit, and by half at a 429 or where requests fail:
 *
 *	the store     the fetcher waited for it most of the time
 *	the pace      requests waited for their turn half as long as they took
 *	the server    half of the answers came half as late again
 *	the network   more at once brought no more bytes a second
 *
 * A fall after which answers come no sooner was for nothing: then it is what is
 * asked that takes longer, or the server for everybody.  That is what answers
 * take from then on, and the number is again what it was.
 */
#ifndef MD_PACE_CONCURRENCY_H
#define MD_PACE_CONCURRENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONCURRENCY_FIRST 3
#define CONCURRENCY_LEAST 2
#define CONCURRENCY_MOST  32

/* Why there are not more. */
enum concurrency_reason {
	CONCURRENCY_GIVEN, /* the user has said so */
	CONCURRENCY_WORK,  /* there was nothing more to ask for */
	CONCURRENCY_SOON,  /* nothing: answers came as soon as ever */
	CONCURRENCY_FULL,  /* it is the most */
	CONCURRENCY_STORE,
	CONCURRENCY_PACE,
	CONCURRENCY_SERVER,
	CONCURRENCY_NETWORK,
	CONCURRENCY_LIMITED, /* by a 429 */
	CONCURRENCY_FAILED,  /* no answer, or one that says to try again */
	CONCURRENCY_REASONS
};

enum concurrency_outcome { ANSWER_GOOD, ANSWER_LIMITED, ANSWER_FAILED };

struct concurrency_answer {
	enum concurrency_outcome outcome;
	int64_t at;         /* its last byte */
	int64_t paced;      /* the request had waited for the pace */
	int64_t first_byte; /* from the request on */
	int64_t transfer;   /* from there on */
	int64_t bytes;
	bool more; /* another job waited, for there were as many as may be */
};

/* Answers of a round whose times are looked at. */
#define CONCURRENCY_ROUND 64

/* A round: as many answers as there were requests at once, or a few more. */
struct concurrency_round {
	unsigned wanted, len, failed;
	int64_t first_byte[CONCURRENCY_ROUND];
	int64_t began, paced, took, transfer, bytes, stored;
	bool more;
};

struct concurrency {
	unsigned now;
	bool found;       /* not given */
	bool quick;       /* it has not fallen yet */
	bool held;        /* the last round said: no more */
	unsigned grown;   /* answers that it may grow for, since it last did */
	unsigned ignored; /* answers to come of requests sent before it fell */
	int64_t base;     /* what an answer takes to its first byte; 0: ? */
	unsigned before;  /* how many there were before the fall whose use is
			     to be seen, … */
	int64_t late;     /* … and how late answers came then; 0: none */
	bool was_quick;
	double best_rate; /* bytes per µs, with best_at at once */
	unsigned best_at;
	struct concurrency_round round;
	enum concurrency_reason reason;
	/* What is told in the end. */
	unsigned most;
	int64_t answers, sum;
};

/* given: so many, always; 0: it is to be found. */
void concurrency_init(struct concurrency *, unsigned given, int64_t now);

/* An answer came, or none will. */
void concurrency_answered(struct concurrency *,
    const struct concurrency_answer *);

/* The fetcher waited so long for the store to take a page. */
void concurrency_stored(struct concurrency *, int64_t us);

/* Over all answers; of none, as many as there may be. */
double concurrency_mean(const struct concurrency *);

/* As -j has it: "auto" for 0, or the number. */
#define CONCURRENCY_WORD 12
const char *concurrency_word(unsigned given, char out[static CONCURRENCY_WORD]);

/* "answers came as soon as with fewer" */
const char *concurrency_reason_words(enum concurrency_reason);

#endif
