/*
 * Answers of every endpoint as the client takes them: the first byte says
 * which, the rest is the body.  In the client's place stands this file.
 */
#include <ctype.h>
#include <math.h>

#include "fuzz.h"
#include "market/dividend.h"
#include "polygon/polygon.h"
#include "polygon/tickers.h"

/* -- the client, which has one call at a time -- */

static const struct polygon_handler *handler;
static void *call;

bool
polygon_get(struct polygon *p, const char *subject, const char *path,
    const struct polygon_handler *h, void *ctx, struct md_error *e)
{
	(void)p;
	(void)e;
	must(subject != NULL && path[0] == '/');
	handler = h;
	call = ctx;
	return true;
}

void
polygon_supply_bars(struct polygon *p, struct page *page)
{
	(void)p;
	(void)page;
}

/* -- who asked -- */

static int delivered, unreadable, ended;

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	(void)ctx;
	(void)e;
	must(last == (page->next_url == NULL));
	must(page->status != NULL);
	for (size_t i = 0; i < page->len; i++)
		must(!page->named || strlen(page->names[i].text) < SYMBOL_MAX);
	delivered++;
	return true;
}

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	(void)ctx;
	for (const char *s = excerpt; *s != '\0'; s++)
		must(*s >= ' ' && *s <= '~');
	must(why[0] != '\0');
	unreadable++;
}

static void
on_refused(void *ctx, const char *raw, const char *reason)
{
	(void)ctx;
	must(raw != NULL && reason[0] != '\0');
}

static void
on_actions(void *ctx, const struct actions *told)
{
	(void)ctx;
	for (size_t i = 0; i < told->len; i++) {
		const char *symbol = actions_at(told, i);
		const struct split *s = actions_at(told, i);
		const struct dividend *d = actions_at(told, i);

		must(memchr(symbol, '\0', SYMBOL_MAX) != NULL);
		if (told->kind == ACTION_SPLITS)
			must(s->from > 0 && s->to > 0);
		else
			must(d->cash > 0 && d->cash <= DIVIDEND_CASH_MOST &&
			     d->id[0] != '\0' && d->step >= 0 &&
			     isfinite(d->step) && isfinite(d->step_error));
	}
	delivered++;
}

static struct tickers tickers;

static void
check_tickers(void)
{
	for (size_t i = 0; i < tickers.len; i++) {
		const struct ticker *t = &tickers.v[i];
		char symbol[SYMBOL_MAX];
		struct md_error e;

		must(symbol_normalize(t->symbol, CLASS_STOCK, symbol, &e));
		must(t->type[0] == '\0' || ticker_type_valid(t->type));
		must(!t->has_listed || !t->has_delisted ||
		     t->listed <= t->delisted);
	}
	tickers_free(&tickers);
}

static void
on_end(void *ctx, const struct md_error *e)
{
	(void)ctx;
	(void)e;
	ended++;
}

/* -- an answer -- */

static void
ask(unsigned which)
{
	static const struct aggs_handler aggs = { .page = on_page,
		.unreadable = on_unreadable,
		.ended = on_end };
	static const struct actions_handler actions = { .refused = on_refused,
		.answered = on_actions,
		.ended = on_end };
	static const struct tickers_handler listed = { on_refused, on_end };
	static struct tickers_query all = {
		.wanted = { "stocks", NULL, CLASS_STOCK, &tickers },
	};
	const struct aggs_query q = { "AAPL", TF_1D, 0, MD_DAY };
	const struct actions_query since = {
		.kind = which % 5 == 4 ? ACTION_DIVIDENDS : ACTION_SPLITS,
		.since = 19000,
	};
	struct md_error e = { MD_OK, "" };

	switch (which % 5) {
	case 0:
		must(polygon_aggs(NULL, &q, &aggs, NULL, &e));
		return;
	case 1:
		must(polygon_grouped(NULL, GROUPED_STOCKS, 19000, &aggs, NULL,
		    &e));
		return;
	case 2:
	case 4:
		must(polygon_actions(NULL, &since, &actions, NULL, &e));
		return;
	default:
		must(polygon_tickers(NULL, &all, &listed, NULL, &e));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned which = input_byte(&in);
	size_t len = in.left;
	char *body = input_rest(&in);
	const char *next_url = NULL;
	struct md_error e = { MD_OK, "" };

	delivered = unreadable = ended = 0;
	ask(which);
	switch (handler->answer(call, body, len, &next_url, &e)) {
	case POLYGON_DONE:
		must(delivered == (which % 5 != 3));
		break;
	case POLYGON_MORE:
		must(next_url != NULL && next_url[0] != '\0');
		break;
	case POLYGON_AGAIN:
		must_tell(&e);
		must(delivered == 0);
		break;
	case POLYGON_STOP:
		must_tell(&e);
		must(delivered == 0);
		for (const char *s = e.text; *s != '\0'; s++)
			must(!iscntrl((unsigned char)*s));
		break;
	}
	must(ended == 0);
	handler->ended(call, &e);
	must(ended == 1);
	check_tickers();
	free(body);
	return 0;
}
