/*
 * Which symbols a read API has, for those who name none.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_memory.h"
#include "load/load.h"

#define LIST_MAX    ((size_t)4 << 20)
#define SYMBOLS_ASK 25

struct listing {
	struct buf text;
	bool good;
};

static void
symbols_request(void *ctx, uint64_t k, struct load_request *out)
{
	(void)ctx;
	(void)k;
	*out = (struct load_request){ .path = "/api/v1/symbols" };
}

static bool
done(void *ctx, const struct load_outcome *o)
{
	((struct listing *)ctx)->good = o->fault == LOAD_OK;
	return true;
}

static void
body(void *ctx, const char *bytes, size_t len)
{
	struct listing *l = ctx;

	if (l->text.len + len <= LIST_MAX)
		buf_append(&l->text, bytes, len);
}

static bool
is_taken(const struct load_options *o, const char *symbol)
{
	for (size_t i = 0; i < o->symbols_len; i++)
		if (strcmp(o->symbols[i], symbol) == 0)
			return true;
	return false;
}

/* "AAPL", or {"symbol": "AAPL", "timeframes": [...]} */
static void
add_symbol(struct load_options *o, json_t *item, size_t timeframes)
{
	const char *name =
	    json_string_value(json_is_string(item)
				  ? item
				  : json_object_get(item, "symbol"));

	if (name == NULL || strlen(name) >= SYMBOL_MAX || name[0] == '\0' ||
	    o->symbols_len == SYMBOLS_ASK ||
	    json_array_size(json_object_get(item, "timeframes")) < timeframes ||
	    is_taken(o, name))
		return;
	memcpy(o->symbols[o->symbols_len++], name, strlen(name) + 1);
}

/* Null: it is none, or there is no memory for it. */
static json_t *
read_json(const struct buf *text)
{
	json_error_t why;

	json_memory_watch();
	return json_memory_checked(json_loadb(buf_str(text), text->len, 0,
				       &why),
	    &why);
}

static void
read_list(struct load_options *o, json_t *root)
{
	json_t *list =
	    json_is_array(root) ? root : json_object_get(root, "symbols");

	for (size_t timeframes = TF_COUNT + 1; timeframes-- > 0;)
		for (size_t i = 0; i < json_array_size(list); i++)
			add_symbol(o, json_array_get(list, i), timeframes);
}

void
load_symbols_fetch(struct load_target *t, struct load_options *o)
{
	struct listing l = { BUF_INIT, false };
	struct load_job job = {
		.count = 1,
		.timeout_ns = INT64_C(5000000000),
		.ask = symbols_request,
		.done = done,
		.body = body,
		.ctx = &l,
		.stopped = o->stopped,
	};
	struct load_http *h = NULL;
	struct load_generator effort;
	json_t *root = NULL;

	for (t->used = 0; t->used < t->addresses && !l.good; t->used++) {
		buf_clear(&l.text);
		if (load_http_open(&h, t, 1, NULL))
			(void)load_http_run(h, &job, &effort, NULL);
		load_http_close(&h);
	}
	t->used = 0;
	if (l.good && buf_ok(&l.text))
		root = read_json(&l.text);
	read_list(o, root);
	json_decref(root);
	buf_free(&l.text);
}
