/*
 * Several series by one call: each as it would be answered alone, one after the
 * other, in the order in which they were named.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "serve/internal.h"

#define SYMBOLS_MAX 50
#define ROWS_MAX    50000 /* of all of them */

struct several {
	char symbol[SYMBOLS_MAX][SYMBOL_MAX];
	bool absent[SYMBOLS_MAX];
	size_t len;
	bool features;
	struct buf text; /* documents with commas between them, or CSV */
	struct buf more, missing;
	struct buf tags; /* of the answers, for one of all */
	/* Of each answer, unless one does not tell: then of none. */
	struct series_rows shows;
	bool untold;
	enum staleness worst;
	int64_t until_ms;
};

/* -- the names -- */

static bool
add_symbol(struct several *s, const char *name, struct md_error *e)
{
	if (s->len == SYMBOLS_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d",
		    SYMBOLS_MAX);
	if (!symbol_normalize(name, symbol_class(name), s->symbol[s->len], e))
		return false;
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->symbol[i], s->symbol[s->len]) == 0)
			return md_fail(e, MD_EUSAGE,
			    "%s is there twice: expected it once",
			    s->symbol[i]);
	s->len++;
	return true;
}

static bool
read_symbols(struct several *s, const char *list, struct md_error *e)
{
	char name[SYMBOL_MAX * 2];

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n == 0 || n >= sizeof(name))
			return md_fail(e, MD_EUSAGE,
			    "'%.*s': expected a symbol", n < 40 ? (int)n : 40,
			    list);
		memcpy(name, list, n);
		name[n] = '\0';
		if (!add_symbol(s, name, e))
			return false;
		list += n;
		if (*list++ == '\0')
			return true;
	}
}

/* False: the visit has been answered. */
static bool
read_request(struct visit *v, struct several *s)
{
	const char *list = httpd_parameter(v->request, "symbols");
	struct md_error e;
	bool good;

	good = list != NULL ? read_symbols(s, list, &e)
			    : md_fail(&e, MD_EUSAGE,
				  "expected symbols with commas between them");
	if (!good) {
		(void)md_context(&e, "symbols");
		reply_problem(v->response, 422, "symbols", e.text);
		return false;
	}
	if (v->params.limit * (int64_t)s->len <= ROWS_MAX)
		return true;
	(void)md_fail(&e, MD_EUSAGE,
	    "limit: %lld of each of %zu symbols: expected %lld at most, which "
	    "is %d of all",
	    (long long)v->params.limit, s->len,
	    (long long)(ROWS_MAX / (int64_t)s->len), ROWS_MAX);
	reply_problem(v->response, 422, "limit", e.text);
	return false;
}

/* -- the answers -- */

static void
name_in(struct buf *list, const char *symbol)
{
	buf_printf(list, "%s%s", list->len > 0 ? "," : "", symbol);
}

/* The rows, with what they are of before each; the names of columns once. */
static void
put_csv(struct several *s, const struct answer *a, const char *symbol)
{
	const char *tf = timeframe_name(a->facts.params.timeframe);
	size_t len;
	const char *line = httpd_body_bytes(a->rows, &len);
	const char *end = line + len;
	bool names = true;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = stop == NULL ? (size_t)(end - line)
					: (size_t)(stop - line) + 1;

		if (!names)
			buf_printf(&s->text, "%s,%s,", symbol, tf);
		else if (s->text.len == 0)
			buf_puts(&s->text, "symbol,timeframe,");
		if (!names || s->text.len == strlen("symbol,timeframe,"))
			buf_append(&s->text, line, n);
		names = false;
		line += n;
	}
}

/* A document, without the newline at its end. */
static void
put_json(struct several *s, const char *text, size_t len)
{
	if (s->text.len > 0)
		buf_puts(&s->text, ",\n");
	buf_append(&s->text, text, len - 1);
}

static void
note_shown(struct several *s, const struct answer *a)
{
	s->untold |= a->shows.len == 0;
	for (size_t i = 0; i < a->shows.len && !s->untold; i++) {
		struct series_row *row = series_rows_append(&s->shows);

		if (row != NULL)
			*row = a->shows.v[i];
		s->untold |= row == NULL;
	}
}

static void
put_answer(struct several *s, const struct visit *v, const struct answer *a,
    const char *symbol)
{
	size_t len;
	const char *body = httpd_body_bytes(a->body, &len);

	if (v->csv)
		put_csv(s, a, symbol);
	else
		put_json(s, body, len);
	note_shown(s, a);
	buf_puts(&s->tags, a->etag);
	if (a->next != NULL)
		name_in(&s->more, symbol);
	if (a->until_ms < s->until_ms)
		s->until_ms = a->until_ms;
}

