/*
 * The endpoint for dividends.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "mock/call.h"

static md_date
date_of(const void *row)
{
	return ((const struct dividend *)row)->date;
}

static struct call_rows
rows_of(struct actions *l)
{
	return (struct call_rows){ l->v, &l->len, action_size(l->kind), date_of,
		dividend_by_symbol, dividend_by_date };
}

/* -- the vendor's factors, by the bars there are -- */

/* What the splits executed after t, and by the end of that date, divide a price
 * of t by. */
static bool
split_between(struct call *c, const char *symbol, int64_t t, md_date date,
    double *out, struct md_error *e)
{
	md_date from = calendar_date(c->calendar, CLASS_STOCK, t);
	struct splits s;

	*out = 1;
	if (!source_splits(c->market, symbol, call_now(c, CLASS_STOCK), &s, e))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.split[i].date > from && s.split[i].date <= date)
			*out *= s.split[i].to / s.split[i].from;
	splits_free(&s);
	return true;
}

/* The last close before the ex-date, in its units; 0: there is none. */
static bool
close_before(struct call *c, const struct dividend *d, double *out,
    struct md_error *e)
{
	int64_t ex = calendar_midnight(c->calendar, CLASS_STOCK, d->date);
	const struct source_query q = {
		.symbol = d->symbol,
		.window = { .tf = TF_1D },
		.from_ms = ex - DIVIDEND_PRICE_DAYS * MD_DAY,
		.to_ms = ex - 1,
		.now_ms = call_now(c, CLASS_STOCK),
		.limit = 1,
		.descending = true,
	};
	struct source_page page;
	double splits = 1;
	bool good = source_bars(c->market, &q, &page, e);

	*out = 0;
	if (!good)
		return false;
	if (page.bars.len > 0)
		good = split_between(c, d->symbol, page.bars.bar[0].t, d->date,
		    &splits, e);
	if (good && page.bars.len > 0)
		*out = page.bars.bar[0].c / splits;
	source_page_free(&page);
	return good;
}

/* Those of one symbol and date: the factor of all of them. */
static bool
step_of(struct call *c, const struct dividend *d, size_t n, double *step,
    struct md_error *e)
{
	double cash = 0, close;

	if (!close_before(c, d, &close, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(d[i].currency, DIVIDEND_CURRENCY) == 0)
			cash += d[i].cash;
	*step = cash > 0 && cash < close ? 1 - cash / close : 1;
	return true;
}

/* The first of the rows of that symbol and date, which end there. */
static size_t
group_begin(const struct dividend *v, size_t end)
{
	size_t i = end - 1;

	while (i > 0 && v[i - 1].date == v[i].date &&
	       strcmp(v[i - 1].symbol, v[i].symbol) == 0)
		i--;
	return i;
}

/*
 * What prices before each are to be multiplied by, with six digits after the
 * point, unless the row says so itself: by symbol, from the newest back to the
 * day that is asked from.  Those to come have none yet.
 */
static bool
tell_factors(struct call *c, struct actions *l, md_date from,
    struct md_error *e)
{
	md_date today =
	    calendar_date(c->calendar, CLASS_STOCK, call_now(c, CLASS_STOCK));
	struct dividend *v = l->v;
	double factor = 1, step;

	for (size_t end = l->len, i; end > 0; end = i) {
		i = group_begin(v, end);
		if (end == l->len || strcmp(v[end].symbol, v[i].symbol) != 0)
			factor = 1;
		if (v[i].date < from || v[i].date > today)
			continue;
		if (!step_of(c, v + i, end - i, &step, e))
			return false;
		factor *= step;
		for (size_t k = i; k < end; k++)
			if (!(v[k].factor > 0))
				v[k].factor = round(factor * 1e6) / 1e6;
	}
	return true;
}

/* Dividends are announced so long before. */
#define ANNOUNCED_DAYS 90

/* What is not announced yet is not listed, and the others have an id that stays
 * theirs, whatever is asked for. */
static void
name_rows(struct call *c, struct actions *l)
{
	md_date today =
	    calendar_date(c->calendar, CLASS_STOCK, call_now(c, CLASS_STOCK));
	struct dividend *v = l->v;
	size_t kept = 0;

	for (size_t i = 0; i < l->len; i++) {
		size_t twins = 0;

		if (v[i].date > today + ANNOUNCED_DAYS)
			continue;
		v[kept] = v[i];
		for (size_t k = group_begin(v, kept + 1); k < kept; k++)
			twins += v[k].cash >= v[kept].cash &&
				 v[k].cash <= v[kept].cash;
		if (v[kept].id[0] == '\0')
			(void)snprintf(v[kept].id, sizeof(v[kept].id),
			    "E%016llx%.0f.%zu",
			    (unsigned long long)hash_text(HASH_EMPTY,
				v[kept].symbol) +
				(unsigned long long)v[kept].date,
			    fabs(v[kept].cash) * 1e6, twins);
		kept++;
	}
	l->len = kept;
}

/* -- the page -- */

static bool
add_ticker(struct call *c, const char *ticker, struct md_error *e)
{
	return source_dividends(c->market, ticker, &c->page.dividends, e);
}

/* From which day on the factors matter: the answer has none before. */
static md_date
asked_from(const struct call *c)
{
	const char *text = httpd_parameter(c->query, "ex_dividend_date.gte");
	md_date from;

	return text != NULL && md_date_parse(text, &from)
		   ? from
		   : md_date_of(1900, 1, 1);
}

static bool
find_dividends(struct call *c, struct md_error *e)
{
	const char *any = httpd_parameter(c->query, "ticker.any_of");
	const char *ticker = httpd_parameter(c->query, "ticker");

	c->page.dividends.kind = ACTION_DIVIDENDS;
	if (any != NULL)
		return call_each_ticker(c, any, add_ticker, e);
	if (ticker != NULL && *ticker == '\0')
		ticker = NULL;
	/* The list of all grows with what is asked for. */
	c->cacheable = ticker != NULL;
	return source_dividends(c->market, ticker, &c->page.dividends, e);
}

bool
dividends_make(struct call *c, struct md_error *e)
{
	static const char *const orders[4] = { "ticker.asc", "ticker.desc",
		"ex_dividend_date.asc", "ex_dividend_date.desc" };
	struct actions *l = &c->page.dividends;
	struct call_rows rows;

	if (!find_dividends(c, e))
		return false;
	actions_sort(l);
	name_rows(c, l);
	if (!tell_factors(c, l, asked_from(c), e))
		return false;
	rows = rows_of(l);
	return call_filter_dates(c, "ex_dividend_date", &rows, e) &&
	       call_sort(c, orders, &rows, e) &&
	       call_cut_page(c, "/stocks/v1/dividends", 100, LIMIT_ACTIONS,
		   &rows, e);
}
