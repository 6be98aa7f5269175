#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer/verify.h"
#include "cli/zoneinfo.h"
#include "tap.h"

static struct calendar *cal;

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define WINDOWS   12
#define ROWS_MAX  64
#define PAGES_MAX 8

/*
 * Windows are hours, twelve of them from a Thursday's close in New York on: of
 * crypto all are expected, of a stock none.
 */
static int64_t
hour(int i)
{
	return INT64_C(1709845200000) + i * MD_HOUR; /* 2024-03-07T21:00Z */
}

static struct bar
good_bar(int64_t t)
{
	return (struct bar){ t, 10, 12, 9, 11, 1000.5, 10.5, 7 };
}

/* -- pages, written briefly -- */

struct rows {
	struct bar bars[ROWS_MAX];
	struct page_refusal refused[ROWS_MAX];
	struct page page;
};

static char raw_row[] = "{\"t\":\"?\"}", ticker[] = "X:BTCUSD",
	    other_ticker[] = "X:ETHUSD";

/*
 * A word is a window's number, and what is special about its row: x its
 * prices, o a time off the grid, b other values, r not to be read as a bar;
 * "?" is not to be read and has no time.  "A:" and "N:" before the rows: about
 * another ticker, or none.
 */
static void
add_row(struct rows *r, const char *word)
{
	char *end;
	int64_t t = hour((int)strtol(word, &end, 10));

	if (*word == '?' || *end == 'r') {
		r->refused[r->page.refused_len++] =
		    (struct page_refusal){ raw_row, "\"t\" is not a number",
			    *word != '?', t, { "" } };
		return;
	}
	r->bars[r->page.len] = good_bar(*end == 'o' ? t + MD_MINUTE : t);
	if (*end == 'x')
		r->bars[r->page.len].l = 11.5;
	if (*end == 'b')
		r->bars[r->page.len].v = 2000;
	r->page.len++;
}

static void
rows_make(struct rows *r, const char *text, size_t n)
{
	char copy[256], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	memset(&r->page, 0, sizeof(r->page));
	r->page.bars = r->bars;
	r->page.refused = r->refused;
	r->page.ticker = ticker;
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		if (strcmp(w, "A:") == 0)
			r->page.ticker = other_ticker;
		else if (strcmp(w, "N:") == 0)
			r->page.ticker = NULL;
		else
			add_row(r, w);
}

static struct asked
asked_make(enum asset_class class, int asked_at)
{
	return (struct asked){ .ticker = ticker,
		.grid = { cal, class, TF_1H },
		.from = hour(0),
		.to = hour(WINDOWS),
		.asked_at = hour(asked_at),
		.cover_to = hour(12),
		.cursor = hour(0) };
}

/* Into a map of windows: '.', or '!' where two things are said. */
static void
mark(char map[WINDOWS + 1], const struct ranges *r, char c)
{
	for (size_t i = 0; i < r->len; i++)
		for (int w = 0; w < WINDOWS; w++)
			if (r->v[i].from <= hour(w) && hour(w) < r->v[i].to)
				map[w] = map[w] == '.' ? c : '!';
}

static void
mark_page(char map[WINDOWS + 1], const struct verified *v)
{
	mark(map, &v->covered, 'c');
	mark(map, &v->doubted, 'd');
	mark(map, &v->empty, 'e');
	mark(map, &v->refused_windows, 'r');
}

struct outcome {
	char map[WINDOWS + 1];
	int bars, refused;
	bool good;
};

/* Pages are separated by '|'. */
static struct outcome
answer(enum asset_class class, int cover, const char *pages)
{
	struct outcome o = { "............", 0, 0, true };
	struct asked a = asked_make(class, cover);
	struct verified v = VERIFIED_INIT;
	struct rows r;

	for (;;) {
		size_t n = strcspn(pages, "|");

		rows_make(&r, pages, n);
		o.good =
		    verify_page(&a, &r.page, pages[n] == '\0', &v) && o.good;
		mark_page(o.map, &v);
		o.bars += (int)v.len;
		o.refused += (int)v.refused_len;
		for (size_t i = 1; i < v.len; i++)
			o.good = o.good && v.bars[i - 1].t < v.bars[i].t;
		if (pages[n] == '\0')
			break;
		pages += n + 1;
	}
	verified_free(&v);
	return o;
}

