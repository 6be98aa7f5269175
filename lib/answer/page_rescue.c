/*
 * The rows of a page that is no JSON: where each begins and ends, so that one
 * that cannot be read does not cost the others.
 *
 * Brackets are counted, whatever their kind, and strings skipped.  What this
 * takes for the rest of the page must still be JSON, or nothing was gained.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/page_internal.h"
#include "base/array.h"
#include "base/number.h"
#include "base/number_internal.h"

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Past the string that begins at p; null if it does not end. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : NULL;
}

static bool
is_one_of(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Past the value at p, however odd; null if it does not end. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	if (p < end && !is_one_of("\"[{", *p)) {
		while (p < end && !is_one_of(",]}[{\" \t\r\n", *p))
			p++;
		return p < end ? p : NULL;
	}
	while (p != NULL && p < end) {
		if (*p == '"')
			p = skip_string(p, end);
		else {
			depth += is_one_of("[{", *p);
			depth -= is_one_of("]}", *p);
			p++;
		}
		if (depth == 0)
			return p;
	}
	return NULL;
}

/* Past the rows of the array that begins at p. */
static const char *
cut_rows(struct page_cut *cut, const char *p, const char *end)
{
	p = skip_space(p + 1, end);
	while (p < end) {
		const char *row = p;
		struct page_text *v =
		    array_room(cut->rows, cut->len, &cut->cap, sizeof(*v));

		p = v == NULL ? NULL : skip_value(p, end);
		if (v != NULL)
			cut->rows = v;
		if (p == NULL || p == row)
			return NULL;
		v[cut->len++] = (struct page_text){ row, (size_t)(p - row) };
		p = skip_space(p, end);
		if (p < end && *p == ']')
			return p + 1;
		if (p == end || *p != ',')
			return NULL;
		p = skip_space(p + 1, end);
	}
	return NULL;
}

/* Past the member at p; of "results", its rows are cut out. */
static const char *
cut_member(struct page_cut *cut, const char *p, const char *end)
{
	static const char results[] = "\"results\"";
	const char *name = p, *value;
	bool ours;

	p = p < end && *p == '"' ? skip_string(p, end) : NULL;
	if (p == NULL)
		return NULL;
	ours = (size_t)(p - name) == sizeof(results) - 1 &&
	       memcmp(name, results, sizeof(results) - 1) == 0;
	p = skip_space(p, end);
	if (p == end || *p != ':')
		return NULL;
	value = skip_space(p + 1, end);
	if (!ours)
		return skip_value(value, end);
	/* Given twice, the last one would count. */
	if (cut->len > 0 || value == end || *value != '[')
		return NULL;
	p = cut_rows(cut, value, end);
	if (p != NULL) {
		buf_append(&cut->rest, cut->text,
		    (size_t)(value + 1 - cut->text));
		buf_append(&cut->rest, p - 1, (size_t)(end - (p - 1)));
	}
	return p;
}

bool
page_cut(struct page_cut *cut, const char *text, size_t len)
{
	const char *end = text + len, *p = skip_space(text, end);

	*cut = (struct page_cut){ .text = text, .rest = BUF_INIT };
	if (p == end || *p != '{')
		return false;
	do {
		p = cut_member(cut, skip_space(p + 1, end), end);
		if (p == NULL)
			return false;
		p = skip_space(p, end);
	} while (p < end && *p == ',');
	return cut->len > 0 && buf_ok(&cut->rest);
}

void
page_cut_free(struct page_cut *cut)
{
	free(cut->rows);
	buf_free(&cut->rest);
}

/*
 * Where the value of that member of a row begins; null if there is none, or if
 * there are several: two rows in one, perhaps.
 */
static const char *
member_at(const struct page_text *row, const char *name)
{
	const char *end = row->text + row->len, *p = row->text + 1;
	const char *found = NULL;
	size_t len = strlen(name);

	while (p != NULL && p < end) {
		const char *first = p;

		if (*p == '{' || *p == '[')
			return NULL;
		if (*p != '"') {
			p++;
			continue;
		}
		p = skip_string(p, end);
		if (p == NULL || (size_t)(p - first) != len + 2 ||
		    memcmp(first + 1, name, len) != 0)
			continue;
		p = skip_space(p, end);
		if (p == end || *p != ':')
			continue;
		if (found != NULL)
			return NULL;
		p = found = skip_space(p + 1, end);
	}
	return found;
}

bool
page_cut_time(const struct page_text *row, int64_t *out)
{
	const char *end = row->text + row->len, *p = member_at(row, "t");
	char digits[20];
	size_t n = 0;

	for (; p != NULL && p < end && number_is_digit(*p); p++) {
		if (n == sizeof(digits) - 1)
			return false;
		digits[n++] = *p;
	}
	digits[n] = '\0';
	if (p != NULL)
		p = skip_space(p, end);
	return p != NULL && p < end && (*p == ',' || *p == '}') &&
	       number_parse_int(digits, 0, INT64_MAX, out);
}

void
page_cut_name(const struct page_text *row, struct page_name *out)
{
	const char *end = row->text + row->len, *p = member_at(row, "T");
	size_t n = 0;

	out->text[0] = '\0';
	if (p == NULL || p == end || *p != '"')
		return;
	for (p++; p + n < end && p[n] > ' ' && p[n] <= '~' && p[n] != '\\' &&
		  p[n] != '"' && n < sizeof(out->text);)
		n++;
	if (p + n < end && p[n] == '"' && n < sizeof(out->text)) {
		memcpy(out->text, p, n);
		out->text[n] = '\0';
	}
}