static bool
put_missing(struct several *s, const struct visit *v, const struct buf *missing,
    const char *symbol, struct md_error *e)
{
	if (missing->failed)
		return md_nomem(e);
	if (!v->csv)
		put_json(s, missing->data, missing->len);
	buf_append(&s->tags, missing->data, missing->len);
	name_in(&s->missing, symbol);
	return true;
}

/* False: the visit has been answered, or *e is set. */
static bool
put_one(struct visit *v, struct several *s, size_t nth, struct md_error *e)
{
	const char *symbol = s->symbol[nth];
	struct buf missing = BUF_INIT;
	enum staleness status = STALENESS_MISSING;
	struct answer *a =
	    serve_series(v, symbol, s->features, &missing, &status, e);
	bool good = a != NULL;

	if (a != NULL)
		put_answer(s, v, a, symbol);
	else if (missing.len > 0 || missing.failed)
		good = put_missing(s, v, &missing, symbol, e);
	s->absent[nth] = a == NULL;
	if (status > s->worst)
		s->worst = status;
	answer_release(&a);
	buf_free(&missing);
	return good;
}

/* -- the whole -- */

static void
put_document(struct buf *text, struct visit *v, const struct several *s)
{
	struct json_writer w;

	json_start_dense(&w, text);
	json_object_begin(&w, NULL);
	json_text(&w, "timeframe", timeframe_name(v->params.timeframe));
	json_int(&w, "count", (int64_t)s->len);
	json_text(&w, "staleness", staleness_name(s->worst));
	json_array_begin(&w, "missing");
	for (size_t i = 0; i < s->len; i++)
		if (s->absent[i])
			json_text(&w, NULL, s->symbol[i]);
	json_array_end(&w);
	json_break(&w);
	json_array_begin(&w, "series");
	json_break(&w);
	json_elements(&w, s->text.data, s->text.len);
	json_break(&w);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static void
put_whole(struct buf *text, struct visit *v, struct several *s)
{
	if (!v->csv) {
		put_document(text, v, s);
		return;
	}
	*text = s->text;
	s->text = (struct buf)BUF_INIT;
	if (text->len == 0) {
		buf_puts(text, "symbol,timeframe,");
		serve_rows_names(text, &v->params, s->features);
	}
}

static struct answer *
finish(struct visit *v, struct several *s)
{
	struct answer *a = answer_create();
	struct buf text = BUF_INIT;

	if (a == NULL)
		return NULL;
	a->type = v->csv ? "text/csv; charset=utf-8; header=present"
			 : "application/json";
	a->until_ms = s->until_ms;
	a->staleness = staleness_name(s->worst);
	(void)snprintf(a->etag, sizeof(a->etag), "W/\"%016llx\"",
	    (unsigned long long)serve_hash(s->tags.data, s->tags.len, 0));
	put_whole(&text, v, s);
	if (!buf_ok(&s->more) || !buf_ok(&s->missing) || !buf_ok(&s->tags)) {
		buf_free(&text);
		answer_release(&a);
		return NULL;
	}
	a->more = s->more.len > 0 ? buf_take(&s->more) : NULL;
	a->missing = s->missing.len > 0 ? buf_take(&s->missing) : NULL;
	if (!s->untold) {
		a->shows = s->shows;
		s->shows = (struct series_rows){ 0 };
	}
	if (!answer_body(a, v, &text))
		answer_release(&a);
	return a;
}

static struct answer *
serve_several(struct visit *v, bool features, struct md_error *e)
{
	struct several *s = calloc(1, sizeof(*s));
	struct answer *a = NULL;
	bool gzip = v->gzip, good;

	if (s == NULL) {
		(void)md_nomem(e);
		return NULL;
	}
	s->features = features;
	s->until_ms = INT64_MAX;
	good = read_request(v, s);
	v->gzip = false; /* of each alone */
	for (size_t i = 0; good && i < s->len; i++)
		good = put_one(v, s, i, e);
	v->gzip = gzip;
	if (good) {
		a = finish(v, s);
		if (a == NULL)
			(void)md_nomem(e);
	}
	buf_free(&s->text);
	buf_free(&s->more);
	buf_free(&s->missing);
	buf_free(&s->tags);
	series_rows_free(&s->shows);
	free(s);
	return a;
}

struct answer *
serve_several_bars(struct visit *v, struct md_error *e)
{
	return serve_several(v, false, e);
}

struct answer *
serve_several_features(struct visit *v, struct md_error *e)
{
	return serve_several(v, true, e);
}
