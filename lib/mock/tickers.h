/*
 * What mdmock says of tickers beyond those that its market lists: types, first
 * and last days, and those that are gone.
 */
#ifndef MD_MOCK_TICKERS_H
#define MD_MOCK_TICKERS_H

#include "base/array.h"
#include "base/error.h"
#include "base/mdtime.h"
#include "market/symbol.h"

struct mock_ticker {
	char symbol[SYMBOL_MAX];
	char type[12];
	bool has_listed, has_delisted;
	md_date listed, delisted;
};

ARRAY_OF(mock_tickers, struct mock_ticker);

/* DIR/tickers.csv: ticker,type,listed,delisted, the last three of which may be
 * empty.  Without the file there are none. */
bool mock_tickers_read(struct mock_tickers *, const char *dir,
    struct md_error *);

/* Some that are gone. */
bool mock_tickers_synthetic(struct mock_tickers *);

#endif