static void
answers(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		int asked; /* at that hour: windows from there on are open */
		const char *pages, *map;
		int bars, refused;
	} cases[] = {
		/* whole answers */
		{ "an answer in full covers all of its range", CLASS_CRYPTO, 12,
		    "0 1 2 3 4 5 6 7 8 9 10 11", "cccccccccccc", 12, 0 },
		{ "one with holes too, but for what is behind its last bar",
		    CLASS_CRYPTO, 12, "3 4 8", "eeeccccccddd", 3, 0 },
		{ "windows that are still open are answered, as of now",
		    CLASS_CRYPTO, 10, "0 1 9 10 11", "cccccccccccc", 5, 0 },
		{ "that one of them has no bar yet proves nothing",
		    CLASS_CRYPTO, 10, "", "ddddddddddee", 0, 0 },
		{ "an unordered answer covers all of its range", CLASS_CRYPTO,
		    12, "5 4 11 0", "cccccccccccc", 4, 0 },
		/* empty ones */
		{ "an empty answer is in doubt where bars are expected",
		    CLASS_CRYPTO, 12, "", "dddddddddddd", 0, 0 },
		{ "an empty answer is believed where none are", CLASS_STOCK, 12,
		    "", "eeeeeeeeeeee", 0, 0 },
		{ "an empty answer need not name its ticker", CLASS_STOCK, 12,
		    "N:", "eeeeeeeeeeee", 0, 0 },
		{ "an empty answer about another ticker proves nothing",
		    CLASS_STOCK, 12, "A:", "dddddddddddd", 0, 0 },
		/* rows that cannot be right */
		{ "the window of an impossible row is refused", CLASS_CRYPTO,
		    12, "0 1 2x 3 11", "ccrccccccccc", 4, 1 },
		{ "so is that of a row off the grid", CLASS_CRYPTO, 12,
		    "0 1 2o 3 11", "ccrccccccccc", 4, 1 },
		{ "so is that of a row that is no bar but has a time",
		    CLASS_CRYPTO, 12, "0 1 2r 3 11", "ccrccccccccc", 4, 1 },
		{ "several of them are several windows", CLASS_CRYPTO, 12,
		    "0x 1 2 5x 6x 11x 7", "rccccrrccccr", 3, 4 },
		{ "twice in one window is once", CLASS_CRYPTO, 12,
		    "0 3x 3o 3r 4", "cccrcddddddd", 2, 3 },
		{ "a good bar of a window with a bad one is kept, in doubt",
		    CLASS_CRYPTO, 12, "0 3 3x 4", "cccdcddddddd", 3, 1 },
		{ "a row without a time may be of any window without a bar",
		    CLASS_CRYPTO, 12, "0 1 ? 3", "ccdcdddddddd", 3, 1 },
		{ "so may one before the range", CLASS_CRYPTO, 12, "-1 0 1 3",
		    "ccdcdddddddd", 3, 1 },
		{ "or one after it", CLASS_CRYPTO, 12, "0 1 3 12",
		    "ccdcdddddddd", 3, 1 },
		{ "also where no bars are expected: it was one", CLASS_STOCK,
		    12, "0 1 ? 3", "ccdcdddddddd", 3, 1 },
		{ "where there is no other bar it may be of all", CLASS_CRYPTO,
		    12, "?", "dddddddddddd", 0, 1 },
		{ "rows that are all refused are an empty answer elsewhere",
		    CLASS_CRYPTO, 12, "3x", "dddrdddddddd", 0, 1 },
		{ "and where none are expected an empty one", CLASS_STOCK, 12,
		    "3x 4r", "eeerreeeeeee", 0, 2 },
		{ "a bad row of an open window is that window's matter",
		    CLASS_CRYPTO, 10, "0 1 9 10x", "ccccccccccrc", 3, 1 },
		/* the same time twice */
		{ "the same bar twice is one bar", CLASS_CRYPTO, 12,
		    "0 1 1 1 2", "cccddddddddd", 3, 0 },
		{ "also when it comes out of order", CLASS_CRYPTO, 12,
		    "2 0 1 2 0", "cccddddddddd", 3, 0 },
		{ "two bars of one time are refused", CLASS_CRYPTO, 12,
		    "0 1 1b 2", "crcddddddddd", 2, 2 },
		{ "two of three alike are refused too", CLASS_CRYPTO, 12,
		    "0 1 1b 1 2", "crcddddddddd", 2, 3 },
		/* another ticker */
		{ "rows of another ticker are refused, all of them",
		    CLASS_CRYPTO, 12, "A: 0 1 2", "rrrddddddddd", 0, 3 },
		{ "rows of no ticker too", CLASS_CRYPTO, 12, "N: 0 1 2",
		    "rrrddddddddd", 0, 3 },
		{ "also where no bars are expected", CLASS_STOCK, 12,
		    "A: 0 1 2", "rrrddddddddd", 0, 3 },
		{ "one page of another ticker puts later ones in doubt",
		    CLASS_CRYPTO, 12, "0 1|A: 2 3|4 5|6", "ccrrdddddddd", 5,
		    2 },
		/* pages */
		{ "a page covers up to the end of its last bar's window",
		    CLASS_CRYPTO, 12, "0 1 3|", "ccccdddddddd", 3, 0 },
		{ "pages cover their range together", CLASS_CRYPTO, 12,
		    "0 1 3|4 6|9", "ccccccccccdd", 6, 0 },
		{ "an empty page before the last says nothing", CLASS_CRYPTO,
		    12, "|0 1 2||5 6|7", "ccccccccdddd", 6, 0 },
		{ "an empty last page leaves expected bars in doubt",
		    CLASS_CRYPTO, 12, "0 1 2 3|4 5|", "ccccccdddddd", 6, 0 },
		{ "where none are expected it ends an answer with bars",
		    CLASS_STOCK, 12, "0 1 2 3|4 5|", "cccccccccccc", 6, 0 },
		{ "an unordered page is covered by the next one", CLASS_CRYPTO,
		    12, "3 1 2|4 5|6", "cccccccccccc", 6, 0 },
		{ "bars that came out of order are not an empty answer",
		    CLASS_STOCK, 12, "3 1 2|", "cccccccccccc", 3, 0 },
		{ "a page that repeats the last one's end is no harm",
		    CLASS_CRYPTO, 12, "0 1 2|2 3 4|4", "cccccddddddd", 7, 0 },
		{ "a page that goes back covers nothing more", CLASS_CRYPTO, 12,
		    "0 1 6|2 3|7", "cccccccccccc", 6, 0 },
		{ "a bad row within a page is its page's matter", CLASS_CRYPTO,
		    12, "0 1x 2|3 4|5", "crccccdddddd", 5, 1 },
		{ "a bad last row of a page is refused with the next one",
		    CLASS_CRYPTO, 12, "0 1 2x|3 4|5", "ccrcccdddddd", 5, 1 },
		{ "so is one that is no bar", CLASS_CRYPTO, 12, "0 1 2r|3 4|5",
		    "ccrcccdddddd", 5, 1 },
		{ "one whose time is not known may be of later pages, too",
		    CLASS_CRYPTO, 12, "0 1 ?|3 5|6", "ccdcdccddddd", 5, 1 },
		{ "of a page without good rows each is refused", CLASS_CRYPTO,
		    12, "0 1|2x 3x|4 5", "ccrrccdddddd", 4, 2 },
		{ "so is one of an unordered page", CLASS_CRYPTO, 12,
		    "2 1 3x|4 5|6", "cccrcccccccc", 5, 1 },
		{ "so it is where no bars are expected", CLASS_STOCK, 12,
		    "0 1 2x|3 4|", "ccrccccccccc", 4, 1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome o =
		    answer(cases[i].class, cases[i].asked, cases[i].pages);

		ok(o.good && strcmp(o.map, cases[i].map) == 0 &&
			o.bars == cases[i].bars &&
			o.refused == cases[i].refused,
		    "%s", cases[i].name);
		if (strcmp(o.map, cases[i].map) != 0 ||
		    o.bars != cases[i].bars || o.refused != cases[i].refused)
			printf("# \"%s\": got %s %d %d, expected %s %d %d\n",
			    cases[i].pages, o.map, o.bars, o.refused,
			    cases[i].map, cases[i].bars, cases[i].refused);
	}
}

