#include "answer/page.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/page_internal.h"
#include "base/number.h"

/* A page has 50,000 rows of eight members. */
#define VALUES_MAX 1000000

#define RAW_MAX     1024
#define EXCERPT_MAX 80

/* Takes the text of a compact dump until the raw row is full. */
struct raw {
	char text[RAW_MAX + 1];
	size_t len;
};

static int
raw_append(const char *text, size_t n, void *data)
{
	struct raw *raw = data;
	size_t room = RAW_MAX - raw->len;
	bool full = n > room;

	if (full) {
		/* Not through the middle of a character. */
		for (n = room; n > 0 && (text[n] & 0xC0) == 0x80; n--)
			continue;
	}
	memcpy(raw->text + raw->len, text, n);
	raw->len += n;
	return full ? -1 : 0;
}

/*
 * jansson writes every real with 17 digits; the shortest that read back are
 * what was received.  Numbers in strings are left alone.
 */
static void
shorten_reals(char *text)
{
	const char *p = text, *end = text + strlen(text);
	bool quoted = false;
	char number[32];
	char *out = text;

	while (p < end) {
		const char *first = p;
		size_t n;
		double x;

		if (quoted || !number_scan(&p, end, &x)) {
			if (*p == '"')
				quoted = !quoted;
			else if (*p == '\\' && p + 1 < end)
				*out++ = *p++;
			*out++ = *p++;
			continue;
		}
		n = (size_t)(p - first);
		if (n > 17 && number_format(x, number) < n) {
			first = number;
			n = strlen(number);
		}
		memmove(out, first, n);
		out += n;
	}
	*out = '\0';
}

static char *
row_raw(const json_t *row)
{
	struct raw raw = { .len = 0 };

	/* It fails where it is cut. */
	(void)json_dump_callback(row, raw_append, &raw,
	    JSON_COMPACT | JSON_ENCODE_ANY);
	raw.text[raw.len] = '\0';
	shorten_reals(raw.text);
	return strdup(raw.text);
}

/* A string with a NUL reads, to who knows only strings, as another. */
static bool
has_nul(const json_t *string)
{
	return strlen(json_string_value(string)) != json_string_length(string);
}

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
	if (has_nul(name))
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
	r.raw = row_raw(row);
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

static const char *
type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

/* Absent and null leave *out as it is. */
static bool
read_string(const json_t *root, const char *key, char **out, struct md_error *e)
{
	const json_t *value = json_object_get(root, key);
	char *copy;

	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value))
		return md_fail(e, MD_EDATA, "\"%s\" is %s instead of a string",
		    key, type_name(value));
	if (has_nul(value))
		return md_fail(e, MD_EDATA, "\"%s\" has a NUL in it", key);
	copy = strdup(json_string_value(value));
	if (copy == NULL)
		return md_nomem(e);
	free(*out);
	*out = copy;
	return true;
}

static bool
read_members(struct page *page, const json_t *root, struct md_error *e)
{
	const json_t *results = json_object_get(root, "results");
	const json_t *count = json_object_get(root, "resultsCount");

	/* "error" after "message": where both are given it says more. */
	if (!read_string(root, "ticker", &page->ticker, e) ||
	    !read_string(root, "status", &page->status, e) ||
	    !read_string(root, "message", &page->message, e) ||
	    !read_string(root, "error", &page->message, e) ||
	    !read_string(root, "next_url", &page->next_url, e))
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
		    type_name(results));
	return read_results(page, results, e);
}

/* Text from outside, short and without what a terminal would obey. */
static const char *
excerpt(const char *text, char out[EXCERPT_MAX + 1])
{
	size_t i;

	for (i = 0; i < EXCERPT_MAX && text[i] != '\0'; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
	return out;
}

static bool
not_json(const json_error_t *why, struct md_error *e)
{
	char text[EXCERPT_MAX + 1];

	if (json_error_code(why) == json_error_out_of_memory)
		return md_nomem(e);
	return md_fail(e, MD_EDATA, "invalid JSON at byte %d: %s",
	    why->position, excerpt(why->text, text));
}

/* What can be said of a body without reading it as JSON. */
static bool
look_at_body(const char *text, size_t len, struct md_error *e)
{
	size_t i = 0;

	while (i < len && memchr(" \t\r\n", text[i], 4) != NULL)
		i++;
	if (i == len)
		return md_fail(e, MD_EDATA, "an empty body");
	if (text[i] == '<')
		return md_fail(e, MD_EDATA, "HTML instead of JSON");
	return true;
}

static json_t *
load(const char *text, size_t len, json_error_t *why)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_t *root = json_loadb(text, len, flags, why);

	/* A volume may have more digits than an integer holds. */
	if (root == NULL && json_error_code(why) == json_error_numeric_overflow)
		root =
		    json_loadb(text, len, flags | JSON_DECODE_INT_AS_REAL, why);
	return root;
}

/* -- page by page, or row by row -- */

/* A row that is no JSON, with what can be told of it. */
static bool
refuse_text(struct page *page, const struct page_text *row)
{
	size_t len = row->len < RAW_MAX ? row->len : RAW_MAX;
	struct page_refusal r = { .reason = "the row is no JSON" };

	r.has_t = page_cut_time(row, &r.t);
	if (page->named)
		page_cut_name(row, &r.name);
	r.raw = strndup(row->text, len);
	for (char *p = r.raw; p != NULL && *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
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
		json_t *row = load(text->text, text->len, &why);
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
		root = load(cut.rest.data, cut.rest.len, &why);
	if (root == NULL)
		good = not_json(whole, e);
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

	if (!look_at_body(text, len, e))
		return false;
	root = load(text, len, &why);
	if (root == NULL)
		return rescue(page, text, len, &why, e);
	if (json_is_object(root))
		good = read_members(page, root, e);
	else
		good = md_fail(e, MD_EDATA, "%s instead of a JSON object",
		    type_name(root));
	json_decref(root);
	return good;
}

/* A tree of values takes a hundred times the bytes of a row of zeros. */
static bool
too_many_values(const char *text, size_t len)
{
	size_t commas = 0;

	for (size_t i = 0; i < len; i++)
		commas += text[i] == ',';
	return commas > VALUES_MAX;
}

bool
page_decode(struct page *page, const char *text, size_t len, struct md_error *e)
{
	page_reset(page);
	if (too_many_values(text, len))
		return md_fail(e, MD_EDATA,
		    "over %d values in an answer, more than any page has",
		    VALUES_MAX);
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
