/*
 * The endpoints that answer with bars: a range of one ticker, a day of all,
 * the day before.
 */
#include <string.h>

#include "base/number.h"
#include "mock/call.h"
#include "mock/cursor.h"

#define LIMIT_AGGS    50000
#define LIMIT_AGGS_IF 5000 /* not said */

/* A date or a time in ms; a date is its first ms, or last. */
static bool
take_time(const struct call *c, const char *name, const char *v,
    enum asset_class ac, bool last, int64_t *out, struct md_error *e)
{
	md_date date;

	if (md_date_parse(v, &date)) {
		*out = calendar_midnight(c->calendar, ac, date + last) - last;
		return true;
	}
	/* The years 1900 to 2199. */
	if (number_parse_int(v, INT64_C(-2208988800000), INT64_C(7258118399999),
		out))
		return true;
	return md_fail(e, MD_EUSAGE,
	    "Could not parse the time parameter: '%s'. Use YYYY-MM-DD or Unix "
	    "MS Timestamps",
	    name);
}

/* -- aggregates -- */

struct aggs {
	struct source_query q;
	int64_t limit; /* as asked for */
	int64_t multiplier;
};

static bool
aggs_read(const struct call *c, struct aggs *a, struct md_error *e)
{
	enum asset_class ac = call_days(c, c->part[0]);

	memset(a, 0, sizeof(*a));
	a->q.symbol = c->part[0];
	a->q.now_ms = call_known(c, symbol_class(c->part[0]));
	if (!number_parse_int(c->part[1], 1, 100000, &a->multiplier))
		return md_fail(e, MD_EUSAGE,
		    "The parameter 'multiplier' must be a number from 1");
	if (!window_of_api((int)a->multiplier, c->part[2], &a->q.window, e) ||
	    !take_time(c, "from", c->part[3], ac, false, &a->q.from_ms, e) ||
	    !take_time(c, "to", c->part[4], ac, true, &a->q.to_ms, e) ||
	    !call_bool(c, "adjusted", true, &a->q.adjusted, e) ||
	    !call_order(c, "sort", false, &a->q.descending, e) ||
	    !call_limit(c, LIMIT_AGGS_IF, LIMIT_AGGS, &a->limit, e))
		return false;
	if (a->q.to_ms < a->q.from_ms)
		return md_fail(e, MD_EUSAGE,
		    "The parameter 'to' cannot be a time that occurs before "
		    "'from'");
	a->q.limit = a->limit < c->options->page ? a->limit : c->options->page;
	return true;
}

/* The URL of a page: a page further on, or this one told that it is known. */
static bool
aggs_url(const struct call *c, const struct aggs *a, const char *from,
    const char *to, bool past_empty, char **out, struct md_error *e)
{
	struct buf b = BUF_INIT, cursor = BUF_INIT;

	buf_printf(&cursor, "adjusted=%s&sort=%s&limit=%lld&page=%lld",
	    a->q.adjusted ? "true" : "false", a->q.descending ? "desc" : "asc",
	    (long long)a->limit, (long long)c->number + 1);
	if (past_empty)
		buf_puts(&cursor, "&past=1");
	buf_printf(&b, "%s/v2/aggs/ticker/", c->options->base);
	cursor_escape(&b, c->part[0]);
	buf_printf(&b, "/range/%lld/%s/%s/%s?cursor=", (long long)a->multiplier,
	    c->part[2], from, to);
	cursor_encode(&b, buf_str(&cursor));
	if (!buf_ok(&cursor))
		b.failed = true;
	buf_free(&cursor);
	return call_text(&b, out, e);
}

static bool
aggs_urls(struct call *c, const struct aggs *a, const struct source_page *p,
    struct md_error *e)
{
	char next[24];

	(void)snprintf(next, sizeof(next), "%lld", (long long)p->next_ms);
	if (!aggs_url(c, a, c->part[3], c->part[4], true, &c->page.again_url,
		e))
		return false;
	return !p->more || aggs_url(c, a, a->q.descending ? c->part[3] : next,
			       a->q.descending ? next : c->part[4], false,
			       &c->page.next_url, e);
}

/* A row on the page's first day on which the exchange was closed. */
static bool
add_closed_day(struct call *c, const struct aggs *a,
    const struct source_page *p)
{
	enum asset_class ac = symbol_class(a->q.symbol);
	struct bar b = { 0, 10, 10.5, 9.5, 10, 1000, 10, 10 };
	const struct bars *bars = &c->page.bars;
	bool down = a->q.descending;
	int64_t from = down && p->more ? p->next_ms + 1 : a->q.from_ms;
	int64_t to = !down && p->more ? p->next_ms - 1 : a->q.to_ms;
	size_t at = 0;
	md_date date, last;
	struct session s;

	if (!asset_class_has_sessions(ac) || a->q.window.tf > TF_1D)
		return true;
	to = to < a->q.now_ms ? to : a->q.now_ms;
	date = calendar_date(c->calendar, ac, from - 1) + 1;
	last = calendar_date(c->calendar, ac, to);
	while (date <= last && calendar_session(c->calendar, date, &s))
		date++;
	b.t = window_start(c->calendar, ac, &a->q.window,
	    calendar_ny_time(c->calendar, date, 12 * MD_HOUR));
	if (date > last || b.t > to)
		return true;
	while (at < bars->len &&
	       (down ? bars->bar[at].t > b.t : bars->bar[at].t < b.t))
		at++;
	if (bars->len > 0) {
		int64_t t = b.t;

		b = bars->bar[at > 0 ? at - 1 : 0];
		b.t = t;
	}
	return mock_page_insert(&c->page, at, b);
}

