/*
 * The Polygon (Massive) client: what is retried and when, how fast, and when
 * to give up, and the endpoints that we call.  One loop in it does all the
 * sleeping.  Used by one thread.
 */
#ifndef MD_POLYGON_H
#define MD_POLYGON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/page.h"
#include "base/error.h"
#include "market/split.h"
#include "market/symbol.h"
#include "market/timeframe.h"
#include "measure/stage.h"
#include "pace/backoff.h"
#include "pace/budget.h"
#include "plan/grouped.h"

#define POLYGON_URL "https://api.massive.com"

struct polygon;

struct polygon_options {
	const char *base_url;
	const char *key;
	struct backoff backoff;
	double per_minute; /* 0: adapt */
	int64_t connect_timeout_ms;
	int64_t stall_timeout_ms;
	int64_t request_timeout_ms;
};

struct polygon_counts {
	int64_t requests; /* sent, retries among them */
	int64_t retries;
	int64_t rate_limited; /* 429s */
	int64_t bytes;        /* received, as transferred */
	double api_seconds;   /* summed over requests */
};

bool polygon_create(struct polygon **, const struct polygon_options *,
    struct md_error *);
void polygon_destroy(struct polygon **);

/* Start what is due, wait at most timeout_ms, deliver answers. */
bool polygon_step(struct polygon *, int timeout_ms, struct md_error *);

/*
 * Bars that a page handler took and is done with, for a later page: memory
 * that is new each time costs more than reading the page.  They are the
 * client's again.
 */
void polygon_give_back(struct polygon *, struct bar *, size_t cap);

/* Such bars, if there are any, for a page without. */
void polygon_lend(struct polygon *, struct page *);

/* End polygon_step()'s waiting; from any thread. */
void polygon_wakeup(struct polygon *);

/* -- one pace for all runs on the key -- */

struct polygon_sharer {
	/* Reserve slots at that pace; to be answered. */
	void (*ask)(void *ctx, double per_minute, int64_t slots);
	/* It was limited: so are all. */
	void (*limited)(void *ctx, const struct budget_limit *);
};

/* From now on, the pace is shared; the sharer is borrowed. */
void polygon_share(struct polygon *, const struct polygon_sharer *, void *ctx);

/* The answer to ask(); null: there is none, and the pace is its own for a
 * while. */
void polygon_granted(struct polygon *, const struct budget_answer *);

/* What the runs on the key know together. */
void polygon_informed(struct polygon *, const struct budget_answer *);

const struct polygon_counts *polygon_counts(const struct polygon *);

/* Paused by a 429, or waiting for the pace, until how many ms from now; 0. */
int64_t polygon_paused_ms(const struct polygon *);

/*
 * MD_OK while calls make sense.  MD_EKEY: the key was refused.  MD_ETLS: the
 * host is not who it says.  MD_EAPI: calls ran out of retries several times in
 * a row, the API is down.
 */
const struct md_error *polygon_verdict(const struct polygon *);

/* Has any HTTP answer ever come back? */
bool polygon_reached(const struct polygon *);

/* -- calls -- */

/* What became of one good answer (HTTP 200). */
enum polygon_next {
	POLYGON_DONE,  /* the call has ended well */
	POLYGON_MORE,  /* go on with *next_url */
	POLYGON_AGAIN, /* unusable; *e says why: try again if retries remain */
	POLYGON_STOP,  /* *e says why: final */
};

struct polygon_handler {
	/* *next_url, set with POLYGON_MORE, is borrowed until the return. */
	enum polygon_next (*answer)(void *ctx, char *body, size_t len,
	    const char **next_url, struct md_error *);
	/* Once, at the end; code MD_OK when it ended well. */
	void (*ended)(void *ctx, const struct md_error *);
};

/*
 * GET path on the base, following next_url.  subject: the ticker it is about,
 * or "".  The handler is borrowed; the body is its to change.
 */
bool polygon_get(struct polygon *, const char *subject, const char *path,
    const struct polygon_handler *, void *ctx, struct md_error *);

/* The call that is asked for next tells this log what it waits for; the log
 * must outlive it. */
void polygon_charge(struct polygon *, struct stage_log *);

/* In a handler: when the answer that it is given was handed to it, and what
 * the thread had had of a processor by then; µs. */
void polygon_answered(const struct polygon *, int64_t *at, int64_t *cpu);

/* In a handler: the answer's body as it came, borrowed until the return. */
const char *polygon_body(const struct polygon *, size_t *len);

/* Overwrite the key wherever it stands in text that others sent. */
void polygon_mask(const struct polygon *, char *text);

/* Drop every call; each ends with *why.  What is asked for later is refused
 * with it, if it is an error. */
void polygon_cancel(struct polygon *, const struct md_error *why);

/* -- aggregates: raw bars of a series, oldest first -- */

struct aggs_query {
	const char *ticker;
	enum timeframe timeframe;
	int64_t from, to; /* window starts in [from, to), ms UTC */
};

struct aggs_handler {
	/*
	 * A page with a good status, not validated.  The handler may take
	 * page->bars (leaving null).  False ends the call with *e.
	 */
	bool (*page)(void *ctx, struct page *, bool last, struct md_error *);
	/* A 200 that was no page, each time it came: its beginning. */
	void (*unreadable)(void *ctx, const char *excerpt, const char *why);
	void (*ended)(void *ctx, const struct md_error *);
};

bool polygon_aggs(struct polygon *, const struct aggs_query *,
    const struct aggs_handler *, void *ctx, struct md_error *);

/* -- grouped: one day of all symbols of a market, raw -- */

/*
 * The handler's page is named; its bars are stamped within the day or at its
 * end, and what is not there may not have traded or not exist.
 */
bool polygon_grouped(struct polygon *, enum grouped_market, md_date,
    const struct aggs_handler *, void *ctx, struct md_error *);

/* -- splits -- */

struct splits_handler {
	/* All splits asked for, at once, unless ended brings an error. */
	void (*splits)(void *ctx, const struct split *, size_t len);
	void (*ended)(void *ctx, const struct md_error *);
};

/* Of one ticker, all of its history; or (ticker null) of all, executed on or
 * after since. */
bool polygon_splits(struct polygon *, const char *ticker, md_date since,
    const struct splits_handler *, void *ctx, struct md_error *);

#endif
