#include "answer/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "base/number.h"

#define RAW_MAX     1024
#define EXCERPT_MAX 80
#define VALUES_MAX  1000000

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

char *
body_raw_row(const json_t *row)
{
	struct raw raw = { .len = 0 };

	/* It fails where it is cut. */
	(void)json_dump_callback(row, raw_append, &raw,
	    JSON_COMPACT | JSON_ENCODE_ANY);
	raw.text[raw.len] = '\0';
	shorten_reals(raw.text);
	return strdup(raw.text);
}

bool
body_has_nul(const json_t *string)
{
	return strlen(json_string_value(string)) != json_string_length(string);
}

const char *
body_type_name(const json_t *value)
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

bool
body_string(const json_t *root, const char *key, char **out, struct md_error *e)
{
	const json_t *value = json_object_get(root, key);
	char *copy;

	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value))
		return md_fail(e, MD_EDATA, "\"%s\" is %s instead of a string",
		    key, body_type_name(value));
	if (body_has_nul(value))
		return md_fail(e, MD_EDATA, "\"%s\" has a NUL in it", key);
	copy = strdup(json_string_value(value));
	if (copy == NULL)
		return md_nomem(e);
	free(*out);
	*out = copy;
	return true;
}

void
body_excerpt(const char *text, size_t len, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < len && i + 1 < size; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
}

bool
body_not_json(const json_error_t *why, struct md_error *e)
{
	char text[EXCERPT_MAX + 1];

	if (json_error_code(why) == json_error_out_of_memory)
		return md_nomem(e);
	body_excerpt(why->text, strlen(why->text), text, sizeof(text));
	return md_fail(e, MD_EDATA, "invalid JSON at byte %d: %s",
	    why->position, text);
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
body_look(const char *text, size_t len, struct md_error *e)
{
	size_t i = 0;

	while (i < len && memchr(" \t\r\n", text[i], 4) != NULL)
		i++;
	if (i == len)
		return md_fail(e, MD_EDATA, "an empty body");
	if (text[i] == '<')
		return md_fail(e, MD_EDATA, "HTML instead of JSON");
	if (too_many_values(text, len))
		return md_fail(e, MD_EDATA,
		    "over %d values in an answer, more than any page has",
		    VALUES_MAX);
	return true;
}

static json_t *
load(const char *text, size_t len, size_t flags, json_error_t *why)
{
	json_memory_watch();
	return json_memory_checked(json_loadb(text, len, flags, why), why);
}

json_t *
body_parse(const char *text, size_t len, json_error_t *why)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_t *root = load(text, len, flags, why);

	/* A volume may have more digits than an integer holds. */
	if (root == NULL && json_error_code(why) == json_error_numeric_overflow)
		root = load(text, len, flags | JSON_DECODE_INT_AS_REAL, why);
	return root;
}

char *
body_raw_text(const char *text, size_t len)
{
	size_t n = strnlen(text, len < RAW_MAX ? len : RAW_MAX);
	char *raw = malloc(n + 1);

	if (raw != NULL)
		body_excerpt(text, n, raw, n + 1);
	return raw;
}
