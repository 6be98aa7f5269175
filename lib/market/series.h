/*
 * A series is a symbol with a timeframe.  This is its grammar, both ways: the
 * line SYMBOL<TAB>TIMEFRAME that programs hand each other through pipes, and
 * the watchlist.
 */
#ifndef MD_MARKET_SERIES_H
#define MD_MARKET_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mdtime.h"
#include "market/symbol.h"
#include "market/timeframe.h"

/* A symbol as its user describes it. */
struct symbol_entry {
	char symbol[SYMBOL_MAX]; /* the API's name */
	enum asset_class class;
	enum tier tier;
	bool described;      /* class and tier were said, not guessed */
	unsigned timeframes; /* bit 1 << tf; 0: as the program says */
	bool has_from;       /* its history begins on from; described: … */
	md_date from; /* … and has no such day when has_from is not set */
};

struct symbol_list {
	struct symbol_entry *v;
	size_t len, cap;
};

/*
 * Add a symbol, or widen the entry of the same symbol that is there: its
 * timeframes unite, the later class and tier count.
 */
bool symbol_list_add(struct symbol_list *, const struct symbol_entry *,
    struct md_error *);
void symbol_list_free(struct symbol_list *);

/* "1d,1h" → bits.  MD_EUSAGE names the word that is none. */
bool timeframes_parse(const char *, unsigned *bits, struct md_error *);

/*
 * A watchlist: lines SYMBOL [class=…] [tier=…] [timeframes=1d,1h]
 * [from=DATE], '#' starts a comment.  name is for messages; MD_ECONFIG says
 * NAME:LINE: what was wrong. A list without a symbol is an error.
 */
bool watchlist_read(FILE *, const char *name, struct symbol_list *,
    struct md_error *);

/*
 * What mdstale -o series prints: SYMBOL<TAB>TIMEFRAME a line; a line with a
 * symbol alone means the program's timeframes.  No line is no error.
 */
bool series_read(FILE *, const char *name, struct symbol_list *,
    struct md_error *);
bool series_write(FILE *, const char *symbol, enum timeframe);

#endif
