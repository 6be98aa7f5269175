/*
 * What requests say, read with its bounds; what cursors say back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "httpd/request.h"
#include "mock/call.h"
#include "mock/cursor.h"

int64_t
call_now(const struct call *c, enum asset_class ac)
{
	switch (c->options->clock) {
	case CLOCK_REAL:
		break;
	case CLOCK_DATE:
		return calendar_midnight(c->calendar,
			   source_days(c->market, ac), c->options->date + 1) -
		       1;
	case CLOCK_TIME:
		return c->options->time_ms;
	}
	return c->real_now_ms;
}

const struct fault_effect *
call_meets(const struct call *c, enum fault_kind kind)
{
	return c->fault == NULL ? NULL : fault_has(c->fault, kind);
}

enum asset_class
call_days(const struct call *c, const char *symbol)
{
	return source_days(c->market, symbol_class(symbol));
}

/* Classes without sessions have days. */
int64_t
call_known(const struct call *c, enum asset_class ac)
{
	int64_t now = call_now(c, ac), late = 0;
	enum asset_class days = source_days(c->market, ac);
	md_date date = calendar_date(c->calendar, days, now) + 1;
	const struct fault_effect *f = call_meets(c, FAULT_LATE);
	struct session s;

	if (f == NULL)
		return now;
	if (!asset_class_has_sessions(ac))
		date -= (md_date)f->number;
	while (asset_class_has_sessions(ac) && late < f->number &&
	       calendar_previous_session(c->calendar, date, &s)) {
		date = s.date;
		late += s.open_ms <= now;
	}
	return calendar_midnight(c->calendar, days, date) - 1;
}

bool
call_bool(const struct call *c, const char *name, bool otherwise, bool *out,
    struct md_error *e)
{
	const char *v = httpd_parameter(c->query, name);

	*out = v == NULL ? otherwise : strcmp(v, "true") == 0;
	if (v == NULL || *out || strcmp(v, "false") == 0)
		return true;
	return md_fail(e, MD_EUSAGE, "%s: expected true or false", name);
}

/* asc or desc. */
bool
call_order(const struct call *c, const char *name, bool otherwise,
    bool *descending, struct md_error *e)
{
	const char *v = httpd_parameter(c->query, name);

	*descending = v == NULL ? otherwise : strcmp(v, "desc") == 0;
	if (v == NULL || *descending || strcmp(v, "asc") == 0)
		return true;
	return md_fail(e, MD_EUSAGE, "%s: expected asc or desc", name);
}

bool
call_limit(const struct call *c, int64_t otherwise, int64_t max, int64_t *out,
    struct md_error *e)
{
	const char *v = httpd_parameter(c->query, "limit");

	*out = otherwise;
	if (v == NULL || number_parse_int(v, 1, max, out))
		return true;
	return md_fail(e, MD_EUSAGE, "limit: expected a number from 1 to %lld",
	    (long long)max);
}

bool
call_timeframe(const struct call *c, char out[16])
{
	struct window w;
	int64_t n;

	if (c->endpoint != ENDPOINT_AGGS ||
	    !number_parse_int(c->part[1], 1, 100000, &n) ||
	    !window_of_api((int)n, c->part[2], &w, NULL))
		return false;
	if (w.length_ms == 0)
		(void)snprintf(out, 16, "%s", timeframe_name(w.tf));
	else /* 90m, 2h */
		(void)snprintf(out, 16, "%d%c", (int)n, c->part[2][0]);
	return true;
}

bool
call_text(struct buf *b, char **out, struct md_error *e)
{
	if (!buf_ok(b)) {
		buf_free(b);
		return md_nomem(e);
	}
	*out = buf_take(b);
	return true;
}

/* -- cursors -- */

void
call_cursor(struct call *c)
{
	const char *v = httpd_parameter(c->request, "cursor");
	struct buf text = BUF_INIT;

	c->query = c->request;
	c->number = 1;
	if (v == NULL)
		return;
	c->query = NULL;
	buf_puts(&text, "/?");
	if (cursor_decode(&text, v))
		c->cursor = httpd_target_parse(buf_str(&text));
	buf_free(&text);
	if (c->cursor == NULL)
		return;
	c->query = httpd_target_request(c->cursor);
	v = httpd_parameter(c->query, "page");
	if (v == NULL || !number_parse_int(v, 1, INT32_MAX, &c->number))
		c->query = NULL;
	else
		c->past_empty = httpd_parameter(c->query, "past") != NULL;
}

static void
put_parameter(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s%s=", b->len == 0 ? "" : "&", name);
	cursor_escape(b, value);
}

/* The same query, further on. */
bool
call_next_url(const struct call *c, const char *path, int64_t offset,
    bool past_empty, char **out, struct md_error *e)
{
	struct buf b = BUF_INIT, cursor = BUF_INIT;
	static const char *const ours[] = { "apiKey", "page", "offset", "past",
		"cursor" };

	for (size_t i = 0; i < c->query->parameters; i++) {
		const struct httpd_parameter *p = &c->query->parameter[i];
		size_t k = 0;

		while (k < 5 && strcmp(ours[k], p->name) != 0)
			k++;
		if (k == 5)
			put_parameter(&cursor, p->name, p->value);
	}
	buf_printf(&cursor, "%soffset=%lld&page=%lld",
	    cursor.len == 0 ? "" : "&", (long long)offset,
	    (long long)c->number + 1);
	if (past_empty)
		buf_puts(&cursor, "&past=1");
	buf_printf(&b, "%s%s?cursor=", c->options->base, path);
	cursor_encode(&b, buf_str(&cursor));
	if (!buf_ok(&cursor))
		b.failed = true;
	buf_free(&cursor);
	return call_text(&b, out, e);
}

/* Where the page starts among len rows, how many it holds. */
bool
call_part(const struct call *c, int64_t otherwise, int64_t max, size_t len,
    size_t *from, size_t *n, struct md_error *e)
{
	const char *v = httpd_parameter(c->query, "offset");
	int64_t limit, offset = 0;

	if (!call_limit(c, otherwise, max, &limit, e))
		return false;
	if (v != NULL && !number_parse_int(v, 0, INT32_MAX, &offset))
		return md_fail(e, MD_EUSAGE, "the cursor is not valid");
	*from = (size_t)offset < len ? (size_t)offset : len;
	*n = len - *from < (size_t)limit ? len - *from : (size_t)limit;
	return true;
}

void
call_free(struct call *c)
{
	mock_page_free(&c->page);
	buf_free(&c->text);
	httpd_target_destroy(&c->cursor);
}
