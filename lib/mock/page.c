#include "mock/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/number.h"

void
mock_page_free(struct mock_page *p)
{
	bars_free(&p->bars);
	symbols_free(&p->names);
	splits_free(&p->splits);
	actions_free(&p->dividends);
	free(p->self_url);
	free(p->again_url);
	free(p->next_url);
	memset(p, 0, sizeof(*p));
}

/* -- values -- */

void
mock_put_text(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		if ((unsigned char)*s < ' ')
			buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static void
put_number(struct buf *b, double x)
{
	char text[32];

	buf_append(b, text, number_format(x, text));
}

static void
put_integer(struct buf *b, int64_t x)
{
	char text[24], *p = text + sizeof(text);
	uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (x < 0)
		*--p = '-';
	buf_append(b, p, (size_t)(text + sizeof(text) - p));
}

/* A million and more the vendor writes as 1.029145e+06. */
static void
put_volume(struct buf *b, double v)
{
	char text[32], digits[32] = "0";
	size_t len, n = 0, whole = 0;
	long exponent = 0;
	bool point = false;

	if (!(v >= 1e6)) {
		put_number(b, v);
		return;
	}
	len = number_format(v, text);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.')
			point = true;
		else if (text[i] == 'e' || text[i] == 'E') {
			exponent = strtol(text + i + 1, NULL, 10);
			break;
		} else {
			digits[n++] = text[i];
			whole += !point;
		}
	}
	exponent += (long)whole - 1;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	buf_putc(b, digits[0]);
	if (n > 1)
		buf_putc(b, '.');
	buf_append(b, digits + 1, n - 1);
	buf_printf(b, "e+%02ld", exponent);
}

/* -- rows -- */

static void
put_price(struct buf *b, const char *key, double x)
{
	buf_puts(b, key);
	put_number(b, x);
}

static void
put_odd_open(struct buf *b, const struct bar *bar, enum mock_row_fault odd)
{
	if (odd == ROW_FAULT_NAN)
		buf_puts(b, ",\"o\":NaN");
	else if (odd == ROW_FAULT_TYPES) {
		put_price(b, ",\"o\":\"", bar->o);
		buf_putc(b, '"');
	} else
		put_price(b, ",\"o\":", bar->o);
}

static void
put_bar(struct buf *b, const struct bar *bar, const char *name,
    enum mock_row_fault odd, bool real_time)
{
	buf_putc(b, '{');
	if (name != NULL) {
		buf_puts(b, "\"T\":");
		mock_put_text(b, name);
		if (odd == ROW_FAULT_NUL) {
			b->len--;
			buf_puts(b, "\\u0000\"");
		}
		buf_putc(b, ',');
	}
	buf_puts(b, "\"v\":");
	put_volume(b, bar->v);
	if (!isnan(bar->vw))
		put_price(b, ",\"vw\":", bar->vw);
	put_odd_open(b, bar, odd);
	if (odd != ROW_FAULT_MISSING)
		put_price(b, ",\"c\":", bar->c);
	put_price(b, ",\"h\":", bar->h);
	put_price(b, ",\"l\":", bar->l);
	buf_puts(b, ",\"t\":");
	put_integer(b, bar->t);
	if (real_time)
		buf_puts(b, ".5");
	if (bar->n >= 0) {
		buf_puts(b, ",\"n\":");
		put_integer(b, bar->n);
	}
	buf_putc(b, '}');
}

static void
put_bars(const struct mock_page *p, struct buf *b)
{
	size_t real = p->odd + 1 < p->bars.len ? p->odd + 1 : p->odd;

	for (size_t i = 0; i < p->bars.len; i++) {
		if (i > 0)
			buf_putc(b, ',');
		put_bar(b, &p->bars.bar[i],
		    i < p->names.len ? p->names.symbol[i] : NULL,
		    i == p->odd ? p->row_fault : ROW_FAULT_NONE,
		    i == real && p->row_fault == ROW_FAULT_TYPES);
	}
}

