/*
 * Rows cut out of a page that need not be JSON: where it is JSON the rows are
 * those that jansson finds, with the same time and symbol, and what is left is
 * the page without them.
 */
#include <jansson.h>

#include "answer/page_internal.h"
#include "fuzz.h"

static json_t *
load(const char *text, size_t len)
{
	return json_loadb(text, len,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
}

static void
compare_row(const struct page_text *text, const json_t *row)
{
	json_t *again = load(text->text, text->len);
	const json_t *t = json_object_get(row, "t");
	const json_t *name = json_object_get(row, "T");
	struct page_name found;
	int64_t time;

	must(again != NULL && json_equal(again, row));
	if (page_cut_time(text, &time))
		must(json_is_integer(t) && json_integer_value(t) == time);
	page_cut_name(text, &found);
	if (found.text[0] != '\0')
		must(json_is_string(name) &&
		     strcmp(json_string_value(name), found.text) == 0);
	json_decref(again);
}

static void
compare(const struct page_cut *cut, json_t *root)
{
	json_t *results = json_object_get(root, "results");
	json_t *rest = load(cut->rest.data, cut->rest.len);

	must(json_array_size(results) == cut->len);
	for (size_t i = 0; i < cut->len; i++)
		compare_row(&cut->rows[i], json_array_get(results, i));
	must(rest != NULL);
	must(json_array_size(json_object_get(rest, "results")) == 0);
	must(json_array_clear(results) == 0);
	must(json_equal(rest, root));
	json_decref(rest);
}

/* Every row is a bar or a refusal. */
static void
nothing_is_lost(const struct page_cut *cut, const char *text, size_t len)
{
	struct page page = PAGE_INIT;
	struct md_error e;

	page.named = true;
	if (page_decode(&page, text, len, &e))
		must(page.len + page.refused_len == cut->len);
	page_free(&page);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	struct page_cut cut;

	if (page_cut(&cut, text, size)) {
		json_t *root = load(text, size);
		const char *past = text;

		for (size_t i = 0; i < cut.len; i++) {
			struct page_name name;
			int64_t t;

			must(cut.rows[i].text >= past);
			past = cut.rows[i].text + cut.rows[i].len;
			must(cut.rows[i].len > 0 && past < end);
			(void)page_cut_time(&cut.rows[i], &t);
			page_cut_name(&cut.rows[i], &name);
			must(strlen(name.text) < sizeof(name.text));
		}
		if (root != NULL) {
			nothing_is_lost(&cut, text, size);
			compare(&cut, root);
		}
		json_decref(root);
	}
	page_cut_free(&cut);
	return 0;
}
