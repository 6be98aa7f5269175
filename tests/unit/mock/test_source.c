#include "mock/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/zoneinfo.h"
#include "tap.h"

static struct calendar *cal;

/* -- asking -- */

static int64_t
at(const char *symbol, const char *date)
{
	md_date d;

	return md_date_parse(date, &d)
		   ? calendar_midnight(cal, symbol_class(symbol), d)
		   : 0;
}

static struct source_query
query(const char *symbol, int n, const char *unit, const char *from,
    const char *to)
{
	struct source_query q;
	struct md_error e;

	memset(&q, 0, sizeof(q));
	q.symbol = symbol;
	(void)window_of_api(n, unit, &q.window, &e);
	q.from_ms = at(symbol, from);
	q.to_ms = at(symbol, to) + MD_DAY - 1;
	q.now_ms = at(symbol, "2025-01-01");
	q.limit = 1000000;
	return q;
}

static struct source_page
ask(struct market *m, const struct source_query *q)
{
	struct source_page p;
	struct md_error e = { MD_OK, "" };

	if (!source_bars(m, q, &p, &e))
		printf("# %s\n", e.text);
	return p;
}

static bool
same(const struct bars *a, const struct bars *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (!bar_equal(&a->bar[i], &b->bar[i])) {
			printf("# bar %zu: %lld %.17g %.17g %.17g %.17g v "
			       "%.17g/%.17g vw %.17g/%.17g n %lld/%lld\n",
			    i, (long long)a->bar[i].t,
			    a->bar[i].o - b->bar[i].o,
			    a->bar[i].h - b->bar[i].h,
			    a->bar[i].l - b->bar[i].l,
			    a->bar[i].c - b->bar[i].c, a->bar[i].v, b->bar[i].v,
			    a->bar[i].vw, b->bar[i].vw, (long long)a->bar[i].n,
			    (long long)b->bar[i].n);
			return false;
		}
	return a->len == b->len;
}

/* -- windows -- */

static void
windows(void)
{
	static const struct {
		int n;
		const char *unit;
		bool good;
	} asked[] = { { 1, "minute", true }, { 15, "minute", true },
		{ 2, "minute", true }, { 90, "minute", true },
		{ 2, "hour", true }, { 24, "hour", true }, { 1, "day", true },
		{ 1, "week", true }, { 1, "month", true },
		{ 7, "minute", false }, { 0, "minute", false },
		{ 48, "hour", false }, { 2, "day", false },
		{ 1, "quarter", false }, { 1, "second", false } };

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct window w;
		struct md_error e;

		ok(window_of_api(asked[i].n, asked[i].unit, &w, &e) ==
			asked[i].good,
		    "%d %s is %sa window", asked[i].n, asked[i].unit,
		    asked[i].good ? "" : "not ");
	}
}

/* -- joining -- */

static void
joining(void)
{
	const struct bar base[] = {
		{ 1704205800000, 10, 12, 9, 11, 100, 10, 3 },
		{ 1704205860000, 11, 13, 10, 12, 300, 12, 4 },
		{ 1704206700000, 12, 12, 12, 12, 1, NAN, -1 },
	};
	const struct bar whole = { 1704205800000, 10, 13, 9, 12, 400, 11.5, 7 };
	struct bars out = { NULL, 0, 0 };
	struct window w = { TF_15M, 0 };
	size_t used;

	ok(source_join_bars(cal, CLASS_STOCK, &w, base, 3, false, &out,
	       &used) &&
		out.len == 1 && used == 2 && bar_equal(&out.bar[0], &whole),
	    "first open, extremes, last close, sums, weighted price");
	out.len = 0;
	ok(source_join_bars(cal, CLASS_STOCK, &w, base, 3, true, &out, &used) &&
		out.len == 2 && used == 3 && isnan(out.bar[1].vw) &&
		out.bar[1].n == -1,
	    "what the feed does not say stays absent");
	bars_free(&out);
}

