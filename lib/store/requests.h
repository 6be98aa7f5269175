/*
 * Series that readers found missing, until a backfill has them.
 */
#ifndef MD_STORE_REQUESTS_H
#define MD_STORE_REQUESTS_H

#include "store/store.h"

/* -- series that readers found missing -- */

/* What is known of a request. */
enum request_state {
	REQUEST_NONE,      /* it may be recorded */
	REQUEST_CANDIDATE, /* it is recorded */
	REQUEST_DROPPED,   /* its answers had no bar */
	REQUEST_FULL,      /* so many are recorded */
};

bool store_request_look(struct store *, const char *symbol, enum timeframe,
    int64_t now, enum request_state *, struct md_error *);

/*
 * Record that the series was requested that many more times.  *noted false:
 * REQUESTS_MAX series are recorded, or this one was dropped.
 */
bool store_request_put(struct store *, const char *symbol, enum timeframe,
    int64_t times, int64_t now, bool *noted, struct md_error *);

/* Adds the requested series with these timeframes (bits) to the list.
 */
bool store_requests(struct store *, unsigned timeframes, struct symbol_list *,
    struct md_error *);

/* What a run made of a requested series. */
struct request_outcome {
	const char *symbol;
	enum timeframe timeframe;
	bool came;     /* an answer had a bar */
	bool answered; /* there was an answer, with a bar or without */
	int64_t now;
};

/*
 * If a bar came, the series becomes active and the request is done; else the
 * answer counts as an empty one, and after DOUBT_ANSWERS of them the request is
 * *dropped, for REQUEST_DROPPED_MS.
 */
bool store_request_settle(struct store *, const struct request_outcome *,
    bool *dropped, struct md_error *);

/* Appends the requests dropped since then, each series once. */
bool store_report_dropped(struct store *, int64_t since_ms, int64_t now_ms,
    struct suspicions *out, struct md_error *);

#endif
