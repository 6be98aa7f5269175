/*
 * Rows of /v3/reference/tickers: which symbols there are, and were.  Pure.
 */
#ifndef MD_ANSWER_TICKERS_H
#define MD_ANSWER_TICKERS_H

#include "answer/list.h"
#include "base/array.h"
#include "base/mdtime.h"
#include "market/symbol.h"

#define TICKER_TYPE_MAX 12

struct ticker {
	char symbol[SYMBOL_MAX];
	char type[TICKER_TYPE_MAX]; /* "CS", "ETF"; "": not told */
	enum asset_class class;
	bool has_listed, has_delisted;
	md_date listed, delisted; /* its first and its last day */
};

ARRAY_OF(tickers, struct ticker);

/* A type's name: 1 to 11 capitals and digits. */
bool ticker_type_valid(const char *);

/* What was asked for, to which every row must belong. */
struct tickers_wanted {
	const char *market; /* as the API calls it: "stocks", "indices" */
	const char *type;   /* null: any */
	enum asset_class class;
	struct tickers *into;
};

/* A list_row; ctx is a struct tickers_wanted. */
bool tickers_take_row(void *wanted, const json_t *row, const char **reason);

#endif
