#include <stdlib.h>
#include <string.h>

#include "cli/series_file.h"
#include "market/series.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(tf)  (1U << (tf))
#define LIST     6

struct expected {
	const char *symbol;
	enum asset_class class;
	enum tier tier;
	unsigned timeframes;
};

static FILE *
file_of(const char *text)
{
	FILE *f = tmpfile();

	if (f == NULL || fputs(text, f) < 0)
		abort();
	rewind(f);
	return f;
}

static bool
same_list(const struct symbol_list *l, const struct expected *e)
{
	size_t n = 0;
	bool good = true;

	for (; n < LIST && e[n].symbol != NULL; n++)
		good = good && n < l->len &&
		       strcmp(l->v[n].symbol, e[n].symbol) == 0 &&
		       l->v[n].class == e[n].class &&
		       l->v[n].tier == e[n].tier &&
		       l->v[n].timeframes == e[n].timeframes;
	for (size_t i = 0; i < l->len && !(good && n == l->len); i++)
		printf("# %s %s %s %x\n", l->v[i].symbol,
		    asset_class_name(l->v[i].class), tier_name(l->v[i].tier),
		    l->v[i].timeframes);
	return good && n == l->len;
}

static void
watchlists(void)
{
	static const struct {
		const char *name, *text;
		struct expected list[LIST];
	} cases[] = {
		{ "a symbol alone is a stock of the standard tier", "AAPL\n",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD, 0 } } },
		{ "the last line needs no end", "AAPL\nMSFT",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD, 0 },
			{ "MSFT", CLASS_STOCK, TIER_STANDARD, 0 } } },
		{ "all attributes, in any order",
		    "SPY timeframes=1d,1h tier=critical class=etf\n",
		    { { "SPY", CLASS_ETF, TIER_CRITICAL,
			BIT(TF_1D) | BIT(TF_1H) } } },
		{ "comments, blank lines, blanks, tabs and DOS line ends",
		    "# tech\r\n\r\n  AAPL\ttier=low  # the "
		    "fruit\r\n\t\n#MSFT\n",
		    { { "AAPL", CLASS_STOCK, TIER_LOW, 0 } } },
		{ "a comment right after a symbol", "AAPL# the fruit\n",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD, 0 } } },
		{ "a prefix tells the class", "X:BTCUSD\nC:EURUSD\nI:SPX\n",
		    { { "X:BTCUSD", CLASS_CRYPTO, TIER_STANDARD, 0 },
			{ "C:EURUSD", CLASS_FX, TIER_STANDARD, 0 },
			{ "I:SPX", CLASS_INDEX, TIER_STANDARD, 0 } } },
		{ "the class makes a pair of a bare name",
		    "BTC class=crypto\nEUR class=fx\nETHBTC class=crypto\n",
		    { { "X:BTCUSD", CLASS_CRYPTO, TIER_STANDARD, 0 },
			{ "C:EURUSD", CLASS_FX, TIER_STANDARD, 0 },
			{ "X:ETHBTC", CLASS_CRYPTO, TIER_STANDARD, 0 } } },
		{ "a symbol twice has both lines' timeframes, the later tier",
		    "AAPL tier=low timeframes=1d\nMSFT\n"
		    "AAPL tier=critical timeframes=1h,1d\n",
		    { { "AAPL", CLASS_STOCK, TIER_CRITICAL,
			  BIT(TF_1D) | BIT(TF_1H) },
			{ "MSFT", CLASS_STOCK, TIER_STANDARD, 0 } } },
		{ "a name and its pair are one symbol",
		    "BTC class=crypto timeframes=1d\nX:BTCUSD timeframes=1h\n",
		    { { "X:BTCUSD", CLASS_CRYPTO, TIER_STANDARD,
			BIT(TF_1D) | BIT(TF_1H) } } },
		{ "case matters", "KIMpL\nKIMPL\n",
		    { { "KIMpL", CLASS_STOCK, TIER_STANDARD, 0 },
			{ "KIMPL", CLASS_STOCK, TIER_STANDARD, 0 } } },
		{ "all nine timeframes",
		    "A timeframes=1m,5m,15m,30m,1h,4h,1d,"
		    "1w,1mo\n",
		    { { "A", CLASS_STOCK, TIER_STANDARD,
			BIT(TF_COUNT) - 1 } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct symbol_list l = { .v = NULL };
		struct md_error e = { MD_OK, "" };
		FILE *f = file_of(cases[i].text);

		if (!ok(watchlist_read(f, "watch", &l, &e) &&
			    same_list(&l, cases[i].list),
			"%s", cases[i].name))
			printf("# %s\n", e.text);
		symbol_list_free(&l);
		(void)fclose(f);
	}
}

