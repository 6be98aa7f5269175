/*
 * The Polygon (Massive) client: retries, pace, when to give up, and the
 * endpoints that we call.  A single loop in it does all the waiting.  Used by
 * one thread.
 */
#ifndef MD_POLYGON_H
#define MD_POLYGON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/page.h"
#include "base/error.h"
#include "market/action.h"
#include "market/symbol.h"
#include "market/timeframe.h"
#include "measure/stage.h"
#include "pace/backoff.h"
#include "pace/budget.h"
#include "pace/concurrency.h"
#include "pace/pacing.h"
#include "plan/grouped.h"
#include "polygon/trust.h"

#define POLYGON_URL "https://api.massive.com"

struct polygon;

struct polygon_options {
	const char *base_url;
	const char *key;
	const struct trust *trust; /* borrowed; null: the system's */
	struct backoff backoff;
	double per_minute; /* 0: adapt */
	int64_t connect_timeout_ms;
	int64_t stall_timeout_ms;
	int64_t request_timeout_ms;
};

struct polygon_counts {
	int64_t requests; /* sent, including retries */
	int64_t retries;
	int64_t rate_limited; /* 429s */
	int64_t bytes;        /* received, as transferred */
	double api_seconds;   /* summed over requests */
};

bool polygon_create(struct polygon **, const struct polygon_options *,
    struct md_error *);
void polygon_destroy(struct polygon **);

/* Start requests that are due, wait at most timeout_ms, deliver answers. */
bool polygon_step(struct polygon *, int timeout_ms, struct md_error *);

/*
 * Return the memory of bars that a page handler took, for use by a later page:
 * allocating it each time costs more than decoding the page.  The client owns
 * it again.
 */
void polygon_recycle_bars(struct polygon *, struct bar *, size_t cap);

/* Give such memory, if there is any, to a page that has none. */
void polygon_supply_bars(struct polygon *, struct page *);

/* End the wait in polygon_step(); may be called from any thread. */
void polygon_wakeup(struct polygon *);

/* From now on no request is sent; those that are under way are answered. */
void polygon_hold(struct polygon *);
/* Calls whose request is under way; or is still to be sent, or sent again. */
size_t polygon_calls(const struct polygon *, bool in_flight);

/* -- one pace for all runs on the key -- */

struct polygon_sharer {
	/* Reserve slots at that pace; to be answered by polygon_granted(). */
	void (*ask)(void *ctx, double per_minute, int64_t slots);
	/* This run was answered 429, which applies to all runs. */
	void (*limited)(void *ctx, const struct budget_limit *);
	/* More is known of the limit, or it is known to be gone. */
	void (*learnt)(void *ctx, const struct limit_lesson *);
};

/* Share the pace from now on; the sharer is borrowed. */
void polygon_share(struct polygon *, const struct polygon_sharer *, void *ctx);

/* The answer to ask(); null: there is none, and the client keeps its own pace
 * for a while. */
void polygon_granted(struct polygon *, const struct budget_answer *);

/* What all runs on the key know. */
void polygon_budget_seen(struct polygon *, const struct budget_answer *);

/* Begin with what an earlier run learnt of the limit; and what is known now. */
void polygon_recall(struct polygon *, const struct limit_lesson *);
struct limit_lesson polygon_lesson(const struct polygon *);

const struct polygon_counts *polygon_counts(const struct polygon *);

/* What the pace leaves to be started. */
struct polygon_room {
	/* Requests that may start now, besides those in flight;
	 * PACING_ROOM_MOST: as many as one likes. */
	int64_t now;
	/* A rate that was given or learnt, or a 429, holds them up; not what
	 * the vendor asks of everyone. */
	bool limits;
	double per_minute; /* given or learnt; 0: neither */
	int64_t wait_ms;   /* for the next; negative: for an answer */
};
struct polygon_room polygon_room(struct polygon *);

/* Told of each request that has ended, before its call's handler is; borrowed.
 */
typedef void polygon_watcher(void *ctx, const struct concurrency_answer *);
void polygon_watch(struct polygon *, polygon_watcher *, void *ctx);

/* How long a 429 or the pace delays the next request, ms from now; or 0. */
int64_t polygon_paused_ms(const struct polygon *);

/*
 * MD_OK as long as calls make sense.  MD_EKEY: the key was refused.  MD_ETLS:
 * the certificate is not trusted.  MD_EUSAGE: there is no such proxy.  MD_EAPI:
 * several calls in a row ran out of retries, so the API is down.
 */
const struct md_error *polygon_verdict(const struct polygon *);

/* Has any HTTP answer been received? */
bool polygon_reached(const struct polygon *);

