#include "cli/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_file.h"
#include "base/json_memory.h"
#include "base/number.h"
#include "base/text.h"

struct config {
	char *path;
	struct buf text;
	json_t *root;
};

/* More than any configuration holds: a device, or the wrong file. */
#define CONFIG_MAX ((size_t)1 << 20)

enum kind { TEXT, NUMBER, TEXT_OR_NUMBER, LIST, PAIRS, TRUTH };

/*
 * Every key of every program: a program reads its own, and any program says
 * so when the file holds one that none of them knows.  "alerts.no_success" is
 * the key no_success in the object that the key alerts has.
 */
static const struct known_key {
	const char *name;
	enum kind kind;
} known_keys[] = {
	{ "alerts.failed_percent", NUMBER },
	{ "alerts.no_features_percent", NUMBER },
	{ "alerts.no_success", TEXT_OR_NUMBER },
	{ "alerts.rate_limited_percent", NUMBER },
	{ "alerts.running_at_least", TEXT_OR_NUMBER },
	{ "alerts.running_factor", NUMBER },
	{ "alerts.standby_lag", TEXT_OR_NUMBER },
	{ "api_key_file", TEXT },
	{ "backoff_base", TEXT_OR_NUMBER },
	{ "backoff_cap", TEXT_OR_NUMBER },
	{ "base_url", TEXT },
	{ "ca_file", TEXT },
	{ "calendar.closed", LIST },
	{ "calendar.early", PAIRS },
	{ "calendar.open", LIST },
	{ "color", TEXT },
	{ "connect_timeout", TEXT_OR_NUMBER },
	{ "days", NUMBER },
	{ "db", TEXT },
	{ "flat_files", TEXT },
	{ "jobs", TEXT_OR_NUMBER },
	{ "load.concurrency", NUMBER },
	{ "load.duration", TEXT_OR_NUMBER },
	{ "load.max_regress", TEXT_OR_NUMBER },
	{ "load.rate", TEXT },
	{ "load.requests", NUMBER },
	{ "load.scenarios", LIST },
	{ "load.symbols", LIST },
	{ "load.target", TEXT },
	{ "load.thresholds", LIST },
	{ "load.timeout", TEXT_OR_NUMBER },
	{ "load.warmup", NUMBER },
	{ "log_format", TEXT },
	{ "max_retries", NUMBER },
	{ "nice", NUMBER },
	{ "no_dividends", TRUTH },
	{ "objectives.rpo.critical", TEXT_OR_NUMBER },
	{ "objectives.rpo.critical_every", TEXT_OR_NUMBER },
	{ "objectives.rpo.low", TEXT_OR_NUMBER },
	{ "objectives.rpo.low_every", TEXT_OR_NUMBER },
	{ "objectives.rpo.standard", TEXT_OR_NUMBER },
	{ "objectives.rpo.standard_every", TEXT_OR_NUMBER },
	{ "objectives.rto.computation_failure", TEXT_OR_NUMBER },
	{ "objectives.rto.database_loss", TEXT_OR_NUMBER },
	{ "objectives.rto.rate_limit", TEXT_OR_NUMBER },
	{ "objectives.rto.scheduler_crash", TEXT_OR_NUMBER },
	{ "objectives.target.critical", NUMBER },
	{ "objectives.target.low", NUMBER },
	{ "objectives.target.standard", NUMBER },
	{ "objectives.window", TEXT_OR_NUMBER },
	{ "quality.high_percent", NUMBER },
	{ "quality.low_percent", NUMBER },
	{ "quality.outside_minutes", NUMBER },
	{ "quality.spike_percent", NUMBER },
	{ "quality.still_bars", NUMBER },
	{ "quality.thin_bars", NUMBER },
	{ "quality.volume_times", NUMBER },
	{ "rate", TEXT },
	{ "reask", TEXT_OR_NUMBER },
	{ "request_timeout", TEXT_OR_NUMBER },
	{ "s3_key_file", TEXT },
	{ "serve.allow_host", LIST },
	{ "serve.allow_origin", LIST },
	{ "settle", TEXT_OR_NUMBER },
	{ "stagger", TEXT_OR_NUMBER },
	{ "staleness.aging", TEXT_OR_NUMBER },
	{ "staleness.by", TEXT },
	{ "staleness.clock", TEXT },
	{ "staleness.fresh", TEXT_OR_NUMBER },
	{ "staleness.on_aging", TEXT },
	{ "staleness.on_fresh", TEXT },
	{ "staleness.on_missing", TEXT },
	{ "staleness.on_stale", TEXT },
	{ "staleness.overdue", TEXT_OR_NUMBER },
	{ "stall_timeout", TEXT_OR_NUMBER },
	{ "store_timeout", TEXT_OR_NUMBER },
	{ "timeframes", LIST },
	{ "watchlist", TEXT },
};

