/*
 * Splits, and how they adjust earlier prices.  Pure.
 */
#ifndef MD_MARKET_SPLIT_H
#define MD_MARKET_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/bar.h"
#include "market/calendar.h"
#include "market/symbol.h"

/* As the vendor has it; an endpoint of before tells none. */
enum split_kind {
	SPLIT_UNTOLD,
	SPLIT_FORWARD,        /* more shares */
	SPLIT_REVERSE,        /* fewer */
	SPLIT_STOCK_DIVIDEND, /* shares as a dividend */
	SPLIT_KINDS
};

/* "forward_split", "reverse_split", "stock_dividend"; null: untold. */
const char *split_kind_name(enum split_kind);
/* By its name; SPLIT_UNTOLD: it is none of them, or null. */
enum split_kind split_kind_find(const char *);

/* split_to new shares for split_from old: a 4-for-1 split is from 1 to 4. */
struct split {
	char symbol[SYMBOL_MAX];
	md_date date; /* traded at the new price from this date on */
	double from, to;
	/* What the vendor multiplies prices of before the date by, up to the
	 * newest of its splits; 0: it does not say. */
	double factor;
	enum split_kind kind;
	bool contradicted; /* by such factors: splits_check_factors() */
};

/* For qsort(): by symbol, then by date; and by date, then by symbol. */
int split_by_symbol(const void *, const void *);
int split_by_date(const void *, const void *);

/*
 * Compare the ratio of each of n splits of one symbol, sorted by date, with the
 * vendor's own factors: from the factor of one date to that of the next, or to
 * 1, it is that of the split.  The factors have six digits after the point,
 * and what is lost to that contradicts nothing.  Splits of one date have no
 * factor that is told apart, and are not compared.
 */
void splits_check_factors(struct split *, size_t n);

/*
 * Prices of bars that start in [from_ts, to_ts) are divided by factor, and
 * volumes multiplied by it: the product of all splits executed since then.
 */
struct adjustment {
	int64_t from_ts, to_ts;
	double factor;
};

/* The number of splits of one symbol that are taken into account. */
#define SPLITS_MAX 256

/* The adjustments of a symbol's raw bars. */
struct adjustments {
	struct adjustment v[SPLITS_MAX]; /* ascending, disjoint */
	size_t len;
};

bool adjustments_equal(const struct adjustments *, const struct adjustments *);

/* The from_ts of the earliest adjustment: before any bar. */
#define ADJUSTMENT_SINCE INT64_C(-2208988800000) /* 1900-01-01 */

/*
 * The adjustments that result from the splits of one symbol, sorted by date, as
 * of today (a New York date): at most n, oldest first; splits after today have
 * no effect yet.  Each factor is the product of the new shares divided once by
 * the product of the old ones, so whole-number splits stay exact.  Returns the
 * number of adjustments.
 */
size_t split_adjustments(const struct calendar *, const struct split *,
    size_t n, md_date today, struct adjustment *out);

/* Adjusts a raw bar if it starts in the adjustment's range; else false. */
bool split_adjust(const struct adjustment *, struct bar *);

/* Like split_adjust(). */
typedef bool adjustment_use(const struct adjustment *, struct bar *);

/* The same by whichever of len adjustments it is; *at (0 at first) remembers
 * where that was, as bars come in order. */
void adjustments_apply(const struct adjustment *, size_t len, adjustment_use *,
    size_t *at, struct bar *);

/* A request for all splits goes back this far before the last one, because
 * splits may be announced late. */
#define SPLITS_LATE_DAYS 14

/* How far before and after a split's date prices can confirm it. */
#define SPLIT_PRICES_DAYS 10

/*
 * Why the i-th of n executed splits of one symbol, sorted by date, is doubtful:
 * a constant phrase, or null.  before and after are the last raw price before
 * its date and the first one from then on, or 0.  If both are known and the
 * split moves the price by more than a price may move in a day or two, prices
 * decide; otherwise it is doubtful if the same split was reported a few days
 * earlier, or if it is contradicted.
 */
const char *split_doubt(const struct split *, size_t n, size_t i, double before,
    double after);

/* A split in the store, and what says whether it is believed. */
struct split_facts {
	struct split split;
	bool confirmed;       /* by an operator */
	double before, after; /* prices, as split_doubt() takes them */
	const char *doubt;    /* of an executed one, by splits_judge() */
};

/*
 * Judge the splits of one symbol, sorted by date, as of today (a New York
 * date): sets the doubt of those that are executed.  Those that count, being
 * beyond doubt or confirmed, are put into believed, which has room for n.
 * Returns their number.
 */
size_t splits_judge(struct split_facts *, size_t n, md_date today,
    struct split *believed);

/*
 * Is a stored split no more, now that these n were told?  What is told anew of
 * a date replaces what was told of it.  A split after the day looked that is no
 * longer told has been called off, unless an operator confirmed it.
 */
bool split_is_void(const struct split *, bool confirmed,
    const struct split *told, size_t n, md_date looked);

#endif
