/* Which values can be a bar's, when two are the same, and how one is told. */
#include <math.h>
#include <string.h>

#include "answer/page.h"
#include "answer/verify.h"
#include "cli/zoneinfo.h"
#include "market/bar.h"
#include "tap.h"

static const struct bar good = { 0, 10, 12, 9, 11, 500, 10.5, 7 };

static void
values(void)
{
	struct bar b = good;

	ok(bar_impossible(&b) == NULL, "a bar is possible");
	b.v = b.vw = (double)NAN;
	ok(bar_impossible(&b) == NULL, "without volume and average too");
	b = good;
	b.l = b.o = b.c = b.h = 5;
	ok(bar_impossible(&b) == NULL, "one price all day is possible");
#define REFUSED(member, value, why)                                            \
	do {                                                                   \
		b = good;                                                      \
		b.member = (value);                                            \
		ok(bar_impossible(&b) != NULL, "not possible: %s", why);       \
	} while (0)
	REFUSED(o, 0, "an open of zero");
	REFUSED(c, -1, "a close below zero");
	REFUSED(h, (double)INFINITY, "an infinite high");
	REFUSED(l, (double)NAN, "a low that is no number");
	REFUSED(h, 8, "a high below the low");
	REFUSED(h, 10.5, "a high below the close");
	REFUSED(l, 10.5, "a low above the open");
	REFUSED(v, -1, "a volume below zero");
	REFUSED(v, (double)INFINITY, "an infinite volume");
	REFUSED(vw, -1, "an average below zero");
}

static void
sameness(void)
{
	struct bar a = good, b = good;

	ok(bar_equal(&a, &b), "a bar equals itself");
	a.vw = b.vw = (double)NAN;
	ok(bar_equal(&a, &b), "absent equals absent");
	b.vw = 10.5;
	ok(!bar_equal(&a, &b), "absent differs from present");
	b = a;
	b.n = 8;
	ok(!bar_equal(&a, &b), "a transaction more is another bar");
}

static void
words(void)
{
	struct buf out = BUF_INIT;
	struct bar b = good;

	bar_write(&b, &out);
	ok(strcmp(buf_str(&out),
	       "{\"v\":500,\"vw\":10.5,\"o\":10,\"c\":11,\"h\":12,\"l\":9,"
	       "\"t\":0,\"n\":7}") == 0,
	    "it is told as the API tells it");
	buf_clear(&out);
	b.v = b.vw = (double)NAN;
	b.n = -1;
	bar_write(&b, &out);
	ok(strcmp(buf_str(&out),
	       "{\"o\":10,\"c\":11,\"h\":12,\"l\":9,\"t\":0}") == 0,
	    "what is absent is left out");
	buf_free(&out);
}

/* A row without "v", as indices have them. */
static void
indices(const struct calendar *cal)
{
	static const char text[] =
	    "{\"ticker\":\"I:SPX\",\"results\":[{\"o\":10,\"c\":11,\"h\":12,"
	    "\"l\":9,\"t\":1704171600000}],\"status\":\"OK\"}";

	static const struct {
		enum asset_class class;
		size_t bars;
		const char *name;
	} cases[] = {
		{ CLASS_INDEX, 1, "an index has no volume" },
		{ CLASS_STOCK, 0, "a stock without volume is refused" },
	};

	for (size_t i = 0; i < 2; i++) {
		struct page page = PAGE_INIT;
		struct verified v = VERIFIED_INIT;
		struct asked asked = {
			.ticker = "I:SPX",
			.grid = { cal, cases[i].class, TF_1D },
			.from = 1704171600000,
			.to = 1704258000000,
			.cover_to = 1704258000000,
			.cursor = 1704171600000,
		};
		struct md_error e;

		ok(page_parse(&page, text, sizeof(text) - 1, &e) &&
			page.scanned && page.len == 1 &&
			verify_page(&asked, &page, true, &v) &&
			v.len == cases[i].bars,
		    "%s", cases[i].name);
		verified_free(&v);
		page_free(&page);
	}
}

int
main(void)
{
	struct calendar *cal = NULL;
	struct md_error e;

	values();
	sameness();
	words();
	if (ok(zoneinfo_calendar(&cal, NULL, &e), "the calendar loads"))
		indices(cal);
	calendar_destroy(&cal);
	return done();
}