/* -- one row -- */

static void
reasons(void)
{
	static const struct {
		struct bar bar;
		const char *reason;
	} cases[] = {
		{ { 0, 10, 12, 9, 11, 5, 10, 1 }, NULL },
		{ { 0, 10, 10, 10, 10, 0, 0, 0 }, NULL },
		{ { 0, 1e-9, 1e300, 1e-9, 1, 1e300, (double)NAN, -1 }, NULL },
		{ { 0, 0, 12, 9, 11, 5, 10, 1 }, "a price is not above zero" },
		{ { 0, 10, 12, -9, 11, 5, 10, 1 },
		    "a price is not above zero" },
		{ { 0, 10, (double)INFINITY, 9, 11, 5, 10, 1 },
		    "a price is not above zero" },
		{ { 0, 10, 12, 9, (double)NAN, 5, 10, 1 },
		    "a price is not above zero" },
		{ { 0, 10, 8, 9, 11, 5, 10, 1 }, "high is below low" },
		{ { 0, 10, 12, 9, 12.5, 5, 10, 1 },
		    "high is below open or close" },
		{ { 0, 12.5, 12, 9, 10, 5, 10, 1 },
		    "high is below open or close" },
		{ { 0, 8, 12, 9, 11, 5, 10, 1 }, "low is above open or close" },
		{ { 0, 10, 12, 9, 8, 5, 10, 1 }, "low is above open or close" },
		{ { 0, 10, 12, 9, 11, -1, 10, 1 }, "volume is below zero" },
		{ { 0, 10, 12, 9, 11, (double)INFINITY, 10, 1 },
		    "volume is below zero" },
		{ { 0, 10, 12, 9, 11, 5, -1, 1 },
		    "volume-weighted price is below zero" },
		{ { 0, 10, 12, 9, 11, 5, (double)INFINITY, 1 },
		    "volume-weighted price is below zero" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = bar_impossible(&cases[i].bar);

		ok(cases[i].reason == NULL
			? why == NULL
			: why != NULL && strcmp(why, cases[i].reason) == 0,
		    "o %g h %g l %g c %g v %g vw %g: %s", cases[i].bar.o,
		    cases[i].bar.h, cases[i].bar.l, cases[i].bar.c,
		    cases[i].bar.v, cases[i].bar.vw,
		    cases[i].reason == NULL ? "possible" : cases[i].reason);
	}
}

static bool
kept_as(const struct bar *b, const char *raw, const char *reason)
{
	struct asked a = asked_make(CLASS_CRYPTO, WINDOWS);
	struct verified v = VERIFIED_INIT;
	struct rows r;
	bool good;

	rows_make(&r, "0", 1);
	r.bars[0] = *b;
	good = verify_page(&a, &r.page, true, &v) && v.refused_len == 1 &&
	       v.refused[0].has_t && v.refused[0].t == b->t &&
	       strcmp(v.refused[0].reason, reason) == 0 &&
	       strcmp(v.raw.data + v.refused[0].raw, raw) == 0;
	if (!good && v.refused_len == 1)
		printf("# %s: %s\n", v.raw.data + v.refused[0].raw,
		    v.refused[0].reason);
	verified_free(&v);
	return good;
}

static void
rejected_rows(void)
{
	struct bar b = good_bar(1);

	ok(kept_as(&b,
	       "{\"v\":1000.5,\"vw\":10.5,\"o\":10,\"c\":11,\"h\":12,"
	       "\"l\":9,\"t\":1,\"n\":7}",
	       "outside the window asked for"),
	    "a refused row is kept as it came");
	b.vw = (double)NAN;
	b.n = -1;
	b.v = 0.1;
	b.t = hour(1) + 1;
	ok(kept_as(&b,
	       "{\"v\":0.1,\"o\":10,\"c\":11,\"h\":12,\"l\":9,"
	       "\"t\":1709848800001}",
	       "not on the timeframe's grid"),
	    "without what it did not have");
}

static void
refusals_of_the_page(void)
{
	struct asked a = asked_make(CLASS_CRYPTO, WINDOWS);
	struct verified v = VERIFIED_INIT;
	struct rows r;
	bool good;

	rows_make(&r, "0 2r ?", 6);
	good = verify_page(&a, &r.page, true, &v) && v.refused_len == 2;
	ok(good && strcmp(v.raw.data + v.refused[0].raw, raw_row) == 0 &&
		strcmp(v.refused[0].reason, "\"t\" is not a number") == 0,
	    "a row that could not be read is kept with its reason");
	rows_make(&r, "0 1 2 11", 8);
	a = asked_make(CLASS_CRYPTO, WINDOWS);
	ok(verify_page(&a, &r.page, true, &v) && v.refused_len == 0 &&
		v.covered.len == 1 && v.doubted.len == 0,
	    "and is not kept for the next page");
	verified_free(&v);
}

/* -- days on which the exchange was closed -- */

static void
closed_days(void)
{
	static const struct {
		const char *name;
		enum asset_class class;
		enum timeframe tf;
		int64_t t;
		bool taken;
	} cases[] = {
		{ "a stock has no bar of a Saturday", CLASS_STOCK, TF_1D,
		    INT64_C(1709960400000), false }, /* 2024-03-09 */
		{ "nor of Good Friday", CLASS_ETF, TF_1D,
		    INT64_C(1711684800000), false }, /* 2024-03-29 */
		{ "nor a minute of it", CLASS_STOCK, TF_1M,
		    INT64_C(1711719000000), false }, /* 09:30 */
		{ "nor an index", CLASS_INDEX, TF_1H, INT64_C(1711717200000),
		    false },
		{ "of the Thursday before it has", CLASS_STOCK, TF_1D,
		    INT64_C(1711598400000), true },
		{ "a week has that one day less", CLASS_STOCK, TF_1W,
		    INT64_C(1711252800000), true },
		{ "a pair is traded on Saturday", CLASS_CRYPTO, TF_1D,
		    INT64_C(1709942400000), true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct verified v = VERIFIED_INIT;
		struct rows r;
		struct asked a = { .ticker = ticker,
			.grid = { cal, cases[i].class, cases[i].tf },
			.from = cases[i].t,
			.to = cases[i].t + MD_DAY,
			.asked_at = cases[i].t + 30 * MD_DAY,
			.cover_to = cases[i].t + MD_DAY,
			.cursor = cases[i].t };
		bool good;

		rows_make(&r, "", 0);
		r.bars[0] = good_bar(cases[i].t);
		r.page.len = 1;
		good = verify_page(&a, &r.page, true, &v);
		ok(good && v.len == cases[i].taken &&
			(cases[i].taken ||
			    (v.refused_len == 1 &&
				strcmp(v.refused[0].reason,
				    "on a day on which the exchange was "
				    "closed") == 0)),
		    "%s", cases[i].name);
		verified_free(&v);
	}
}

/* -- sessions without a bar -- */

/* Of 2024-07-01, a Monday, to 07-10, New York; the 4th is a holiday. */
struct sessions_case {
	const char *name;
	enum asset_class class;
	enum timeframe tf;
	const char *days;    /* those with a bar, of hours at 10:00 */
	const char *doubted; /* dates: from, to, … */
	const char *empty;
	int asked_on; /* at 12:00 */
	bool newly;   /* no older bar is known */
};

static bool
on_dates(const struct sessions_case *c, const struct ranges *r,
    const char *dates)
{
	md_date june = md_date_of(2024, 7, 1) - 1;

	for (size_t i = 0; i < r->len; i++, dates += 4)
		if (strlen(dates) < 4 ||
		    calendar_date(cal, c->class, r->v[i].from) !=
			june + (dates[0] - '0') * 10 + dates[1] - '0' ||
		    calendar_date(cal, c->class, r->v[i].to - 1) + 1 !=
			june + (dates[2] - '0') * 10 + dates[3] - '0')
			return false;
	return *dates == '\0';
}

static void
check_sessions(const struct sessions_case *c)
{
	struct verified v = VERIFIED_INIT;
	struct rows r;
	struct asked a = { .ticker = ticker,
		.grid = { cal, c->class, c->tf },
		.older = !c->newly };
	md_date june = md_date_of(2024, 7, 1) - 1;
	bool good;

	a.from = a.cursor = calendar_midnight(cal, c->class, june + 1);
	a.to = a.cover_to = calendar_midnight(cal, c->class, june + 10);
	a.asked_at =
	    calendar_midnight(cal, c->class, june + c->asked_on) + 12 * MD_HOUR;
	rows_make(&r, "", 0);
	for (const char *d = c->days; *d != '\0'; d++)
		if (*d != ' ')
			r.bars[r.page.len++] =
			    good_bar(calendar_midnight(cal, c->class,
					 june + *d - '0') +
				     (c->tf == TF_1H ? 10 * MD_HOUR : 0));
	good = verify_page(&a, &r.page, true, &v) &&
	       on_dates(c, &v.doubted, c->doubted) &&
	       on_dates(c, &v.empty, c->empty);
	if (!ok(good, "%s", c->name))
		for (size_t k = 0; k < v.doubted.len; k++)
			printf("# in doubt: %lld to %lld\n",
			    (long long)v.doubted.v[k].from,
			    (long long)v.doubted.v[k].to);
	verified_free(&v);
}

static void
absent_sessions(void)
{
	static const struct sessions_case cases[] = {
		{ "each session with its bar leaves no doubt", CLASS_STOCK,
		    TF_1D, "1235 89", "", "", 12, false },
		{ "the newest two that are late are in doubt", CLASS_STOCK,
		    TF_1D, "1235", "0810", "", 12, false },
		{ "so are one in the midst, and one at the beginning",
		    CLASS_STOCK, TF_1D, "235 9", "01020809", "", 12, false },
		{ "neighbours are one range, over a weekend", CLASS_STOCK,
		    TF_1D, "1 9", "0209", "", 12, false },
		{ "before the first bar of all it was not listed", CLASS_STOCK,
		    TF_1D, "589", "", "0104", 12, true },
		{ "where older bars are known it was", CLASS_STOCK, TF_1D,
		    "589", "0104", "", 12, false },
		{ "not one that had not closed", CLASS_STOCK, TF_1D, "1235 8",
		    "", "", 9, false },
		{ "of hours, a session that has none at all", CLASS_ETF, TF_1H,
		    "135 89", "02030910", "0910", 12, false },
		{ "and what is behind the last one", CLASS_STOCK, TF_1H, "1235",
		    "0510", "0910", 12, false },
		{ "of new ones too", CLASS_STOCK, TF_1H, "89", "0910",
		    "01060910", 12, true },
		{ "a pair trades every day", CLASS_CRYPTO, TF_1D, "1235 89",
		    "04050608", "", 12, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		check_sessions(&cases[i]);
}

/* -- a week's bar, whose window is long -- */

static void
windows_of_weeks(void)
{
	struct verified v = VERIFIED_INIT;
	struct rows r;
	struct asked a = { .ticker = ticker,
		.grid = { cal, CLASS_STOCK, TF_1W, GRID_UNKNOWN },
		.from = INT64_C(1709442000000),     /* Sunday 2024-03-03 */
		.to = INT64_C(1710648000000),       /* Sunday 2024-03-17 */
		.asked_at = INT64_C(1710000000000), /* 2024-03-09 */
		.cover_to = INT64_C(1710648000000),
		.cursor = INT64_C(1709442000000) };

	rows_make(&r, "", 0);
	r.bars[0] = good_bar(a.from + MD_DAY); /* the vendor's Monday */
	r.page.len = 1;
	ok(verify_page(&a, &r.page, true, &v) && v.len == 1 &&
		a.grid.kind == GRID_NEWYORK_MONDAY && v.covered.len == 1 &&
		v.covered.v[0].from == a.from + MD_DAY &&
		v.covered.v[0].to == INT64_C(1710129600000),
	    "a week may start on Monday, and then all do");
	a.grid.kind = GRID_UNKNOWN;
	a.cursor = a.from;
	a.any_bars = false;
	rows_make(&r, "", 0);
	r.bars[0] = good_bar(a.from);
	r.bars[1] = good_bar(a.from + 2 * MD_DAY);
	r.page.len = 2;
	ok(verify_page(&a, &r.page, true, &v) && v.len == 1 &&
		v.refused_len == 1 && v.doubted.len == 1 &&
		v.doubted.v[0].from == a.from &&
		v.doubted.v[0].to == INT64_C(1710046800000),
	    "on Tuesday it may not, and its whole week is in doubt");
	verified_free(&v);
}

/* -- the grid that the bars tell -- */

#define DAY(n) (INT64_C(1709856000000) + (n)*MD_DAY) /* 2024-03-08T00:00Z */

/* Three days and today's, of which New York's first begins at 05:00; on the
 * 10th the clock changes. */
static struct asked
asked_of_fx(void)
{
	return (struct asked){ .ticker = ticker,
		.grid = { cal, CLASS_FX, TF_1D, GRID_UNKNOWN },
		.from = DAY(0),
		.to = DAY(4) + 4 * MD_HOUR,
		.asked_at = DAY(3) + 20 * MD_HOUR,
		.cover_to = DAY(4) + 4 * MD_HOUR,
		.cursor = DAY(0) };
}

static bool
covers(const struct verified *v, int64_t from, int64_t to)
{
	return v->covered.len == 1 && v->covered.v[0].from == from &&
	       v->covered.v[0].to == to;
}

static void
grids_of_days(void)
{
	struct verified v = VERIFIED_INIT;
	struct asked a = asked_of_fx();
	struct rows r;

	rows_make(&r, "", 0);
	r.bars[r.page.len++] = good_bar(DAY(0));
	r.bars[r.page.len++] = good_bar(DAY(2));
	r.bars[r.page.len++] = good_bar(DAY(3));
	ok(verify_page(&a, &r.page, true, &v) && v.len == 3 &&
		v.refused_len == 0 && a.grid.kind == GRID_UTC &&
		covers(&v, DAY(0), DAY(4)),
	    "days of UTC are covered by UTC's, the first and today's");
	a = asked_of_fx();
	rows_make(&r, "", 0);
	r.bars[r.page.len++] = good_bar(DAY(0) + 5 * MD_HOUR);
	r.bars[r.page.len++] = good_bar(DAY(2) + 5 * MD_HOUR);
	r.bars[r.page.len++] = good_bar(DAY(3) + 4 * MD_HOUR);
	ok(verify_page(&a, &r.page, true, &v) && v.len == 3 &&
		v.refused_len == 0 && a.grid.kind == GRID_NEWYORK &&
		covers(&v, DAY(0) + 5 * MD_HOUR, DAY(4) + 4 * MD_HOUR),
	    "days of New York by New York's");
	a = asked_of_fx();
	rows_make(&r, "", 0);
	r.bars[r.page.len++] = good_bar(DAY(0));
	r.bars[r.page.len++] = good_bar(DAY(3) + 4 * MD_HOUR);
	ok(verify_page(&a, &r.page, true, &v) && v.len == 1 &&
		a.grid.kind == GRID_UTC && v.refused_len == 1 &&
		strcmp(v.refused[0].reason,
		    "not on the grid of this series' bars (00:00 UTC)") == 0,
	    "of two grids the first counts, the second is refused");
	a = asked_of_fx();
	rows_make(&r, "", 0);
	r.bars[r.page.len++] = good_bar(DAY(0));
	r.bars[r.page.len - 1].l = 11.5;
	r.bars[r.page.len++] = good_bar(DAY(2) + 5 * MD_HOUR);
	ok(verify_page(&a, &r.page, true, &v) && v.len == 1 &&
		a.grid.kind == GRID_NEWYORK,
	    "a row that cannot be right tells nothing");
	a = asked_of_fx();
	rows_make(&r, "", 0);
	ok(verify_page(&a, &r.page, true, &v) && a.grid.kind == GRID_UNKNOWN,
	    "nor does an answer without any");
	verified_free(&v);
}

/* -- any faults at all -- */

static uint32_t seed = 99;

static int
dice(int sides)
{
	seed = seed * 1664525U + 1013904223U;
	return (int)((seed >> 8) % (uint32_t)sides);
}

/* What the server has, what it sent of it, and how it broke that. */
struct server {
	bool has[WINDOWS], stored[WINDOWS];
	int faults; /* in ten rows */
};

/* A window's row; sometimes broken, sometimes twice. */
static void
send_row(struct server *s, struct rows *r, int w, bool foreign)
{
	static const char broken[] = "xor?", twice[] = "=b";
	bool good = dice(10) >= s->faults;
	char word[16], fault = broken[dice(4)];

	(void)snprintf(word, sizeof(word), "%d", w);
	if (!good && dice(3) > 0) {
		(void)snprintf(word, sizeof(word), "%d%c", w, fault);
		add_row(r, fault == '?' ? "?" : word);
		return;
	}
	add_row(r, word);
	if (!good) {
		/* The same is one bar, another makes it none. */
		fault = twice[dice(2)];
		(void)snprintf(word, sizeof(word), "%d%c", w, fault);
		add_row(r, word);
		foreign = foreign || fault == 'b';
	}
	s->stored[w] = s->stored[w] || !foreign;
}

static void
shuffle(struct rows *r)
{
	for (int n = (int)r->page.len; n > 1; n--) {
		int k = dice(n);
		struct bar b = r->bars[k];

		r->bars[k] = r->bars[n - 1];
		r->bars[n - 1] = b;
	}
}

/* Covered so far means stored so far: the run may end after any page. */
static bool
nothing_lost(const struct server *s, const char *map)
{
	for (int w = 0; w < WINDOWS; w++)
		if (s->has[w] && !s->stored[w] &&
		    (map[w] == 'c' || map[w] == 'e'))
			return false;
	return true;
}

static bool
round_of(enum asset_class class, int faults)
{
	struct server s = { { false }, { false }, faults };
	struct asked a = asked_make(class, WINDOWS);
	struct verified v = VERIFIED_INIT;
	char map[] = "............";
	bool good = true, last;
	int w = 0;

	for (int i = 0; i < WINDOWS; i++)
		s.has[i] = dice(3) > 0;
	do {
		bool foreign = faults > 0 && dice(12) == 0;
		struct rows r;

		rows_make(&r, foreign ? "A:" : "", foreign ? 2 : 0);
		for (int n = dice(5); n > 0 && w < WINDOWS; n--, w++)
			if (s.has[w])
				send_row(&s, &r, w, foreign);
		if (faults > 0 && dice(4) == 0)
			shuffle(&r);
		last = w == WINDOWS;
		good = verify_page(&a, &r.page, last, &v) && good;
		mark_page(map, &v);
		good = good && nothing_lost(&s, map);
	} while (!last);
	verified_free(&v);
	/* All was answered for, once. */
	good = good && strpbrk(map, ".!") == NULL;
	if (!good)
		printf("# %s\n", map);
	return good;
}

static void
any_faults(void)
{
	for (int faults = 0; faults <= 4; faults += 2) {
		bool good = true;

		for (int i = 0; i < 20000 && good; i++)
			good = round_of(i % 2 ? CLASS_CRYPTO : CLASS_STOCK,
			    faults);
		ok(good,
		    "with %d bad rows in ten, 20000 answers never cover "
		    "a window whose bar is not stored",
		    faults);
	}
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	answers();
	reasons();
	rejected_rows();
	refusals_of_the_page();
	closed_days();
	absent_sessions();
	windows_of_weeks();
	grids_of_days();
	any_faults();
	calendar_destroy(&cal);
	return done();
}
