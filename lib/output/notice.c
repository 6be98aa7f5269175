#include "output/notice.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"

/* -- for programs -- */

static void
alert_members(struct json_writer *w, const struct alert *a)
{
	json_number(w, "value", a->value);
	json_number(w, "threshold", a->threshold);
	json_text(w, "message", a->message);
	json_text(w, "series", a->series[0] == '\0' ? NULL : a->series);
	json_text(w, "command", a->command[0] == '\0' ? NULL : a->command);
}

static void
head(struct json_writer *w, enum alert_rule rule)
{
	json_object_begin(w, NULL);
	json_text(w, "rule", alert_rule_name(rule));
	json_text(w, "level", alert_level_name(alert_rule_level(rule)));
}

static void
change(struct json_writer *w, const struct alert_change *c)
{
	head(w, c->rule);
	json_text(w, "change", c->raised != NULL ? "raised" : "cleared");
	if (c->raised != NULL)
		alert_members(w, c->raised);
	else
		json_time(w, "raised_at", c->since_ms);
	json_object_end(w);
}

static void
write_json(struct buf *b, const struct notice *n)
{
	struct json_writer w;

	json_start_dense(&w, b);
	json_object_begin(&w, NULL);
	json_text(&w, "source", "mdkit");
	json_text(&w, "host", n->host);
	json_text(&w, "store", n->store);
	json_time(&w, "timestamp", n->now_ms);
	json_text(&w, "status", health_status_name(n->status));
	json_array_begin(&w, "changes");
	for (size_t i = 0; i < n->changes_len; i++)
		change(&w, &n->changes[i]);
	json_array_end(&w);
	json_array_begin(&w, "alerts");
	for (size_t i = 0; i < n->alerts_len; i++) {
		head(&w, n->alerts[i].rule);
		alert_members(&w, &n->alerts[i]);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

/* -- for people -- */

static void
title(struct buf *b, const struct notice *n)
{
	buf_printf(b, "mdkit: %s, %zu alert%s", health_status_name(n->status),
	    n->alerts_len, n->alerts_len == 1 ? "" : "s");
}

static void
change_lines(struct buf *b, const struct notice *n,
    const struct alert_change *c)
{
	const struct alert *a = c->raised;
	char lasted[32];

	if (a == NULL) {
		md_duration_format(n->now_ms > c->since_ms
				       ? n->now_ms - c->since_ms
				       : 0,
		    lasted);
		buf_printf(b, "over: %s, after %s\n", alert_rule_name(c->rule),
		    lasted);
		return;
	}
	buf_printf(b, "%s: %s: %s\n",
	    alert_level_name(alert_rule_level(c->rule)),
	    alert_rule_name(c->rule), a->message);
	if (a->series[0] != '\0')
		buf_printf(b, "  %s\n", a->series);
	if (a->command[0] != '\0')
		buf_printf(b, "  $ %s\n", a->command);
}

static void
lines(struct buf *b, const struct notice *n)
{
	for (size_t i = 0; i < n->changes_len; i++)
		change_lines(b, n, &n->changes[i]);
	buf_printf(b, "store %s, seen from %s\n", n->store, n->host);
}

static void
write_text(struct buf *b, const struct notice *n)
{
	title(b, n);
	buf_putc(b, '\n');
	lines(b, n);
}

static int
priority(const struct notice *n)
{
	static const int priorities[] = {
		[HEALTH_HEALTHY] = 3,
		[HEALTH_DEGRADED] = 4,
		[HEALTH_CRITICAL] = 5,
	};

	return priorities[n->status];
}

static void
write_ntfy(struct buf *b, const struct notice *n, const char *topic)
{
	static const char *const tags[] = {
		[HEALTH_HEALTHY] = "white_check_mark",
		[HEALTH_DEGRADED] = "warning",
		[HEALTH_CRITICAL] = "rotating_light",
	};
	struct buf first = BUF_INIT, rest = BUF_INIT;
	struct json_writer w;

	title(&first, n);
	lines(&rest, n);
	json_start_dense(&w, b);
	json_object_begin(&w, NULL);
	json_text(&w, "topic", topic);
	json_text(&w, "title", buf_str(&first));
	json_text(&w, "message", buf_str(&rest));
	json_int(&w, "priority", priority(n));
	json_array_begin(&w, "tags");
	json_text(&w, NULL, tags[n->status]);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
	b->failed = b->failed || !buf_ok(&first) || !buf_ok(&rest);
	buf_free(&first);
	buf_free(&rest);
}

/* Three characters of its text mean something to Slack. */
static void
write_slack(struct buf *b, const struct notice *n)
{
	struct buf plain = BUF_INIT, text = BUF_INIT;
	struct json_writer w;

	write_text(&plain, n);
	for (const char *p = buf_str(&plain); *p != '\0'; p++)
		if (*p == '&')
			buf_puts(&text, "&amp;");
		else if (*p == '<')
			buf_puts(&text, "&lt;");
		else if (*p == '>')
			buf_puts(&text, "&gt;");
		else
			buf_putc(&text, *p);
	json_start_dense(&w, b);
	json_object_begin(&w, NULL);
	json_text(&w, "text", buf_str(&text));
	json_object_end(&w);
	json_finish(&w);
	b->failed = b->failed || !buf_ok(&plain) || !buf_ok(&text);
	buf_free(&plain);
	buf_free(&text);
}

void
notice_write(struct buf *b, enum notice_format format, const struct notice *n,
    const char *topic)
{
	switch (format) {
	case NOTICE_JSON:
		write_json(b, n);
		break;
	case NOTICE_NTFY:
		write_ntfy(b, n, topic);
		break;
	case NOTICE_SLACK:
		write_slack(b, n);
		break;
	case NOTICE_HEALTHCHECKS:
		write_text(b, n);
		break;
	}
}

const char *
notice_type(enum notice_format format)
{
	return format == NOTICE_HEALTHCHECKS ? "text/plain; charset=utf-8"
					     : "application/json";
}
