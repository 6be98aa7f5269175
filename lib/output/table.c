#include "output/table.h"

#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "output/fold.h"

#define BETWEEN 2 /* columns of the terminal between two of the table */
/* Words are folded into no fewer columns than these while others may leave. */
#define WORDS 24
/* Where not even so many are left, they stand in a line of their own. */
#define WORDS_LEAST 12
#define BELOW       4

void
table_text(struct table_cell *c, const char *text)
{
	(void)snprintf(c->text, sizeof(c->text), "%s",
	    text == NULL ? "-" : text);
}

void
table_int(struct table_cell *c, int64_t n)
{
	(void)snprintf(c->text, sizeof(c->text), "%lld", (long long)n);
}

void
table_time(struct table_cell *c, int64_t ms)
{
	if (ms == 0)
		table_text(c, NULL);
	else
		/* To the second: fractions are for machines. */
		md_time_format(ms - ms % MD_SECOND, c->text);
}

void
table_span(struct table_cell *c, double seconds)
{
	if (isnan(seconds))
		table_text(c, NULL);
	else
		md_duration_format((int64_t)llround(seconds * 1000), c->text);
}

void
table_percent(struct table_cell *c, double p)
{
	if (isnan(p))
		table_text(c, NULL);
	else
		(void)snprintf(c->text, sizeof(c->text), "%.1f%%", p);
}

struct layout {
	FILE *f;
	const struct table_kind *kind;
	const void *rows;
	table_fill *fill;
	size_t terminal; /* 0: none */
	bool color;
	size_t shown[TABLE_COLUMNS], len;
	size_t width[TABLE_COLUMNS]; /* of each of the kind's columns */
};

static const struct table_column *
column_at(const struct layout *l, size_t i)
{
	return &l->kind->columns[l->shown[i]];
}

/* -- which columns -- */

static bool
find_column(const struct table_kind *k, const char *name, size_t len,
    size_t *out)
{
	for (size_t i = 0; i < k->len; i++)
		if (strlen(k->columns[i].name) == len &&
		    memcmp(k->columns[i].name, name, len) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* False: out holds what came before a name that is none, or came twice;
 * *bad and *len are that name. */
static bool
parse_list(const struct table_kind *k, const char *list, struct layout *out,
    const char **bad, size_t *len)
{
	out->len = 0;
	for (;; list += *len + 1) {
		size_t column;

		*bad = list;
		*len = strcspn(list, ",");
		if (!find_column(k, list, *len, &column))
			return false;
		for (size_t i = 0; i < out->len; i++)
			if (out->shown[i] == column)
				return false;
		out->shown[out->len++] = column;
		if (list[*len] == '\0')
			return true;
	}
}

bool
table_columns_check(const struct table_kind *k, const char *list,
    struct md_error *e)
{
	struct layout l;
	const char *bad;
	char known[256] = "";
	size_t len, at = 0;

	if (list[0] == '\0' || parse_list(k, list, &l, &bad, &len))
		return true;
	for (size_t i = 0; i < k->len && at < sizeof(known); i++)
		at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s",
		    i == 0 ? "" : ",", k->columns[i].name);
	return md_fail(e, MD_EUSAGE,
	    "--columns: '%.*s': expected some of %s, each once",
	    len > 60 ? 60 : (int)len, bad, known);
}

static void
choose(struct layout *l, const char *list)
{
	const char *bad;
	size_t len;

	if (list[0] != '\0' && parse_list(l->kind, list, l, &bad, &len))
		return;
	l->len = l->kind->len;
	for (size_t i = 0; i < l->len; i++)
		l->shown[i] = i;
}

/* -- how wide they are -- */

static void
cell(const struct layout *l, size_t row, size_t column, struct table_cell *out)
{
	out->color = NULL;
	out->text[0] = '\0';
	l->fill(l->rows, row, column, out);
}

/* Words come last, and are written as they come: in another place they are a
 * column like others. */
static bool
is_words(const struct layout *l, size_t i)
{
	return column_at(l, i)->width == 0 && i + 1 == l->len;
}

static size_t
head_width(const struct table_column *c)
{
	return c->head == NULL ? 0 : fold_width(c->head);
}

static void
measure(struct layout *l, size_t n)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct table_column *c = column_at(l, i);
		size_t *width = &l->width[l->shown[i]];

		*width = (size_t)(c->width < 0 ? -c->width : c->width);
		if (l->terminal == 0 && !c->grows && *width > 0)
			continue;
		if (l->terminal > 0 || *width == 0)
			*width = head_width(c);
		for (size_t row = 0; row < n; row++) {
			struct table_cell v;
			size_t wide;

			cell(l, row, l->shown[i], &v);
			wide = fold_width(v.text);
			if (wide > *width)
				*width = wide;
		}
	}
}

