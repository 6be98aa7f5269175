/*
 * The endpoints: what their paths are and what their answers mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
#include "answer/splits.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/mdtime.h"
#include "polygon/http.h"
#include "polygon/polygon.h"
#include "polygon/url.h"

#define EXCERPT_BYTES 300

/* -- aggregates -- */

struct aggs_call {
	struct polygon *polygon;
	const struct aggs_handler *handler;
	void *ctx;
	struct page page;
};

enum polygon_next
polygon_judge_status(const char *status, const char *message,
    struct md_error *e)
{
	if (status == NULL) {
		(void)md_fail(e, MD_EDATA, "an answer without a status");
		return POLYGON_AGAIN;
	}
	if (strcmp(status, "OK") == 0 || strcmp(status, "DELAYED") == 0)
		return POLYGON_DONE;
	(void)md_fail(e,
	    strcmp(status, "NOT_AUTHORIZED") == 0 ? MD_EDENIED : MD_EHTTP,
	    "the API answered with status %.40s%s%.200s", status,
	    message == NULL ? "" : ": ", message == NULL ? "" : message);
	return POLYGON_STOP;
}

/* The beginning of a body that is no page, fit to be stored as text. */
static void
report_unreadable(struct aggs_call *a, const char *body, size_t len,
    const struct md_error *e)
{
	char excerpt[EXCERPT_BYTES + 1];

	body_excerpt(body, len, excerpt, sizeof(excerpt));
	a->handler->unreadable(a->ctx, excerpt, e->text);
}

/* Its words go into errors and tables. */
static bool
read_page(struct aggs_call *a, char *body, size_t len, struct md_error *e)
{
	polygon_supply_bars(a->polygon, &a->page);
	if (!page_scan(&a->page, body, len) &&
	    !page_decode(&a->page, body, len, e))
		return false;
	if (a->page.message != NULL)
		md_printable(a->page.message);
	if (a->page.status != NULL)
		md_printable(a->page.status);
	return true;
}

static enum polygon_next
aggs_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct aggs_call *a = ctx;
	enum polygon_next next;
	bool last;

	if (!read_page(a, body, len, e)) {
		if (e->code == MD_EDATA)
			report_unreadable(a, body, len, e);
		return POLYGON_AGAIN;
	}
	next = polygon_judge_status(a->page.status, a->page.message, e);
	if (next != POLYGON_DONE)
		return next;
	if (a->page.results_count >
	    (int64_t)(a->page.len + a->page.refused_len)) {
		(void)md_fail(e, MD_EDATA,
		    "an answer that says it holds %lld bars and holds %zu",
		    (long long)a->page.results_count,
		    a->page.len + a->page.refused_len);
		return POLYGON_AGAIN;
	}
	last = a->page.next_url == NULL;
	if (!a->handler->page(a->ctx, &a->page, last, e))
		return POLYGON_STOP;
	*next_url = a->page.next_url;
	return last ? POLYGON_DONE : POLYGON_MORE;
}

static void
aggs_ended(void *ctx, const struct md_error *e)
{
	struct aggs_call *a = ctx;

	a->handler->ended(a->ctx, e);
	page_free(&a->page);
	free(a);
}

static bool
call_aggs(struct polygon *p, const char *subject, const char *path, bool named,
    const struct aggs_handler *handler, void *ctx, struct md_error *e)
{
	static const struct polygon_handler calls = { aggs_answer, aggs_ended };
	struct aggs_call *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return md_nomem(e);
	a->polygon = p;
	a->handler = handler;
	a->ctx = ctx;
	a->page = (struct page)PAGE_INIT;
	a->page.named = named;
	if (polygon_get(p, subject, path, &calls, a, e))
		return true;
	free(a);
	return false;
}

bool
polygon_aggs(struct polygon *p, const struct aggs_query *q,
    const struct aggs_handler *handler, void *ctx, struct md_error *e)
{
	struct buf path = BUF_INIT;
	char *ticker = url_escape(q->ticker);
	bool good = ticker != NULL;

	if (good)
		buf_printf(&path,
		    "/v2/aggs/ticker/%s/range/%d/%s/%lld/%lld"
		    "?adjusted=false&sort=asc&limit=50000",
		    ticker, timeframe_multiplier(q->timeframe),
		    timeframe_timespan(q->timeframe), (long long)q->from,
		    (long long)(q->to - 1));
	good = good && buf_ok(&path) ? call_aggs(p, q->ticker, buf_str(&path),
					   false, handler, ctx, e)
				     : md_nomem(e);
	free(ticker);
	buf_free(&path);
	return good;
}

/* -- grouped -- */

bool
polygon_grouped(struct polygon *p, enum grouped_market market, md_date date,
    const struct aggs_handler *handler, void *ctx, struct md_error *e)
{
	struct buf path = BUF_INIT;
	char text[11];
	bool good;

	md_date_format(date, text);
	buf_printf(&path, "/v2/aggs/grouped/locale/%s/%s?adjusted=false%s",
	    grouped_market_path(market), text,
	    market == GROUPED_STOCKS ? "&include_otc=true" : "");
	good = buf_ok(&path)
		   ? call_aggs(p, text, buf_str(&path), true, handler, ctx, e)
		   : md_nomem(e);
	buf_free(&path);
	return good;
}

/* -- splits -- */