/* Names within names. */
#define LEVELS         4
#define NAME_MAX_BYTES 200

struct path {
	char name[NAME_MAX_BYTES]; /* "objectives.rto.rate_limit" */
	unsigned levels;
};

static const char *const expected[] = {
	[TEXT] = "a string",
	[NUMBER] = "a number",
	[TEXT_OR_NUMBER] = "a string or a number",
	[LIST] = "an array of strings",
	[PAIRS] = "an object of strings",
	[TRUTH] = "true or false",
};

static bool
is_list(const json_t *v)
{
	size_t i;
	json_t *item;

	if (!json_is_array(v))
		return false;
	json_array_foreach(v, i, item) if (!json_is_string(item)) return false;
	return true;
}

static bool
is_pairs(json_t *v)
{
	const char *key;
	json_t *item;

	if (!json_is_object(v))
		return false;
	json_object_foreach(v, key,
	    item) if (!json_is_string(item)) return false;
	return true;
}

static bool
fits(enum kind kind, json_t *v)
{
	switch (kind) {
	case TEXT:
		return json_is_string(v);
	case NUMBER:
		return json_is_number(v);
	case TEXT_OR_NUMBER:
		return json_is_string(v) || json_is_number(v);
	case LIST:
		return is_list(v);
	case PAIRS:
		return is_pairs(v);
	case TRUTH:
		return json_is_boolean(v);
	}
	return false;
}

/* Past the string that begins at text[i]: its closing quote, or the end. */
static size_t
string_end(const char *text, size_t i)
{
	for (i++; text[i] != '\0' && text[i] != '"'; i++)
		if (text[i] == '\\' && text[i + 1] != '\0')
			i++;
	return i;
}

static bool
is_text(const char *s, size_t n, const char *key, size_t len)
{
	return n == len && memcmp(s, key, len) == 0;
}

/*
 * jansson keeps no positions: find the key in the text again, the innermost
 * name of it that is there.
 */
