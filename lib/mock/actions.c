/*
 * What the lists of splits and dividends have in common: their filters, their
 * orders and their pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock/call.h"

static char *
row_at(const struct call_rows *r, size_t i)
{
	return (char *)r->v + i * r->size;
}

static void
keep(const struct call_rows *r, size_t *kept, size_t i)
{
	if (*kept != i)
		memcpy(row_at(r, *kept), row_at(r, i), r->size);
	++*kept;
}

static const struct {
	const char *name;
	bool less, equal, greater;
} date_filters[] = {
	{ "", false, true, false },
	{ ".gte", false, true, true },
	{ ".gt", false, false, true },
	{ ".lte", true, true, false },
	{ ".lt", true, false, false },
};

#define DATE_FILTERS (sizeof(date_filters) / sizeof(date_filters[0]))

bool
call_filter_dates(const struct call *c, const char *column,
    const struct call_rows *r, struct md_error *e)
{
	for (size_t f = 0; f < DATE_FILTERS; f++) {
		char name[64];
		const char *v;
		md_date date;
		size_t kept = 0;

		(void)snprintf(name, sizeof(name), "%s%s", column,
		    date_filters[f].name);
		v = httpd_parameter(c->query, name);
		if (v == NULL)
			continue;
		if (!md_date_parse(v, &date))
			return md_fail(e, MD_EUSAGE, "%s: expected YYYY-MM-DD",
			    name);
		for (size_t i = 0; i < *r->len; i++) {
			md_date d = r->date(row_at(r, i));

			if (d < date    ? date_filters[f].less
			    : d == date ? date_filters[f].equal
					: date_filters[f].greater)
				keep(r, &kept, i);
		}
		*r->len = kept;
	}
	return true;
}

bool
call_is_one_of(const char *list, const char *word)
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

void
call_filter_tickers(const struct call *c, const struct call_rows *r)
{
	const char *any = httpd_parameter(c->query, "ticker.any_of");
	size_t kept = 0;

	for (size_t i = 0; i < *r->len; i++)
		if (call_is_one_of(any, row_at(r, i)))
			keep(r, &kept, i);
	*r->len = kept;
}

bool
call_each_ticker(struct call *c, const char *list,
    bool (*find)(struct call *, const char *, struct md_error *),
    struct md_error *e)
{
	char ticker[SYMBOL_MAX];

	for (const char *p = list; *p != '\0'; p += p[0] == ',') {
		size_t n = strcspn(p, ",");

		if (n == 0 || n >= sizeof(ticker))
			return md_fail(e, MD_EUSAGE,
			    "ticker.any_of: expected tickers");
		memcpy(ticker, p, n);
		ticker[n] = '\0';
		p += n;
		if (!find(c, ticker, e))
			return false;
	}
	return true;
}

void
call_put_in_order(const struct call_rows *r, bool ticker, bool descending)
{
	char *v = r->v;

	if (*r->len > 1)
		qsort(v, *r->len, r->size, ticker ? r->by_ticker : r->by_date);
	for (size_t i = 0, j = *r->len; descending && i + 1 < j; i++) {
		char *a = row_at(r, i), *b = row_at(r, --j);

		for (size_t k = 0; k < r->size; k++) {
			char t = a[k];

			a[k] = b[k];
			b[k] = t;
		}
	}
}

bool
call_sort(const struct call *c, const char *const orders[4],
    const struct call_rows *r, struct md_error *e)
{
	const char *sort = httpd_parameter(c->query, "sort");
	size_t n;

	if (sort == NULL)
		sort = orders[0];
	n = strcspn(sort, ",");
	for (size_t i = 0; i < 4; i++)
		if (strlen(orders[i]) == n && memcmp(sort, orders[i], n) == 0) {
			call_put_in_order(r,
			    strncmp(orders[i], "ticker.", 7) == 0,
			    strstr(orders[i], ".desc") != NULL);
			return true;
		}
	return md_fail(e, MD_EUSAGE,
	    "sort: expected ticker or the rows' date, with .asc or .desc");
}

bool
call_cut_page(struct call *c, const char *path, int64_t otherwise, int64_t max,
    const struct call_rows *r, struct md_error *e)
{
	size_t from, n, total = *r->len;

	if (!call_part(c, otherwise, max, total, &from, &n, e))
		return false;
	if (n > 0)
		memmove(r->v, row_at(r, from), n * r->size);
	*r->len = n;
	return call_next_url(c, path, (int64_t)from, true, &c->page.again_url,
		   e) &&
	       (from + n >= total || call_next_url(c, path, (int64_t)(from + n),
					 false, &c->page.next_url, e));
}
