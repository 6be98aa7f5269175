/*
 * Which symbols there are, or were on a day: the vendor's list, as a watchlist.
 */
#ifndef MD_BACKFILL_UNIVERSE_H
#define MD_BACKFILL_UNIVERSE_H

#include <signal.h>
#include <stdio.h>

#include "answer/tickers.h"
#include "base/log.h"
#include "polygon/polygon.h"

#define UNIVERSE_KINDS     "stocks etf crypto fx index"
#define UNIVERSE_TYPES_MAX 16

struct universe_query {
	char kind[16]; /* one of UNIVERSE_KINDS */
	char types[UNIVERSE_TYPES_MAX][TICKER_TYPE_MAX];
	size_t types_len; /* 0: stocks: all but funds; etf: ETF */
	bool has_date;    /* as of that day; else of today */
	md_date date;
};

/* "CS,ADRC".  MD_EUSAGE. */
bool universe_types_parse(const char *, struct universe_query *,
    struct md_error *);

/* MD_EUSAGE: types of what has none. */
bool universe_check(const struct universe_query *, struct md_error *);

/*
 * Ask, and wait for the answers: by symbol, each once.  With a day in the past
 * those that are gone by now are asked for, too, for the days they went.  Rows
 * that cannot be are left out and said in one line.
 */
bool universe_read(const struct universe_query *,
    const struct polygon_options *, struct log *,
    const volatile sig_atomic_t *stop, struct tickers *out, struct md_error *);

/* Lines of a watchlist; what it has no word for is a comment. */
void universe_write(FILE *, const struct universe_query *,
    const struct tickers *);

#endif
