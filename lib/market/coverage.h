/*
 * What of a series was asked and answered: spans of time, disjoint, sorted and
 * merged, with the rules by which answers are believed.  Pure: the store reads
 * spans, calls these, and writes them back.
 */
#ifndef MD_MARKET_COVERAGE_H
#define MD_MARKET_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/calendar.h"

/* A half-open range of window starts, ms UTC. */
struct range {
	int64_t from, to;
};

struct ranges {
	struct range *v;
	size_t len, cap;
};

bool ranges_add(struct ranges *, int64_t from, int64_t to);
void ranges_free(struct ranges *);

enum coverage_kind {
	COVERAGE_BARS,   /* answered in full, with bars */
	COVERAGE_EMPTY,  /* answered without a bar often enough to believe it */
	COVERAGE_DENIED, /* not in the plan (403) */
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

/* Of which series the windows are: what says when its bars are final. */
struct grid {
	const struct calendar *calendar;
	enum asset_class class;
	enum timeframe timeframe;
};

/* Windows that start before the result were final for who asked at asked_ms. */
int64_t grid_final_before(const struct grid *, int64_t asked_ms);

/*
 * Add a span that was answered at span.fetched_at.  It replaces what overlaps,
 * but never turns final bars into something less.  Every span kept is either
 * wholly final or wholly not, as of its own fetched_at: final neighbours of one
 * kind merge (the newest answer's time stays), what is not final stays apart,
 * to be asked again.  False: out of memory, and *c is as it was.
 */
bool coverage_add(struct coverage *c, struct span, const struct grid *);

/* Append a span that lies after all others (reading them back in order). */
bool coverage_append(struct coverage *, struct span);
void coverage_free(struct coverage *);

/* -- doubt -- */

/* Empty or refused answers are believed when there were this many, … */
#define DOUBT_ANSWERS 3
/* … each at least this long after the one before. */
#define DOUBT_APART_MS INT64_C(3600000)

/* A range that was answered without a usable bar where some are expected. */
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
 * Another such answer for [from, to) at now.  Ranges that have now had
 * DOUBT_ANSWERS leave the doubts and are appended to believed.
 */
bool doubts_add(struct doubts *, int64_t from, int64_t to, int64_t now,
    struct ranges *believed);

/* Bars arrived there: the doubts about [from, to) are over. */
bool doubts_clear(struct doubts *, int64_t from, int64_t to);

/* Append one that lies after all others (reading them back in order). */
bool doubts_append(struct doubts *, int64_t from, int64_t to,
    int64_t answered_at, int answers);
void doubts_free(struct doubts *);

#endif