static void
copy_ticker(struct mock_page *p, const char *ticker)
{
	size_t len = strlen(ticker), max = sizeof(p->ticker) - 1;

	len = len < max ? len : max;
	memcpy(p->ticker, ticker, len);
	p->ticker[len] = '\0';
}

bool
aggs_make(struct call *c, struct md_error *e)
{
	struct source_page bars;
	struct aggs a;
	enum asset_class ac;

	if (!aggs_read(c, &a, e) || !source_bars(c->market, &a.q, &bars, e))
		return false;
	ac = call_days(c, a.q.symbol);
	copy_ticker(&c->page, a.q.symbol);
	c->page.adjusted = a.q.adjusted;
	c->page.base = bars.base;
	c->page.bars = bars.bars; /* ours now */
	c->page.before_ms = window_start(c->calendar, ac, &a.q.window,
	    window_start(c->calendar, ac, &a.q.window, a.q.from_ms) - 1);
	c->page.after_ms = window_end(c->calendar, ac, &a.q.window,
	    window_start(c->calendar, ac, &a.q.window, a.q.to_ms));
	c->cacheable =
	    c->options->clock != CLOCK_REAL || c->page.after_ms <= a.q.now_ms;
	if (call_meets(c, FAULT_CLOSED_DAY) && !add_closed_day(c, &a, &bars))
		return md_nomem(e);
	return aggs_urls(c, &a, &bars, e);
}

/* -- one day of all, and the day before -- */

/* When bars of a whole day are stamped here: at its end. */
static int64_t
day_stamp(const struct call *c, enum asset_class ac, md_date date)
{
	if (asset_class_has_sessions(ac))
		return calendar_ny_time(c->calendar, date, 16 * MD_HOUR);
	return calendar_midnight(c->calendar, ac, date + 1) - 1;
}

/* The newest daily bar of [from, to] dates, if there is one. */
static bool
add_day(struct call *c, const char *symbol, md_date from, md_date to,
    struct md_error *e)
{
	enum asset_class ac = call_days(c, symbol);
	struct source_query q = { symbol, { TF_1D, 0 },
		calendar_midnight(c->calendar, ac, from),
		calendar_midnight(c->calendar, ac, to),
		call_known(c, symbol_class(symbol)), 1, true,
		c->page.adjusted };
	struct source_page p;
	bool good = true;

	if (!source_bars(c->market, &q, &p, e))
		return false;
	if (p.bars.len > 0) {
		p.bars.bar[0].t = day_stamp(c, ac,
		    calendar_date(c->calendar, ac, p.bars.bar[0].t));
		good = bars_add(&c->page.bars, &p.bars.bar[0]) &&
		       symbols_add(&c->page.names, symbol);
		c->page.base++;
	}
	source_page_free(&p);
	return good ? true : md_nomem(e);
}

/* Are there to be rows, although the exchange was closed on that date? */
static bool
closed_day(const struct call *c, enum asset_class ac, md_date date)
{
	struct session s;

	return call_meets(c, FAULT_CLOSED_DAY) &&
	       asset_class_has_sessions(ac) &&
	       !calendar_session(c->calendar, date, &s) &&
	       calendar_midnight(c->calendar, ac, date) <= call_now(c, ac);
}

static bool
grouped(struct call *c, enum asset_class ac, struct md_error *e)
{
	enum asset_class days = source_days(c->market, ac);
	struct symbols all;
	md_date date, from;
	bool good = true;

	if (!md_date_parse(c->part[0], &date))
		return md_fail(e, MD_EUSAGE,
		    "Could not parse the time parameter: 'date'. Use "
		    "YYYY-MM-DD");
	if (!call_bool(c, "adjusted", true, &c->page.adjusted, e) ||
	    !source_symbols(c->market, &all, e))
		return false;
	/* Those of a closed day are copies of the day before. */
	from = closed_day(c, ac, date) ? date - 14 : date;
	for (size_t i = 0; good && i < all.len; i++)
		if (symbol_class(all.symbol[i]) == ac)
			good = add_day(c, all.symbol[i], from, date, e);
	for (size_t i = 0; i < c->page.bars.len; i++)
		c->page.bars.bar[i].t = day_stamp(c, days, date);
	symbols_free(&all);
	c->page.before_ms = day_stamp(c, days, date - 1);
	c->page.after_ms = day_stamp(c, days, date + 1);
	return good;
}

bool
grouped_stocks_make(struct call *c, struct md_error *e)
{
	return grouped(c, CLASS_STOCK, e);
}

bool
grouped_crypto_make(struct call *c, struct md_error *e)
{
	return grouped(c, CLASS_CRYPTO, e);
}

bool
grouped_fx_make(struct call *c, struct md_error *e)
{
	return grouped(c, CLASS_FX, e);
}

bool
prev_make(struct call *c, struct md_error *e)
{
	enum asset_class ac = call_days(c, c->part[0]);
	md_date today = calendar_date(c->calendar, ac, call_now(c, ac));

	copy_ticker(&c->page, c->part[0]);
	c->page.before_ms = day_stamp(c, ac, today - 40);
	c->page.after_ms = day_stamp(c, ac, today);
	return call_bool(c, "adjusted", true, &c->page.adjusted, e) &&
	       add_day(c, c->part[0], today - 14, today - 1, e);
}
