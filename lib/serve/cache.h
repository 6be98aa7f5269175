/*
 * Answers that were rendered, kept by what was asked.  Used by several threads.
 *
 * An answer holds as long as the store does not change, and until the clock
 * would make it say something else.
 */
#ifndef MD_SERVE_CACHE_H
#define MD_SERVE_CACHE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/cache.h"
#include "httpd/httpd.h"
#include "serve/params.h"
#include "store/rows.h"

/* What the rows of a series came with, to tell its staleness again later. */
struct series_facts {
	struct series_row row;
	enum staleness_basis basis;
	enum staleness_clock clock;
	bool features; /* rows of them, not bars */
	size_t count;
	bool more;
	int64_t last; /* the start of the last row */
	struct serve_params params;
	uint64_t hash; /* of the rows */
};

/* Shared, and not changed any more once it is kept. */
struct answer {
	atomic_uint holders;
	int64_t generation; /* of the store */
	int64_t from_ms;    /* it holds from then … */
	int64_t until_ms;   /* … to before that; INT64_MAX: for good */
	const char *type;
	bool gzip;
	char etag[24];
	const char *staleness; /* a status; null: it is of no series */
	int64_t age_seconds;   /* -1: none */
	char *warning;         /* null: none */
	char *next;            /* null: nothing follows */
	struct httpd_body *body;
	struct httpd_body *rows; /* what remains when the clock goes on */
	struct series_facts facts;
};

/* Zeroed, held by the caller; null when memory ran out. */
struct answer *answer_create(void);
struct answer *answer_hold(struct answer *);
void answer_release(struct answer **);

/* bytes 0: keeps nothing. */
bool answers_create(struct cache **, size_t bytes, struct md_error *);

/* Held for the caller, also when its time is over; null when there is none of
 * that generation or later. */
struct answer *answers_get(struct cache *, const char *name,
    int64_t generation);

/* In the place of the one of that name; keeps a hold of its own. */
void answers_put(struct cache *, const char *name, struct answer *);

/* Of bytes, fast, for tags; not against an adversary. */
uint64_t serve_hash(const void *bytes, size_t len, uint64_t seed);

#endif
