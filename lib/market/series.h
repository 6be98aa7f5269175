/*
 * A series is a symbol with a timeframe.  Here are its text formats, for
 * reading and writing: the line SYMBOL<TAB>TIMEFRAME that programs pass through
 * pipes, and the watchlist.
 */
#ifndef MD_MARKET_SERIES_H
#define MD_MARKET_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mdtime.h"
#include "market/names.h"
#include "market/symbol.h"
#include "market/timeframe.h"

/* A symbol as the user describes it. */
struct symbol_entry {
	char symbol[SYMBOL_MAX]; /* the API's name */
	enum asset_class class;
	enum tier tier;
	bool described;      /* class and tier are given, not guessed */
	unsigned timeframes; /* bit 1 << tf; 0: the program's */
	bool has_from; /* its history begins on from; if described and … */
	md_date from;  /* … has_from is not set, it has no such day */
	/* Names that it had; those of an entry that is not described are not
	 * known. */
	struct former_names names;
	bool respelt; /* a pair, written with something between its parts */
};

/* Its symbol, of its class, from what a user wrote (symbol_normalize()). */
bool symbol_entry_name(struct symbol_entry *, const char *text,
    struct md_error *);

/* The same class, tier and first day (names are kept apart), whatever the
 * symbols? */
bool symbol_entry_alike(const struct symbol_entry *,
    const struct symbol_entry *);

/* Zeroed: empty.  To be extended by symbol_list_add() alone. */
struct symbol_list {
	struct symbol_entry *v;
	size_t len, cap;
	size_t *places; /* of v, one more than each, by the symbol's hash */
	size_t places_len;
};

/*
 * Add a symbol, or extend its existing entry: timeframes are united, and the
 * later class and tier count.  The time that it takes does not grow with the
 * list.  MD_ECONFIG: the entries have had different names.
 */
bool symbol_list_add(struct symbol_list *, const struct symbol_entry *,
    struct md_error *);
/* MD_ECONFIG: two symbols of the list had one name on one day. */
bool symbol_list_check_names(const struct symbol_list *, struct md_error *);
/* The entry of a symbol; null: it is not in the list. */
struct symbol_entry *symbol_list_find(const struct symbol_list *,
    const char *symbol);
void symbol_list_free(struct symbol_list *);

/* "1d,1h" → bits.  MD_EUSAGE names the word that is not a timeframe. */
bool timeframes_parse(const char *, unsigned *bits, struct md_error *);

/*
 * A line of a watchlist, SYMBOL [class=…] [tier=…] [timeframes=1d,1h]
 * [from=DATE] [was=SYMBOL until=DATE]…, and one of a pipe, SYMBOL<TAB>TIMEFRAME
 * or a symbol alone; both without comment and line end.  The text is cut up.
 * *found: there was a symbol.
 */
bool watchlist_line(char *text, struct symbol_entry *, bool *found,
    struct md_error *);
bool series_line(char *text, struct symbol_entry *, bool *found,
    struct md_error *);

#endif
