#include "polygon/events.h"

#include <stdlib.h>

#include "base/buf.h"
#include "polygon/url.h"

struct events_call {
	const struct events_query *query;
	void (*ended)(void *ctx, const struct md_error *);
	void *ctx;
};

/* A bad status is told before what the rest lacks. */
static enum polygon_next
events_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct events_call *c = ctx;
	char *status = NULL;
	struct md_error why;
	bool good = events_read(c->query->into, c->query->ticker,
	    c->query->today, &status, body, len, e);
	enum polygon_next next = POLYGON_STOP;

	(void)next_url;
	if (!good)
		md_printable(e->text);
	if (status != NULL)
		md_printable(status);
	if (good || status != NULL) {
		next = polygon_judge_status(status, NULL, &why);
		if (next != POLYGON_DONE)
			*e = why;
		else if (!good)
			next = POLYGON_STOP;
	}
	free(status);
	return next;
}

static void
events_ended(void *ctx, const struct md_error *e)
{
	struct events_call *c = ctx;

	c->ended(c->ctx, e);
	free(c);
}

bool
polygon_events(struct polygon *p, const struct events_query *q,
    void (*ended)(void *ctx, const struct md_error *), void *ctx,
    struct md_error *e)
{
	static const struct polygon_handler calls = { events_answer,
		events_ended };
	struct events_call *c = calloc(1, sizeof(*c));
	struct buf path = BUF_INIT;
	char *ticker = url_escape(q->ticker);
	bool good = c != NULL && ticker != NULL;

	if (good) {
		*c = (struct events_call){ q, ended, ctx };
		buf_printf(&path,
		    "/vX/reference/tickers/%s/events?types=ticker_change",
		    ticker);
	}
	good = (good && buf_ok(&path)) || md_nomem(e);
	good = good && polygon_get(p, q->ticker, buf_str(&path), &calls, c, e);
	free(ticker);
	buf_free(&path);
	if (!good)
		free(c);
	return good;
}