/* The columns of the terminal that it needs. */
static size_t
needed(const struct layout *l)
{
	size_t sum = 0;

	for (size_t i = 0; i < l->len; i++) {
		size_t width = l->width[l->shown[i]];

		if (is_words(l, i) && width > WORDS)
			width = WORDS;
		sum += width + (width > 0 && i > 0 ? BETWEEN : 0);
	}
	return sum;
}

static void
cut_short(struct layout *l)
{
	for (size_t i = 0; i < l->len; i++) {
		size_t brief = (size_t)column_at(l, i)->brief;
		size_t least = head_width(column_at(l, i));
		size_t *width = &l->width[l->shown[i]];

		if (brief > 0 && brief < least)
			brief = least;
		if (brief > 0 && *width > brief)
			*width = brief;
	}
}

/* False: all that are left stay. */
static bool
leave(struct layout *l)
{
	size_t first = l->len;

	for (size_t i = 0; i < l->len; i++)
		if (column_at(l, i)->leaves > 0 &&
		    (first == l->len ||
			column_at(l, i)->leaves < column_at(l, first)->leaves))
			first = i;
	if (first == l->len)
		return false;
	l->len--;
	for (size_t i = first; i < l->len; i++)
		l->shown[i] = l->shown[i + 1];
	return true;
}

/* chosen: by the user, so that none of them leaves. */
static void
fit(struct layout *l, bool chosen)
{
	if (l->terminal == 0 || needed(l) < l->terminal)
		return;
	cut_short(l);
	while (!chosen && needed(l) >= l->terminal && leave(l))
		;
}

/* -- rows -- */

/* The text in its column, of so many of the terminal's. */
static void
put_padded(const struct layout *l, size_t i, const struct table_cell *v,
    size_t room)
{
	size_t bytes = strlen(v->text), wide = fold_width(v->text);
	bool left = column_at(l, i)->width <= 0;
	bool color = l->color && v->color != NULL;
	int pad;

	if (l->terminal > 0 && wide > room) {
		bytes = fold_fit(v->text, room);
		wide = room;
	}
	pad = room > wide ? (int)(room - wide) : 0;
	if (!left)
		fprintf(l->f, "%*s", pad, "");
	if (color)
		fputs(v->color, l->f);
	fwrite(v->text, 1, bytes, l->f);
	if (left && i + 1 < l->len)
		fprintf(l->f, "%*s", pad, "");
	if (color)
		fputs("\033[0m", l->f);
}

/* *at: where the line stands. */
static void
put(const struct layout *l, size_t i, const struct table_cell *v, size_t *at)
{
	size_t room = l->width[l->shown[i]];

	if (is_words(l, i) && v->text[0] == '\0')
		return;
	if (is_words(l, i) && l->terminal > 0 &&
	    *at + BETWEEN + (room < WORDS_LEAST ? room : WORDS_LEAST) >=
		l->terminal) {
		fprintf(l->f, "\n%*s", BELOW, "");
		fold_words(l->f, v->text, BELOW, BELOW, l->terminal);
		return;
	}
	if (i > 0) {
		fprintf(l->f, "%*s", BETWEEN, "");
		*at += BETWEEN;
	}
	if (!is_words(l, i))
		put_padded(l, i, v, room);
	else if (l->terminal > 0)
		fold_words(l->f, v->text, *at, *at, l->terminal);
	else
		fputs(v->text, l->f);
	*at += room;
}

static void
put_head(const struct layout *l)
{
	size_t at = 0;

	for (size_t i = 0; i < l->len; i++) {
		struct table_cell v = { .color = NULL };
		const char *head = column_at(l, i)->head;

		if (head == NULL)
			continue;
		(void)snprintf(v.text, sizeof(v.text), "%s", head);
		put(l, i, &v, &at);
	}
	fputc('\n', l->f);
}

void
table_write(FILE *f, const struct table_kind *k, const void *rows, size_t n,
    table_fill *fill, const struct report_view *view)
{
	struct layout l = { .f = f,
		.kind = k,
		.rows = rows,
		.fill = fill,
		.terminal = view->terminal,
		.color = view->color };

	choose(&l, view->columns);
	measure(&l, n);
	fit(&l, view->columns[0] != '\0');
	put_head(&l);
	for (size_t row = 0; row < n; row++) {
		size_t at = 0;

		for (size_t i = 0; i < l.len; i++) {
			struct table_cell v;

			cell(&l, row, l.shown[i], &v);
			put(&l, i, &v, &at);
		}
		fputc('\n', f);
	}
}
