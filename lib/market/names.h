/*
 * The names that a symbol has had.  A series is kept under the present one;
 * each of its days is asked for by the name of that day.  Pure.
 */
#ifndef MD_MARKET_NAMES_H
#define MD_MARKET_NAMES_H

#include "base/array.h"
#include "market/grid.h"
#include "market/range.h"
#include "market/symbol.h"

#define FORMER_NAMES_MAX 8

/* A name until that day, the first of the name after it. */
struct former_name {
	char name[SYMBOL_MAX];
	md_date until;
};

/* The oldest first.  Zeroed: there were none. */
struct former_names {
	struct former_name v[FORMER_NAMES_MAX];
	size_t len;
};

/* Of a store's symbols, each symbol's together. */
struct rename {
	char symbol[SYMBOL_MAX];
	struct former_name was;
};

ARRAY_OF(renames, struct rename);

/* Those of the symbol; more than there is room for are left out. */
struct former_names renames_of(const struct renames *, const char *symbol);

/* Insert one by its date.  MD_ECONFIG: there are too many, or two until one
 * day. */
bool former_names_add(struct former_names *, const char *name, md_date until,
    struct md_error *);

/* Does each change lead to another name, the last to symbol?  MD_ECONFIG. */
bool former_names_check(const struct former_names *, const char *symbol,
    struct md_error *);

bool former_names_equal(const struct former_names *,
    const struct former_names *);

/* As in a watchlist: " was=FB until=2022-06-09" each. */
#define FORMER_NAMES_TEXT (FORMER_NAMES_MAX * (SYMBOL_MAX + 24) + 1)
void former_names_format(const struct former_names *,
    char out[static FORMER_NAMES_TEXT]);

/* The i-th name of a symbol; it is the last itself. */
const char *names_nth(const struct former_names *, const char *symbol,
    size_t i);

/* Its name on that day, which is of its class. */
const char *names_on(const struct former_names *, const char *symbol, md_date);

/* A range of windows of which each has the names first to last; of several only
 * a week or month in which it changed has. */
struct names_part {
	struct range range;
	size_t first, last;
};

/*
 * The last such part of a range that is not empty.  Windows within a day have
 * the name of the day that they end on: one that begins before midnight has no
 * trades of before.
 */
struct names_part names_last_part(const struct former_names *,
    const struct grid *, struct range);

/*
 * From which window on a symbol's names are the same in both: where these are
 * all that changed, what is of before is of other names.  INT64_MIN: all are.
 */
int64_t names_same_from(const struct former_names *,
    const struct former_names *, const struct grid *);

#endif
