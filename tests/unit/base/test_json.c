#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- writing into memory -- */

struct text_stream {
	FILE *f;
	char *text;
	size_t len;
	struct json_writer w;
};

static struct json_writer *
text_stream_open(struct text_stream *s)
{
	s->text = NULL;
	s->f = open_memstream(&s->text, &s->len);
	if (s->f == NULL)
		abort();
	json_start(&s->w, s->f);
	return &s->w;
}

/* The document read back by another's reader; null when it is none. */
static json_t *
sheet_read(struct text_stream *s)
{
	json_error_t e;
	json_t *root;

	json_finish(&s->w);
	(void)fclose(s->f);
	root = json_loads(s->text, JSON_DECODE_ANY, &e);
	if (root == NULL)
		printf("# %s in: %s\n", e.text, s->text);
	return root;
}

static void
text_stream_close(struct text_stream *s, json_t *root)
{
	json_decref(root);
	free(s->text);
}

static void
texts(void)
{
	static const struct {
		const char *name, *text, *read;
	} cases[] = {
		{ "plain text", "AAPL", "AAPL" },
		{ "an empty text", "", "" },
		{ "quotes and backslashes", "a \"b\" \\c/", "a \"b\" \\c/" },
		{ "lines and tabs", "a\nb\tc\rd", "a\nb\tc\rd" },
		{ "control characters", "\001\010\014\037\177",
		    "\001\010\014\037\177" },
		{ "letters past ASCII",
		    "caf\303\251 \342\202\254 "
		    "\360\237\223\210",
		    "caf\303\251 \342\202\254 \360\237\223\210" },
		{ "the last characters of each length",
		    "\302\200\337\277\340\240\200\355\237\277\357\277\277"
		    "\360\220\200\200\364\217\277\277",
		    "\302\200\337\277\340\240\200\355\237\277\357\277\277"
		    "\360\220\200\200\364\217\277\277" },
		{ "a character cut at the end", "caf\303", "caf\357\277\275" },
		{ "one of three bytes cut", "x\342\202",
		    "x\357\277\275\357\277\275" },
		{ "Latin-1", "caf\351 au lait", "caf\357\277\275 au lait" },
		{ "a byte that begins nothing", "a\200b", "a\357\277\275b" },
		{ "a surrogate", "\355\240\200",
		    "\357\277\275\357\277\275\357\277\275" },
		{ "a character that is longer than need be", "\300\257",
		    "\357\277\275\357\277\275" },
		{ "one past the last", "\364\220\200\200",
		    "\357\277\275\357\277\275\357\277\275\357\277\275" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text_stream s;
		json_t *root;
		const char *got;

		json_text(text_stream_open(&s), NULL, cases[i].text);
		root = sheet_read(&s);
		got = root == NULL ? NULL : json_string_value(root);
		ok(got != NULL && strcmp(got, cases[i].read) == 0,
		    "%s can be read back", cases[i].name);
		text_stream_close(&s, root);
	}
}

static void
values(void)
{
	static const double numbers[] = { 0, -0.0, 0.1, 1e22, 1.5e-7, 642646396,
		5e-324, 1.7976931348623157e308, 333.33 };
	struct text_stream s;
	struct json_writer *w = text_stream_open(&s);
	json_t *root, *v;
	bool good = true;

	json_object_begin(w, NULL);
	json_array_begin(w, "numbers");
	for (size_t i = 0; i < COUNT(numbers); i++)
		json_number(w, NULL, numbers[i]);
	json_array_end(w);
	json_number(w, "nan", (double)NAN);
	json_number(w, "inf", -(double)INFINITY);
	json_int(w, "least", INT64_MIN);
	json_int(w, "most", INT64_MAX);
	json_bool(w, "true", true);
	json_bool(w, "false", false);
	json_null_value(w, "null");
	json_text(w, "none", NULL);
	json_time(w, "never", 0);
	json_time_known(w, "epoch", true, 0);
	json_text(w, "a \"key\"\n", "x");
	json_object_end(w);
	root = sheet_read(&s);
	v = json_object_get(root, "numbers");
	for (size_t i = 0; i < COUNT(numbers); i++) {
		double got = json_number_value(json_array_get(v, i));

		good = good && memcmp(&got, &numbers[i], sizeof(got)) == 0;
	}
	ok(good && json_array_size(v) == COUNT(numbers),
	    "numbers read back as the same doubles");
	ok(json_is_null(json_object_get(root, "nan")) &&
		json_is_null(json_object_get(root, "inf")),
	    "what is no number is null");
	ok(json_integer_value(json_object_get(root, "least")) == INT64_MIN &&
		json_integer_value(json_object_get(root, "most")) == INT64_MAX,
	    "whole numbers are whole");
	ok(json_is_true(json_object_get(root, "true")) &&
		json_is_false(json_object_get(root, "false")) &&
		json_is_null(json_object_get(root, "null")) &&
		json_is_null(json_object_get(root, "none")),
	    "true, false, null, and a text that is none");
	ok(json_is_null(json_object_get(root, "never")) &&
		json_is_string(json_object_get(root, "epoch")),
	    "a moment that is known is written");
	ok(json_is_string(json_object_get(root, "a \"key\"\n")),
	    "keys are escaped too");
	text_stream_close(&s, root);
}

static void
empties(void)
{
	struct text_stream s;
	struct json_writer *w = text_stream_open(&s);
	json_t *root;

	json_object_begin(w, NULL);
	json_object_begin(w, "object");
	json_object_end(w);
	json_array_begin(w, "array");
	json_array_end(w);
	json_array_begin(w, "of_both");
	json_object_begin(w, NULL);
	json_object_end(w);
	json_array_begin(w, NULL);
	json_array_end(w);
	json_array_end(w);
	json_object_end(w);
	root = sheet_read(&s);
	ok(root != NULL && json_object_size(root) == 3 &&
		json_array_size(json_object_get(root, "of_both")) == 2,
	    "empty objects and arrays nest");
	text_stream_close(&s, root);
	w = text_stream_open(&s);
	json_array_begin(w, NULL);
	json_array_end(w);
	root = sheet_read(&s);
	ok(root != NULL && strcmp(s.text, "[]\n") == 0,
	    "an empty document is two characters and a newline");
	text_stream_close(&s, root);
}

/* -- any tree at all -- */

static uint32_t seed = 3;

static int
dice(int sides)
{
	seed = seed * 1664525U + 1013904223U;
	return (int)((seed >> 8) % (uint32_t)sides);
}

/* Writes it, and builds what should be read. */
static json_t *
grow(struct json_writer *w, const char *key, int depth)
{
	json_t *v;
	char name[16];
	int n = dice(5), kind = dice(depth > 5 ? 3 : 5);

	if (kind == 0) {
		json_int(w, key, n);
		return json_integer(n);
	}
	if (kind == 1) {
		json_text(w, key, "\"text\",\n");
		return json_string("\"text\",\n");
	}
	if (kind == 2) {
		json_bool(w, key, true);
		return json_true();
	}
	if (kind == 3) {
		v = json_array();
		json_array_begin(w, key);
		for (int i = 0; i < n; i++)
			(void)json_array_append_new(v,
			    grow(w, NULL, depth + 1));
		json_array_end(w);
		return v;
	}
	v = json_object();
	json_object_begin(w, key);
	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "key%d", i);
		(void)json_object_set_new(v, name, grow(w, name, depth + 1));
	}
	json_object_end(w);
	return v;
}

