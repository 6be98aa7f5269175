/*
 * The events of a ticker: the names that its company had.
 */
#include "mock/events.h"

#include <stdio.h>
#include <string.h>

#include "mock/call.h"
#include "mock/lines.h"

/* The vendor knows of nothing earlier. */
#define FIRST_DAY md_date_of(2003, 9, 10)

static bool
read_event(char *line, struct mock_event *v)
{
	char *date = strchr(line, ','), *was;

	line[strcspn(line, "\r\n")] = '\0';
	if (date == NULL)
		return false;
	*date++ = '\0';
	was = strchr(date, ',');
	if (was == NULL)
		return false;
	*was++ = '\0';
	if (*line == '\0' || *was == '\0' ||
	    strlen(line) >= sizeof(v->ticker) || strlen(was) >= sizeof(v->was))
		return false;
	memset(v, 0, sizeof(*v));
	memcpy(v->ticker, line, strlen(line) + 1);
	memcpy(v->was, was, strlen(was) + 1);
	return md_date_parse(date, &v->date);
}

static bool
take_line(void *list, char *line, bool *is_row)
{
	struct mock_event one, *v;

	*is_row = read_event(line, &one);
	if (!*is_row)
		return true;
	v = mock_events_append(list);
	if (v != NULL)
		*v = one;
	return v != NULL;
}

bool
mock_events_read(struct mock_events *out, const char *dir, struct md_error *e)
{
	return mock_lines_read(dir, "events.csv", "ticker,date,was", take_line,
	    out, e);
}

/* -- the answer -- */

/* The rename from that name after that day, or to it before that day; null:
 * there was none. */
static const struct mock_event *
next_event(const struct mock_events *l, const char *name, md_date after)
{
	const struct mock_event *found = NULL;

	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].was, name) == 0 && l->v[i].date > after &&
		    (found == NULL || l->v[i].date < found->date))
			found = &l->v[i];
	return found;
}

static const struct mock_event *
previous_event(const struct mock_events *l, const char *name, md_date before)
{
	const struct mock_event *found = NULL;

	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].ticker, name) == 0 &&
		    l->v[i].date < before &&
		    (found == NULL || l->v[i].date > found->date))
			found = &l->v[i];
	return found;
}

static void
put_event(struct buf *b, const char *ticker, md_date date)
{
	char text[11];

	md_date_format(date, text);
	buf_printf(b, "{\"ticker_change\":{\"ticker\":");
	mock_put_text(b, ticker);
	buf_printf(b, "},\"type\":\"ticker_change\",\"date\":\"%s\"}", text);
}

static bool
is_listed(struct call *c, const char *name, bool *listed, struct md_error *e)
{
	const struct mock_tickers *told = c->options->tickers;
	struct symbols all;

	*listed = false;
	for (size_t i = 0; told != NULL && i < told->len; i++)
		*listed = *listed || strcmp(told->v[i].symbol, name) == 0;
	if (!source_symbols(c->market, &all, e))
		return false;
	for (size_t i = 0; i < all.len; i++)
		*listed = *listed || strcmp(all.symbol[i], name) == 0;
	symbols_free(&all);
	return true;
}

bool
events_make(struct call *c, struct md_error *e)
{
	static const struct mock_events none;
	const struct mock_events *l =
	    c->options->events == NULL ? &none : c->options->events;
	const struct mock_event *v;
	const char *name = c->part[0];
	md_date date = INT32_MIN;
	bool listed;

	if (!is_listed(c, name, &listed, e))
		return false;
	if (!listed && next_event(l, name, date) == NULL &&
	    previous_event(l, name, INT32_MAX) == NULL)
		return md_fail(e, MD_EABSENT, "Ticker not found.");
	while ((v = next_event(l, name, date)) != NULL) {
		name = v->ticker;
		date = v->date;
	}
	buf_puts(&c->text, "{\"results\":{\"name\":");
	mock_put_text(&c->text, name);
	buf_puts(&c->text, ",\"events\":[");
	date = INT32_MAX;
	while ((v = previous_event(l, name, date)) != NULL) {
		put_event(&c->text, v->ticker, v->date);
		buf_putc(&c->text, ',');
		name = v->was;
		date = v->date;
	}
	put_event(&c->text, name, date < FIRST_DAY ? date - 1 : FIRST_DAY);
	buf_printf(&c->text, "]},\"status\":\"OK\",\"request_id\":\"%s\"}",
	    c->id);
	return true;
}
