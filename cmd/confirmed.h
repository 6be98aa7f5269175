/*
 * Splits and dividends that a person has looked at and found to be right.
 */
#ifndef MD_CONFIRMED_H
#define MD_CONFIRMED_H

#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "cli/options.h"
#include "market/action.h"
#include "market/symbol.h"
#include "store/store.h"

struct confirmed {
	char symbol[SYMBOL_MAX]; /* "": nothing is confirmed */
	md_date date;
};

/* SYMBOL=DATE */
static inline bool
confirmed_take(struct confirmed *c, const struct option_value *v,
    struct md_error *e)
{
	char text[SYMBOL_MAX * 2];
	char *date;

	if (!option_text(v->text, text, sizeof(text), e))
		return false;
	date = strrchr(text, '=');
	if (date == NULL || !md_date_parse(date + 1, &c->date))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected SYMBOL=DATE such as AAPL=2020-08-31",
		    v->text);
	*date = '\0';
	return symbol_normalize(text, symbol_class(text), c->symbol, e);
}

/* It counts from now on. */
static inline bool
confirmed_apply(struct store *st, const struct confirmed *c, enum action kind,
    struct md_error *e)
{
	const char *what = kind == ACTION_SPLITS ? "split" : "dividend";
	bool found;

	if (c->symbol[0] == '\0')
		return true;
	if (!(kind == ACTION_SPLITS ? store_split_confirm
				    : store_dividend_confirm)(st, c->symbol,
		c->date, &found, e))
		return false;
	return found ||
	       md_fail(e, MD_EUSAGE,
		   "--confirm-%s: the store %s has no %s of %s on that date; "
		   "mdhealth names those that are doubted",
		   what, st->name, what, c->symbol);
}

#endif