/* -- synthetic bars -- */

static bool
plausible(const struct bars *b)
{
	for (size_t i = 0; i < b->len; i++) {
		const struct bar *x = &b->bar[i];

		if (bar_impossible(x) != NULL || x->n <= 0 || x->vw < x->l ||
		    x->vw > x->h || x->v <= 0 || (i > 0 && x->t <= x[-1].t))
			return false;
	}
	return b->len > 0;
}

static void
synthetic_shape(struct market *m, const char *symbol, int n, const char *unit,
    size_t want)
{
	struct source_query q =
	    query(symbol, n, unit, "2024-07-01", "2024-07-07");
	struct source_page p = ask(m, &q);

	ok(p.bars.len == want && plausible(&p.bars),
	    "%s %d %s: a week with a half day and a holiday has %zu bars, has "
	    "%zu",
	    symbol, n, unit, want, p.bars.len);
	source_page_free(&p);
}

/* Coarser bars are what finer ones, joined, are. */
static void
synthetic_coarser(struct market *m, const char *symbol, const char *unit)
{
	struct source_query fine =
	    query(symbol, 1, "minute", "2023-10-01", "2024-01-31");
	struct source_query coarse = fine;
	struct source_page f, c;
	struct bars joined = { NULL, 0, 0 };
	struct md_error e;
	size_t used;

	(void)window_of_api(strcmp(unit, "hour") == 0 ? 4 : 1, unit,
	    &coarse.window, &e);
	f = ask(m, &fine);
	c = ask(m, &coarse);
	(void)source_join_bars(cal, symbol_class(symbol), &coarse.window,
	    f.bars.bar, f.bars.len, true, &joined, &used);
	ok(same(&c.bars, &joined), "%s by the %s is what its minutes say: %zu",
	    symbol, unit, c.bars.len);
	bars_free(&joined);
	source_page_free(&f);
	source_page_free(&c);
}

static void
synthetic_repeats(const struct source_query *q)
{
	struct market *a, *b;
	struct source_query part = *q;
	struct source_page x, y;
	struct md_error e;

	(void)source_open_synthetic(&a, 7, cal, &e);
	(void)source_open_synthetic(&b, 7, cal, &e);
	x = ask(a, q);
	/* The second market is asked for the end alone. */
	part.from_ms = x.bars.bar[x.bars.len / 2].t;
	y = ask(b, &part);
	ok(y.bars.len > 0 && memcmp(&x.bars.bar[x.bars.len / 2], y.bars.bar,
				 y.bars.len * sizeof(struct bar)) == 0,
	    "the same seed gives the same bars, wherever one starts");
	source_close(&b);
	source_page_free(&y);
	(void)source_open_synthetic(&b, 8, cal, &e);
	y = ask(b, q);
	ok(x.bars.len == y.bars.len && x.bars.bar[0].o != y.bars.bar[0].o,
	    "another seed gives others");
	source_page_free(&x);
	source_page_free(&y);
	source_close(&a);
	source_close(&b);
}

static void
synthetic_ends(struct market *m)
{
	struct source_query q =
	    query("IBM", 1, "day", "2003-01-01", "2003-12-31");
	struct source_page p = ask(m, &q);

	ok(p.bars.len > 0 && p.bars.bar[0].t == at("IBM", "2003-09-10"),
	    "stocks begin on 2003-09-10");
	source_page_free(&p);
	q = query("X:BTCUSD", 1, "day", "2010-01-01", "2010-12-31");
	p = ask(m, &q);
	ok(p.bars.len > 0 && p.bars.bar[0].t == at("X:BTCUSD", "2010-07-17"),
	    "crypto on 2010-07-17");
	source_page_free(&p);
	q = query("ZZTOP", 1, "day", "2024-01-01", "2024-01-31");
	p = ask(m, &q);
	ok(p.bars.len == 0 && !p.more, "what starts with ZZ does not exist");
	source_page_free(&p);
	q = query("IBM", 1, "hour", "2024-07-02", "2024-07-09");
	q.now_ms = at("IBM", "2024-07-02") + 10 * MD_HOUR + 45 * MD_MINUTE;
	p = ask(m, &q);
	ok(p.bars.len == 2 && p.base == 76,
	    "the last window holds what was traded by now: %lld minutes",
	    (long long)p.base);
	source_page_free(&p);
}