static void
bad_watchlists(void)
{
	static const struct {
		const char *name, *text, *where, *what;
	} cases[] = {
		{ "an empty list", "", "watch: ", "no symbol" },
		{ "a list of comments", "# none\n\n", "watch: ", "no symbol" },
		{ "an unknown class", "AAPL\nSPY class=bond\n",
		    "watch:2: ", "class 'bond': expected one of " CLASS_NAMES },
		{ "an unknown tier", "\n#\nAAPL tier=high\n",
		    "watch:3: ", "tier 'high': expected one of " TIER_NAMES },
		{ "an unknown timeframe", "AAPL timeframes=1d,2h\n",
		    "watch:1: ", "'2h': expected timeframes of " TF_NAMES },
		{ "a timeframe missing", "AAPL timeframes=1d,\n",
		    "watch:1: ", "'': expected timeframes" },
		{ "no timeframe at all", "AAPL timeframes=\n",
		    "watch:1: ", "'': expected timeframes" },
		{ "an attribute that is none", "AAPL MSFT\n",
		    "watch:1: ", "'MSFT': expected class=, tier=," },
		{ "a class in capitals", "AAPL class=ETF\n",
		    "watch:1: ", "class 'ETF'" },
		{ "an attribute before the symbol", "class=etf SPY\n",
		    "watch:1: ", "'SPY': expected class=" },
		{ "a symbol with a slash", "../x\n", "watch:1: ", "symbol" },
		{ "a symbol past ASCII", "AAPL\n\303\204PFEL\n",
		    "watch:2: ", "byte 1 is 0xc3" },
		{ "a symbol that is too long",
		    "A2345678901234567890123456789012\n",
		    "watch:1: ", "longer than 31" },
		{ "a prefix alone", "X:\n", "watch:1: ", "empty" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct symbol_list l = { .v = NULL };
		struct md_error e = { MD_OK, "" };
		FILE *f = file_of(cases[i].text);

		if (!ok(!watchlist_read(f, "watch", &l, &e) &&
			    e.code == MD_ECONFIG &&
			    strncmp(e.text, cases[i].where,
				strlen(cases[i].where)) == 0 &&
			    strstr(e.text, cases[i].what) != NULL,
			"%s is refused where it stands", cases[i].name))
			printf("# %s\n", e.text);
		symbol_list_free(&l);
		(void)fclose(f);
	}
}

static void
long_lines(void)
{
	char text[1200];
	struct symbol_list l = { .v = NULL };
	struct md_error e = { MD_OK, "" };
	FILE *f;

	memset(text, '#', sizeof(text));
	(void)strcpy(text + 1022, "\nAAPL\n");
	f = file_of(text);
	ok(watchlist_read(f, "watch", &l, &e) && l.len == 1,
	    "a line of 1022 bytes is read");
	(void)fclose(f);
	memset(text, '#', sizeof(text));
	(void)strcpy(text + 1023, "\nAAPL\n");
	f = file_of(text);
	ok(!watchlist_read(f, "watch", &l, &e) && e.code == MD_ECONFIG &&
		strcmp(e.text, "watch:1: line is longer than 1022 bytes") == 0,
	    "a longer one is refused, not read as two");
	(void)fclose(f);
	symbol_list_free(&l);
}

static void
series_lines(void)
{
	static const struct {
		const char *name, *text;
		struct expected list[LIST];
		const char *error; /* null: none */
	} cases[] = {
		{ "a symbol, a tab, a timeframe", "AAPL\t1d\n",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD, BIT(TF_1D) } },
		    NULL },
		{ "lines of one symbol unite", "AAPL\t1d\nSPY\t1h\nAAPL\t1mo\n",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD,
			  BIT(TF_1D) | BIT(TF_1MO) },
			{ "SPY", CLASS_STOCK, TIER_STANDARD, BIT(TF_1H) } },
		    NULL },
		{ "a symbol alone", "AAPL\n",
		    { { "AAPL", CLASS_STOCK, TIER_STANDARD, 0 } }, NULL },
		{ "blanks do for a tab", "X:BTCUSD  1m,5m\n",
		    { { "X:BTCUSD", CLASS_CRYPTO, TIER_STANDARD,
			BIT(TF_1M) | BIT(TF_5M) } },
		    NULL },
		{ "no line is no error", "", { { NULL, 0, 0, 0 } }, NULL },
		{ "a third word", "AAPL\t1d\nSPY\t1d\tstale\n",
		    { { NULL, 0, 0, 0 } }, "pipe:2: expected SYMBOL<TAB>" },
		{ "a timeframe that is none", "AAPL\tdaily\n",
		    { { NULL, 0, 0, 0 } }, "pipe:1: 'daily': expected" },
		{ "a header of some table", "SYMBOL TIMEFRAME\n",
		    { { NULL, 0, 0, 0 } }, "pipe:1: 'TIMEFRAME': expected" },
		{ "a symbol that is none", "AAPL\t1d\n/etc\t1d\n",
		    { { NULL, 0, 0, 0 } }, "pipe:2: symbol" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct symbol_list l = { .v = NULL };
		struct md_error e = { MD_OK, "" };
		FILE *f = file_of(cases[i].text);
		bool good = series_read(f, "pipe", &l, &e);

		if (cases[i].error == NULL)
			good = ok(good && same_list(&l, cases[i].list),
			    "series: %s", cases[i].name);
		else
			good = ok(!good && e.code == MD_ECONFIG &&
				      strncmp(e.text, cases[i].error,
					  strlen(cases[i].error)) == 0,
			    "series: %s is refused", cases[i].name);
		if (!good)
			printf("# %s\n", e.text);
		symbol_list_free(&l);
		(void)fclose(f);
	}
}