static void
put_splits(const struct mock_page *p, struct buf *b)
{
	for (size_t i = 0; i < p->splits.len; i++) {
		const struct split *s = &p->splits.split[i];
		char date[11];

		md_date_format(s->date, date);
		buf_printf(b,
		    "%s{\"execution_date\":\"%s\",\"id\":\"E%016llx\"",
		    i == 0 ? "" : ",", date,
		    (unsigned long long)hash_text(HASH_EMPTY, s->symbol) +
			(unsigned long long)s->date);
		buf_puts(b, ",\"split_from\":");
		put_number(b, s->from);
		buf_puts(b, ",\"split_to\":");
		put_number(b, s->to);
		buf_puts(b, ",\"ticker\":");
		mock_put_text(b, s->symbol);
		if (p->tells_more) {
			buf_puts(b, ",\"historical_adjustment_factor\":");
			put_number(b, s->factor);
			buf_printf(b, ",\"adjustment_type\":\"%s\"",
			    split_kind_name(s->kind));
		}
		buf_putc(b, '}');
	}
}

static void
put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	mock_put_text(b, value);
}

static void
put_day(struct buf *b, const char *name, const struct dividend_day *day)
{
	char date[MD_TIME_MAX];

	if (!day->told)
		return;
	md_date_format(day->date, date);
	put_member(b, name, date);
}

static void
put_dividend(struct buf *b, const struct dividend *d)
{
	const struct dividend_day ex = { true, d->date };

	buf_puts(b, "{\"cash_amount\":");
	put_number(b, d->cash);
	put_member(b, "currency", d->currency);
	put_day(b, "declaration_date", &d->declared);
	put_member(b, "distribution_type",
	    d->kind == DIVIDEND_UNTOLD ? "unknown"
				       : dividend_kind_name(d->kind));
	put_day(b, "ex_dividend_date", &ex);
	if (d->frequency >= 0)
		buf_printf(b, ",\"frequency\":%d", d->frequency);
	if (d->factor > 0) {
		buf_puts(b, ",\"historical_adjustment_factor\":");
		put_number(b, d->factor);
	}
	put_member(b, "id", d->id);
	put_day(b, "pay_date", &d->paid);
	put_day(b, "record_date", &d->recorded);
	put_member(b, "ticker", d->symbol);
	buf_putc(b, '}');
}

static void
put_dividends(const struct mock_page *p, struct buf *b)
{
	for (size_t i = 0; i < p->dividends.len; i++) {
		if (i > 0)
			buf_putc(b, ',');
		put_dividend(b, actions_at(&p->dividends, i));
	}
}

/* -- the whole -- */

/* Is it a list of corporate actions, not of bars? */
static bool
is_listed(const struct mock_page *p)
{
	return p->endpoint == ENDPOINT_SPLITS ||
	       p->endpoint == ENDPOINT_DIVIDENDS;
}

static size_t
row_count(const struct mock_page *p)
{
	if (p->no_rows)
		return 0;
	return p->endpoint == ENDPOINT_SPLITS      ? p->splits.len
	       : p->endpoint == ENDPOINT_DIVIDENDS ? p->dividends.len
						   : p->bars.len;
}

static void
put_head(const struct mock_page *p, struct buf *b)
{
	if (is_listed(p))
		return;
	if (p->endpoint != ENDPOINT_GROUPED) {
		buf_puts(b, "\"ticker\":");
		mock_put_text(b, p->ticker);
		buf_putc(b, ',');
	}
	buf_printf(b, "\"queryCount\":%lld,\"resultsCount\":%zu,",
	    (long long)(p->no_rows ? 0 : p->base), row_count(p));
	buf_printf(b, "\"adjusted\":%s,", p->adjusted ? "true" : "false");
}

void
mock_page_write(const struct mock_page *p, struct buf *b, size_t *rows,
    size_t *rows_end)
{
	bool array = row_count(p) > 0 || p->no_rows || is_listed(p);

	buf_putc(b, '{');
	put_head(p, b);
	if (array)
		buf_puts(b, "\"results\":[");
	*rows = b->len;
	if (row_count(p) > 0 && p->endpoint == ENDPOINT_SPLITS)
		put_splits(p, b);
	else if (row_count(p) > 0 && p->endpoint == ENDPOINT_DIVIDENDS)
		put_dividends(p, b);
	else if (row_count(p) > 0)
		put_bars(p, b);
	*rows_end = b->len;
	if (array)
		buf_puts(b, "],");
	buf_printf(b, "\"status\":\"%s\",\"request_id\":\"%s\"", p->status,
	    p->id);
	if (!is_listed(p))
		buf_printf(b, ",\"count\":%zu", row_count(p));
	if (p->next_url != NULL) {
		buf_puts(b, ",\"next_url\":");
		mock_put_text(b, p->next_url);
	}
	buf_putc(b, '}');
}
