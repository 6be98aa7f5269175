/*
 * The call that brings a day of all symbols of a market: which there are, what
 * a day's answer says of one series, and when a refused one is asked again.
 * Pure.
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

/* "us/market/stocks": as the API's path has it. */
const char *grouped_market_path(enum grouped_market);

/* A class whose days are those of the market; for sessions and midnights. */
enum asset_class grouped_market_class(enum grouped_market);

/* False: the class has no such call (fx, index). */
bool grouped_market_of(enum asset_class, enum grouped_market *out);

/* -- an answer -- */

/*
 * The rows of one series: bars of the page at the places given, and refused
 * ones by its name.  What is stamped within the day, or at its end, is the
 * day's bar and starts when the day does.  bars must have room for n.  Then as
 * verify_page(); *asked may cover closed days around it as well.
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
 * Is it of no use to ask at now?  A refusal is remembered for a week and is of
 * all earlier days as well, but for one of a day that was not final then: that
 * is of the day alone, until it is.
 */
bool grouped_denied(const struct grouped_denials *, const struct calendar *,
    enum grouped_market, md_date, int64_t now);

#endif