static void
there_and_back(void)
{
	FILE *f = tmpfile();
	struct symbol_list l = { .v = NULL };
	struct md_error e = { MD_OK, "" };
	bool good = f != NULL;

	for (int tf = 0; good && tf < TF_COUNT; tf++)
		good = series_write(f, "BRK.B", (enum timeframe)tf);
	if (f == NULL)
		abort();
	rewind(f);
	ok(good && series_read(f, "pipe", &l, &e) && l.len == 1 &&
		strcmp(l.v[0].symbol, "BRK.B") == 0 &&
		l.v[0].timeframes == BIT(TF_COUNT) - 1,
	    "what is written is read back");
	symbol_list_free(&l);
	(void)fclose(f);
}

static void
merging(void)
{
	struct symbol_list l = { .v = NULL };
	struct symbol_entry s = { .symbol = "AAPL",
		.tier = TIER_LOW,
		.timeframes = BIT(TF_1D) };
	struct md_error e = { MD_OK, "" };
	bool good = symbol_list_add(&l, &s, &e);

	s.timeframes = 0;
	s.tier = TIER_CRITICAL;
	good = symbol_list_add(&l, &s, &e) && good;
	ok(good && l.len == 1 && l.v[0].timeframes == 0 &&
		l.v[0].tier == TIER_CRITICAL,
	    "a symbol that is also listed alone has the program's timeframes");
	s.timeframes = BIT(TF_1H);
	ok(symbol_list_add(&l, &s, &e) && l.v[0].timeframes == 0,
	    "and keeps them");
	for (int i = 0; i < 1000 && good; i++) {
		(void)snprintf(s.symbol, sizeof(s.symbol), "S%d", i % 500);
		good = symbol_list_add(&l, &s, &e);
	}
	ok(good && l.len == 501 && strcmp(l.v[500].symbol, "S499") == 0,
	    "a thousand lines of 500 symbols are 500 more, in their order");
	symbol_list_free(&l);
	ok(l.v == NULL && l.len == 0, "a list that was freed is empty");
}

int
main(void)
{
	watchlists();
	bad_watchlists();
	long_lines();
	series_lines();
	there_and_back();
	merging();
	return done();
}