/* The price a minute before and after a split, adjusted, is about the same. */
static void
synthetic_splits(struct market *m)
{
	struct source_query q = query("", 1, "day", "2004-01-01", "2024-12-31");
	struct splits s;
	struct md_error e;
	size_t jumps = 0, raw = 0;

	(void)source_splits(m, NULL, q.now_ms, &s, &e);
	for (size_t i = 0; i < s.len; i++) {
		struct source_page p;
		double change;

		q.symbol = s.split[i].symbol;
		q.from_ms =
		    calendar_midnight(cal, CLASS_STOCK, s.split[i].date - 5);
		q.to_ms = calendar_midnight(cal, CLASS_STOCK, s.split[i].date);
		for (int adjusted = 0; adjusted < 2; adjusted++) {
			q.adjusted = adjusted == 1;
			p = ask(m, &q);
			change = p.bars.bar[p.bars.len - 1].o /
				 p.bars.bar[p.bars.len - 2].c;
			*(adjusted == 1 ? &jumps : &raw) +=
			    fabs(change - 1) > 0.2;
			source_page_free(&p);
		}
	}
	ok(s.len > 0 && raw == s.len && jumps == 0,
	    "%zu splits: raw prices jump, adjusted ones do not", s.len);
	splits_free(&s);
}

static void
synthetic(void)
{
	struct market *m;
	struct md_error e;
	struct source_query q;

	(void)source_open_synthetic(&m, 1, cal, &e);
	synthetic_shape(m, "AAPL", 1, "minute", 3 * 390 + 210);
	synthetic_shape(m, "AAPL", 1, "hour", 3 * 7 + 4);
	synthetic_shape(m, "AAPL", 1, "day", 4);
	synthetic_shape(m, "X:BTCUSD", 1, "minute", 7 * 1440);
	synthetic_shape(m, "X:BTCUSD", 4, "hour", 42);
	synthetic_shape(m, "C:EURUSD", 1, "hour", 4 * 24 + 17 + 7);
	synthetic_coarser(m, "MSFT", "hour");
	synthetic_coarser(m, "MSFT", "day");
	synthetic_coarser(m, "MSFT", "day"); /* remembered by now */
	synthetic_coarser(m, "X:ETHUSD", "hour");
	synthetic_coarser(m, "X:ETHUSD", "day");
	synthetic_coarser(m, "C:EURUSD", "day");
	q = query("GOOG", 1, "minute", "2024-01-02", "2024-02-02");
	synthetic_repeats(&q);
	q = query("GOOG", 1, "day", "2020-01-02", "2024-02-02");
	synthetic_repeats(&q);
	synthetic_ends(m);
	synthetic_splits(m);
	source_close(&m);
}

