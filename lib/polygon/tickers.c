#include "polygon/tickers.h"

#include <stdlib.h>

#include "base/buf.h"
#include "polygon/url.h"

/* There is no market of so many thousands. */
#define PAGES_MAX 500
/* A ticker has been few companies'. */
#define PAGES_MAX_OF_ONE 3

struct tickers_call {
	struct tickers_query *query;
	const struct tickers_handler *handler;
	void *ctx;
	unsigned pages;
	struct list_answer page;
};

static enum polygon_next
tickers_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct tickers_call *c = ctx;
	struct list_answer *page = &c->page;
	struct tickers *into = c->query->wanted.into;
	size_t before = into->len;
	unsigned pages_max;
	enum polygon_next next;

	list_answer_free(page);
	if (!list_answer_read(page, "tickers", tickers_take_row,
		&c->query->wanted, body, len, e)) {
		md_printable(e->text);
		into->len = before; /* asked again, it comes again */
		return POLYGON_AGAIN;
	}
	md_printable(page->status);
	next = polygon_judge_status(page->status, NULL, e);
	if (next != POLYGON_DONE) {
		into->len = before;
		return next;
	}
	for (size_t i = 0; i < page->refused_len; i++)
		c->handler->refused(c->ctx, page->refused[i].raw,
		    page->refused[i].reason);
	pages_max = c->query->ticker != NULL ? PAGES_MAX_OF_ONE : PAGES_MAX;
	if (++c->pages == pages_max && page->next_url != NULL) {
		(void)md_fail(e, MD_EDATA,
		    "over %u pages of tickers: paging would never end",
		    pages_max);
		return POLYGON_STOP;
	}
	*next_url = page->next_url;
	return page->next_url == NULL ? POLYGON_DONE : POLYGON_MORE;
}

static void
tickers_ended(void *ctx, const struct md_error *e)
{
	struct tickers_call *c = ctx;

	c->handler->ended(c->ctx, e);
	list_answer_free(&c->page);
	free(c);
}

bool
polygon_tickers(struct polygon *p, struct tickers_query *q,
    const struct tickers_handler *handler, void *ctx, struct md_error *e)
{
	static const struct polygon_handler calls = { tickers_answer,
		tickers_ended };
	struct tickers_call *c = calloc(1, sizeof(*c));
	struct buf path = BUF_INIT;
	char date[11];
	bool good;

	buf_printf(&path,
	    "/v3/reference/tickers?market=%s&active=%s&limit=1000&order=asc&"
	    "sort=ticker",
	    q->wanted.market, q->delisted ? "false" : "true");
	if (q->wanted.type != NULL)
		buf_printf(&path, "&type=%s", q->wanted.type);
	if (q->ticker != NULL) {
		char *ticker = url_escape(q->ticker);

		buf_printf(&path, "&ticker=%s", ticker == NULL ? "" : ticker);
		path.failed = path.failed || ticker == NULL;
		free(ticker);
	}
	if (q->has_date) {
		md_date_format(q->date, date);
		buf_printf(&path, "&date=%s", date);
	}
	good = c != NULL && buf_ok(&path);
	if (good) {
		c->query = q;
		c->handler = handler;
		c->ctx = ctx;
	} else
		(void)md_nomem(e);
	good = good && polygon_get(p, "", buf_str(&path), &calls, c, e);
	buf_free(&path);
	if (!good)
		free(c);
	return good;
}
