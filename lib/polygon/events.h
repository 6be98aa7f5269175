/*
 * The call for the names that a ticker's company had.
 */
#ifndef MD_POLYGON_EVENTS_H
#define MD_POLYGON_EVENTS_H

#include "answer/events.h"
#include "polygon/polygon.h"

struct events_query {
	const char *ticker;
	md_date today;
	struct ticker_names *into; /* set if the call ends well */
};

/* The query is borrowed until the call ends.  Ends with MD_EABSENT where the
 * API does not know the ticker, or has no such endpoint. */
bool polygon_events(struct polygon *, const struct events_query *,
    void (*ended)(void *ctx, const struct md_error *), void *ctx,
    struct md_error *);

#endif
