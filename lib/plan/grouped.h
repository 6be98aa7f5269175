/*
 * Grouped calls, which return one day of all symbols of a market: which markets
 * there are, what an answer means for one series, and when a refused day is
 * requested again.  Pure.
 */
#ifndef MD_PLAN_GROUPED_H
#define MD_PLAN_GROUPED_H

#include "answer/page.h"
#include "answer/verify.h"
#include "market/coverage.h"
#include "market/grid.h"

enum grouped_market { GROUPED_STOCKS, GROUPED_CRYPTO, GROUPED_FX };

#define GROUPED_MARKETS 3

/* "stocks", "crypto", "fx". */
const char *grouped_market_name(enum grouped_market);
bool grouped_market_parse(const char *, enum grouped_market *out);

/* "us/market/stocks", as in the API's path. */
const char *grouped_market_path(enum grouped_market);

/* A class with the sessions and midnights of the market. */
enum asset_class grouped_market_class(enum grouped_market);

/* False: there is no such call for the class (index). */
bool grouped_market_of(enum asset_class, enum grouped_market *out);

/* -- the day of a call, for a series of that grid -- */

/*
 * Forex is the market whose days may be New York's or UTC's.  As long as a
 * series' grid is unknown its day is UTC's: both kinds of a date start in it.
 */
struct range grouped_day(const struct calendar *, enum grouped_market,
    enum grid_kind, md_date);

/* The first and the last date of a range of window starts. */
md_date grouped_first(const struct calendar *, enum grouped_market,
    enum grid_kind, int64_t from);
md_date grouped_last(const struct calendar *, enum grouped_market,
    enum grid_kind, int64_t to);

/* Has the market any trade on that date? */
bool grouped_trades(const struct calendar *, enum grouped_market, md_date);

/*
 * Where the day starts whose bar a row stamped t is; false: it is of no day
 * with that date.  A row may be stamped anywhere from the day's start to its
 * end, but for forex: there it is the start or the end, which tells New York's
 * day from UTC's.
 */
bool grouped_start(const struct calendar *, enum grouped_market, md_date,
    int64_t t, int64_t *start);

/* -- an answer -- */

/*
 * The rows of one series: the page's bars at the given indices, and its refused
 * rows by name.  A bar of the day is moved to the day's start.  bars must have
 * room for n.  Otherwise like verify_page(); *asked may also cover closed days
 * around it.
 */
struct grouped_rows {
	const struct page *page;
	const size_t *places;
	size_t n;
	const struct calendar *calendar;
	enum grouped_market market;
	md_date date;
	struct range day; /* the series' own */
};

bool grouped_verify(struct asked *, const struct grouped_rows *,
    struct bar *bars, struct verified *);

/* -- refusals (403) -- */

struct grouped_denial {
	enum grouped_market market;
	md_date date;
	int64_t denied_at;
};

struct grouped_denials {
	struct grouped_denial *v;
	size_t len, cap;
};

bool grouped_denials_add(struct grouped_denials *, struct grouped_denial);
void grouped_denials_free(struct grouped_denials *);

/*
 * Is a request at now useless?  A refusal is remembered for a week and applies
 * to all earlier days as well.  A refusal of a day that was not yet final
 * applies only to that day, and until it is final.
 */
bool grouped_denied(const struct grouped_denials *, const struct calendar *,
    enum grouped_market, md_date, int64_t now);

#endif
