/*
 * The list of tickers, as of a day.
 */
#include "mock/tickers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock/call.h"
#include "mock/lines.h"

/* -- what is known of them -- */

static bool
read_date(const char *text, bool *has, md_date *out)
{
	*has = *text != '\0';
	return !*has || md_date_parse(text, out);
}

/* The field's text, cut off; *rest is what follows, or "". */
static char *
field(char **rest)
{
	char *text = *rest, *comma = strchr(text, ',');

	*rest = comma == NULL ? text + strlen(text) : comma + 1;
	if (comma != NULL)
		*comma = '\0';
	return text;
}

static bool
read_ticker(char *line, struct mock_ticker *t)
{
	char *symbol, *type;

	line[strcspn(line, "\r\n")] = '\0';
	symbol = field(&line);
	type = field(&line);
	if (*symbol == '\0' || strlen(symbol) >= sizeof(t->symbol) ||
	    strlen(type) >= sizeof(t->type))
		return false;
	memcpy(t->symbol, symbol, strlen(symbol) + 1);
	memcpy(t->type, type, strlen(type) + 1);
	return read_date(field(&line), &t->has_listed, &t->listed) &&
	       read_date(field(&line), &t->has_delisted, &t->delisted);
}

static bool
take_line(void *list, char *line, bool *is_row)
{
	struct mock_ticker one = { .has_listed = false }, *v;

	*is_row = read_ticker(line, &one);
	if (!*is_row)
		return true;
	v = mock_tickers_append(list);
	if (v != NULL)
		*v = one;
	return v != NULL;
}

bool
mock_tickers_read(struct mock_tickers *out, const char *dir, struct md_error *e)
{
	return mock_lines_read(dir, "tickers.csv",
	    "ticker,type,listed,delisted", take_line, out, e);
}

bool
mock_tickers_synthetic(struct mock_tickers *out)
{
	static const struct {
		const char *symbol, *type;
		int listed[3], delisted[3];
	} gone[] = {
		{ "OLDBK", "CS", { 1994, 5, 2 }, { 2008, 9, 17 } },
		{ "OLDFD", "ETF", { 2006, 4, 10 }, { 2020, 10, 30 } },
		{ "OLDTEL", "ADRC", { 1999, 3, 8 }, { 2015, 6, 30 } },
		{ "X:OLDUSD", "", { 2014, 1, 1 }, { 2022, 5, 27 } },
	};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		const int *l = gone[i].listed, *d = gone[i].delisted;
		struct mock_ticker *v = mock_tickers_append(out);

		if (v == NULL)
			return false;
		memcpy(v->symbol, gone[i].symbol, strlen(gone[i].symbol) + 1);
		memcpy(v->type, gone[i].type, strlen(gone[i].type) + 1);
		v->has_listed = v->has_delisted = true;
		v->listed = md_date_of(l[0], l[1], l[2]);
		v->delisted = md_date_of(d[0], d[1], d[2]);
	}
	return true;
}

/* -- the list -- */

/* What nothing is said of. */
static const char *
usual_type(const char *symbol)
{
	static const char *const funds[] = { "IWM", "QQQ", "SPY", "USO" };

	for (size_t i = 0; i < sizeof(funds) / sizeof(funds[0]); i++)
		if (strcmp(symbol, funds[i]) == 0)
			return "ETF";
	return symbol_class(symbol) == CLASS_STOCK ? "CS" : "";
}

struct asked {
	const char *ticker, *market, *type; /* null: any */
	bool active;
	md_date date;
};

static bool
is_asked(const struct asked *a, const struct mock_ticker *t)
{
	bool gone = t->has_delisted && t->delisted < a->date;

	return (a->ticker == NULL || strcmp(a->ticker, t->symbol) == 0) &&
	       (a->market == NULL ||
		   strcmp(a->market,
		       asset_class_market(symbol_class(t->symbol))) == 0) &&
	       (a->type == NULL || strcmp(a->type, t->type) == 0) &&
	       (!t->has_listed || t->listed <= a->date) && gone != a->active;
}

static bool
add(const struct asked *a, const struct mock_ticker *t,
    struct mock_tickers *out)
{
	struct mock_ticker *v;

