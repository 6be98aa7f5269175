/*
 * Cash dividends, and how they adjust earlier prices so that they tell the
 * total return: the way of CRSP, by 1 - cash / close before, at each ex-date.
 * Pure.
 */
#ifndef MD_MARKET_DIVIDEND_H
#define MD_MARKET_DIVIDEND_H

#include "base/array.h"
#include "market/split.h"

/* What the vendor calls its recurrence. */
enum dividend_kind {
	DIVIDEND_UNTOLD,
	DIVIDEND_RECURRING,
	DIVIDEND_SPECIAL,
	DIVIDEND_SUPPLEMENTAL,
	DIVIDEND_IRREGULAR,
	DIVIDEND_UNKNOWN, /* the vendor does not know either */
	DIVIDEND_KINDS
};

#define DIVIDEND_KIND_NAMES "recurring special supplemental irregular unknown"

/* By that name; null: untold. */
const char *dividend_kind_name(enum dividend_kind);
/* By its name; DIVIDEND_UNTOLD: it is none of them, or null. */
enum dividend_kind dividend_kind_find(const char *);

/* With their NUL. */
#define DIVIDEND_ID_MAX       96
#define DIVIDEND_CURRENCY_MAX 4

/* Beyond, it is no dividend of any share. */
#define DIVIDEND_CASH_MOST 1e9

/* What the prices of stocks are in. */
#define DIVIDEND_CURRENCY "USD"

struct dividend_day {
	bool told;
	md_date date;
};

struct dividend {
	char symbol[SYMBOL_MAX];
	md_date date;             /* the ex-date: traded without it from then */
	char id[DIVIDEND_ID_MAX]; /* the vendor's, or made of what it tells */
	double cash;              /* a share, as there were on the ex-date */
	char currency[DIVIDEND_CURRENCY_MAX]; /* "": untold */
	struct dividend_day declared, recorded, paid;
	int frequency; /* a year; 0: irregular; -1: untold */
	enum dividend_kind kind;
	/* What the vendor multiplies prices of before the date by, up to the
	 * newest of its dividends; 0: it does not say. */
	double factor;
	/* Of its date alone, by such factors, and how far that may be from
	 * what was meant: dividends_find_steps(); 0: unknown. */
	double step, step_error;
};

/* For qsort(): by symbol, date and id; and by date, symbol and id. */
int dividend_by_symbol(const void *, const void *);
int dividend_by_date(const void *, const void *);

/*
 * Find the vendor's own step of each date of n dividends of one symbol, sorted
 * by date: from its factor to that of the next date, or to 1.  Where one of
 * them is untold there is none.
 */
void dividends_find_steps(struct dividend *, size_t n);

/* A dividend in the store, and what it does to earlier prices. */
struct dividend_facts {
	struct dividend d;
	/* The last close before the ex-date, in the units of that date: after
	 * the splits in between.  0: there is none. */
	double close;
	bool confirmed;    /* by an operator */
	double factor;     /* of its date: prices before are multiplied by it;
			      0: it has none; by dividends_judge() */
	const char *doubt; /* what an operator should look at, or null */
};

/*
 * Judge the dividends of one symbol, sorted by date, as of today (a New York
 * date).  Those of one date count together; what differs in nothing but its id
 * counts once, unless it is confirmed.  A dividend to come, in another
 * currency, without a price of the days before it, or of as much as the price
 * or more has no factor.  A factor that the vendor's own contradicts counts all
 * the same, since the prices are known: but it is doubtful.
 */
void dividends_judge(struct dividend_facts *, size_t n, md_date today);

/* Adjustments of any number.  Those by dividends multiply prices. */
ARRAY_OF(adjustment_list, struct adjustment);

/*
 * Append the adjustments that result from judged dividends of one symbol,
 * sorted by date: ascending, without gaps between them.  False: out of memory.
 */
bool dividend_adjustments(const struct calendar *,
    const struct dividend_facts *, size_t n, struct adjustment_list *out);

/* Multiplies the prices of a bar, adjusted for splits or not, if it starts in
 * the adjustment's range; else false. */
bool dividend_adjust(const struct adjustment *, struct bar *);

/* A close is that of the day before no longer, this many days later. */
#define DIVIDEND_PRICE_DAYS 35

/* Where the bars that are the last before an ex-date end to start: before that
 * time, in ms UTC.  Those of hours and minutes are of sessions, so that the
 * last close is the exchange's. */
int64_t dividend_prices_before(const struct calendar *, enum timeframe,
    md_date ex_date);

/* Is a stored dividend no more, now that these n were told?  As
 * split_is_void(); what is told by its id again is the same. */
bool dividend_is_void(const struct dividend *, const struct dividend *told,
    size_t n, md_date looked);

#endif
