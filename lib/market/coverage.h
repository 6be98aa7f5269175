/*
 * The coverage of a series: which ranges were requested and answered, as spans
 * that are disjoint, sorted and merged; and the rules by which answers are
 * believed.  Pure: the store reads the spans, calls these functions, and writes
 * the spans back.
 */
#ifndef MD_MARKET_COVERAGE_H
#define MD_MARKET_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/finality.h"
#include "market/range.h"

enum coverage_kind {
	COVERAGE_BARS,   /* answered in full, with bars */
	COVERAGE_EMPTY,  /* answered without a bar often enough to believe it */
	COVERAGE_DENIED, /* not in the plan (403) */
	COVERAGE_REFUSED, /* a row came that cannot be right */
};

const char *coverage_kind_name(enum coverage_kind);
bool coverage_kind_parse(const char *, enum coverage_kind *out);

struct span {
	int64_t from, to;
	int64_t fetched_at;
	enum coverage_kind kind;
};

struct coverage {
	struct span *v;
	size_t len, cap;
};

/*
 * Add a span that was answered at span.fetched_at.  It replaces the spans that
 * it overlaps, but final bars are never downgraded.  As of its fetched_at, a
 * span is either entirely final or not at all: final neighbours of the same
 * kind merge (keeping the time of the newest answer); those that are not final
 * stay separate, to be requested again.  False: out of memory, *c is unchanged.
 */
bool coverage_add(struct coverage *c, struct span, const struct grid *);
/* The same for n of them, in order and disjoint, in one pass. */
bool coverage_add_all(struct coverage *, const struct span *, size_t n,
    const struct grid *);

/* Nothing is known of [from, to) any more. */
bool coverage_clear(struct coverage *, int64_t from, int64_t to);

/* The span with t in it; null: there is none. */
const struct span *coverage_at(const struct coverage *, int64_t t);

/* Can the answers of the span no longer change? */
bool span_final(const struct span *, const struct grid *);

/* Append a span that comes after all others (when reading them in order). */
bool coverage_append(struct coverage *, struct span);
void coverage_free(struct coverage *);

/*
 * What writes a new coverage over an old one: new->v[*head, *new_end) replaces
 * old->v[*head, *old_end); the rest is unchanged.
 */
void coverage_difference(const struct coverage *old, const struct coverage *new,
    size_t *head, size_t *old_end, size_t *new_end);

/* -- doubt -- */

/* Empty answers, or rejected rows, are believed after this many answers, … */
#define DOUBT_ANSWERS 3
/* … each at least this long after the previous one. */
#define DOUBT_APART_MS INT64_C(3600000)

/* A range where bars are expected, but whose answers had no usable one. */
struct doubt {
	int64_t from, to;
	int64_t answered_at; /* the last answer that counted */
	int answers;
};

struct doubts {
	struct doubt *v;
	size_t len, cap;
};

/*
 * Record another such answer at now for n ranges, in order and disjoint, in one
 * pass.  What has reached DOUBT_ANSWERS moves from the doubts to believed.
 */
bool doubts_add(struct doubts *, const struct range *, size_t n, int64_t now,
    struct ranges *believed);

/* Bars arrived in these ranges, in order and disjoint: drop the doubts there.
 */
bool doubts_clear(struct doubts *, const struct range *, size_t n);

/* Append one that comes after all others (when reading them in order). */
bool doubts_append(struct doubts *, int64_t from, int64_t to,
    int64_t answered_at, int answers);
void doubts_free(struct doubts *);

#endif