	if (!is_asked(a, t))
		return true;
	v = mock_tickers_append(out);
	if (v != NULL)
		*v = *t;
	return v != NULL;
}

/* The market's own, and those that something is said of. */
static bool
list(struct call *c, const struct asked *a, struct mock_tickers *out,
    struct md_error *e)
{
	const struct mock_tickers *told = c->options->tickers;
	struct symbols all;
	bool good = true;

	if (!source_symbols(c->market, &all, e))
		return false;
	for (size_t i = 0; good && i < all.len; i++) {
		struct mock_ticker t = { .has_listed = false };
		bool known = false;

		for (size_t k = 0; told != NULL && !known && k < told->len; k++)
			known = strcmp(told->v[k].symbol, all.symbol[i]) == 0;
		memcpy(t.symbol, all.symbol[i], sizeof(t.symbol));
		memcpy(t.type, usual_type(t.symbol),
		    strlen(usual_type(t.symbol)) + 1);
		good = known || add(a, &t, out);
	}
	for (size_t k = 0; good && told != NULL && k < told->len; k++)
		good = add(a, &told->v[k], out);
	symbols_free(&all);
	return good || md_nomem(e);
}

static int
by_symbol(const void *a, const void *b)
{
	const struct mock_ticker *x = a, *y = b;

	return strcmp(x->symbol, y->symbol);
}

static void
put_ticker(struct buf *b, const struct mock_ticker *t, bool active)
{
	const char *market = asset_class_market(symbol_class(t->symbol));
	char date[11];

	buf_puts(b, "{\"ticker\":");
	mock_put_text(b, t->symbol);
	buf_puts(b, ",\"name\":");
	mock_put_text(b, t->symbol);
	buf_printf(b, ",\"market\":\"%s\",\"locale\":\"%s\",\"active\":%s",
	    market, strcmp(market, "stocks") == 0 ? "us" : "global",
	    active ? "true" : "false");
	if (t->type[0] != '\0') {
		buf_puts(b, ",\"type\":");
		mock_put_text(b, t->type);
	}
	if (t->has_listed) {
		md_date_format(t->listed, date);
		buf_printf(b, ",\"list_date\":\"%s\"", date);
	}
	if (t->has_delisted && !active) {
		md_date_format(t->delisted, date);
		buf_printf(b, ",\"delisted_utc\":\"%sT00:00:00Z\"", date);
	}
	buf_putc(b, '}');
}

static bool
read_query(const struct call *c, struct asked *a, struct md_error *e)
{
	const char *date = httpd_parameter(c->query, "date");

	a->ticker = httpd_parameter(c->query, "ticker");
	a->market = httpd_parameter(c->query, "market");
	a->type = httpd_parameter(c->query, "type");
	a->date =
	    calendar_date(c->calendar, CLASS_STOCK, call_now(c, CLASS_STOCK));
	if (date != NULL && !md_date_parse(date, &a->date))
		return md_fail(e, MD_EUSAGE, "date: expected YYYY-MM-DD");
	return call_bool(c, "active", true, &a->active, e);
}

bool
tickers_make(struct call *c, struct md_error *e)
{
	struct mock_tickers found = { NULL, 0, 0 };
	struct asked a;
	char *next = NULL;
	size_t from = 0, n = 0;
	bool good = read_query(c, &a, e) && list(c, &a, &found, e);

	if (good && found.len > 1)
		qsort(found.v, found.len, sizeof(*found.v), by_symbol);
	good = good && call_part(c, 100, LIMIT_ROWS, found.len, &from, &n, e) &&
	       (from + n >= found.len ||
		   call_next_url(c, "/v3/reference/tickers",
		       (int64_t)(from + n), false, &next, e));
	buf_puts(&c->text, "{\"results\":[");
	for (size_t i = 0; good && i < n; i++) {
		if (i > 0)
			buf_putc(&c->text, ',');
		put_ticker(&c->text, &found.v[from + i], a.active);
	}
	buf_printf(&c->text,
	    "],\"status\":\"OK\",\"request_id\":\"%s\",\"count\":%zu", c->id,
	    good ? n : 0);
	if (next != NULL)
		buf_printf(&c->text, ",\"next_url\":\"%s\"", next);
	buf_putc(&c->text, '}');
	free(next);
	mock_tickers_free(&found);
	return good;
}
