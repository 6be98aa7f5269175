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

enum grouped_market { GROUPED_STOCKS, GROUPED_CRYPTO };

#define GROUPED_MARKETS 2

/* "stocks", "crypto". */
const char *grouped_market_name(enum grouped_market);
bool grouped_market_parse(const char *, enum grouped_market *out);

/* "us/market/stocks", as in the API's path. */
const char *grouped_market_path(enum grouped_market);

/* A class with the sessions and midnights of the market. */
enum asset_class grouped_market_class(enum grouped_market);

/* False: there is no such call for the class (fx, index). */
bool grouped_market_of(enum asset_class, enum grouped_market *out);

/* -- an answer -- */

/*
 * The rows of one series: the page's bars at the given indices, and its refused
 * rows by name.  A bar stamped within the day, or at its end, is the day's bar,
 * and is moved to the day's start.  bars must have room for n.  Otherwise like
 * verify_page(); *asked may also cover closed days around it.
 */
struct grouped_rows {
	const struct page *page;
	const size_t *places;
	size_t n;
	struct range day;
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