struct splits_call {
	const struct splits_handler *handler;
	void *ctx;
	char **tickers; /* asked for, sorted; none: all */
	size_t tickers_len;
	struct split *v; /* of all pages so far */
	size_t len, cap;
	struct splits_answer page;
};

static int
compare_tickers(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
was_asked_for(const struct splits_call *s, const char *ticker)
{
	return s->tickers_len == 0 ||
	       bsearch(&ticker, s->tickers, s->tickers_len, sizeof(*s->tickers),
		   compare_tickers) != NULL;
}

static bool
add_splits(struct splits_call *s)
{
	for (size_t i = 0; i < s->page.len; i++) {
		struct split *v = array_room(s->v, s->len, &s->cap, sizeof(*v));

		if (v == NULL)
			return false;
		s->v = v;
		if (was_asked_for(s, s->page.v[i].symbol))
			v[s->len++] = s->page.v[i];
		else
			s->handler->refused(s->ctx, s->page.v[i].symbol,
			    "its ticker was not asked for");
	}
	return true;
}

/* All that was told of a symbol is compared together. */
static void
check_factors(struct splits_call *s)
{
	size_t end;

	if (s->len > 1)
		qsort(s->v, s->len, sizeof(*s->v), split_by_symbol);
	for (size_t i = 0; i < s->len; i = end) {
		for (end = i + 1; end < s->len &&
				  strcmp(s->v[end].symbol, s->v[i].symbol) == 0;
		     end++)
			;
		splits_check_factors(s->v + i, end - i);
	}
}

static enum polygon_next
splits_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct splits_call *s = ctx;
	struct splits_answer *page = &s->page;
	enum polygon_next next;

	splits_answer_free(page);
	if (!splits_answer_read(page, body, len, e)) {
		md_printable(e->text);
		return POLYGON_AGAIN;
	}
	md_printable(page->list.status);
	next = polygon_judge_status(page->list.status, NULL, e);
	if (next != POLYGON_DONE) {
		(void)md_context(e, "splits");
		return next;
	}
	for (size_t i = 0; i < page->list.refused_len; i++)
		s->handler->refused(s->ctx, page->list.refused[i].raw,
		    page->list.refused[i].reason);
	if (!add_splits(s)) {
		(void)md_nomem(e);
		return POLYGON_STOP;
	}
	*next_url = page->list.next_url;
	if (page->list.next_url != NULL)
		return POLYGON_MORE;
	check_factors(s);
	s->handler->splits(s->ctx, s->v, s->len);
	return POLYGON_DONE;
}

static void
splits_call_free(struct splits_call *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->tickers_len; i++)
		free(s->tickers[i]);
	free((void *)s->tickers);
	splits_answer_free(&s->page);
	free(s->v);
	free(s);
}

static void
splits_ended(void *ctx, const struct md_error *e)
{
	struct splits_call *s = ctx;

	s->handler->ended(s->ctx, e);
	splits_call_free(s);
}

/* A call that knows what it asks for; null: out of memory. */
static struct splits_call *
splits_begin(const struct splits_query *q)
{
	struct splits_call *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->tickers = calloc(q->len + 1, sizeof(*s->tickers));
	for (size_t i = 0; s->tickers != NULL && i < q->len; i++) {
		s->tickers[i] = strdup(q->tickers[i]);
		if (s->tickers[i] == NULL)
			break;
		s->tickers_len++;
	}
	if (s->tickers == NULL || s->tickers_len < q->len) {
		splits_call_free(s);
		return NULL;
	}
	if (q->len > 1)
		qsort((void *)s->tickers, q->len, sizeof(*s->tickers),
		    compare_tickers);
	return s;
}

static bool
splits_path(const struct splits_query *q, struct buf *path)
{
	char date[11];

	if (q->old)
		buf_printf(path,
		    "/v3/reference/splits?limit=%d&order=asc&"
		    "sort=execution_date",
		    SPLITS_PAGE_OLD);
	else
		buf_printf(path,
		    "/stocks/v1/splits?limit=%d&sort=execution_date.asc",
		    SPLITS_PAGE);
	if (q->len == 0) {
		md_date_format(q->since, date);
		buf_printf(path, "&execution_date.gte=%s", date);
		return buf_ok(path);
	}
	for (size_t i = 0; i < q->len; i++) {
		char *escaped = url_escape(q->tickers[i]);

		if (escaped == NULL)
			return false;
		buf_puts(path, i > 0         ? ","
			       : q->len == 1 ? "&ticker="
					     : "&ticker.any_of=");
		buf_puts(path, escaped);
		free(escaped);
	}
	return buf_ok(path);
}

bool
polygon_splits(struct polygon *p, const struct splits_query *q,
    const struct splits_handler *handler, void *ctx, struct md_error *e)
{
	static const struct polygon_handler calls = { splits_answer,
		splits_ended };
	struct splits_call *s = splits_begin(q);
	struct buf path = BUF_INIT;
	bool good = s != NULL && splits_path(q, &path);

	if (good) {
		s->handler = handler;
		s->ctx = ctx;
	} else
		(void)md_nomem(e);
	good = good && polygon_get(p, q->len == 1 ? q->tickers[0] : "",
			   buf_str(&path), &calls, s, e);
	buf_free(&path);
	if (!good)
		splits_call_free(s);
	return good;
}
