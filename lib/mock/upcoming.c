/*
 * The exchange's holidays to come.
 */
#include "mock/upcoming.h"

#include <stdio.h>
#include <string.h>

#include "mock/call.h"
#include "mock/lines.h"

#define DAYS_AHEAD 365

/* -- what was announced -- */

static bool
read_clock(const char *text, int64_t *ms)
{
	int hour, minute, n = 0;

	*ms = 0;
	if (*text == '\0')
		return true;
	if (strlen(text) != 5 || text[2] != ':' ||
	    strspn(text, "0123456789") != 2 ||
	    strspn(text + 3, "0123456789") != 2)
		return false;
	hour = (text[0] - '0') * 10 + text[1] - '0';
	minute = (text[3] - '0') * 10 + text[4] - '0';
	n = hour * 60 + minute;
	*ms = n * MD_MINUTE;
	return minute < 60 && n > 9 * 60 + 30 && n < 16 * 60;
}

static bool
read_closure(char *line, struct mock_closure *c)
{
	char *name, *close;

	line[strcspn(line, "\r\n")] = '\0';
	name = strchr(line, ',');
	if (name == NULL)
		return false;
	*name++ = '\0';
	close = strchr(name, ',');
	if (close == NULL)
		return false;
	*close++ = '\0';
	if (strlen(name) >= sizeof(c->name))
		return false;
	memcpy(c->name, name, strlen(name) + 1);
	return md_date_parse(line, &c->date) &&
	       read_clock(close, &c->close_clock_ms);
}

static bool
take_line(void *list, char *line, bool *is_row)
{
	struct mock_closure one, *v;

	*is_row = read_closure(line, &one);
	if (!*is_row)
		return true;
	v = mock_closures_append(list);
	if (v != NULL)
		*v = one;
	return v != NULL;
}

bool
mock_closures_read(struct mock_closures *out, const char *dir,
    struct md_error *e)
{
	return mock_lines_read(dir, "upcoming.csv", "date,name,close",
	    take_line, out, e);
}

/* -- the list -- */

static bool
announced(const struct call *c, md_date date, struct mock_closure *out)
{
	const struct mock_closures *l = c->options->closures;

	for (size_t i = 0; l != NULL && i < l->len; i++)
		if (l->v[i].date == date) {
			*out = l->v[i];
			return true;
		}
	return false;
}

/* Weekends are no holidays. */
static bool
by_calendar(const struct call *c, md_date date, struct mock_closure *out)
{
	const char *name = calendar_holiday(c->calendar, date);
	int weekday = md_weekday(date);
	struct session s;

	if (name == NULL || weekday == 0 || weekday == 6)
		return false;
	*out = (struct mock_closure){ .date = date };
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	if (calendar_session(c->calendar, date, &s))
		out->close_clock_ms =
		    s.close_ms - calendar_ny_time(c->calendar, date, 0);
	return true;
}

static void
put_closure(const struct call *c, struct buf *b,
    const struct mock_closure *closure, const char *exchange)
{
	int64_t open = calendar_ny_time(c->calendar, closure->date,
	    9 * MD_HOUR + 30 * MD_MINUTE);
	char date[11], time[MD_TIME_MAX];

	md_date_format(closure->date, date);
	buf_printf(b, "%s{\"date\":\"%s\",\"exchange\":\"%s\",\"name\":",
	    b->len > 1 ? "," : "", date, exchange);
	mock_put_text(b, closure->name);
	if (closure->close_clock_ms == 0) {
		buf_puts(b, ",\"status\":\"closed\"}");
		return;
	}
	md_time_format(open, time);
	buf_printf(b, ",\"status\":\"early-close\",\"open\":\"%s\"", time);
	md_time_format(calendar_ny_time(c->calendar, closure->date,
			   closure->close_clock_ms),
	    time);
	buf_printf(b, ",\"close\":\"%s\"}", time);
}

bool
upcoming_make(struct call *c, struct md_error *e)
{
	md_date today =
	    calendar_date(c->calendar, CLASS_STOCK, call_now(c, CLASS_STOCK));
	struct mock_closure closure;

	(void)e;
	buf_putc(&c->text, '[');
	for (md_date d = today; d <= today + DAYS_AHEAD; d++)
		if (announced(c, d, &closure) || by_calendar(c, d, &closure)) {
			put_closure(c, &c->text, &closure, "NYSE");
			put_closure(c, &c->text, &closure, "NASDAQ");
		}
	buf_putc(&c->text, ']');
	return true;
}
