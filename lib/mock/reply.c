#include "mock/reply.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/name.h"
#include "base/number.h"

static const char *
status_message(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unknown API Key";
	case 403:
		return "You are not entitled to this data. Please upgrade your "
		       "plan at https://polygon.io/pricing";
	case 404:
		return "Data not found.";
	case 405:
		return "Method not allowed";
	case 429:
		return "You've exceeded the maximum requests per minute, "
		       "please "
		       "wait or upgrade your subscription to continue. "
		       "https://polygon.io/pricing";
	case 503:
		return "Service Unavailable";
	default:
		return status >= 500 ? "Internal Server Error" : "Error";
	}
}

/* As the API words it; a null message is the status's own. */
void
reply_error(struct httpd_response *r, int status, const char *id,
    const char *message)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "{\"status\":\"%s\",\"request_id\":\"%s\",\"%s\":",
	    status == 403   ? "NOT_AUTHORIZED"
	    : status == 404 ? "NOT_FOUND"
			    : "ERROR",
	    id, status == 403 || status == 404 ? "message" : "error");
	mock_put_text(&b, message == NULL ? status_message(status) : message);
	buf_putc(&b, '}');
	httpd_response_text(r, status, &b, "application/json");
}

void
reply_429(struct httpd_response *r, const char *id, const char *retry_after)
{
	reply_error(r, 429, id, NULL);
	if (retry_after != NULL)
		(void)httpd_response_header(r, "Retry-After", retry_after);
}

void
reply_empty_429(struct httpd_response *r)
{
	r->status = 429;
}

/* -- faults that come instead of an answer -- */

static void
fault_status(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	reply_error(r, (int)f->number, c->id, NULL);
}

static void
fault_html(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	struct buf b = BUF_INIT;

	(void)c;
	buf_printf(&b,
	    "<!DOCTYPE html>\n<html><head><title>%d</title></head>\n<body>"
	    "<h1>%d</h1><p>Something went wrong.</p></body></html>\n",
	    (int)f->number, (int)f->number);
	httpd_response_text(r, (int)f->number, &b, "text/html; charset=utf-8");
}

static void
fault_error200(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	(void)f;
	reply_error(r, 500, c->id, "An internal error occurred.");
	r->status = 200;
}

static void
fault_redirect(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, f->text);
	buf_puts(&b, c->target);
	r->status = 302;
	(void)httpd_response_header(r, "Location", buf_str(&b));
	buf_free(&b);
}

static void
fault_retry_after(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	char seconds[24];

	(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)f->number);
	reply_429(r, c->id, seconds);
}

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* In English whatever the locale, which strftime() is not. */
void
reply_date_format(int64_t seconds, char out[HTTP_DATE_MAX])
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	time_t t = (time_t)seconds;
	struct tm tm;

	*out = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)snprintf(out, HTTP_DATE_MAX,
		    "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The digits of a form such as "00 mmm 0000 00:00:00 GMT". */
bool
reply_date_parse(const char *s, int64_t *seconds)
{
	static const size_t at[] = { 0, 7, 12, 15, 18 };
	int64_t n[5];
	int month;

	s = strchr(s, ',');
	if (s == NULL || strlen(s) != strlen(", 06 Nov 1994 08:49:37 GMT"))
		return false;
	s += 2;
	for (size_t i = 0; i < 5; i++) {
		char text[5] = "";

		memcpy(text, s + at[i], i == 1 ? 4 : 2);
		if (!number_parse_int(text, 0, 9999, &n[i]))
			return false;
	}
	month = NAME_FIND_N(months, s + 3, 3);
	if (month < 0)
		return false;
	*seconds = (int64_t)md_date_of((int)n[1], month + 1, (int)n[0]) *
		       (MD_DAY / MD_SECOND) +
		   n[2] * 3600 + n[3] * 60 + n[4];
	return true;
}

void
reply_date(struct httpd_response *r, const struct call *c)
{
	char date[HTTP_DATE_MAX];

	reply_date_format(call_now(c, c->class) / MD_SECOND, date);
	(void)httpd_response_header(r, "Date", date);
}

/* By the real clock, which callers wait by. */
static void
fault_retry_date(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	char date[HTTP_DATE_MAX];

	/* An HTTP date has whole seconds: up, so that it is not too soon. */
	reply_date_format((c->real_now_ms + MD_SECOND - 1) / MD_SECOND +
			      f->number,
	    date);
	reply_429(r, c->id, date);
}

static void
fault_empty429(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	(void)f, (void)c;
	reply_empty_429(r);
}

static void
fault_silent(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	(void)f, (void)c;
	r->delivery = HTTPD_SILENT;
}

static void
fault_hang_up(const struct fault_effect *f, const struct call *c,
    struct httpd_response *r)
{
	(void)c;
	r->delivery =
	    f->kind == FAULT_RESET_PEER ? HTTPD_RESET_FIRST : HTTPD_HANG_UP;
	if (f->kind != FAULT_DOWN)
		r->delay_us += f->number * 1000;
}

static const struct {
	enum fault_kind kind;
	void (*answer)(const struct fault_effect *, const struct call *,
	    struct httpd_response *);
} instead[] = {
	{ FAULT_STATUS, fault_status },
	{ FAULT_HTML, fault_html },
	{ FAULT_ERROR200, fault_error200 },
	{ FAULT_REDIRECT, fault_redirect },
	{ FAULT_RETRY_AFTER, fault_retry_after },
	{ FAULT_RETRY_DATE, fault_retry_date },
	{ FAULT_EMPTY429, fault_empty429 },
	{ FAULT_SILENT, fault_silent },
	{ FAULT_TIMEOUT, fault_hang_up },
	{ FAULT_RESET_PEER, fault_hang_up },
	{ FAULT_DOWN, fault_hang_up },
};

bool
reply_fault(const struct call *c, struct httpd_response *r)
{
	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
		const struct fault_effect *f = call_meets(c, instead[i].kind);

		if (f == NULL)
			continue;
		instead[i].answer(f, c, r);
		return true;
	}
	return false;
}
