#include "answer/tickers.h"

#include <stdio.h>
#include <string.h>

bool
ticker_type_valid(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n > 0 && n < TICKER_TYPE_MAX && s[n] == '\0';
}

/* A date, or a time of one.  False: there is something that is neither. */
static bool
date_of(const json_t *row, const char *name, bool *has, md_date *out)
{
	const json_t *value = json_object_get(row, name);
	const char *text = list_text(row, name);
	char date[11];

	*has = false;
	if (value == NULL || json_is_null(value))
		return true;
	if (text == NULL || strlen(text) < 10 ||
	    (text[10] != '\0' && text[10] != 'T'))
		return false;
	memcpy(date, text, 10);
	date[10] = '\0';
	*has = md_date_parse(date, out);
	return *has;
}

static bool
is_fund(const char *type)
{
	static const char *const types[] = { "ETF", "ETN", "ETS", "ETV" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* Null, or why the row is none that was asked for. */
static const char *
read_row(const struct tickers_wanted *w, const json_t *row, struct ticker *out)
{
	const char *ticker = list_text(row, "ticker");
	const char *market = list_text(row, "market");
	const char *type = list_text(row, "type");
	struct md_error e;

	if (ticker == NULL || *ticker == '\0')
		return "no ticker";
	if (market != NULL && strcmp(market, w->market) != 0)
		return "of another market";
	if (symbol_class(ticker) != w->class ||
	    !symbol_normalize(ticker, w->class, out->symbol, &e) ||
	    strcmp(out->symbol, ticker) != 0)
		return "the ticker is no symbol of that market";
	if (w->type != NULL && type != NULL && strcmp(type, w->type) != 0)
		return "of another type";
	if (!date_of(row, "list_date", &out->has_listed, &out->listed))
		return "list_date is no date";
	if (!date_of(row, "delisted_utc", &out->has_delisted, &out->delisted))
		return "delisted_utc is no date";
	if (out->has_listed && out->has_delisted && out->delisted < out->listed)
		return "delisted before it was listed";
	if (type == NULL)
		type = w->type;
	if (type != NULL && ticker_type_valid(type))
		(void)snprintf(out->type, sizeof(out->type), "%s", type);
	out->class = w->class == CLASS_STOCK && is_fund(out->type) ? CLASS_ETF
								   : w->class;
	return NULL;
}

bool
tickers_take_row(void *wanted, const json_t *row, const char **reason)
{
	const struct tickers_wanted *w = wanted;
	struct ticker t, *v;

	memset(&t, 0, sizeof(t));
	*reason = read_row(w, row, &t);
	if (*reason != NULL)
		return true;
	v = tickers_append(w->into);
	if (v == NULL)
		return false;
	*v = t;
	return true;
}
