/*
 * page.h: one bad row costs no other, though it keeps the page from being JSON;
 * and what is no page without its rows either.
 */
#include "answer/page.h"

#include <string.h>

#include "tap.h"

#define ROW    "{\"v\":10,\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,\"t\":1000}"
#define PRICES "\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1"

/* Rows that keep a page from being JSON, or are JSON that reads as another. */
static void
test_bad_rows(void)
{
	static const struct {
		const char *row, *reason;
		bool has_t;
		const char *name;
	} cases[] = {
		{ "{\"T\":\"AB\\u0000\",\"t\":5," PRICES "}",
		    "\"T\" has a NUL in it", true, "" },
		{ "{\"T\":\"\\u0000AB\",\"t\":5," PRICES "}",
		    "\"T\" has a NUL in it", true, "" },
		{ "{\"T\":\"AB\",\"t\":5,\"o\":NaN}", "the row is no JSON",
		    true, "AB" },
		{ "{\"T\":\"AB\",\"o\":1e999, \"t\" : 5 }",
		    "the row is no JSON", true, "AB" },
		{ "{\"T\":\"AB\",\"\\u0000\":1,\"t\":5," PRICES "}",
		    "the row is no JSON", true, "AB" },
		{ "{\"T\":\"AB\",\"x\":\"\\ud800\",\"t\":5}",
		    "the row is no JSON", true, "AB" },
		{ "{\"T\":\"A\xff\",\"t\":5," PRICES "}", "the row is no JSON",
		    true, "" },
		{ "{\"T\":\"AB\",\"x\":\"\x1b[2J\",\"t\":5}",
		    "the row is no JSON", true, "AB" },
		/* what is there twice, or within, tells nothing */
		{ "{\"T\":\"AB\",\"t\":5 \"T\":\"CD\",\"t\":6}",
		    "the row is no JSON", false, "" },
		{ "{\"x\":[NaN],\"T\":\"AB\",\"t\":5}", "the row is no JSON",
		    false, "" },
		{ "{\"T\":\"AB\",\"t\":5.5,\"o\":NaN}", "the row is no JSON",
		    false, "AB" },
		{ "{\"T\":\"AB\",\"t\":99999999999999999999,\"o\":NaN}",
		    "the row is no JSON", false, "AB" },
		{ "{\"T\":\"A\\u0042\",\"t\":5,\"o\":NaN}",
		    "the row is no JSON", true, "" },
		{ "{\"T\":\"AB\",\"t\":5]", "the row is no JSON", false, "AB" },
		{ "NaN", "the row is no JSON", false, "" },
	};

	static const char good_row[] =
	    "{\"T\":\"GOOD\",\"t\":7," PRICES ",\"x\":\"\\\"]}\"}";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page = { .named = true };
		const struct page_refusal *r;
		bool good;
		char text[512];

		(void)snprintf(text, sizeof(text),
		    "{\"status\":\"OK\",\"results\":[%s, %s ,%s],\"next_url\":"
		    "\"u\"}",
		    good_row, cases[i].row, good_row);
		good = page_parse(&page, text, strlen(text), NULL) &&
		       page.len == 2 && page.refused_len == 1;
		ok(good && strcmp(page.names[0].text, "GOOD") == 0 &&
			strcmp(page.names[1].text, "GOOD") == 0 &&
			page.bars[1].t == 7 && strcmp(page.status, "OK") == 0 &&
			strcmp(page.next_url, "u") == 0,
		    "one bad row does not cost the others: %zu", i);
		r = page.refused;
		ok(good && strcmp(r->reason, cases[i].reason) == 0 &&
			r->has_t == cases[i].has_t &&
			r->t == (cases[i].has_t ? 5 : 0) &&
			strcmp(r->name.text, cases[i].name) == 0,
		    "  and says what can be told: %s",
		    good ? r->reason : "not refused");
		good = good && strlen(r->raw) == strlen(cases[i].row);
		for (size_t k = 0; good && r->raw[k] != '\0'; k++)
			good = r->raw[k] == cases[i].row[k] ||
			       (r->raw[k] == '?' && (cases[i].row[k] < ' ' ||
							cases[i].row[k] > '~'));
		ok(good, "  and is kept, printable");
		page_free(&page);
		ok(!page_scan(&page, text, strlen(text)),
		    "  the scanner leaves it");
		page_free(&page);
	}
}

static void
test_no_pages(void)
{
	static const char *const cases[] = {
		"{\"results\":[" ROW ",{\"o\":NaN}",
		"{\"results\":[" ROW ",{\"o\":NaN}]",
		"{\"results\":[NaN," ROW ",]}",
		"{\"results\":[NaN," ROW,
		"{\"results\":[NaN" ROW "]}",
		"{\"results\":[NaN],\"a\":NaN}",
		"{\"results\":[NaN],\"\\u0000\":1}",
		"{\"results\":[NaN],}",
		"{\"results\":[NaN]}}",
		"{\"results\":[NaN]",
		"{\"results\":[{\"o\":\"NaN}," ROW "]}",
		"{\"results\":[NaN],\"results\":[" ROW "]}",
		"{\"x\":[NaN],\"results\":[" ROW "]}",
		"{\"x\":{\"results\":[NaN]}}",
		"[{\"results\":[NaN]}]",
	};
	static const char nul[] = "{\"ticker\":\"A\\u0000B\"}";
	struct page page = PAGE_INIT;
	struct md_error e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool good = page_parse(&page, cases[i], strlen(cases[i]), &e);

		ok(!good && e.code == MD_EDATA && page.len == 0 &&
			page.refused_len == 0 &&
			strncmp(e.text, "invalid JSON at byte ", 21) == 0,
		    "%s: %s", cases[i], good ? "a page" : e.text);
		page_free(&page);
	}
	ok(!page_parse(&page, nul, sizeof(nul) - 1, &e) &&
		strcmp(e.text, "\"ticker\" has a NUL in it") == 0,
	    "a ticker with a NUL is not the one before it");
	page_free(&page);
}

int
main(void)
{
	test_bad_rows();
	test_no_pages();
	return done();
}
