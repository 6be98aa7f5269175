/*
 * The endpoints for bars: what their paths are and what their answers mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
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
