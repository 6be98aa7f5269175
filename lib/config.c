#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "number.h"

struct config {
	char *path;
	struct buf text;
	json_t *root;
};

/* More than any configuration holds: a device, or the wrong file. */
#define CONFIG_MAX ((size_t)1 << 20)

enum kind { TEXT, NUMBER, TEXT_OR_NUMBER, LIST };

/*
 * Every key of every program: a program reads its own, and any program says
 * so when the file holds one that none of them knows.
 */
static const struct known_key {
	const char *name;
	enum kind kind;
} known_keys[] = {
	{ "api_key_file", TEXT },
	{ "backoff_base", TEXT_OR_NUMBER },
	{ "backoff_cap", TEXT_OR_NUMBER },
	{ "base_url", TEXT },
	{ "color", TEXT },
	{ "connect_timeout", TEXT_OR_NUMBER },
	{ "days", NUMBER },
	{ "db", TEXT },
	{ "jobs", NUMBER },
	{ "log_format", TEXT },
	{ "max_retries", NUMBER },
	{ "rate", TEXT },
	{ "request_timeout", TEXT_OR_NUMBER },
	{ "settle", TEXT_OR_NUMBER },
	{ "stagger", TEXT_OR_NUMBER },
	{ "stall_timeout", TEXT_OR_NUMBER },
	{ "timeframes", LIST },
	{ "watchlist", TEXT },
};

static const char *const expected[] = {
	[TEXT] = "a string",
	[NUMBER] = "a number",
	[TEXT_OR_NUMBER] = "a string or a number",
	[LIST] = "an array of strings",
};

static bool
fits(enum kind kind, const json_t *v)
{
	size_t i;
	json_t *item;

	switch (kind) {
	case TEXT:
		return json_is_string(v);
	case NUMBER:
		return json_is_number(v);
	case TEXT_OR_NUMBER:
		return json_is_string(v) || json_is_number(v);
	case LIST:
		if (!json_is_array(v))
			return false;
		json_array_foreach(v, i,
		    item) if (!json_is_string(item)) return false;
		return true;
	}
	return false;
}

/* jansson keeps no positions: find the key at depth one in the text again. */
static size_t
key_offset(const char *text, const char *key)
{
	size_t len = strlen(key);
	int depth = 0;

	for (size_t i = 0; text[i] != '\0'; i++) {
		size_t start = i;

		if (text[i] == '{' || text[i] == '[')
			depth++;
		else if (text[i] == '}' || text[i] == ']')
			depth--;
		if (text[i] != '"')
			continue;
		for (i++; text[i] != '\0' && text[i] != '"'; i++)
			if (text[i] == '\\' && text[i + 1] != '\0')
				i++;
		if (text[i] == '\0')
			break;
		if (depth == 1 && i - start - 1 == len &&
		    memcmp(text + start + 1, key, len) == 0 &&
		    text[i + 1 + strspn(text + i + 1, " \t\r\n")] == ':')
			return start;
	}
	return 0;
}

void
config_where(const struct config *c, const char *key, char *out, size_t size)
{
	const char *text = buf_str(&c->text);
	size_t at = key_offset(text, key);
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	(void)snprintf(out, size, "%s:%u:%u: %s", c->path, line, column, key);
}

static bool
check(const struct config *c, struct md_error *e)
{
	const char *key;
	json_t *v;
	char where[300];

	json_object_foreach(c->root, key, v)
	{
		const struct known_key *k = NULL;

		for (size_t i = 0;
		     i < sizeof(known_keys) / sizeof(known_keys[0]); i++)
			if (strcmp(known_keys[i].name, key) == 0)
				k = &known_keys[i];
		config_where(c, key, where, sizeof(where));
		if (k == NULL)
			return md_fail(e, MD_ECONFIG,
			    "%s: no such key; see mdkit.conf(5)", where);
		if (!fits(k->kind, v))
			return md_fail(e, MD_ECONFIG, "%s: expected %s", where,
			    expected[k->kind]);
	}
	return true;
}

static bool
slurp(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	char chunk[4096];
	size_t n;
	bool good;

	if (f == NULL)
		return false;
	while (b->len <= CONFIG_MAX &&
	       (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_append(b, chunk, n);
	good = !ferror(f) && buf_ok(b);
	if (good && b->len > CONFIG_MAX) {
		good = false;
		errno = EFBIG;
	}
	return fclose(f) == 0 && good;
}

bool
config_load(const char *path, struct config **out, struct md_error *e)
{
	struct config *c = calloc(1, sizeof(*c));
	json_error_t je;

	if (c == NULL || (c->path = strdup(path)) == NULL) {
		free(c);
		return md_nomem(e);
	}
	if (!slurp(path, &c->text)) {
		config_free(c);
		return md_fail(e, MD_ECONFIG,
		    "configuration %s: cannot be read: %s", path,
		    strerror(errno));
	}
	c->root = json_loadb(buf_str(&c->text), c->text.len,
	    JSON_REJECT_DUPLICATES, &je);
	if (c->root == NULL)
		(void)md_fail(e, MD_ECONFIG, "%s:%d:%d: %s", path, je.line,
		    je.column, je.text);
	else if (!json_is_object(c->root))
		(void)md_fail(e, MD_ECONFIG, "%s:1:1: expected a JSON object",
		    path);
	else if (check(c, e)) {
		*out = c;
		return true;
	}
	config_free(c);
	return false;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	json_decref(c->root);
	buf_free(&c->text);
	free(c->path);
	free(c);
}

size_t
config_count(const struct config *c, const char *key)
{
	json_t *v = json_object_get(c->root, key);

	if (v == NULL)
		return 0;
	return json_is_array(v) ? json_array_size(v) : 1;
}

void
config_text(const struct config *c, const char *key, size_t i, char *out,
    size_t size)
{
	json_t *v = json_object_get(c->root, key);
	char number[32];

	if (json_is_array(v))
		v = json_array_get(v, i);
	if (json_is_string(v))
		(void)snprintf(out, size, "%s", json_string_value(v));
	else {
		(void)number_format(json_number_value(v), number);
		(void)snprintf(out, size, "%s", number);
	}
}