/* Days of forex from another midnight: the same minutes, other days. */
static void
forex_grid(void)
{
	static const char *const units[] = { "day", "week", "month" };
	struct market *m;
	struct md_error e;

	(void)source_open_synthetic(&m, 1, cal, &e);
	m->fx_utc = true;
	synthetic_shape(m, "C:EURUSD", 1, "minute", (4 * 24 + 17 + 7) * 60);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct source_query fine = query("C:EURUSD", 1,
		    i == 0 ? "minute" : "day", "2024-03-01", "2024-03-31");
		struct source_query q = fine;
		struct source_page p, finer;
		struct bars joined = { NULL, 0, 0 };
		bool utc = true, sunday = true;
		size_t used;

		(void)window_of_api(1, units[i], &q.window, &e);
		/* whole windows alone: February, and weeks from a Sunday */
		q.from_ms = fine.from_ms = md_date_of(2024, 2, 1) * MD_DAY;
		if (i == 1)
			q.from_ms = fine.from_ms =
			    md_date_of(2024, 2, 4) * MD_DAY;
		q.to_ms = fine.to_ms = md_date_of(2024, 3, 31) * MD_DAY - 1;
		q.now_ms = fine.now_ms = q.to_ms;
		p = ask(m, &q);
		finer = ask(m, &fine);
		(void)source_join_bars(cal, CLASS_CRYPTO, &q.window,
		    finer.bars.bar, finer.bars.len, true, &joined, &used);
		for (size_t k = 0; k < p.bars.len; k++) {
			int64_t t = p.bars.bar[k].t;

			utc = utc && t % MD_DAY == 0;
			sunday =
			    sunday && md_weekday((md_date)(t / MD_DAY)) == 0;
		}
		ok(utc && p.bars.len > 1 && same(&p.bars, &joined),
		    "%zu %ss of forex start at midnight UTC", p.bars.len,
		    units[i]);
		if (i == 1)
			ok(sunday, "weeks on Sundays");
		bars_free(&joined);
		source_page_free(&p);
		source_page_free(&finer);
	}
	source_close(&m);
}

/* -- pages -- */

/* Every page, one after another, against all at once. */
static void
paging(struct market *m, struct source_query q, int64_t limit, size_t pages)
{
	struct source_page all = ask(m, &q), p;
	struct bars sum = { NULL, 0, 0 };
	int64_t base = 0;
	size_t n = 0;

	q.limit = limit;
	do {
		p = ask(m, &q);
		for (size_t i = 0; i < p.bars.len; i++)
			(void)bars_add(&sum, &p.bars.bar[i]);
		base += p.base;
		*(q.descending ? &q.to_ms : &q.from_ms) = p.next_ms;
		source_page_free(&p);
	} while (p.more && ++n < 100000);
	ok(same(&all.bars, &sum) && base == all.base && n + 1 == pages,
	    "%s in pages of %lld%s is the same: %zu of %zu pages", q.symbol,
	    (long long)limit, q.descending ? ", newest first," : "", n + 1,
	    pages);
	bars_free(&sum);
	source_page_free(&all);
}

static void
pages(void)
{
	struct market *m;
	struct source_query q, hours, days;
	struct md_error e;

	(void)source_open_synthetic(&m, 1, cal, &e);
	q = query("IBM", 1, "minute", "2024-07-08", "2024-07-12");
	paging(m, q, 400, 5);
	q.descending = true;
	paging(m, q, 400, 5);
	hours = query("IBM", 1, "hour", "2024-07-08", "2024-07-12");
	/* 30 + 60 fit, the next 60 do not; 60 + 60 a page from then on. */
	paging(m, hours, 120, 18);
	paging(m, hours, 1, 35);
	hours.descending = true;
	paging(m, hours, 120, 18);
	paging(m, hours, 7, 35);
	days = query("IBM", 1, "week", "2024-01-07", "2024-07-13");
	paging(m, days, 10, 14);
	source_close(&m);
}

/* -- a folder of bars -- */

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL)
		return;
	(void)fputs(text, f);
	(void)fclose(f);
}

static void
put_folder(const char *dir)
{
	char path[512];
	static const char *const folders[] = { "bars", "bars/IBM",
		"bars/X_BTCUSD", "bars/BAD" };

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		(void)mkdir(path, 0777);
	}
	put_file(dir, "splits.csv",
	    "ticker,execution_date,split_from,split_to\n"
	    "IBM,2024-07-02,1,4\nIBM,2024-07-09,2,1\nIBM,2030-01-02,1,2\n");
	/* Two sessions, by the hour; no other file. */
	put_file(dir, "bars/IBM/1h.csv",
	    "t,o,h,l,c,v\n"
	    "1719838800000,100.1,101,99,100.5,1000\n"
	    "1719842400000,100.5,104,100,103,2000.5\n"
	    "1719925200000,25,26,24,25.5,4000\n");
	put_file(dir, "bars/X_BTCUSD/1d.csv",
	    "t,o,h,l,c,v\n1719792000000,0.1,0.3,0.1,0.2,0.30000000000000004\n");
	put_file(dir, "bars/BAD/1d.csv", "t,o,h,l,c,v\n1719792000000,0.1\n");
}