/* -- calls -- */

/* What a handler makes of an answer with HTTP status 200. */
enum polygon_next {
	POLYGON_DONE,  /* the call has succeeded */
	POLYGON_MORE,  /* continue with *next_url */
	POLYGON_AGAIN, /* unusable, *e says why: retry if retries remain */
	POLYGON_STOP,  /* failed for good, *e says why */
};

struct polygon_handler {
	/* *next_url, set with POLYGON_MORE, is borrowed. */
	enum polygon_next (*answer)(void *ctx, char *body, size_t len,
	    const char **next_url, struct md_error *);
	/* Called once, at the end; the code is MD_OK if the call succeeded. */
	void (*ended)(void *ctx, const struct md_error *);
};

/*
 * What the status of an answer with HTTP status 200 means: OK and DELAYED are
 * good; none (null) is no answer.  message: null, or the vendor's.
 */
enum polygon_next polygon_judge_status(const char *status, const char *message,
    struct md_error *);

/*
 * GET path on the base URL, following next_url.  subject: the ticker that it is
 * about, or "".  The handler is borrowed, and may change the body.
 */
bool polygon_get(struct polygon *, const char *subject, const char *path,
    const struct polygon_handler *, void *ctx, struct md_error *);

/* Charge the time of the next call to this log, which must outlive the call. */
void polygon_charge(struct polygon *, struct stage_log *);

/* A good answer to the next call waits, unread, until that says that its turn
 * has come; anything else comes at once. */
void polygon_line_up(struct polygon *, bool (*turn)(void *ctx), void *ctx);

/* In a handler: when its answer was delivered, and the thread's processor time
 * at that moment; µs. */
void polygon_answered(const struct polygon *, int64_t *at, int64_t *cpu);

/* In a handler: the server's clock, as its answer's header Date has it, ms UTC;
 * 0: there is none. */
int64_t polygon_server_ms(const struct polygon *);

/* In a handler: the answer's body as received, borrowed until it returns. */
const char *polygon_body(const struct polygon *, size_t *len);

/* Drop all calls; each ends with *why.  If that is an error, later calls fail
 * with it, too. */
void polygon_cancel(struct polygon *, const struct md_error *why);

/* -- aggregates: raw bars of a series, oldest first -- */

struct aggs_query {
	const char *ticker;
	enum timeframe timeframe;
	int64_t from, to; /* window starts in [from, to), ms UTC */
};

struct aggs_handler {
	/*
	 * A page with a good status, not yet checked.  The handler may take
	 * page->bars (leaving null).  False ends the call with *e.
	 */
	bool (*page)(void *ctx, struct page *, bool last, struct md_error *);
	/* Called for each 200 that was not a page, with its beginning. */
	void (*unreadable)(void *ctx, const char *excerpt, const char *why);
	void (*ended)(void *ctx, const struct md_error *);
};

bool polygon_aggs(struct polygon *, const struct aggs_query *,
    const struct aggs_handler *, void *ctx, struct md_error *);

/* -- grouped: one day of all symbols of a market, raw -- */

/*
 * The handler's page is named.  Its bars are stamped within the day or at its
 * end; a symbol that is absent may not have traded, or not exist.
 */
bool polygon_grouped(struct polygon *, enum grouped_market, md_date,
    const struct aggs_handler *, void *ctx, struct md_error *);

/* -- splits and dividends -- */

struct actions_handler {
	/* Of each row that is none of them, or was not asked for: its text,
	 * and why. */
	void (*refused)(void *ctx, const char *raw, const char *reason);
	/* All of them together, by ticker and date, unless the call ends with
	 * an error. */
	void (*answered)(void *ctx, const struct actions *);
	void (*ended)(void *ctx, const struct md_error *);
};

/* What is asked for: all of these tickers, or, where it is dated, those of
 * since and later; or (no tickers) those of all tickers since then. */
struct actions_query {
	enum action kind;
	bool old; /* splits of the endpoint of before, which takes one ticker */
	const char *const *tickers;
	size_t len;
	bool dated;
	md_date since;
};

/* The bytes of tickers, each with a comma, that the address of one call has
 * room for: addresses of 8 KB are taken everywhere. */
#define ACTIONS_TICKERS_BYTES 7000

/* The rows of a page at most. */
#define ACTIONS_PAGE     5000
#define ACTIONS_PAGE_OLD 1000

/* Ends with MD_EABSENT where the API has no such endpoint. */
bool polygon_actions(struct polygon *, const struct actions_query *,
    const struct actions_handler *, void *ctx, struct md_error *);

#endif
