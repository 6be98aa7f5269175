#include "plan/grouped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/name.h"
#include "plan/plan.h"

static const struct {
	const char *name, *path;
	enum asset_class class;
} markets[] = {
	[GROUPED_STOCKS] = { "stocks", "us/market/stocks", CLASS_STOCK },
	[GROUPED_CRYPTO] = { "crypto", "global/market/crypto", CLASS_CRYPTO },
	[GROUPED_FX] = { "fx", "global/market/fx", CLASS_FX },
};

const char *
grouped_market_name(enum grouped_market m)
{
	return markets[m].name;
}

bool
grouped_market_parse(const char *name, enum grouped_market *out)
{
	int i = NAME_FIND(markets, name);

	if (i < 0)
		return false;
	*out = (enum grouped_market)i;
	return true;
}

const char *
grouped_market_path(enum grouped_market m)
{
	return markets[m].path;
}

enum asset_class
grouped_market_class(enum grouped_market m)
{
	return markets[m].class;
}

bool
grouped_market_of(enum asset_class class, enum grouped_market *out)
{
	switch (class) {
	case CLASS_STOCK:
	case CLASS_ETF:
		*out = GROUPED_STOCKS;
		return true;
	case CLASS_CRYPTO:
		*out = GROUPED_CRYPTO;
		return true;
	case CLASS_FX:
		*out = GROUPED_FX;
		return true;
	case CLASS_INDEX:
		break;
	}
	return false;
}

/* -- the day of a call -- */

static struct grid
days_of(const struct calendar *cal, enum grouped_market m, enum grid_kind kind)
{
	if (m != GROUPED_FX)
		kind = GRID_UNKNOWN; /* the market's one and only */
	return (struct grid){ cal, markets[m].class, TF_1D, kind };
}

/* Of a date's two days in forex UTC's starts first, New York's ends last. */
static enum grid_kind
or_else(enum grid_kind kind, enum grid_kind unknown)
{
	return kind == GRID_UNKNOWN ? unknown : kind;
}

struct range
grouped_day(const struct calendar *cal, enum grouped_market m,
    enum grid_kind kind, md_date date)
{
	struct grid g = days_of(cal, m, or_else(kind, GRID_UTC));

	return (struct range){ grid_midnight(&g, date),
		grid_midnight(&g, date + 1) };
}

md_date
grouped_first(const struct calendar *cal, enum grouped_market m,
    enum grid_kind kind, int64_t from)
{
	struct grid g = days_of(cal, m, or_else(kind, GRID_UTC));

	return grid_date(&g, from);
}

md_date
grouped_last(const struct calendar *cal, enum grouped_market m,
    enum grid_kind kind, int64_t to)
{
	struct grid g = days_of(cal, m, or_else(kind, GRID_NEWYORK));

	return grid_date(&g, to - 1);
}

bool
grouped_trades(const struct calendar *cal, enum grouped_market m, md_date date)
{
	/* Forex rests on the same dates of both kinds. */
	struct grid g = days_of(cal, m, GRID_NEWYORK);

	return grid_may_trade(&g, grid_midnight(&g, date),
	    grid_midnight(&g, date + 1));
}

bool
grouped_start(const struct calendar *cal, enum grouped_market m, md_date date,
    int64_t t, int64_t *start)
{
	static const enum grid_kind kinds[] = { GRID_UTC, GRID_NEWYORK };
	struct range day = grouped_day(cal, m, GRID_UNKNOWN, date);

	*start = day.from;
	if (m != GROUPED_FX)
		return t >= day.from && t <= day.to;
	for (size_t i = 0; i < 2; i++) {
		day = grouped_day(cal, m, kinds[i], date);
		*start = day.from;
		if (t == day.from || t == day.to || t == day.to - 1)
			return true;
	}
	return false;
}

/* -- an answer -- */

struct refusals {
	struct page_refusal *v;
	size_t len, cap;
};

