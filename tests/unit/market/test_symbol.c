#include <string.h>

#include "market/symbol.h"
#include "tap.h"

static void
names_are_read_and_written(void)
{
	static const char *const classes[] = { "stock", "etf", "crypto", "fx",
		"index" };
	static const char *const tiers[] = { "critical", "standard", "low" };
	enum asset_class class;
	enum tier tier;

	for (size_t i = 0; i < 5; i++)
		ok(asset_class_parse(classes[i], &class) && class == i &&
			strcmp(asset_class_name(class), classes[i]) == 0,
		    "%s is a class", classes[i]);
	for (size_t i = 0; i < 3; i++)
		ok(tier_parse(tiers[i], &tier) && tier == i &&
			strcmp(tier_name(tier), tiers[i]) == 0,
		    "%s is a tier", tiers[i]);
	ok(!asset_class_parse("Stock", &class) &&
		!asset_class_parse("", &class) &&
		!asset_class_parse("stocks", &class),
	    "a class is named exactly");
	ok(!tier_parse("high", &tier) && !tier_parse("", &tier),
	    "a tier is named exactly");
}

static void
classes_follow_prefixes(void)
{
	static const struct {
		const char *symbol;
		enum asset_class class;
	} cases[] = {
		{ "AAPL", CLASS_STOCK },
		{ "X", CLASS_STOCK },
		{ "C", CLASS_STOCK },
		{ "", CLASS_STOCK },
		{ "X:BTCUSD", CLASS_CRYPTO },
		{ "C:EURUSD", CLASS_FX },
		{ "I:SPX", CLASS_INDEX },
		{ "x:BTCUSD", CLASS_STOCK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(symbol_class(cases[i].symbol) == cases[i].class,
		    "\"%s\" is of class %s", cases[i].symbol,
		    asset_class_name(cases[i].class));
	ok(asset_class_has_sessions(CLASS_INDEX) &&
		asset_class_has_sessions(CLASS_ETF) &&
		asset_class_has_sessions(CLASS_STOCK) &&
		!asset_class_has_sessions(CLASS_FX) &&
		!asset_class_has_sessions(CLASS_CRYPTO),
	    "stocks, ETFs and indices keep the exchange's hours");
	ok(asset_class_splits(CLASS_STOCK) && asset_class_splits(CLASS_ETF) &&
		!asset_class_splits(CLASS_INDEX) &&
		!asset_class_splits(CLASS_CRYPTO),
	    "stocks and ETFs split");
}

static void
symbols_are_normalized(void)
{
	static const struct {
		const char *text;
		enum asset_class class;
		const char *symbol;
	} cases[] = {
		{ "AAPL", CLASS_STOCK, "AAPL" },
		{ "BRK.B", CLASS_STOCK, "BRK.B" },
		{ "KIMpL", CLASS_STOCK, "KIMpL" },
		{ "SPY", CLASS_ETF, "SPY" },
		{ "A-B_C", CLASS_STOCK, "A-B_C" },
		{ "I:SPX", CLASS_INDEX, "I:SPX" },
		{ "X:BTCUSD", CLASS_CRYPTO, "X:BTCUSD" },
		{ "X:BTC", CLASS_CRYPTO, "X:BTC" },
		{ "X:BTCUSD", CLASS_STOCK, "X:BTCUSD" },
		{ "BTC", CLASS_CRYPTO, "X:BTCUSD" },
		{ "ETHBTC", CLASS_CRYPTO, "X:ETHBTC" },
		{ "SHIB1", CLASS_CRYPTO, "X:SHIB1USD" },
		{ "EUR", CLASS_FX, "C:EURUSD" },
		{ "EURGBP", CLASS_FX, "C:EURGBP" },
		{ "C:EUR/USD", CLASS_FX, "C:EURUSD" },
		{ "BTC/USD", CLASS_CRYPTO, "X:BTCUSD" },
		{ "X:BTC-USD", CLASS_STOCK, "X:BTCUSD" },
		{ "BTC-USD", CLASS_CRYPTO, "X:BTCUSD" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", CLASS_STOCK,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234" },
	};
	struct md_error e;
	char out[SYMBOL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(symbol_normalize(cases[i].text, cases[i].class, out, &e) &&
			strcmp(out, cases[i].symbol) == 0,
		    "%s as %s is %s", cases[i].text,
		    asset_class_name(cases[i].class), cases[i].symbol);
	strcpy(out, "BTC");
	ok(symbol_normalize(out, CLASS_CRYPTO, out, &e) &&
		strcmp(out, "X:BTCUSD") == 0,
	    "a symbol may be normalized in place");
}

static void
what_is_wrong_is_named(void)
{
	static const struct {
		const char *text, *named;
	} cases[] = {
		{ "", "empty" },
		{ "X:", "empty" },
		{ "A B", "0x20" },
		{ "A\tB", "0x09" },
		{ "\xc3\xa9", "0xc3" },
		{ "A:B", "':'" },
		{ "O:SPY251219C00650000", "options (O:) are not served" },
		{ "-A", "'-'" },
		{ ".A", "'.'" },
		{ "A/B", "did you mean A.B?" },
		{ "BRK-B", "did you mean BRK.B?" },
		{ "BTC-USD", "did you mean X:BTCUSD?" },
		{ "ABC/DEF", "'/'" },
		{ "I:A/B", "'/'" },
		{ "X:A/", "'/'" },
		{ "X:/A", "'/'" },
		{ "X:A/../B", "'.'" },
		{ "A?b=c", "'?'" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "longer" },
	};
	struct md_error e;
	char out[SYMBOL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(out, "kept");
		memset(&e, 0, sizeof(e));
		ok(!symbol_normalize(cases[i].text, CLASS_STOCK, out, &e) &&
			e.code == MD_EUSAGE &&
			strstr(e.text, cases[i].named) != NULL &&
			strcmp(out, "kept") == 0,
		    "case %zu is refused: %s", i, e.text);
	}
}

int
main(void)
{
	names_are_read_and_written();
	classes_follow_prefixes();
	symbols_are_normalized();
	what_is_wrong_is_named();
	return done();
}