static void
any_tree(void)
{
	bool good = true;

	for (int i = 0; i < 500; i++) {
		struct text_stream s;
		json_t *expected = grow(text_stream_open(&s), NULL, 0);
		json_t *root = sheet_read(&s);

		good = good && root != NULL && json_equal(root, expected) &&
		       s.text[strlen(s.text) - 1] == '\n';
		json_decref(expected);
		text_stream_close(&s, root);
	}
	ok(good, "500 random trees are read back as they were written");
}

/* What is sent has no white space but what is asked for. */
static void
dense(void)
{
	struct buf b = BUF_INIT;
	struct json_writer w;

	json_start_dense(&w, &b);
	json_object_begin(&w, NULL);
	json_text(&w, "a \"name\"", "\x01 \xff\\");
	json_int(&w, "n", INT64_MIN);
	json_break(&w);
	json_object_begin(&w, "o");
	json_bool(&w, "yes", true);
	json_null_value(&w, "none");
	json_number(&w, "x", 0.5);
	json_object_end(&w);
	json_array_begin(&w, "rows");
	json_break(&w);
	json_elements(&w, "1,\n2\n", 5);
	json_array_end(&w);
	json_array_begin(&w, "empty");
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
	ok(strcmp(buf_str(&b), "{\"a \\\"name\\\"\":\"\\u0001 \\ufffd\\\\\","
			       "\"n\":-9223372036854775808,\n"
			       "\"o\":{\"yes\":true,\"none\":null,\"x\":0.5},"
			       "\"rows\":[\n1,\n2\n],\"empty\":[]}\n") == 0,
	    "a dense document, written into memory");
	buf_free(&b);
}

int
main(void)
{
	texts();
	values();
	empties();
	any_tree();
	dense();
	return done();
}
