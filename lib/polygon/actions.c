/*
 * The endpoints for splits and dividends, which are asked alike, and that of
 * before for splits.
 */
#include "answer/actions.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mdtime.h"
#include "polygon/polygon.h"
#include "polygon/url.h"

/* The rows' dates, by which they are ordered. */
static const char *const dates[ACTION_COUNT] = {
	[ACTION_SPLITS] = "execution_date",
	[ACTION_DIVIDENDS] = "ex_dividend_date",
};

struct actions_call {
	const struct actions_handler *handler;
	void *ctx;
	char **tickers; /* asked for, sorted; none: all */
	size_t tickers_len;
	struct actions rows; /* of all pages so far */
	struct actions_answer page;
};

static int
compare_tickers(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
was_asked_for(const struct actions_call *s, const char *ticker)
{
	return s->tickers_len == 0 ||
	       bsearch(&ticker, s->tickers, s->tickers_len, sizeof(*s->tickers),
		   compare_tickers) != NULL;
}

static bool
add_page(struct actions_call *s)
{
	const struct actions *page = &s->page.rows;

	for (size_t i = 0; i < page->len; i++) {
		const char *symbol = actions_at(page, i);
		void *v;

		if (!was_asked_for(s, symbol)) {
			s->handler->refused(s->ctx, symbol,
			    "its ticker was not asked for");
			continue;
		}
		v = actions_append(&s->rows);
		if (v == NULL)
			return false;
		memcpy(v, symbol, action_size(page->kind));
	}
	return true;
}

static enum polygon_next
actions_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct actions_call *s = ctx;
	struct actions_answer *page = &s->page;
	enum polygon_next next;

	actions_answer_free(page);
	if (!actions_answer_read(page, s->rows.kind, body, len, e)) {
		md_printable(e->text);
		return POLYGON_AGAIN;
	}
	md_printable(page->list.status);
	next = polygon_judge_status(page->list.status, NULL, e);
	if (next != POLYGON_DONE) {
		(void)md_context(e, "%s", actions_name(s->rows.kind));
		return next;
	}
	for (size_t i = 0; i < page->list.refused_len; i++)
		s->handler->refused(s->ctx, page->list.refused[i].raw,
		    page->list.refused[i].reason);
	if (!add_page(s)) {
		(void)md_nomem(e);
		return POLYGON_STOP;
	}
	*next_url = page->list.next_url;
	if (page->list.next_url != NULL)
		return POLYGON_MORE;
	/* All that was told of a symbol is compared together. */
	actions_sort(&s->rows);
	actions_check_factors(&s->rows);
	s->handler->answered(s->ctx, &s->rows);
	return POLYGON_DONE;
}

static void
actions_call_free(struct actions_call *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->tickers_len; i++)
		free(s->tickers[i]);
	free((void *)s->tickers);
	actions_answer_free(&s->page);
	actions_free(&s->rows);
	free(s);
}

static void
actions_ended(void *ctx, const struct md_error *e)
{
	struct actions_call *s = ctx;

	s->handler->ended(s->ctx, e);
	actions_call_free(s);
}

/* A call that knows what it asks for; null: out of memory. */
static struct actions_call *
actions_begin(const struct actions_query *q)
{
	struct actions_call *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->rows.kind = q->kind;
	s->tickers = calloc(q->len + 1, sizeof(*s->tickers));
	for (size_t i = 0; s->tickers != NULL && i < q->len; i++) {
		s->tickers[i] = strdup(q->tickers[i]);
		if (s->tickers[i] == NULL)
			break;
		s->tickers_len++;
	}
	if (s->tickers == NULL || s->tickers_len < q->len) {
		actions_call_free(s);
		return NULL;
	}
	if (q->len > 1)
		qsort((void *)s->tickers, q->len, sizeof(*s->tickers),
		    compare_tickers);
	return s;
}

static void
put_endpoint(const struct actions_query *q, struct buf *path)
{
	if (q->old)
		buf_printf(path,
		    "/v3/reference/splits?limit=%d&order=asc&"
		    "sort=execution_date",
		    ACTIONS_PAGE_OLD);
	else
		buf_printf(path, "/stocks/v1/%s?limit=%d&sort=%s.asc",
		    actions_name(q->kind), ACTIONS_PAGE, dates[q->kind]);
}

static bool
actions_path(const struct actions_query *q, struct buf *path)
{
	char date[MD_TIME_MAX];

	put_endpoint(q, path);
	if (q->len == 0 || q->dated) {
		md_date_format(q->since, date);
		buf_printf(path, "&%s.gte=%s", dates[q->kind], date);
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
polygon_actions(struct polygon *p, const struct actions_query *q,
    const struct actions_handler *handler, void *ctx, struct md_error *e)
{
	static const struct polygon_handler calls = { actions_answer,
		actions_ended };
	struct actions_call *s = actions_begin(q);
	struct buf path = BUF_INIT;
	bool good = s != NULL && actions_path(q, &path);

	if (good) {
		s->handler = handler;
		s->ctx = ctx;
	} else
		(void)md_nomem(e);
	good = good && polygon_get(p, q->len == 1 ? q->tickers[0] : "",
			   buf_str(&path), &calls, s, e);
	buf_free(&path);
	if (!good)
		actions_call_free(s);
	return good;
}
