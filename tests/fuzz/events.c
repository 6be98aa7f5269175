/*
 * Answers that tell of the names of a ticker: the ticker is among them, each
 * leads to another, and the last to what it is called now.
 */
#include "answer/events.h"
#include "fuzz.h"

#define TODAY 20605 /* 2026-06-01 */

static void
check_names(const struct ticker_names *t, const char *ticker)
{
	const struct former_names *names = &t->names;
	bool among = strcmp(t->symbol, ticker) == 0;
	char text[FORMER_NAMES_TEXT];
	struct md_error e = { MD_OK, "" };

	must(t->symbol[0] != '\0' &&
	     memchr(t->symbol, '\0', sizeof(t->symbol)) != NULL);
	must(names->len <= FORMER_NAMES_MAX);
	for (size_t i = 0; i < names->len; i++) {
		char symbol[SYMBOL_MAX];

		must(symbol_normalize(names->v[i].name, symbol_class(ticker),
		    symbol, &e));
		must(names->v[i].until <= TODAY);
		must(i == 0 || names->v[i - 1].until < names->v[i].until);
		among = among || strcmp(names->v[i].name, ticker) == 0;
	}
	/* The oldest may have been left out. */
	must(among || names->len == FORMER_NAMES_MAX);
	must(former_names_check(names, t->symbol, &e));
	former_names_format(names, text);
	must(strlen(text) < sizeof(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tickers[] = { "META", "FB", "BRK.B",
		"X:BTCUSD" };
	struct input in = { data, size };
	const char *ticker = tickers[input_byte(&in) % COUNT(tickers)];
	size_t len = in.left;
	char *body = input_rest(&in), *status = NULL;
	struct md_error e = { MD_OK, "" };
	struct ticker_names names;

	if (events_read(&names, ticker, TODAY, &status, body, len, &e))
		check_names(&names, ticker);
	else
		must_tell(&e);
	free(status);
	free(body);
	return 0;
}
