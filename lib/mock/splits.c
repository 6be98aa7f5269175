/*
 * The endpoints for splits: that of the present, and that of before.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mock/call.h"

static md_date
date_of(const void *row)
{
	return ((const struct split *)row)->date;
}

static struct call_rows
rows_of(struct splits *s)
{
	return (struct call_rows){ s->split, &s->len, sizeof(*s->split),
		date_of, split_by_symbol, split_by_date };
}

/* -- as it is at present -- */

/* What each says beside its ratio: its kind, and what prices before it are to
 * be multiplied by, with six digits after the point. */
static void
tell_more(struct splits *s)
{
	const struct call_rows rows = rows_of(s);
	double factor = 1;

	call_put_in_order(&rows, true, true);
	for (size_t i = 0; i < s->len; i++) {
		struct split *x = &s->split[i];

		if (i == 0 || strcmp(s->split[i - 1].symbol, x->symbol) != 0)
			factor = 1;
		factor *= x->from / x->to;
		x->factor = round(factor * 1e6) / 1e6;
		x->kind = x->from > x->to           ? SPLIT_REVERSE
			  : 4 * x->to < 5 * x->from ? SPLIT_STOCK_DIVIDEND
						    : SPLIT_FORWARD;
	}
}

static bool
only_kind(const struct call *c, struct splits *s, struct md_error *e)
{
	const char *kind = httpd_parameter(c->query, "adjustment_type");
	size_t kept = 0;

	if (kind != NULL && split_kind_find(kind) == SPLIT_UNTOLD)
		return md_fail(e, MD_EUSAGE,
		    "adjustment_type: expected forward_split, reverse_split "
		    "or stock_dividend");
	for (size_t i = 0; i < s->len; i++)
		if (call_is_one_of(kind, split_kind_name(s->split[i].kind)))
			s->split[kept++] = s->split[i];
	s->len = kept;
	return true;
}

/* -- as it was before -- */

static bool
sort_old(const struct call *c, const struct call_rows *r, struct md_error *e)
{
	const char *sort = httpd_parameter(c->query, "sort");
	bool ticker = sort != NULL && strcmp(sort, "ticker") == 0, descending;

	if (sort != NULL && !ticker && strcmp(sort, "execution_date") != 0)
		return md_fail(e, MD_EUSAGE,
		    "sort: expected execution_date or ticker");
	if (!call_order(c, "order", !ticker, &descending, e))
		return false;
	call_put_in_order(r, ticker, descending);
	return true;
}

/* -- the page -- */

/* Of the ticker that was named, or of all. */
static bool
find_splits(struct call *c, struct md_error *e)
{
	const char *ticker = httpd_parameter(c->query, "ticker");

	if (ticker != NULL && *ticker == '\0')
		ticker = NULL;
	/* The list of all grows with what is asked for. */
	c->cacheable = ticker != NULL;
	return source_splits(c->market, ticker, call_now(c, CLASS_STOCK),
	    &c->page.splits, e);
}

/* Those of a list need not be of tickers that were asked for before. */
static bool
add_ticker(struct call *c, const char *ticker, struct md_error *e)
{
	struct splits more;
	bool good = source_splits(c->market, ticker, call_now(c, CLASS_STOCK),
	    &more, e);

	for (size_t i = 0; good && i < more.len; i++)
		good =
		    splits_add(&c->page.splits, &more.split[i]) || md_nomem(e);
	splits_free(&more);
	return good;
}

bool
splits_make(struct call *c, struct md_error *e)
{
	static const char *const orders[4] = { "execution_date.desc",
		"execution_date.asc", "ticker.desc", "ticker.asc" };
	const char *any = httpd_parameter(c->query, "ticker.any_of");
	struct splits *s = &c->page.splits;
	struct call_rows rows;

	c->page.tells_more = true;
	if (!(any != NULL ? call_each_ticker(c, any, add_ticker, e)
			  : find_splits(c, e)))
		return false;
	tell_more(s);
	if (!only_kind(c, s, e))
		return false;
	rows = rows_of(s);
	call_filter_tickers(c, &rows);
	return call_filter_dates(c, "execution_date", &rows, e) &&
	       call_sort(c, orders, &rows, e) &&
	       call_cut_page(c, "/stocks/v1/splits", 100, LIMIT_ACTIONS, &rows,
		   e);
}

bool
splits_old_make(struct call *c, struct md_error *e)
{
	struct splits *s = &c->page.splits;
	struct call_rows rows;

	if (!find_splits(c, e))
		return false;
	rows = rows_of(s);
	return call_filter_dates(c, "execution_date", &rows, e) &&
	       sort_old(c, &rows, e) &&
	       call_cut_page(c, "/v3/reference/splits", 10, LIMIT_ROWS, &rows,
		   e);
}
