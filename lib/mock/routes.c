/*
 * The endpoints: those that answer with lists, and the table of all paths.
 */
#include <stdlib.h>
#include <string.h>

#include "mock/call.h"

/* -- the market now -- */

static const char *
open_word(const struct call *c, enum asset_class ac)
{
	return calendar_is_open(c->calendar, ac, call_now(c, ac)) ? "open"
								  : "closed";
}

static bool
status_make(struct call *c, struct md_error *e)
{
	int64_t now = call_now(c, CLASS_STOCK);
	int64_t offset = calendar_ny_offset(c->calendar, now);
	const char *word = open_word(c, CLASS_STOCK);
	bool open = strcmp(word, "open") == 0;
	bool extended =
	    !open && calendar_may_trade(c->calendar, CLASS_STOCK, TF_1M,
			 now - now % MD_MINUTE, now - now % MD_MINUTE + 1);
	char time[MD_TIME_MAX];
	struct session day;
	bool early;

	(void)e;
	early = extended &&
		calendar_session(c->calendar,
		    calendar_date(c->calendar, CLASS_STOCK, now), &day) &&
		now < day.open_ms;
	if (extended)
		word = "extended-hours";
	md_time_format(now - now % MD_SECOND + offset, time);
	time[strlen(time) - 1] = '\0'; /* the Z; the offset follows */
	buf_printf(&c->text,
	    "{\"afterHours\":%s,\"currencies\":{\"crypto\":\"open\","
	    "\"fx\":\"%s\"},\"earlyHours\":%s,\"exchanges\":{\"nasdaq\":\"%s\","
	    "\"nyse\":\"%s\",\"otc\":\"%s\"},\"market\":\"%s\","
	    "\"serverTime\":\"%s-%02d:00\"}",
	    extended && !early ? "true" : "false", open_word(c, CLASS_FX),
	    early ? "true" : "false", word, word, open ? "open" : "closed",
	    word, time, (int)(-offset / MD_HOUR));
	return true;
}

/* -- finding the way -- */

static const struct {
	const char *path; /* '*' holds a part */
	enum endpoint endpoint;
	enum asset_class class; /* of one symbol: its own */
	call_make *make;
} routes[] = {
	{ "v2/aggs/ticker/*/range/*/*/*/*", ENDPOINT_AGGS, CLASS_STOCK,
	    aggs_make },
	{ "v2/aggs/ticker/*/prev", ENDPOINT_PREV, CLASS_STOCK, prev_make },
	{ "v2/aggs/grouped/locale/us/market/stocks/*", ENDPOINT_GROUPED,
	    CLASS_STOCK, grouped_stocks_make },
	{ "v2/aggs/grouped/locale/global/market/crypto/*", ENDPOINT_GROUPED,
	    CLASS_CRYPTO, grouped_crypto_make },
	{ "v2/aggs/grouped/locale/global/market/fx/*", ENDPOINT_GROUPED,
	    CLASS_FX, grouped_fx_make },
	{ "stocks/v1/splits", ENDPOINT_SPLITS, CLASS_STOCK, splits_make },
	{ "stocks/v1/dividends", ENDPOINT_DIVIDENDS, CLASS_STOCK,
	    dividends_make },
	{ "v3/reference/splits", ENDPOINT_SPLITS, CLASS_STOCK,
	    splits_old_make },
	{ "v3/reference/tickers", ENDPOINT_TICKERS, CLASS_STOCK, tickers_make },
	{ "vX/reference/tickers/*/events", ENDPOINT_TICKERS, CLASS_STOCK,
	    events_make },
	{ "v1/marketstatus/upcoming", ENDPOINT_STATUS, CLASS_STOCK,
	    upcoming_make },
	{ "v1/marketstatus/now", ENDPOINT_STATUS, CLASS_STOCK, status_make },
};

static bool
path_matches(struct call *c, const char *path)
{
	size_t parts = 0;

	for (size_t i = 0; i < c->request->segments; i++) {
		const char *have = c->request->segment[i];
		size_t len = strcspn(path, "/");

		if (len == 1 && *path == '*') {
			if (*have == '\0')
				return false;
			c->part[parts++] = have;
		} else if (len == 0 || strlen(have) != len ||
			   memcmp(have, path, len) != 0)
			return false;
		path += path[len] == '/' ? len + 1 : len;
	}
	return *path == '\0';
}

call_make *
call_route(struct call *c)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (path_matches(c, routes[i].path)) {
			c->endpoint = routes[i].endpoint;
			c->page.endpoint = c->endpoint;
			c->class = routes[i].class;
			if (c->endpoint == ENDPOINT_AGGS ||
			    c->endpoint == ENDPOINT_PREV)
				c->class = symbol_class(c->part[0]);
			call_cursor(c);
			return routes[i].make;
		}
	return NULL;
}