static void
data_bars(struct market *m)
{
	struct source_query q =
	    query("IBM", 1, "day", "2024-06-24", "2024-07-05");
	struct source_page p = ask(m, &q);
	struct md_error e;

	ok(p.bars.len == 2 && p.bars.bar[0].t == at("IBM", "2024-07-01") &&
		p.bars.bar[0].h == 104 && p.bars.bar[0].v == 3000.5 &&
		p.base == 2 && isnan(p.bars.bar[0].vw),
	    "days without a file are made from hours");
	source_page_free(&p);
	q.adjusted = true;
	p = ask(m, &q);
	ok(p.bars.len == 2 && p.bars.bar[0].o == 100.1 / (4.0 / 2) &&
		p.bars.bar[1].o == 25 / (1.0 / 2) &&
		p.bars.bar[1].v == 4000 * (1.0 / 2),
	    "adjusted: divided once by all splits after, future ones not");
	source_page_free(&p);
	q.now_ms = at("IBM", "2024-07-05");
	p = ask(m, &q);
	ok(p.bars.bar[0].o == 100.1 / 4 && p.bars.bar[1].o == 25,
	    "and only those executed by now");
	source_page_free(&p);
	q = query("IBM", 1, "hour", "2024-07-01", "2024-07-05");
	p = ask(m, &q);
	ok(p.bars.len == 3 && p.base == 180, "an hour counts as 60 minutes");
	source_page_free(&p);
	q = query("IBM", 5, "minute", "2024-07-01", "2024-07-05");
	p = ask(m, &q);
	ok(p.bars.len == 0, "minutes cannot be made from hours");
	source_page_free(&p);
	q = query("X:BTCUSD", 1, "day", "2024-07-01", "2024-07-01");
	p = ask(m, &q);
	ok(p.bars.len == 1 && p.bars.bar[0].v == 0.1 + 0.2 &&
		p.bars.bar[0].h == 0.3,
	    "numbers are the text's to the last bit");
	source_page_free(&p);
	q = query("BAD", 1, "day", "2024-07-01", "2024-07-01");
	ok(!source_bars(m, &q, &p, &e) && e.code == MD_EDATA &&
		strstr(e.text, "1d.csv:2: expected t,o,h,l,c,v") != NULL,
	    "a broken line is named: %s", e.text);
	q.symbol = "../IBM";
	p = ask(m, &q);
	ok(p.bars.len == 0, "no symbol leads out of the folder");
	source_page_free(&p);
}

static void
data(void)
{
	char dir[] = "/tmp/test_market.XXXXXX", command[64];
	struct market *m = NULL;
	struct symbols all;
	struct md_error e;

	if (mkdtemp(dir) == NULL)
		return;
	ok(!source_open_files(&m, dir, cal, &e) && e.code == MD_EIO,
	    "a folder without bars is refused: %s", e.text);
	put_folder(dir);
	ok(source_open_files(&m, dir, cal, &e), "one with bars is not");
	data_bars(m);
	ok(source_symbols(m, &all, &e) && all.len == 3 &&
		strcmp(all.symbol[2], "X:BTCUSD") == 0,
	    "the symbols are those of the folders");
	symbols_free(&all);
	source_close(&m);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("# %s\n", e.text);
		return 1;
	}
	windows();
	joining();
	synthetic();
	forex_grid();
	pages();
	data();
	calendar_destroy(&cal);
	return done();
}
