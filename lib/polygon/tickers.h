/*
 * The call for the tickers of a market.
 */
#ifndef MD_POLYGON_TICKERS_H
#define MD_POLYGON_TICKERS_H

#include "answer/tickers.h"
#include "polygon/polygon.h"

struct tickers_query {
	struct tickers_wanted wanted; /* where its rows go, as pages come */
	bool delisted;      /* those that are gone, not those that are */
	const char *ticker; /* that one alone; null: all of the market */
	bool has_date;      /* as of that day, not of today */
	md_date date;
};

struct tickers_handler {
	/* Of each row that is none: its text, and why. */
	void (*refused)(void *ctx, const char *raw, const char *reason);
	void (*ended)(void *ctx, const struct md_error *);
};

/* All pages of it.  The query is borrowed until the call ends. */
bool polygon_tickers(struct polygon *, struct tickers_query *,
    const struct tickers_handler *, void *ctx, struct md_error *);

#endif
