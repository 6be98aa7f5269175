#include "answer/page.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
#include "answer/page_internal.h"
#include "base/number.h"

/* A page has 50,000 rows of eight members. */

/*
 * Null, or why the row does not say whose it is.  Names that are too long for a
 * symbol are none of ours.
 */
static const char *
row_name(const json_t *row, struct page_name *out)
{
	const json_t *name = json_object_get(row, "T");

	out->text[0] = '\0';
	if (!json_is_string(name))
		return "\"T\" is missing or not a string";
	if (body_has_nul(name))
		return "\"T\" has a NUL in it";
	if (json_string_length(name) < sizeof(out->text))
		memcpy(out->text, json_string_value(name),
		    json_string_length(name) + 1);
	return NULL;
}

/* Adopts r->raw, which may be null: out of memory. */
static bool
refuse(struct page *page, const struct page_refusal *r)
{
	size_t n = page->refused_len;
	struct page_refusal *refused = page->refused;

	if (r->raw == NULL)
		return false;
	/* Doubled at each power of two. */
	if ((n & (n - 1)) == 0) {
		refused =
		    realloc(refused, (n == 0 ? 1 : 2 * n) * sizeof(*refused));
		if (refused == NULL) {
			free(r->raw);
			return false;
		}
		page->refused = refused;
	}
	refused[page->refused_len++] = *r;
	return true;
}

/* A whole number, which may be written as a real. */
static bool
whole(const json_t *value, int64_t *out)
{
	const double exact = 9007199254740992.0;
	double x;

	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return true;
	}
	if (!json_is_real(value))
		return false;
	x = json_real_value(value);
	if (!(fabs(x) <= exact) || x != floor(x))
		return false;
	*out = (int64_t)x;
	return true;
}

/* The four that every bar has. */
static const char *
row_prices(const json_t *row, struct bar *bar)
{
	const struct {
		const char *key, *missing, *not_number;
		double *to;
	} wanted[] = {
		{ "o", "\"o\" is missing", "\"o\" is not a number", &bar->o },
		{ "h", "\"h\" is missing", "\"h\" is not a number", &bar->h },
		{ "l", "\"l\" is missing", "\"l\" is not a number", &bar->l },
		{ "c", "\"c\" is missing", "\"c\" is not a number", &bar->c },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const json_t *value = json_object_get(row, wanted[i].key);

		if (value == NULL)
			return wanted[i].missing;
		if (!json_is_number(value))
			return wanted[i].not_number;
		*wanted[i].to = page_unsigned_zero(json_number_value(value));
	}
	return NULL;
}

/* The three that may be absent. */
static const char *
row_extras(const json_t *row, struct bar *bar)
{
	const json_t *v = json_object_get(row, "v");
	const json_t *vw = json_object_get(row, "vw");
	const json_t *n = json_object_get(row, "n");

	bar->v = bar->vw = NAN;
	bar->n = -1;
	if (v != NULL) {
		if (!json_is_number(v))
			return "\"v\" is not a number";
		bar->v = page_unsigned_zero(json_number_value(v));
	}
	if (vw != NULL && !json_is_null(vw)) {
		if (!json_is_number(vw))
			return "\"vw\" is not a number";
		bar->vw = page_unsigned_zero(json_number_value(vw));
	}
	if (n != NULL && !json_is_null(n)) {
		if (!json_is_number(n))
			return "\"n\" is not a number";
		if (!whole(n, &bar->n))
			return "\"n\" is not a whole number";
		/* -1 would mean absent. */
		if (bar->n < 0)
			return "\"n\" is below zero";
	}
	return NULL;
}

/* Null, or why the row is not a bar. */
static const char *
row_read(const json_t *row, struct bar *bar, bool *has_t)
{
	const json_t *t = json_object_get(row, "t");
	const char *reason;

	*has_t = t != NULL && whole(t, &bar->t);
	if (!json_is_object(row))
		return "row is not an object";
	if (t == NULL)
		return "\"t\" is missing";
	if (!json_is_number(t))
		return "\"t\" is not a number";
	if (!*has_t)
		return "\"t\" is not a whole number";
	reason = row_prices(row, bar);
	return reason != NULL ? reason : row_extras(row, bar);
}