static size_t
key_offset(const char *text, const char *key)
{
	size_t found = 0, len = strcspn(key, ".");
	int depth = 0, wanted = 1;

	for (size_t i = 0; text[i] != '\0'; i++) {
		size_t start = i;

		if (text[i] == '{' || text[i] == '[')
			depth++;
		else if ((text[i] == '}' || text[i] == ']') &&
			 --depth < wanted && wanted > 1)
			break;
		if (text[i] != '"')
			continue;
		i = string_end(text, i);
		if (text[i] == '\0')
			break;
		if (depth != wanted ||
		    text[i + 1 + strspn(text + i + 1, " \t\r\n")] != ':')
			continue;
		/* A name with a dot in it is no key, but has a place. */
		if (is_text(text + start + 1, i - start - 1, key, strlen(key)))
			return start;
		if (!is_text(text + start + 1, i - start - 1, key, len))
			continue;
		found = start;
		key += len + 1;
		len = strcspn(key, ".");
		wanted++;
	}
	return found;
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

/* The key of that name; *within: or one that begins with it and a dot. */
static const struct known_key *
find_known(const char *name, bool *within)
{
	size_t n = strlen(name);

	*within = false;
	for (size_t i = 0; i < sizeof(known_keys) / sizeof(known_keys[0]);
	     i++) {
		const char *known = known_keys[i].name;

		if (strcmp(known, name) == 0)
			return &known_keys[i];
		if (strncmp(known, name, n) == 0 && known[n] == '.')
			*within = true;
	}
	return NULL;
}

/* "" or "alerts", and a key in it; false when that is none of ours. */
static bool
path_push(struct path *p, const char *key)
{
	size_t n = strlen(p->name);
	int more = snprintf(p->name + n, sizeof(p->name) - n, "%s%s",
	    n == 0 ? "" : ".", key);

	p->levels++;
	return strchr(key, '.') == NULL && more > 0 &&
	       (size_t)more < sizeof(p->name) - n && p->levels < LEVELS;
}

static bool check(const struct config *c, json_t *object,
    const struct path *outer, struct md_error *e);

static bool
check_member(const struct config *c, json_t *v, const char *key,
    const struct path *outer, struct md_error *e)
{
	struct path p = *outer;
	const struct known_key *k = NULL;
	bool within = false;
	char where[700];

	if (path_push(&p, key))
		k = find_known(p.name, &within);
	config_where(c, p.name, where, sizeof(where));
	if (k == NULL && !within)
		return md_fail(e, MD_ECONFIG,
		    "%s: no such key; see mdkit.conf(5)", where);
	if (k == NULL)
		return json_is_object(v) ? check(c, v, &p, e)
					 : md_fail(e, MD_ECONFIG,
					       "%s: expected an object", where);
	if (!fits(k->kind, v))
		return md_fail(e, MD_ECONFIG, "%s: expected %s", where,
		    expected[k->kind]);
	return true;
}

/* No deeper than LEVELS. */
static bool
check(const struct config *c, json_t *object, const struct path *outer,
    struct md_error *e)
{
	const char *key;
	json_t *v;

	json_object_foreach(object, key,
	    v) if (!check_member(c, v, key, outer, e)) return false;
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
	if (text_is_wide(buf_str(&c->text), c->text.len)) {
		config_free(c);
		return md_fail(e, MD_ECONFIG,
		    "configuration %s: is UTF-16 or UTF-32: save it as UTF-8",
		    path);
	}
	if (c->text.len > 0)
		c->text.len = text_unwrap(c->text.data, c->text.len);
	json_memory_watch();
	c->root = json_memory_checked(json_loadb(buf_str(&c->text), c->text.len,
					  JSON_REJECT_DUPLICATES, &je),
	    &je);
	if (c->root == NULL && json_error_code(&je) == json_error_out_of_memory)
		(void)md_nomem(e);
	else if (c->root == NULL)
		(void)md_fail(e, MD_ECONFIG, "%s:%d:%d: %s", path, je.line,
		    je.column, json_file_why(&je));
	else if (!json_is_object(c->root))
		(void)md_fail(e, MD_ECONFIG, "%s:1:1: expected a JSON object",
		    path);
	else if (check(c, c->root, &(struct path){ "", 0 }, e)) {
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

static json_t *
find_value(const struct config *c, const char *key)
{
	json_t *v = c->root;
	char name[NAME_MAX_BYTES];
	size_t n;

	for (; v != NULL; key += n + 1) {
		n = strcspn(key, ".");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, key);
		v = json_object_get(v, name);
		if (key[n] == '\0')
			break;
	}
	return v;
}

size_t
config_count(const struct config *c, const char *key)
{
	json_t *v = find_value(c, key);

	if (v == NULL)
		return 0;
	if (json_is_object(v))
		return json_object_size(v);
	return json_is_array(v) ? json_array_size(v) : 1;
}

static void
pair_text(json_t *object, size_t i, char *out, size_t size)
{
	void *at = json_object_iter(object);

	while (i-- > 0)
		at = json_object_iter_next(object, at);
	(void)snprintf(out, size, "%s=%s", json_object_iter_key(at),
	    json_string_value(json_object_iter_value(at)));
}

void
config_text(const struct config *c, const char *key, size_t i, char *out,
    size_t size)
{
	json_t *v = find_value(c, key);
	char number[32];

	if (json_is_array(v))
		v = json_array_get(v, i);
	if (json_is_object(v))
		pair_text(v, i, out, size);
	else if (json_is_string(v))
		(void)snprintf(out, size, "%s", json_string_value(v));
	else if (json_is_boolean(v))
		(void)snprintf(out, size, "%s",
		    json_is_true(v) ? "true" : "false");
	else {
		(void)number_format(json_number_value(v), number);
		(void)snprintf(out, size, "%s", number);
	}
}
