/*
 * page.h: what a page says, what is refused, and, with mutated pages, that the
 * scanner never says other than jansson.
 *
 *     test_page [SEED [INPUTS]]
 */
#include "answer/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

#define ROW                                                                    \
	"{\"v\":10,\"vw\":1.25,\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,\"t\":1000,"  \
	"\"n\":7}"

static bool
same_double(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static bool
same_bar(const struct bar *a, const struct bar *b)
{
	return a->t == b->t && a->n == b->n && same_double(a->o, b->o) &&
	       same_double(a->h, b->h) && same_double(a->l, b->l) &&
	       same_double(a->c, b->c) && same_double(a->v, b->v) &&
	       same_double(a->vw, b->vw);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_page(const struct page *a, const struct page *b)
{
	if (a->len != b->len || a->refused_len != b->refused_len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (!same_bar(&a->bars[i], &b->bars[i]))
			return false;
	for (size_t i = 0; i < a->refused_len; i++)
		if (!same_text(a->refused[i].raw, b->refused[i].raw) ||
		    !same_text(a->refused[i].reason, b->refused[i].reason) ||
		    a->refused[i].has_t != b->refused[i].has_t ||
		    a->refused[i].t != b->refused[i].t)
			return false;
	return same_text(a->ticker, b->ticker) &&
	       same_text(a->status, b->status) &&
	       same_text(a->message, b->message) &&
	       same_text(a->next_url, b->next_url) &&
	       a->results_count == b->results_count;
}

static bool
is_empty(const struct page *page)
{
	struct page empty = PAGE_INIT;

	return same_page(page, &empty);
}

/* A copy that ends where its memory does, for the sanitizer to guard. */
static char *
exact_copy(const char *text, size_t len)
{
	char *copy = malloc(len == 0 ? 1 : len);

	if (copy == NULL)
		exit(1);
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

/* Does the scanner leave the text, or say what jansson says? */
static bool
agrees(const char *text, size_t len, bool *scanned)
{
	struct page fast = PAGE_INIT, slow = PAGE_INIT;
	char *copy = exact_copy(text, len);
	bool decoded = page_decode(&slow, copy, len, NULL);
	bool good;

	*scanned = page_scan(&fast, copy, len);
	good = *scanned ? decoded && same_page(&fast, &slow) : is_empty(&fast);
	if (!decoded)
		good = good && is_empty(&slow);
	page_free(&fast);
	page_free(&slow);
	free(copy);
	return good;
}

/* Bodies without anything refused, and what is in them. */
static void
test_pages(void)
{
	static const struct {
		const char *text;
		bool scanned;
		size_t len;
		const char *ticker, *status, *message, *next_url;
		int64_t count;
	} cases[] = { { "{}", true, 0, NULL, NULL, NULL, NULL, -1 },
		{ " { } \r\n", true, 0, NULL, NULL, NULL, NULL, -1 },
		{ "{\"results\":[]}", true, 0, NULL, NULL, NULL, NULL, -1 },
		{ "{\"results\":null}", true, 0, NULL, NULL, NULL, NULL, -1 },
		{ "{\"status\":\"OK\",\"resultsCount\":0}", true, 0, NULL, "OK",
		    NULL, NULL, 0 },
		{ "{\"results\":[" ROW "]}", true, 1, NULL, NULL, NULL, NULL,
		    -1 },
		{ "{\"results\":[" ROW "," ROW "],\"ticker\":\"AAPL\"}", true,
		    2, "AAPL", NULL, NULL, NULL, -1 },
		{ "{ \"results\" : [ " ROW " ,\n" ROW " ] , \"count\" : 2 }",
		    true, 2, NULL, NULL, NULL, NULL, -1 },
		{ "{\"next_url\":\"https://a/b?c=d\"}", true, 0, NULL, NULL,
		    NULL, "https://a/b?c=d", -1 },
		{ "{\"next_url\":\"\"}", true, 0, NULL, NULL, NULL, NULL, -1 },
		{ "{\"next_url\":null,\"ticker\":null}", true, 0, NULL, NULL,
		    NULL, NULL, -1 },
		{ "{\"status\":\"ERROR\",\"error\":\"no\",\"x\":[]}", false, 0,
		    NULL, "ERROR", "no", NULL, -1 },
		{ "{\"message\":\"no\"}", true, 0, NULL, NULL, "no", NULL, -1 },
		{ "{\"error\":\"e\",\"message\":\"m\"}", true, 0, NULL, NULL,
		    "e", NULL, -1 },
		{ "{\"error\":null,\"message\":\"m\"}", true, 0, NULL, NULL,
		    "m", NULL, -1 },
		{ "{\"a\":true,\"b\":-1.5e3,\"c\":null,\"d\":\"\"}", true, 0,
		    NULL, NULL, NULL, NULL, -1 },
		/* left to jansson */
		{ "{\"ticker\":\"A\\u0041\"}", false, 0, "AA", NULL, NULL, NULL,
		    -1 },
		{ "{\"ticker\":\"\xc3\xa9\"}", false, 0, "\xc3\xa9", NULL, NULL,
		    NULL, -1 },
		{ "{\"status\":\"a\",\"status\":\"b\"}", false, 0, NULL, "b",
		    NULL, NULL, -1 },
		{ "{\"status\":\"a\",\"status\":null}", false, 0, NULL, NULL,
		    NULL, NULL, -1 },
		{ "{\"results\":[" ROW "],\"results\":null}", false, 0, NULL,
		    NULL, NULL, NULL, -1 },
		{ "{\"resultsCount\":\"many\"}", false, 0, NULL, NULL, NULL,
		    NULL, -1 },
		{ "{\"resultsCount\":-3}", false, 0, NULL, NULL, NULL, NULL,
		    -1 },
		{ "{\"x\":{\"results\":[1]}}", false, 0, NULL, NULL, NULL, NULL,
		    -1 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		struct page page = PAGE_INIT;
		bool good, scanned;

		good = page_parse(&page, text, strlen(text), NULL);
		ok(good && page.scanned == cases[i].scanned &&
			page.len == cases[i].len && page.refused_len == 0 &&
			same_text(page.ticker, cases[i].ticker) &&
			same_text(page.status, cases[i].status) &&
			same_text(page.message, cases[i].message) &&
			same_text(page.next_url, cases[i].next_url) &&
			page.results_count == cases[i].count,
		    "%.60s", text);
		ok(agrees(text, strlen(text), &scanned), "  either way");
		page_free(&page);
	}
}

/* One row, and the bar in it. */
static void
test_rows(void)
{
	static const struct {
		const char *row;
		bool scanned;
		struct bar bar;
	} cases[] = { { ROW, true, { 1000, 1.5, 3, 1, 2, 10, 1.25, 7 } },
		{ "{\"t\":1,\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1}", true,
		    { 1, 1, 1, 1, 1, 1, NAN, -1 } },
		{ "{\"n\":0,\"c\":4,\"h\":2,\"l\":3,\"o\":1,\"t\":0,\"v\":5,"
		  "\"vw\":6}",
		    true, { 0, 1, 2, 3, 4, 5, 6, 0 } },
		{ "{ \"v\" : 0.1 , \"vw\":1e0 ,\t\"o\":1.0E0, \"c\":0.25,"
		  " \"h\":12345678901234567, \"l\":0.1234567890123456, \"t\":9,"
		  "\n\"n\":1 }",
		    true,
		    { 9, 1, 12345678901234567.0, 0.1234567890123456, 0.25, 0.1,
			1, 1 } },
		{ "{\"v\":1.029145e+06,\"vw\":185.1234,\"o\":1,\"c\":1,\"h\":1,"
		  "\"l\":1,\"t\":1112331600000,\"n\":82132,\"otc\":true}",
		    true,
		    { 1112331600000, 1, 1, 1, 1, 1029145, 185.1234, 82132 } },
		{ "{\"v\":-0.0,\"vw\":-0,\"o\":-1,\"c\":-0.5,\"h\":-0,\"l\":1,"
		  "\"t\":1}",
		    true, { 1, -1, 0, 1, -0.5, 0, 0, -1 } },
		/* left to jansson */
		{ "{\"v\":1,\"vw\":null,\"o\":1,\"c\":1,\"h\":1,\"l\":1,"
		  "\"t\":1,\"n\":null}",
		    false, { 1, 1, 1, 1, 1, 1, NAN, -1 } },
		{ "{\"v\":1,\"o\":1,\"c\":1,\"h\":1,\"l\":1,\"t\":-1,"
		  "\"n\":12.0}",
		    false, { -1, 1, 1, 1, 1, 1, NAN, 12 } },
		{ "{\"v\":1,\"o\":1,\"c\":1,\"h\":1,\"l\":1,\"t\":1.5e3}",
		    false, { 1500, 1, 1, 1, 1, 1, NAN, -1 } },
		{ "{\"v\":1,\"o\":1,\"c\":1,\"h\":1,\"l\":1,\"t\":1,\"t\":2}",
		    false, { 2, 1, 1, 1, 1, 1, NAN, -1 } },
		{ "{\"v\":1,\"o\":1,\"c\":1,\"h\":1,\"l\":1,\"t\":1,"
		  "\"x\":{}}",
		    false, { 1, 1, 1, 1, 1, 1, NAN, -1 } },
		{ "{\"v\":1,\"o\":1,\"c\":1,\"h\":1,\"l\":1,"
		  "\"t\":9223372036854775807}",
		    false, { INT64_MAX, 1, 1, 1, 1, 1, NAN, -1 } } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page = PAGE_INIT;
		bool good, scanned;
		char text[512];

		(void)snprintf(text, sizeof(text), "{\"results\":[%s]}",
		    cases[i].row);
		good = page_parse(&page, text, strlen(text), NULL);
		ok(good && page.len == 1 && page.refused_len == 0 &&
			same_bar(&page.bars[0], &cases[i].bar) &&
			page.scanned == cases[i].scanned,
		    "row %zu: %.50s", i, cases[i].row);
		ok(agrees(text, strlen(text), &scanned), "  either way");
		page_free(&page);
	}
}

#define PRICES "\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1"

static void
test_refusals(void)
{
	static const struct {
		const char *row, *reason;
		bool has_t;
		int64_t t;
	} cases[] = { { "5", "row is not an object", false, 0 },
		{ "null", "row is not an object", false, 0 },
		{ "[1,2]", "row is not an object", false, 0 },
		{ "{}", "\"t\" is missing", false, 0 },
		{ "{" PRICES "}", "\"t\" is missing", false, 0 },
		{ "{" PRICES ",\"t\":null}", "\"t\" is not a number", false,
		    0 },
		{ "{" PRICES ",\"t\":\"5\"}", "\"t\" is not a number", false,
		    0 },
		{ "{" PRICES ",\"t\":1.5}", "\"t\" is not a whole number",
		    false, 0 },
		{ "{" PRICES ",\"t\":1.5e300}", "\"t\" is not a whole number",
		    false, 0 },
		{ "{\"t\":5}", "\"o\" is missing", true, 5 },
		{ "{\"t\":5,\"o\":\"187.15000000000001 \\\" 0.10\","
		  "\"h\":187.15,\"l\":-0.1,\"c\":12.0}",
		    "\"o\" is not a number", true, 5 },
		{ "{\"t\":5,\"o\":null}", "\"o\" is not a number", true, 5 },
		{ "{\"t\":5,\"o\":1}", "\"h\" is missing", true, 5 },
		{ "{\"t\":5,\"o\":1,\"h\":\"1\"}", "\"h\" is not a number",
		    true, 5 },
		{ "{\"t\":5,\"o\":1,\"h\":1,\"l\":true}",
		    "\"l\" is not a number", true, 5 },
		{ "{\"t\":5,\"o\":1,\"h\":1,\"l\":1,\"c\":[]}",
		    "\"c\" is not a number", true, 5 },
		{ "{\"t\":5,\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":null}",
		    "\"v\" is not a number", true, 5 },
		{ "{\"t\":5," PRICES ",\"vw\":\"x\"}", "\"vw\" is not a number",
		    true, 5 },
		{ "{\"t\":5," PRICES ",\"n\":\"x\"}", "\"n\" is not a number",
		    true, 5 },
		{ "{\"t\":5," PRICES ",\"n\":1.5}",
		    "\"n\" is not a whole number", true, 5 },
		{ "{\"t\":5," PRICES ",\"n\":-1}", "\"n\" is below zero", true,
		    5 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page = PAGE_INIT;
		const struct page_refusal *r;
		bool good, scanned;
		char text[512];

		(void)snprintf(text, sizeof(text), "{\"results\":[%s,%s,%s]}",
		    ROW, cases[i].row, ROW);
		good = page_parse(&page, text, strlen(text), NULL) &&
		       page.len == 2 && page.refused_len == 1;
		r = page.refused;
		ok(good && same_text(r->reason, cases[i].reason) &&
			r->has_t == cases[i].has_t && r->t == cases[i].t,
		    "%s: %s", cases[i].row, good ? r->reason : "not refused");
		ok(good && same_text(r->raw, cases[i].row),
		    "  the row is kept: %s", good ? r->raw : "no");
		ok(agrees(text, strlen(text), &scanned) && !scanned,
		    "  the scanner leaves it");
		page_free(&page);
	}
}

static void
test_long_refusals(void)
{
	struct page page = PAGE_INIT;
	struct buf b = BUF_INIT;
	bool good, cut = true;

	buf_puts(&b, "{\"results\":[");
	for (int i = 0; i < 100; i++) {
		buf_puts(&b, i == 0 ? "{\"t\":1,\"o\":\"" : ",{\"o\":\"");
		for (int j = 0; j < 500 + i; j++)
			buf_puts(&b,
			    i % 2 == 0 ? "\xc3\xa9" : "ab\xe2\x82\xac");
		buf_puts(&b, "\"}");
	}
	buf_puts(&b, "]}");
	good = page_parse(&page, buf_str(&b), b.len, NULL);
	ok(good && page.refused_len == 100 && page.len == 0 &&
		page.refused[0].has_t,
	    "a hundred long rows are refused");
	for (size_t i = 0; i < page.refused_len; i++) {
		const char *raw = page.refused[i].raw;
		size_t n = strlen(raw), tail = 0;

		/* Not cut within a character. */
		while (tail < 4 && (raw[n - 1 - tail] & 0xC0) == 0x80)
			tail++;
		if (n > 1024 || n < 1000 ||
		    (tail > 0 &&
			tail != ((raw[n - 1 - tail] & 0xF0) == 0xE0 ? 2 : 1)))
			cut = false;
	}
	ok(cut, "each is kept up to 1 KiB");
	page_free(&page);
	buf_free(&b);
}

/* More digits than an integer holds, in a volume and where nobody looks. */
static void
test_long_integers(void)
{
	static const char text[] =
	    "{\"ticker\":\"X:AB\",\"status\":\"OK\",\"resultsCount\":1,"
	    "\"z\":123456789012345678901234567890,\"results\":[{\"v\":"
	    "10000000000000000001,\"o\":2,\"c\":2,\"h\":2,\"l\":2,"
	    "\"t\":1700000040000,\"n\":7}]}";
	struct page page = PAGE_INIT;
	struct md_error e = { .code = MD_OK };

	ok(page_parse(&page, text, strlen(text), &e) && page.len == 1 &&
		page.refused_len == 0 && page.bars[0].v >= 1e19 &&
		page.bars[0].v <= 1e19 &&
		page.bars[0].t == INT64_C(1700000040000) && page.bars[0].n == 7,
	    "a volume of more digits than an integer holds");
	page_free(&page);
}

static void
test_errors(void)
{
	static const struct {
		const char *text, *error; /* how the error begins */
	} cases[] = { { "", "an empty body" }, { " \r\n\t ", "an empty body" },
		{ "<!DOCTYPE html><p>502 Bad Gateway", "HTML instead of JSON" },
		{ "\n <html>", "HTML instead of JSON" },
		{ "[1]", "an array instead of a JSON object" },
		{ "\"text\"", "a string instead of a JSON object" },
		{ "null", "null instead of a JSON object" },
		{ "5", "a number instead of a JSON object" },
		{ "Service Unavailable", "invalid JSON at byte 7: " },
		{ "{\"results\":[" ROW, "invalid JSON at byte " },
		{ "{\"results\":[" ROW "]", "invalid JSON at byte " },
		{ "{\"results\":[" ROW ",]}", "invalid JSON at byte " },
		{ "{\"results\":[" ROW "]}}", "invalid JSON at byte " },
		{ "{\"results\":[" ROW "]}x", "invalid JSON at byte " },
		{ "{\"results\":[" ROW "],}", "invalid JSON at byte " },
		{ "{,}", "invalid JSON at byte " },
		{ "{\"a\":01}", "invalid JSON at byte " },
		{ "{\"a\":1.}", "invalid JSON at byte " },
		{ "{\"a\":+1}", "invalid JSON at byte " },
		{ "{\"a\":.5}", "invalid JSON at byte " },
		{ "{\"a\":1e999}", "invalid JSON at byte " },
		{ "{\"a\":-1e999}", "invalid JSON at byte " },
		{ "{\"a\":NaN}", "invalid JSON at byte " },
		{ "{\"a\":\"\x1b[2J\"}", "invalid JSON at byte " },
		{ "\x1b[2J{}", "invalid JSON at byte " },
		{ "\xff\xfe{}", "invalid JSON at byte " },
		{ "{\"results\":{}}", "\"results\" is an object instead of" },
		{ "{\"results\":\"no\"}", "\"results\" is a string instead" },
		{ "{\"results\":5}", "\"results\" is a number instead of" },
		{ "{\"results\":false}", "\"results\" is a boolean instead" },
		{ "{\"status\":5}", "\"status\" is a number instead of a s" },
		{ "{\"ticker\":true}", "\"ticker\" is a boolean instead of" },
		{ "{\"error\":[]}", "\"error\" is an array instead of a st" },
		{ "{\"message\":{}}", "\"message\" is an object instead of" },
		{ "{\"next_url\":1}", "\"next_url\" is a number instead of" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		struct page page = PAGE_INIT;
		struct md_error e = { .code = MD_OK };
		bool good, scanned, printable = true;

		good = page_parse(&page, text, strlen(text), &e);
		for (const char *p = e.text; *p != '\0'; p++)
			printable = printable && *p >= ' ' && *p <= '~';
		ok(!good && e.code == MD_EDATA && printable &&
			strlen(e.text) < 160 &&
			strncmp(e.text, cases[i].error,
			    strlen(cases[i].error)) == 0,
		    "error %zu: %s", i, e.text);
		ok(is_empty(&page) && agrees(text, strlen(text), &scanned) &&
			!scanned,
		    "  and nothing else");
		page_free(&page);
	}
}

static void
test_reuse(void)
{
	static const char full[] =
	    "{\"ticker\":\"A\",\"status\":\"OK\","
	    "\"next_url\":\"u\",\"results\":[" ROW ",5]}";
	struct page page = { .bars = NULL };
	const struct bar *memory;

	ok(page_parse(&page, full, strlen(full), NULL) && page.len == 1 &&
		page.refused_len == 1,
	    "a zero-filled page is empty");
	memory = page.bars;
	ok(page_parse(&page, "{\"results\":[" ROW "]}",
	       strlen("{\"results\":[" ROW "]}"), NULL) &&
		page.len == 1 && page.refused_len == 0 && page.ticker == NULL &&
		page.bars == memory && page.scanned,
	    "the next page keeps nothing but memory");
	ok(!page_parse(&page, "{", 1, NULL) && is_empty(&page),
	    "an error leaves it empty");
	page_free(&page);
	ok(page.bars == NULL && page.cap == 0 && is_empty(&page), "freed");
	page_free(&page);
}

/* The vendor's own example, as it is and without its white space. */
static void
test_example(void)
{
	static const struct bar want[] = {
		{ 1112331600000, 1.5032, 1.5064, 1.4489, 1.4604, 642646396,
		    1.469, 82132 },
		{ 1112587200000, 1.4639, 1.4754, 1.4343, 1.4675, 578172308,
		    1.4589, 65543 },
	};
	const char *shared = getenv("MD_SHARED");
	struct page page = PAGE_INIT;
	char path[512], text[4096];
	size_t n, kept = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path),
	    "%s/api/example-aggs-AAPL-1d-2005-04.json",
	    shared != NULL ? shared : "../shared");
	f = fopen(path, "r");
	if (f == NULL) {
		skip("the example responses are not here");
		return;
	}
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	for (int pass = 0; pass < 2; pass++) {
		ok(page_parse(&page, text, n, NULL) && page.scanned &&
			page.len == 2 && same_bar(&page.bars[0], &want[0]) &&
			same_bar(&page.bars[1], &want[1]) &&
			same_text(page.ticker, "AAPL") &&
			same_text(page.status, "OK") && page.next_url == NULL &&
			page.results_count == 2,
		    "the vendor's example%s", pass == 0 ? "" : ", compact");
		for (size_t i = 0; i < n; i++)
			if (text[i] != ' ' && text[i] != '\n')
				text[kept++] = text[i];
		n = kept;
	}
	page_free(&page);
}

static uint64_t seed = 20050401;

/* splitmix64 */
static uint64_t
dice(void)
{
	uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static size_t
below(size_t n)
{
	return (size_t)(dice() % n);
}

/* What JSON and its edges are made of. */
static const char *const tokens[] = { "{", "}", "[", "]", ",", ":", "\"", "\\",
	" ", "\n", "\t", "-", "+", ".", "e", "E", "0", "1", "9", "-0", "-0.0",
	"null", "true", "false", "1e5", "1E-3", "1e400", "1e-400", "0.1",
	"9007199254740993", "9223372036854775807", "9223372036854775808",
	"123456789012345678", "1234567890123456789", "-123456789012345678",
	"0.1234567890123456789", "18446744073709551616",
	"1797693134862315700e290", "\"t\"", "\"v\"", "\"vw\":1", "\"n\":1,",
	",\"n\":1", "\"otc\":true,", ",\"x\":\"y\"", "\"x\":[],", "{}", "[]",
	"\"results\":", "\"results\":[],", "\"status\":\"OK\",",
	"\"ticker\":null,", "\"next_url\":\"\",", "\"error\":\"e\",",
	"\"message\":\"m\",", "\"resultsCount\":2,", "\\u0041", "\\n",
	"\xc3\xa9", "\xff", "\x7f", "\x01", ROW, "," ROW };

/* Numbers on which two readers could differ, all of them JSON. */
static const char *const edges[] = { "0", "-0", "-0.0", "1e5", "1E-3", "1e-400",
	"0e999", "9007199254740993", "9007199254740993.0", "-1.5", "2.5E+10",
	"123456789012345678", "0.1234567890123456789", "1.7976931348623157e308",
	"4.9e-324", "2.2250738585072011e-308", "9223372036854775807",
	"9223372036854775808", "1e400" };

static void
number(struct buf *b)
{
	switch (below(12)) {
	case 0:
		buf_printf(b, "%zu", below(1000000));
		break;
	case 1:
		buf_printf(b, "%zu.%zu", below(1000), below(10000));
		break;
	case 2:
		buf_printf(b, "%.17g", (double)below(1000000) / 997);
		break;
	case 3:
		buf_printf(b, "%.6e", (double)below(1000000000));
		break;
	case 4:
		buf_printf(b, "%s",
		    edges[below(sizeof(edges) / sizeof(edges[0]))]);
		break;
	default:
		buf_printf(b, "%zu.%02zu", below(500), below(100));
	}
}

static void
member(struct buf *b, size_t which)
{
	static const char *const names[] = { "v", "vw", "o", "c", "h", "l", "t",
		"n", "otc", "x" };

	buf_printf(b, "\"%s\":", names[which]);
	if (which == 6)
		buf_printf(b, "%zu", below(2000000000) * 1000);
	else if (which == 7)
		buf_printf(b, "%zu", below(100000));
	else if (which > 7)
		buf_puts(b, below(2) == 0 ? "true" : "\"s\"");
	else
		number(b);
}

/* A row in the usual order or another, some of them with white space. */
static void
row(struct buf *b)
{
	size_t order[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	size_t n = 8, spaces = below(8);

	if (below(2) == 0) {
		n = 6 + below(5);
		for (size_t i = 9; i > 0; i--) {
			size_t j = below(i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
	}
	buf_puts(b, "{");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(b, spaces == 0 ? " ,\n\t" : ",");
		member(b, order[i]);
	}
	buf_puts(b, spaces == 1 ? " }" : "}");
}

static void
body(struct buf *b)
{
	size_t rows = below(5);

	buf_clear(b);
	buf_puts(b, below(4) == 0 ? " { " : "{");
	if (below(3) > 0)
		buf_puts(b, "\"ticker\":\"AAPL\",\"queryCount\":2,");
	if (below(4) == 0)
		buf_puts(b, "\"error\":\"no\", \"message\":\"none\",");
	if (below(4) == 0)
		buf_puts(b, "\"next_url\":\"https://h/p?cursor=x\",");
	if (below(3) > 0)
		buf_puts(b, "\"resultsCount\":2,\"adjusted\":false,");
	buf_puts(b, "\"results\":[");
	for (size_t i = 0; i < rows; i++) {
		if (i > 0)
			buf_puts(b, ",");
		row(b);
	}
	buf_puts(b, "],\"status\":\"OK\",\"count\":2}");
	if (below(4) == 0)
		buf_puts(b, "\r\n");
}

/* Replace n bytes at a place by others. */
static void
splice(struct buf *b, size_t at, size_t n, const char *by, size_t by_len)
{
	struct buf after = BUF_INIT;

	buf_append(&after, b->data, at);
	buf_append(&after, by, by_len);
	buf_append(&after, b->data + at + n, b->len - at - n);
	buf_free(b);
	*b = after;
}

/* The next digit changed or joined by others: most stay numbers. */
static void
mutate_number(struct buf *b, size_t at)
{
	static const char *const more[] = { "0", "5", "00000000", "123456789",
		"999999999999", ".5", ".25000", "e2", "E-3", "e-30", "e+20" };
	const char *text = more[below(sizeof(more) / sizeof(more[0]))];

	while (at < b->len && (b->data[at] < '0' || b->data[at] > '9'))
		at++;
	if (at == b->len)
		return;
	if (below(2) == 0)
		b->data[at] = (char)('0' + below(10));
	else
		splice(b, at + 1, 0, text, strlen(text));
}

static void
mutate(struct buf *b)
{
	size_t at = below(b->len), n = 1 + below(12);
	const char *token = tokens[below(sizeof(tokens) / sizeof(tokens[0]))];
	size_t other;
	char kept;

	if (n > b->len - at)
		n = b->len - at;
	switch (below(12)) {
	case 0:
		b->data[at] = (char)(b->data[at] ^ (1 << below(8)));
		break;
	case 1:
		splice(b, at, n, "", 0);
		break;
	case 2:
	case 3:
		splice(b, at, 0, token, strlen(token));
		break;
	case 4:
		splice(b, at, n, token, strlen(token));
		break;
	case 5:
		other = below(b->len);
		kept = b->data[at];
		b->data[at] = b->data[other];
		b->data[other] = kept;
		break;
	case 6:
		if (below(4) == 0)
			splice(b, at, b->len - at, "}", below(2));
		break;
	default:
		mutate_number(b, at);
	}
}

static void
test_mutants(unsigned long inputs)
{
	unsigned long accepted = 0, wrong = 0;
	struct buf b = BUF_INIT;

	for (unsigned long i = 0; i < inputs && wrong < 5; i++) {
		size_t times = below(4);
		bool scanned;

		body(&b);
		while (times-- > 0 && b.len > 0)
			mutate(&b);
		if (!buf_ok(&b))
			exit(1);
		if (!agrees(buf_str(&b), b.len, &scanned)) {
			printf("# %s\n", buf_str(&b));
			wrong++;
		}
		accepted += scanned;
	}
	buf_free(&b);
	ok(wrong == 0, "of %lu mutated pages the scanner reads as jansson does",
	    inputs);
	ok(accepted > inputs / 5, "it accepts %lu of them", accepted);
}

/* Every way to cut a page short, and every byte replaced by every other. */
static void
test_each_byte(void)
{
	static const char text[] =
	    "{\"ticker\":\"A\",\"results\":[" ROW ", " ROW
	    "],\"status\":\"OK\",\"count\":1.5}";
	char changed[sizeof(text)];
	bool good = true, scanned;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		good = good && agrees(text, n, &scanned) && !scanned;
	ok(good, "a page cut short anywhere is left to jansson");
	good = true;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		memcpy(changed, text, sizeof(text));
		for (int c = 0; c < 256; c++) {
			changed[i] = (char)c;
			good =
			    good && agrees(changed, sizeof(text) - 1, &scanned);
		}
	}
	ok(good, "any byte replaced by any other");
}

int
main(int argc, char **argv)
{
	unsigned long inputs = 200000;

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		inputs = strtoul(argv[2], NULL, 10);
	test_pages();
	test_rows();
	test_refusals();
	test_long_refusals();
	test_long_integers();
	test_errors();
	test_reuse();
	test_example();
	test_each_byte();
	test_mutants(inputs);
	return done();
}