/* The next bar of a page with room for it, or a refusal. */
static bool
take_row(struct page *page, const json_t *row)
{
	struct bar *bar = &page->bars[page->len];
	struct page_refusal r = { .t = 0 };
	const char *nameless = NULL;

	r.reason = row_read(row, bar, &r.has_t);
	if (page->named)
		nameless = row_name(row, &r.name);
	if (r.reason == NULL)
		r.reason = nameless;
	if (r.reason == NULL) {
		if (page->named)
			page->names[page->len] = r.name;
		page->len++;
		return true;
	}
	r.raw = body_raw_row(row);
	r.t = r.has_t ? bar->t : 0;
	return refuse(page, &r);
}

static bool
read_results(struct page *page, const json_t *results, struct md_error *e)
{
	size_t n = json_array_size(results);

	if (!page_reserve(page, n))
		return md_nomem(e);
	for (size_t i = 0; i < n; i++)
		if (!take_row(page, json_array_get(results, i)))
			return md_nomem(e);
	return true;
}

static bool
read_members(struct page *page, const json_t *root, struct md_error *e)
{
	const json_t *results = json_object_get(root, "results");
	const json_t *count = json_object_get(root, "resultsCount");

	/* "error" after "message": where both are given it says more. */
	if (!body_string(root, "ticker", &page->ticker, e) ||
	    !body_string(root, "status", &page->status, e) ||
	    !body_string(root, "message", &page->message, e) ||
	    !body_string(root, "error", &page->message, e) ||
	    !body_string(root, "next_url", &page->next_url, e))
		return false;
	if (page->next_url != NULL && page->next_url[0] == '\0') {
		free(page->next_url);
		page->next_url = NULL;
	}
	if (json_is_integer(count) && json_integer_value(count) >= 0)
		page->results_count = json_integer_value(count);
	if (results == NULL || json_is_null(results))
		return true;
	if (!json_is_array(results))
		return md_fail(e, MD_EDATA,
		    "\"results\" is %s instead of an array",
		    body_type_name(results));
	return read_results(page, results, e);
}

/* -- page by page, or row by row -- */

/* A row that is no JSON, with what can be told of it. */
static bool
refuse_text(struct page *page, const struct page_text *row)
{
	struct page_refusal r = { .reason = "the row is no JSON" };

	r.has_t = page_cut_time(row, &r.t);
	if (page->named)
		page_cut_name(row, &r.name);
	r.raw = body_raw_text(row->text, row->len);
	return refuse(page, &r);
}

static bool
read_rows(struct page *page, const struct page_cut *cut, struct md_error *e)
{
	if (!page_reserve(page, cut->len))
		return md_nomem(e);
	for (size_t i = 0; i < cut->len; i++) {
		const struct page_text *text = &cut->rows[i];
		json_error_t why;
		json_t *row = body_parse(text->text, text->len, &why);
		bool good;

		if (row == NULL &&
		    json_error_code(&why) == json_error_out_of_memory)
			return md_nomem(e);
		good =
		    row == NULL ? refuse_text(page, text) : take_row(page, row);
		json_decref(row);
		if (!good)
			return md_nomem(e);
	}
	return true;
}

/* A page that is JSON but for some of its rows: those are refused. */
static bool
rescue(struct page *page, const char *text, size_t len,
    const json_error_t *whole, struct md_error *e)
{
	struct page_cut cut;
	json_error_t why;
	json_t *root = NULL;
	bool good;

	if (page_cut(&cut, text, len))
		root = body_parse(cut.rest.data, cut.rest.len, &why);
	if (root == NULL)
		good = body_not_json(whole, e);
	else
		good = read_members(page, root, e) && read_rows(page, &cut, e);
	json_decref(root);
	page_cut_free(&cut);
	return good;
}

static bool
decode(struct page *page, const char *text, size_t len, struct md_error *e)
{
	json_error_t why;
	json_t *root;
	bool good;

	if (!body_look(text, len, e))
		return false;
	root = body_parse(text, len, &why);
	if (root == NULL)
		return rescue(page, text, len, &why, e);
	if (json_is_object(root))
		good = read_members(page, root, e);
	else
		good = md_fail(e, MD_EDATA, "%s instead of a JSON object",
		    body_type_name(root));
	json_decref(root);
	return good;
}

bool
page_decode(struct page *page, const char *text, size_t len, struct md_error *e)
{
	page_reset(page);
	if (decode(page, text, len, e))
		return true;
	page_reset(page);
	return false;
}

bool
page_parse(struct page *page, const char *text, size_t len, struct md_error *e)
{
	return page_scan(page, text, len) || page_decode(page, text, len, e);
}
