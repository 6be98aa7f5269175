/*
 * What goes out: answers with their headers, and problems in JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "serve/internal.h"
#include "sys/gzip.h"

#define JSON "application/json"

/* Smaller than this a body is not worth compressing. */
#define GZIP_LEAST 1024

/* -- text -- */

bool
text_stream_open(struct text_stream *s)
{
	*s = (struct text_stream){ NULL, NULL, 0 };
	s->f = open_memstream(&s->text, &s->len);
	return s->f != NULL;
}

bool
text_stream_close(struct text_stream *s, struct buf *out)
{
	bool good = ferror(s->f) == 0;

	good = fclose(s->f) == 0 && good && s->text != NULL;
	if (good)
		*out = (struct buf){ s->text, s->len, s->len + 1, false };
	else
		free(s->text);
	return good;
}

void
reply_uncached(struct httpd_response *r, int status, struct buf *text,
    const char *type)
{
	httpd_response_text(r, status, text, type);
	(void)httpd_response_header(r, "Cache-Control", "no-store");
}

void
reply_problem(struct httpd_response *r, int status, const char *parameter,
    const char *message)
{
	struct buf text = BUF_INIT;
	struct json_writer w;
	struct text_stream s;

	text.failed = true;
	if (text_stream_open(&s)) {
		json_start_line(&w, s.f);
		json_object_begin(&w, NULL);
		json_text(&w, "error", message);
		json_int(&w, "status", status);
		if (parameter != NULL)
			json_text(&w, "parameter", parameter);
		json_object_end(&w);
		json_finish(&w);
		(void)text_stream_close(&s, &text);
	}
	reply_uncached(r, status, &text, JSON);
	if (status == 503)
		(void)httpd_response_header(r, "Retry-After", "1");
}

bool
answer_body(struct answer *a, const struct visit *v, struct buf *text)
{
	size_t len;

	if (v->gzip && text->len >= GZIP_LEAST)
		a->gzip = gzip_buf(text);
	len = text->len;
	if (buf_ok(text) && len > 0)
		a->body = httpd_body_create(buf_take(text), len);
	else
		buf_free(text);
	return a->body != NULL;
}

struct answer *
answer_finish(struct visit *v, struct text_stream *s, const char *type,
    bool timed, struct md_error *e)
{
	struct buf text = BUF_INIT;
	struct answer *a = answer_create();

	if (!text_stream_close(s, &text) || a == NULL) {
		buf_free(&text);
		answer_release(&a);
		(void)md_nomem(e);
		return NULL;
	}
	a->type = type;
	if (timed && !v->serve->report->has_as_of)
		a->until_ms = (v->now_ms / MD_SECOND + 1) * MD_SECOND;
	(void)snprintf(a->etag, sizeof(a->etag), "\"%016llx%c\"",
	    (unsigned long long)serve_hash(text.data, text.len, 0),
	    v->gzip ? 'z' : 'p');
	if (!answer_body(a, v, &text)) {
		answer_release(&a);
		(void)md_nomem(e);
	}
	return a;
}

/* -- headers -- */

void
reply_common(struct httpd_response *r)
{
	/* A page may have a style of its own; nothing comes from elsewhere. */
	(void)httpd_response_header(r, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	(void)httpd_response_header(r, "X-Content-Type-Options", "nosniff");
	(void)httpd_response_header(r, "X-Frame-Options", "DENY");
	(void)httpd_response_header(r, "Referrer-Policy", "no-referrer");
	(void)httpd_response_header(r, "Cross-Origin-Resource-Policy",
	    "same-origin");
}

/* Is the tag among those that the reader has?  W/ makes no difference. */
static bool
has_already(const struct httpd_request *q, const char *etag)
{
	const char *h = httpd_header(q, "If-None-Match");
	size_t n;

	if (strncmp(etag, "W/", 2) == 0)
		etag += 2;
	n = strlen(etag);
	while (h != NULL && *h != '\0') {
		h += strspn(h, " \t,");
		if (*h == '*')
			return true;
		if (strncmp(h, "W/", 2) == 0)
			h += 2;
		if (strncmp(h, etag, n) == 0)
			return true;
		h += strcspn(h, ",");
	}
	return false;
}

static void
series_headers(struct httpd_response *r, const struct answer *a)
{
	char number[24];
	struct buf text = BUF_INIT;

	(void)httpd_response_header(r, "X-Data-Staleness", a->staleness);
	(void)snprintf(number, sizeof(number), "%lld",
	    (long long)a->age_seconds);
	if (a->age_seconds >= 0)
		(void)httpd_response_header(r, "X-Data-Staleness-Seconds",
		    number);
	if (a->warning != NULL) {
		buf_printf(&text, "110 mdserve \"%s\"", a->warning);
		(void)httpd_response_header(r, "Warning", buf_str(&text));
		buf_clear(&text);
	}
	if (a->next != NULL) {
		buf_printf(&text, "<%s>; rel=\"next\"", a->next);
		(void)httpd_response_header(r, "Link", buf_str(&text));
	}
	if (a->more != NULL)
		(void)httpd_response_header(r, "X-Data-More", a->more);
	if (a->missing != NULL)
		(void)httpd_response_header(r, "X-Data-Missing", a->missing);
	buf_free(&text);
}

void
reply_answer(struct visit *v, struct answer *a)
{
	struct httpd_response *r = v->response;

	(void)httpd_response_header(r, "ETag", a->etag);
	(void)httpd_response_header(r, "Cache-Control", "no-cache");
	(void)httpd_response_header(r, "Vary", "Accept, Accept-Encoding");
	if (a->staleness != NULL)
		series_headers(r, a);
	if (has_already(v->request, a->etag)) {
		r->status = 304;
		return;
	}
	r->status = 200;
	r->body = httpd_body_hold(a->body);
	(void)httpd_response_header(r, "Content-Type", a->type);
	if (a->gzip)
		(void)httpd_response_header(r, "Content-Encoding", "gzip");
}