static bool
refuse(struct refusals *l, char *raw, const char *reason, bool has_t, int64_t t)
{
	struct page_refusal *v;

	if (raw == NULL)
		return false;
	v = array_room(l->v, l->len, &l->cap, sizeof(*v));
	if (v == NULL) {
		free(raw);
		return false;
	}
	l->v = v;
	memset(&v[l->len], 0, sizeof(*v));
	v[l->len].raw = raw;
	v[l->len].reason = reason;
	v[l->len].has_t = has_t;
	v[l->len++].t = t;
	return true;
}

static char *
bar_text(const struct bar *bar)
{
	struct buf b = BUF_INIT;
	char *text;

	bar_write(bar, &b);
	text = buf_ok(&b) ? strdup(buf_str(&b)) : NULL;
	buf_free(&b);
	return text;
}

/* The row's bar at the day's start; what it cannot be stays as it came. */
static bool
take_row(const struct grouped_rows *rows, const struct bar *row,
    struct page *out, struct refusals *refused)
{
	const char *why = bar_impossible(row);
	int64_t start;

	if (!grouped_start(rows->calendar, rows->market, rows->date, row->t,
		&start))
		return refuse(refused, bar_text(row),
		    "outside the day asked for", true, row->t);
	if (why == NULL && isnan(row->v))
		why = "\"v\" is missing";
	if (why != NULL)
		return refuse(refused, bar_text(row), why, true, start);
	out->bars[out->len] = *row;
	out->bars[out->len++].t = start;
	return true;
}

/* Rows that the reader refused: their time is the day's too. */
static bool
take_refused(const char *ticker, const struct grouped_rows *rows,
    struct refusals *refused)
{
	for (size_t i = 0; i < rows->page->refused_len; i++) {
		const struct page_refusal *r = &rows->page->refused[i];
		bool within = !r->has_t ||
			      (r->t >= rows->day.from && r->t <= rows->day.to);

		if (strcmp(r->name.text, ticker) == 0 &&
		    !refuse(refused, strdup(r->raw), r->reason, true,
			within ? rows->day.from : r->t))
			return false;
	}
	return true;
}

bool
grouped_verify(struct asked *a, const struct grouped_rows *rows,
    struct bar *bars, struct verified *v)
{
	struct page own = PAGE_INIT;
	struct refusals refused = { NULL, 0, 0 };
	char ticker[SYMBOL_MAX];
	bool good;

	memcpy(ticker, a->ticker, strlen(a->ticker) + 1);
	own.ticker = ticker;
	own.bars = bars;
	good = take_refused(a->ticker, rows, &refused);
	for (size_t i = 0; good && i < rows->n; i++)
		good = take_row(rows, &rows->page->bars[rows->places[i]], &own,
		    &refused);
	own.refused = refused.v;
	own.refused_len = refused.len;
	good = good && verify_page(a, &own, true, v);
	for (size_t i = 0; i < refused.len; i++)
		free(refused.v[i].raw);
	free(refused.v);
	return good;
}

/* -- refusals (403) -- */

bool
grouped_denials_add(struct grouped_denials *l, struct grouped_denial d)
{
	struct grouped_denial *v =
	    array_room(l->v, l->len, &l->cap, sizeof(*v));

	if (v == NULL)
		return false;
	l->v = v;
	l->v[l->len++] = d;
	return true;
}

void
grouped_denials_free(struct grouped_denials *l)
{
	free(l->v);
	*l = (struct grouped_denials){ NULL, 0, 0 };
}

bool
grouped_denied(const struct grouped_denials *l, const struct calendar *cal,
    enum grouped_market market, md_date date, int64_t now)
{
	enum asset_class class = grouped_market_class(market);
	struct grid g = { cal, class, TF_1D, GRID_UNKNOWN };

	for (size_t i = 0; i < l->len; i++) {
		const struct grouped_denial *d = &l->v[i];
		int64_t start = calendar_midnight(cal, class, d->date);

		if (d->market != market || date > d->date ||
		    now - d->denied_at >= WANTED_DENIED_MS)
			continue;
		if (start < grid_final_before(&g, d->denied_at))
			return true;
		if (date == d->date && start >= grid_final_before(&g, now))
			return true;
	}
	return false;
}
