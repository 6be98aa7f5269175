#include "answer/splits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

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
	const char *ticker = list_text(row, "ticker");
	const char *date = list_text(row, "execution_date");

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
	out->kind = split_kind_find(list_text(row, "adjustment_type"));
	out->contradicted = false;
	return read_factor(row, &out->factor);
}

static bool
take_row(void *ctx, const json_t *row, const char **reason)
{
	struct splits_answer *a = ctx;
	struct split *v = array_room(a->v, a->len, &a->cap, sizeof(*v));

	if (v == NULL)
		return false;
	a->v = v;
	*reason = read_split(row, &v[a->len]);
	if (*reason == NULL)
		a->len++;
	return true;
}

bool
splits_answer_read(struct splits_answer *a, const char *text, size_t len,
    struct md_error *e)
{
	memset(a, 0, sizeof(*a));
	return list_answer_read(&a->list, "splits", take_row, a, text, len, e);
}

void
splits_answer_free(struct splits_answer *a)
{
	list_answer_free(&a->list);
	free(a->v);
	memset(a, 0, sizeof(*a));
}
