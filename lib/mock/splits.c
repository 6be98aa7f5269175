/*
 * The endpoints for splits: that of the present, and that of before.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mock/call.h"

#define LIMIT_SPLITS 5000

static const struct {
	const char *name;
	bool less, equal, greater;
} date_filters[] = {
	{ "execution_date", false, true, false },
	{ "execution_date.gte", false, true, true },
	{ "execution_date.gt", false, false, true },
	{ "execution_date.lte", true, true, false },
	{ "execution_date.lt", true, false, false },
};

#define DATE_FILTERS (sizeof(date_filters) / sizeof(date_filters[0]))

static bool
splits_filter(const struct call *c, struct splits *s, struct md_error *e)
{
	for (size_t f = 0; f < DATE_FILTERS; f++) {
		const char *v = httpd_parameter(c->query, date_filters[f].name);
		md_date date;
		size_t kept = 0;

		if (v == NULL)
			continue;
		if (!md_date_parse(v, &date))
			return md_fail(e, MD_EUSAGE, "%s: expected YYYY-MM-DD",
			    date_filters[f].name);
		for (size_t i = 0; i < s->len; i++) {
			md_date d = s->split[i].date;

			if (d < date    ? date_filters[f].less
			    : d == date ? date_filters[f].equal
					: date_filters[f].greater)
				s->split[kept++] = s->split[i];
		}
		s->len = kept;
	}
	return true;
}

static void
put_in_order(struct splits *s, bool ticker, bool descending)
{
	if (s->len > 1)
		qsort(s->split, s->len, sizeof(*s->split),
		    ticker ? split_by_symbol : split_by_date);
	for (size_t i = 0, j = s->len; descending && i + 1 < j; i++) {
		struct split t = s->split[i];

		s->split[i] = s->split[--j];
		s->split[j] = t;
	}
}

/* -- as it is at present -- */

/* Is it one of those, with commas between them?  Null: of any. */
static bool
is_one_of(const char *list, const char *word)
{
	size_t len = strlen(word);

	if (list == NULL)
		return true;
	for (const char *p = list; *p != '\0'; p += p[0] == ',') {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* What each says beside its ratio: its kind, and what prices before it are to
 * be multiplied by, with six digits after the point. */
static void
tell_more(struct splits *s)
{
	double factor = 1;

	put_in_order(s, true, true);
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
only_asked_for(const struct call *c, struct splits *s, struct md_error *e)
{
	const char *any = httpd_parameter(c->query, "ticker.any_of");
	const char *kind = httpd_parameter(c->query, "adjustment_type");
	size_t kept = 0;

	if (kind != NULL && split_kind_find(kind) == SPLIT_UNTOLD)
		return md_fail(e, MD_EUSAGE,
		    "adjustment_type: expected forward_split, reverse_split "
		    "or stock_dividend");
	for (size_t i = 0; i < s->len; i++)
		if (is_one_of(any, s->split[i].symbol) &&
		    is_one_of(kind, split_kind_name(s->split[i].kind)))
			s->split[kept++] = s->split[i];
	s->len = kept;
	return true;
}

/* The first column counts; it is by date, the newest first, where none is. */
static bool
sort_present(const struct call *c, struct splits *s, struct md_error *e)
{
	static const char *const orders[] = { "execution_date.desc",
		"execution_date.asc", "ticker.desc", "ticker.asc" };
	const char *sort = httpd_parameter(c->query, "sort");
	size_t n = sort == NULL ? 0 : strcspn(sort, ",");

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (sort == NULL || (strlen(orders[i]) == n &&
					memcmp(sort, orders[i], n) == 0)) {
			put_in_order(s, i >= 2, i % 2 == 0);
			return true;
		}
	return md_fail(e, MD_EUSAGE,
	    "sort: expected execution_date or ticker, with .asc or .desc");
}

/* -- as it was before -- */

static bool
sort_old(const struct call *c, struct splits *s, struct md_error *e)
{
	const char *sort = httpd_parameter(c->query, "sort");
	bool ticker = sort != NULL && strcmp(sort, "ticker") == 0, descending;

	if (sort != NULL && !ticker && strcmp(sort, "execution_date") != 0)
		return md_fail(e, MD_EUSAGE,
		    "sort: expected execution_date or ticker");
	if (!call_order(c, "order", !ticker, &descending, e))
		return false;
	put_in_order(s, ticker, descending);
	return true;
}

/* -- the page -- */

static bool
cut_page(struct call *c, const char *path, int64_t otherwise, int64_t max,
    struct md_error *e)
{
	struct splits *s = &c->page.splits;
	size_t from, n, total = s->len;

	if (!call_part(c, otherwise, max, s->len, &from, &n, e))
		return false;
	if (n > 0)
		memmove(s->split, s->split + from, n * sizeof(*s->split));
	s->len = n;
	return call_next_url(c, path, (int64_t)from, true, &c->page.again_url,
		   e) &&
	       (from + n >= total || call_next_url(c, path, (int64_t)(from + n),
					 false, &c->page.next_url, e));
}

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
find_listed(struct call *c, const char *any, struct md_error *e)
{
	struct splits more, *s = &c->page.splits;
	char ticker[SYMBOL_MAX];

	for (const char *p = any; *p != '\0'; p += p[0] == ',') {
		size_t n = strcspn(p, ",");
		bool good;

		if (n == 0 || n >= sizeof(ticker))
			return md_fail(e, MD_EUSAGE,
			    "ticker.any_of: expected tickers");
		memcpy(ticker, p, n);
		ticker[n] = '\0';
		p += n;
		good = source_splits(c->market, ticker,
		    call_now(c, CLASS_STOCK), &more, e);
		for (size_t i = 0; good && i < more.len; i++)
			good = splits_add(s, &more.split[i]) || md_nomem(e);
		splits_free(&more);
		if (!good)
			return false;
	}
	return true;
}

bool
splits_make(struct call *c, struct md_error *e)
{
	const char *any = httpd_parameter(c->query, "ticker.any_of");
	struct splits *s = &c->page.splits;

	c->page.tells_more = true;
	if (!(any != NULL ? find_listed(c, any, e) : find_splits(c, e)))
		return false;
	tell_more(s);
	return only_asked_for(c, s, e) && splits_filter(c, s, e) &&
	       sort_present(c, s, e) &&
	       cut_page(c, "/stocks/v1/splits", 100, LIMIT_SPLITS, e);
}

bool
splits_old_make(struct call *c, struct md_error *e)
{
	struct splits *s = &c->page.splits;

	return find_splits(c, e) && splits_filter(c, s, e) &&
	       sort_old(c, s, e) &&
	       cut_page(c, "/v3/reference/splits", 10, LIMIT_ROWS, e);
}
