#include <stdlib.h>
#include <string.h>

#include "answer/events.h"
#include "tap.h"

#define EVENT(date, ticker)                                                    \
	"{\"type\":\"ticker_change\",\"date\":\"" date                         \
	"\",\"ticker_change\":{\"ticker\":\"" ticker "\"}}"
#define ANSWER(events)                                                         \
	"{\"status\":\"OK\",\"results\":{\"events\":[" events "]}}"

static bool
reads(const char *ticker, const char *text, struct ticker_names *out,
    struct md_error *e)
{
	char *status;
	bool good = events_read(out, ticker, md_date_of(2024, 1, 2), &status,
	    text, strlen(text), e);

	free(status);
	return good;
}

static void
told(void)
{
	static const struct {
		const char *name, *ticker, *text, *symbol, *names;
	} cases[] = {
		{ "a rename, by the new name", "META",
		    ANSWER(EVENT("2022-06-09", "META") "," EVENT("2012-05-18",
			"FB")),
		    "META", " was=FB until=2022-06-09" },
		{ "a rename, by the old name, in any order", "FB",
		    ANSWER(EVENT("2012-05-18", "FB") "," EVENT("2022-06-09",
			"META")),
		    "META", " was=FB until=2022-06-09" },
		{ "no rename", "AAPL", ANSWER(EVENT("2003-09-10", "AAPL")),
		    "AAPL", "" },
		{ "what is to come is not yet", "FB",
		    ANSWER(EVENT("2012-05-18", "FB") "," EVENT("2024-06-09",
			"META")),
		    "FB", "" },
		{ "other events are none of names", "FB",
		    ANSWER("{\"type\":\"merger\",\"date\":7}," EVENT(
			"2012-05-18", "FB")),
		    "FB", "" },
		{ "one name twice in a row is no change", "B",
		    ANSWER(EVENT("2010-01-04", "A") "," EVENT("2011-01-03",
			"A") "," EVENT("2012-01-03", "B")),
		    "B", " was=A until=2012-01-03" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ticker_names n = { .symbol = "" };
		struct md_error e = { MD_OK, "" };
		char text[FORMER_NAMES_TEXT] = "";
		bool good = reads(cases[i].ticker, cases[i].text, &n, &e);

		if (good)
			former_names_format(&n.names, text);
		if (!ok(good && strcmp(n.symbol, cases[i].symbol) == 0 &&
			    strcmp(text, cases[i].names) == 0,
			"%s", cases[i].name))
			printf("# %s%s %s\n", n.symbol, text, e.text);
	}
}

static void
hostile(void)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{ "nothing", "" },
		{ "no JSON", "<html>" },
		{ "a list", "[]" },
		{ "no results", "{\"status\":\"OK\"}" },
		{ "results that are a list",
		    "{\"status\":\"OK\",\"results\":[]}" },
		{ "events that are an object",
		    "{\"status\":\"OK\",\"results\":{\"events\":{}}}" },
		{ "a status that is a number",
		    "{\"status\":1,\"results\":{\"events\":[]}}" },
		{ "no event", ANSWER("") },
		{ "an event that is a number", ANSWER("7") },
		{ "an event that is null", ANSWER("null") },
		{ "a date that is a number",
		    ANSWER("{\"type\":\"ticker_change\",\"date\":20220609,"
			   "\"ticker_change\":{\"ticker\":\"FB\"}}") },
		{ "a day that is none", ANSWER(EVENT("2022-02-30", "FB")) },
		{ "no ticker", ANSWER("{\"type\":\"ticker_change\","
				      "\"date\":\"2022-06-09\"}") },
		{ "a change that is a string",
		    ANSWER("{\"date\":\"2022-06-09\","
			   "\"ticker_change\":\"FB\"}") },
		{ "a ticker that is no symbol",
		    ANSWER(EVENT("2022-06-09", "FB was=X")) },
		{ "a ticker that looks like a path",
		    ANSWER(EVENT("2022-06-09", "../FB")) },
		{ "a ticker with a NUL",
		    ANSWER(EVENT("2022-06-09", "FB\\u0000X")) },
		{ "a ticker of another class",
		    ANSWER(EVENT("2022-06-09",
			"X:FBUSD") "," EVENT("2012-05-18", "FB")) },
		{ "a ticker that is too long",
		    ANSWER(EVENT("2022-06-09",
			"A2345678901234567890123456789012345")) },
		{ "another ticker", ANSWER(EVENT("2022-06-09", "AAPL")) },
		{ "two names from one day on",
		    ANSWER(EVENT("2022-06-09", "FB") "," EVENT("2022-06-09",
			"META")) },
	};
	struct ticker_names n;
	struct md_error e;
	size_t len = 200 * sizeof(EVENT("2022-06-09", "FB"));
	char *many = malloc(len + 100);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e = (struct md_error){ MD_OK, "" };
		ok(!reads("FB", cases[i].text, &n, &e) && e.code == MD_EDATA,
		    "%s tells no names", cases[i].name);
	}
	if (many == NULL)
		abort();
	(void)strcpy(many, "{\"status\":\"OK\",\"results\":{\"events\":[");
	for (int i = 0; i < 200; i++)
		(void)strcat(many, i == 0 ? EVENT("2022-06-09", "FB")
					  : "," EVENT("2022-06-09", "FB"));
	(void)strcat(many, "]}}");
	ok(!reads("FB", many, &n, &e), "events without end tell no names");
	free(many);
}

int
main(void)
{
	told();
	hostile();
	return done();
}
