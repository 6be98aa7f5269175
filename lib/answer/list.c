#include "answer/list.h"

#include <stdlib.h>
#include <string.h>

#include "answer/page_internal.h"
#include "base/array.h"

struct reading {
	struct list_answer *a;
	list_row *take;
	void *ctx;
};

const char *
list_text(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_string(value) || body_has_nul(value))
		return NULL;
	return json_string_value(value);
}

bool
list_refuse(struct list_refusal **v, size_t *len, size_t *cap,
    const char *reason, char *raw)
{
	struct list_refusal *more =
	    raw == NULL ? NULL : array_room(*v, *len, cap, sizeof(*more));

	if (more == NULL) {
		free(raw);
		return false;
	}
	*v = more;
	more[(*len)++] = (struct list_refusal){ reason, raw };
	return true;
}

static bool
take_row(const struct reading *r, const json_t *row)
{
	const char *reason = NULL;

	if (!json_is_object(row))
		reason = "the row is no object";
	else if (!r->take(r->ctx, row, &reason))
		return false;
	return reason == NULL ||
	       list_refuse(&r->a->refused, &r->a->refused_len,
		   &r->a->refused_cap, reason, body_raw_row(row));
}

static bool
read_results(const struct reading *r, const json_t *results, struct md_error *e)
{
	if (results == NULL || json_is_null(results))
		return true;
	if (!json_is_array(results))
		return md_fail(e, MD_EDATA,
		    "\"results\" is %s instead of an array",
		    body_type_name(results));
	for (size_t i = 0; i < json_array_size(results); i++)
		if (!take_row(r, json_array_get(results, i)))
			return md_nomem(e);
	return true;
}

static bool
read_members(const struct reading *r, const json_t *root, struct md_error *e)
{
	struct list_answer *a = r->a;

	if (!json_is_object(root))
		return md_fail(e, MD_EDATA, "%s instead of an object",
		    body_type_name(root));
	if (!body_string(root, "status", &a->status, e) ||
	    !body_string(root, "next_url", &a->next_url, e))
		return false;
	if (a->status == NULL)
		return md_fail(e, MD_EDATA, "an answer without status");
	if (a->next_url != NULL && *a->next_url == '\0') {
		free(a->next_url);
		a->next_url = NULL;
	}
	return read_results(r, json_object_get(root, "results"), e);
}

static bool
read_rows(const struct reading *r, const struct page_cut *cut,
    struct md_error *e)
{
	for (size_t i = 0; i < cut->len; i++) {
		const struct page_text *text = &cut->rows[i];
		json_error_t why;
		json_t *row = body_parse(text->text, text->len, &why);
		bool good =
		    row != NULL
			? take_row(r, row)
			: json_error_code(&why) != json_error_out_of_memory &&
			      list_refuse(&r->a->refused, &r->a->refused_len,
				  &r->a->refused_cap, "the row is no JSON",
				  body_raw_text(text->text, text->len));

		json_decref(row);
		if (!good)
			return md_nomem(e);
	}
	return true;
}

static bool
read_answer(const struct reading *r, const char *text, size_t len,
    struct md_error *e)
{
	struct page_cut cut;
	json_error_t why, unused;
	json_t *root;
	bool good;

	if (!body_look(text, len, e))
		return false;
	root = body_parse(text, len, &why);
	if (root != NULL) {
		good = read_members(r, root, e);
		json_decref(root);
		return good;
	}
	if (page_cut(&cut, text, len))
		root = body_parse(cut.rest.data, cut.rest.len, &unused);
	good = root == NULL ? body_not_json(&why, e)
			    : read_members(r, root, e) && read_rows(r, &cut, e);
	json_decref(root);
	page_cut_free(&cut);
	return good;
}

bool
list_answer_read(struct list_answer *a, const char *what, list_row *take,
    void *ctx, const char *text, size_t len, struct md_error *e)
{
	const struct reading r = { a, take, ctx };

	memset(a, 0, sizeof(*a));
	return read_answer(&r, text, len, e) || md_context(e, "%s", what);
}

void
list_answer_free(struct list_answer *a)
{
	for (size_t i = 0; i < a->refused_len; i++)
		free(a->refused[i].raw);
	free(a->refused);
	free(a->status);
	free(a->next_url);
	memset(a, 0, sizeof(*a));
}
