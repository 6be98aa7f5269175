#include "answer/splits.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
#include "answer/page_internal.h"
#include "base/array.h"

/* A string of a row; null: it has none that can be read. */
static const char *
text_of(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_string(value) || body_has_nul(value))
		return NULL;
	return json_string_value(value);
}

static bool
ratio_of(const json_t *row, const char *name, double *out)
{
	*out = json_number_value(json_object_get(row, name));
	return isfinite(*out) && *out > 0;
}

/* No company's shares were ever split so far; beyond numbers it would be. */
#define RATIO_MOST 1e9

static bool
is_too_far(double from, double to)
{
	double ratio = to / from;

	return !(ratio <= RATIO_MOST && ratio >= 1 / RATIO_MOST);
}

/* Null, or why it cannot be right.  Rounded to zero it tells nothing. */
static const char *
read_factor(const json_t *row, double *out)
{
	const json_t *factor =
	    json_object_get(row, "historical_adjustment_factor");

	*out = json_number_value(factor);
	if (factor == NULL || json_is_null(factor) ||
	    (json_is_number(factor) && isfinite(*out) && *out >= 0))
		return NULL;
	return "historical_adjustment_factor is no factor";
}

/* Null, or why the row is no split. */
static const char *
read_split(const json_t *row, struct split *out)
{
	const char *ticker = text_of(row, "ticker");
	const char *date = text_of(row, "execution_date");

	if (!json_is_object(row))
		return "the row is no object";
	if (ticker == NULL || *ticker == '\0' || strlen(ticker) >= SYMBOL_MAX)
		return "no ticker";
	if (date == NULL || !md_date_parse(date, &out->date))
		return "no execution_date";
	if (!ratio_of(row, "split_from", &out->from) ||
	    !ratio_of(row, "split_to", &out->to))
		return "split_from and split_to are not both above zero";
	if (is_too_far(out->from, out->to))
		return "split_from and split_to are too far apart";
	(void)snprintf(out->symbol, sizeof(out->symbol), "%s", ticker);
	out->kind = split_kind_find(text_of(row, "adjustment_type"));
	out->contradicted = false;
	return read_factor(row, &out->factor);
}

/* Adopts raw, which may be null: out of memory. */
static bool
refuse(struct splits_answer *a, const char *reason, char *raw)
{
	struct split_refusal *v = raw == NULL
				      ? NULL
				      : array_room(a->refused, a->refused_len,
					    &a->refused_cap, sizeof(*v));

	if (v == NULL) {
		free(raw);
		return false;
	}
	a->refused = v;
	v[a->refused_len++] = (struct split_refusal){ reason, raw };
	return true;
}

static bool
take_row(struct splits_answer *a, const json_t *row)
{
	struct split *v = array_room(a->v, a->len, &a->cap, sizeof(*v));
	const char *reason;

	if (v == NULL)
		return false;
	a->v = v;
	reason = read_split(row, &v[a->len]);
	if (reason != NULL)
		return refuse(a, reason, body_raw_row(row));
	a->len++;
	return true;
}

static bool
read_members(struct splits_answer *a, const json_t *root, struct md_error *e)
{
	const json_t *results = json_object_get(root, "results");

	if (!json_is_object(root))
		return md_fail(e, MD_EDATA, "splits: %s instead of an object",
		    body_type_name(root));
	if (!body_string(root, "status", &a->status, e) ||
	    !body_string(root, "next_url", &a->next_url, e))
		return md_context(e, "splits");
	if (a->status == NULL)
		return md_fail(e, MD_EDATA, "splits: an answer without status");
	if (a->next_url != NULL && *a->next_url == '\0') {
		free(a->next_url);
		a->next_url = NULL;
	}
	if (results == NULL || json_is_null(results))
		return true;
	if (!json_is_array(results))
		return md_fail(e, MD_EDATA,
		    "splits: \"results\" is %s instead of an array",
		    body_type_name(results));
	for (size_t i = 0; i < json_array_size(results); i++)
		if (!take_row(a, json_array_get(results, i)))
			return md_nomem(e);
	return true;
}

static bool
read_rows(struct splits_answer *a, const struct page_cut *cut,
    struct md_error *e)
{
	for (size_t i = 0; i < cut->len; i++) {
		const struct page_text *text = &cut->rows[i];
		json_error_t why;
		json_t *row = body_parse(text->text, text->len, &why);
		bool good =
		    row != NULL
			? take_row(a, row)
			: json_error_code(&why) != json_error_out_of_memory &&
			      refuse(a, "the row is no JSON",
				  body_raw_text(text->text, text->len));

		json_decref(row);
		if (!good)
			return md_nomem(e);
	}
	return true;
}

bool
splits_answer_read(struct splits_answer *a, const char *text, size_t len,
    struct md_error *e)
{
	struct page_cut cut;
	json_error_t why, unused;
	json_t *root;
	bool good;

	memset(a, 0, sizeof(*a));
	if (!body_look(text, len, e))
		return md_context(e, "splits");
	root = body_parse(text, len, &why);
	if (root != NULL) {
		good = read_members(a, root, e);
		json_decref(root);
		return good;
	}
	if (page_cut(&cut, text, len))
		root = body_parse(cut.rest.data, cut.rest.len, &unused);
	if (root == NULL)
		good = body_not_json(&why, e) || md_context(e, "splits");
	else
		good = read_members(a, root, e) && read_rows(a, &cut, e);
	json_decref(root);
	page_cut_free(&cut);
	return good;
}

void
splits_answer_free(struct splits_answer *a)
{
	for (size_t i = 0; i < a->refused_len; i++)
		free(a->refused[i].raw);
	free(a->refused);
	free(a->v);
	free(a->status);
	free(a->next_url);
	memset(a, 0, sizeof(*a));
}
