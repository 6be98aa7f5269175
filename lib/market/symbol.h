/*
 * Symbols as the API writes them, their asset class, and their tier.
 */
#ifndef MD_MARKET_SYMBOL_H
#define MD_MARKET_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum asset_class {
	CLASS_STOCK,
	CLASS_ETF,
	CLASS_CRYPTO,
	CLASS_FX,
	CLASS_INDEX
};

#define CLASS_COUNT 5

#define CLASS_NAMES "stock etf crypto fx index"

enum tier { TIER_CRITICAL, TIER_STANDARD, TIER_LOW };

#define TIER_NAMES "critical standard low"

#define SYMBOL_MAX 32 /* with its NUL */

const char *asset_class_name(enum asset_class);
/* The vendor's word for where it is traded: "stocks", "crypto", "fx",
 * "indices". */
const char *asset_class_market(enum asset_class);
bool asset_class_parse(const char *, enum asset_class *out);
const char *tier_name(enum tier);
bool tier_parse(const char *, enum tier *out);

/* X: crypto, C: fx, I: index, else stock. */
enum asset_class symbol_class(const char *symbol);

/* Does it follow the sessions of the New York exchange (stock, etf, index)? */
bool asset_class_has_sessions(enum asset_class);

/* Can it split (stock, etf)? */
bool asset_class_splits(enum asset_class);

/*
 * The API's name for a symbol that a user wrote: an optional prefix, then
 * letters, digits, '.', '-', '_', and '/' (only after C: or X:).  Case matters
 * to the API ("BRK.B", "KIMpL") and is kept.  With class crypto or fx and no
 * prefix, a name becomes a pair: BTC → X:BTCUSD, EUR → C:EURUSD; a name of six
 * letters or more is a pair already (X:ETHBTC).  Pairs as others write them,
 * X:BTC/USD and X:BTC-USD, lose what is between: X:BTCUSD.  out has room for
 * SYMBOL_MAX bytes. MD_EUSAGE says what is wrong.
 */
bool symbol_normalize(const char *text, enum asset_class, char *out,
    struct md_error *);

/* Did the name of a pair lose what stood between its two parts? */
bool symbol_respelt(const char *text, const char *symbol);

#endif
