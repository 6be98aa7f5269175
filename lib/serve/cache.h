/*
 * A cache of rendered answers, by request.  May be used by several threads.
 *
 * An answer is valid as long as the store does not change, and until the time
 * when it would read differently.  One that tells which series it shows stays
 * so when only others have changed.
 */
#ifndef MD_SERVE_CACHE_H
#define MD_SERVE_CACHE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/cache.h"
#include "httpd/httpd.h"
#include "market/rows.h"
#include "serve/params.h"

/* The facts about a series that were read with its rows, to compute its
 * staleness again later. */
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

/* Shared, and immutable once it is in the cache, but for its generation. */
struct answer {
	atomic_uint holders;
	/* Of the store: it is known to be valid as of then. */
	atomic_llong generation;
	/* All the series that it shows, as they were when its rows were read,
	 * which was then (monotonic), by a handle of that epoch and by that
	 * calendar.  None: it is valid for its generation alone. */
	struct series_rows shows;
	int64_t read_us, epoch, calendar;
	int64_t from_ms;    /* it is valid from this time … */
	int64_t until_ms;   /* … to before this one; INT64_MAX: no end */
	const char *type;
	bool gzip;
	char etag[24];
	const char *staleness; /* a status; null: not about a series */
	int64_t age_seconds;   /* -1: none */
	char *warning;         /* null: none */
	char *next;            /* null: this is the last page */
	struct httpd_body *body;
	struct httpd_body *rows; /* the part that does not depend on the time */
	struct series_facts facts;
};

/* Zeroed, with one reference for the caller; null when out of memory. */
struct answer *answer_create(void);
struct answer *answer_hold(struct answer *);
void answer_release(struct answer **);

/* With bytes 0 it keeps nothing. */
bool answers_create(struct cache **, size_t bytes, struct md_error *);

/* A reference for the caller, even if the answer is no longer valid; null if
 * there is none. */
struct answer *answers_get(struct cache *, const char *name);

/* It is valid as of that generation, too. */
void answer_confirm(struct answer *, int64_t generation);

/* Replaces the one of that name; takes its own reference. */
void answers_put(struct cache *, const char *name, struct answer *);

/* A fast hash for ETags; not secure against adversaries. */
uint64_t serve_hash(const void *bytes, size_t len, uint64_t seed);

#endif
