#include "output/bars.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/name.h"
#include "base/number.h"

#define HELD 65536 /* bytes, before they are written */

static void
nothing(struct bars_writer *w)
{
	(void)w;
}

/* -- csv -- */

/* Of a line of all columns, those that were chosen. */
static void
put_chosen(struct bars_writer *w, const char *line)
{
	columns_put(&w->text, line, w->chosen, w->chosen_len);
	buf_putc(&w->text, '\n');
}

static const char *
csv_names(bool features)
{
	return features ? rows_csv_series_features : rows_csv_series;
}

static void
csv_begin(struct bars_writer *w)
{
	if (w->chosen_len > 0)
		put_chosen(w, csv_names(w->style.features));
	else
		buf_puts(&w->text, csv_names(w->style.features));
}

static void
csv_series(struct bars_writer *w)
{
	const char *symbol = w->series->symbol;
	bool quoted = strpbrk(symbol, ",\"'= \t") != NULL;

	/* Somebody else may have written it: the API has no such names. */
	buf_clear(&w->head);
	buf_puts(&w->head, quoted ? "\"" : "");
	for (; *symbol != '\0'; symbol++) {
		if (*symbol == '"')
			buf_putc(&w->head, '"');
		buf_putc(&w->head, *symbol);
	}
	buf_printf(&w->head, "%s,%s,", quoted ? "\"" : "",
	    timeframe_name(w->series->facts.timeframe));
}

static void
put_row(struct bars_writer *w, const struct bars_row *r)
{
	rows_put(&w->text, &w->style, r);
}

static void
csv_row(struct bars_writer *w, const struct bars_row *r)
{
	if (w->chosen_len == 0) {
		put_row(w, r);
		return;
	}
	buf_clear(&w->line);
	rows_put(&w->line, &w->style, r);
	w->text.failed = w->text.failed || !buf_ok(&w->line);
	put_chosen(w, buf_str(&w->line));
}

/* -- jsonl -- */

static void
jsonl_begin(struct bars_writer *w)
{
	w->style.json = true;
}

/* {"symbol":…,"timeframe":… */
static void
put_name(struct bars_writer *w, struct buf *b)
{
	struct json_writer json;

	json_start_dense(&json, b);
	json_object_begin(&json, NULL);
	json_text(&json, "symbol", w->series->symbol);
	json_text(&json, "timeframe",
	    timeframe_name(w->series->facts.timeframe));
}

static void
jsonl_series(struct bars_writer *w)
{
	buf_clear(&w->head);
	put_name(w, &w->head);
	buf_putc(&w->head, ',');
}

static void
jsonl_row(struct bars_writer *w, const struct bars_row *r)
{
	put_row(w, r);
	buf_putc(&w->text, '\n');
}

/* -- json -- */

static void
json_begin(struct bars_writer *w)
{
	const struct bars_query *q = w->how->query;

	w->style.json = true;
	buf_printf(&w->text,
	    "{\"adjusted\":\"%s\",\"session\":\"%s\",\"fill\":\"%s\","
	    "\"series\":[",
	    bars_adjusted_name(q->adjusted), hours_name(q->hours),
	    bars_fill_name(q->fill));
}

static void
json_series(struct bars_writer *w)
{
	buf_puts(&w->text, w->nth > 0 ? ",\n" : "\n");
	put_name(w, &w->text);
	buf_puts(&w->text, ",\"bars\":[");
	buf_clear(&w->head);
	buf_putc(&w->head, '{');
}

static void
json_row(struct bars_writer *w, const struct bars_row *r)
{
	buf_puts(&w->text, w->rows > 0 ? ",\n" : "\n");
	put_row(w, r);
}

static void
json_series_end(struct bars_writer *w)
{
	buf_puts(&w->text, w->rows > 0 ? "\n]}" : "]}");
}

static void
json_end(struct bars_writer *w)
{
	buf_puts(&w->text, w->nth > 0 ? "\n]}\n" : "]}\n");
}

/* -- table -- */

enum column {
	COLUMN_SYMBOL,
	COLUMN_TIMEFRAME,
	COLUMN_TIME,
	COLUMN_OPEN,
	COLUMN_HIGH,
	COLUMN_LOW,
	COLUMN_CLOSE,
	COLUMN_VOLUME,
	COLUMN_VWAP,
	COLUMN_TRADES,
	COLUMN_FINAL,
	COLUMNS
};

/* Where there is no room for all, those with the lowest rank go first. */
static const struct {
	const char *name;
	int width; /* negative: from the left */
	int rank;
} columns[COLUMNS] = {
	{ "SYMBOL", -8, 5 },
	{ "TF", -3, 4 },
	{ "TIME", -25, 9 },
	{ "OPEN", 10, 7 },
	{ "HIGH", 10, 7 },
	{ "LOW", 10, 7 },
	{ "CLOSE", 10, 8 },
	{ "VOLUME", 12, 6 },
	{ "VWAP", 10, 3 },
	{ "TRADES", 9, 2 },
	{ "FINAL", -5, 1 },
};

static int
width_of(const struct bars_writer *w, int column)
{
	if (column == COLUMN_TIME && w->how->zone == NULL)
		return -20;
	return columns[column].width;
}

/* The columns of the lowest rank that has room with all those above it. */
static int
least_rank(const struct bars_writer *w)
{
	for (int rank = 1; rank < 9; rank++) {
		int sum = 0;

		for (int i = 0; i < COLUMNS; i++)
			if (columns[i].rank >= rank)
				sum += abs(width_of(w, i)) + 2;
		if (w->how->columns == 0 || sum - 2 <= (int)w->how->columns)
			return rank;
	}
	return 9;
}

/* Chosen ones are there, however wide. */
static bool
is_chosen(const struct bars_writer *w, int column)
{
	for (size_t i = 0; i < w->chosen_len; i++)
		if (w->chosen[i] == (size_t)column)
			return true;
	return false;
}

/* The columns of a line, in their order. */
static size_t
columns_of(const struct bars_writer *w, int out[COLUMNS_MAX])
{
	int least = least_rank(w);
	size_t n = 0;

	for (size_t i = 0; i < w->chosen_len; i++)
		out[n++] = (int)w->chosen[i];
	for (int i = 0; w->chosen_len == 0 && i < COLUMNS; i++)
		if (columns[i].rank >= least)
			out[n++] = i;
	return n;
}

static bool
names_series(const struct bars_writer *w)
{
	return w->chosen_len > 0
		   ? is_chosen(w, COLUMN_SYMBOL)
		   : least_rank(w) <= columns[COLUMN_TIMEFRAME].rank;
}

/* Nothing stands at the end of a line. */
static void
end_line(struct bars_writer *w)
{
	while (w->text.len > 0 && w->text.data[w->text.len - 1] == ' ')
		w->text.len--;
	buf_putc(&w->text, '\n');
}

static void
put_cell(struct bars_writer *w, size_t nth, int column, const char *text)
{
	buf_printf(&w->text, "%s%*s", nth > 0 ? "  " : "", width_of(w, column),
	    text);
}

static void
table_heads(struct bars_writer *w)
{
	int shown[COLUMNS_MAX];
	size_t n = columns_of(w, shown);

	for (size_t i = 0; i < n; i++)
		put_cell(w, i, shown[i], columns[shown[i]].name);
	end_line(w);
}

static void
table_begin(struct bars_writer *w)
{
	if (names_series(w))
		table_heads(w);
}

/* Without columns for its name a series has a line of its own. */
static void
table_series(struct bars_writer *w)
{
	if (names_series(w))
		return;
	buf_printf(&w->text, "%s%s %s\n", w->nth > 0 ? "\n" : "",
	    w->series->symbol, timeframe_name(w->series->facts.timeframe));
	table_heads(w);
}

static const char *
number_text(double v, char text[ROWS_TIME_MAX])
{
	if (!isfinite(v))
		return "-";
	(void)number_format(v, text);
	return text;
}

static const char *
cell_of(const struct bars_writer *w, const struct bars_row *r, int column,
    char text[ROWS_TIME_MAX])
{
	const struct bar *b = &r->bar;
	const double values[COLUMNS] = {
		[COLUMN_OPEN] = b->o,
		[COLUMN_HIGH] = b->h,
		[COLUMN_LOW] = b->l,
		[COLUMN_CLOSE] = b->c,
		[COLUMN_VOLUME] = b->v,
		[COLUMN_VWAP] = b->vw,
		[COLUMN_TRADES] = b->n < 0 ? (double)NAN : (double)b->n,
	};

	switch (column) {
	case COLUMN_SYMBOL:
		return w->series->symbol;
	case COLUMN_TIMEFRAME:
		return timeframe_name(w->series->facts.timeframe);
	case COLUMN_TIME:
		(void)rows_time_text(w->how->zone, b->t, text);
		return text;
	case COLUMN_FINAL:
		return r->filled ? "-" : r->final ? "yes" : "no";
	default:
		return number_text(values[column], text);
	}
}

static void
table_row(struct bars_writer *w, const struct bars_row *r)
{
	char text[ROWS_TIME_MAX];
	int shown[COLUMNS_MAX];
	size_t n = columns_of(w, shown);

	for (size_t i = 0; i < n; i++)
		put_cell(w, i, shown[i], cell_of(w, r, shown[i], text));
	end_line(w);
}

static const struct output_bars outputs[] = {
	{ "csv", false, csv_begin, csv_series, csv_row, nothing, nothing },
	{ "jsonl", false, jsonl_begin, jsonl_series, jsonl_row, nothing,
	    nothing },
	{ "json", false, json_begin, json_series, json_row, json_series_end,
	    json_end },
	{ "table", false, table_begin, table_series, table_row, nothing,
	    nothing },
	{ "svg", true, bars_svg_begin, bars_picture_series, bars_picture_row,
	    bars_svg_series_end, bars_svg_end },
	{ "term", true, nothing, bars_picture_series, bars_picture_row,
	    bars_term_series_end, nothing },
};

const struct output_bars *
output_bars_find(const char *format)
{
	int i = NAME_FIND(outputs, format);

	return i < 0 ? NULL : &outputs[i];
}

/* -- chosen columns -- */

/* Their names, with commas between them; null: none can be chosen. */
static const char *
names_of(const struct output_bars *format, bool features)
{
	if (strcmp(format->format, "csv") == 0)
		return csv_names(features);
	if (strcmp(format->format, "table") == 0)
		return "symbol,timeframe,ts,open,high,low,close,volume,vwap,"
		       "transactions,final";
	return NULL;
}

static bool
choose(const char *names, const char *list, size_t *out, size_t *len,
    struct md_error *e)
{
	return columns_choose(names, list, out, len, e) ||
	       md_context(e, "--columns");
}

bool
output_bars_columns(const struct output_bars *format, bool features,
    const char *list, struct md_error *e)
{
	const char *names = names_of(format, features);
	size_t chosen[COLUMNS_MAX], len;

	if (*list == '\0')
		return true;
	if (names == NULL)
		return md_fail(e, MD_EUSAGE,
		    "--columns: goes with the formats csv and table alone");
	return choose(names, list, chosen, &len, e);
}

/* -- writing -- */

static bool
flush(struct bars_writer *w, size_t held)
{
	if (w->text.len > held) {
		w->wrote = true;
		if (fwrite(w->text.data, 1, w->text.len, w->f) < w->text.len)
			w->why = errno;
		buf_clear(&w->text);
	}
	return buf_ok(&w->text) && ferror(w->f) == 0;
}

static void
end_series(struct bars_writer *w)
{
	if (w->series == NULL)
		return;
	w->format->series_end(w);
	w->nth++;
	w->series = NULL;
}

bool
bars_writer_begin(struct bars_writer *w, const struct output_bars *format,
    const struct output_bars_options *how, FILE *f)
{
	struct md_error e;

	memset(w, 0, sizeof(*w));
	w->format = format;
	w->how = how;
	w->f = f;
	w->style.features = how->query->features;
	w->style.zone = how->zone;
	/* The list was checked before. */
	if (how->names[0] != '\0')
		(void)choose(names_of(format, how->query->features), how->names,
		    w->chosen, &w->chosen_len, &e);
	format->begin(w);
	return flush(w, HELD);
}

bool
bars_writer_series(struct bars_writer *w, const struct series_row *s)
{
	end_series(w);
	w->series = s;
	w->rows = 0;
	w->format->series(w);
	w->style.head = buf_str(&w->head);
	w->style.head_len = w->head.len;
	w->text.failed = w->text.failed || !buf_ok(&w->head);
	return flush(w, HELD);
}

bool
bars_writer_row(struct bars_writer *w, const struct bars_row *r)
{
	w->format->row(w, r);
	w->rows++;
	return flush(w, HELD);
}

bool
bars_writer_end(struct bars_writer *w)
{
	end_series(w);
	w->format->end(w);
	return flush(w, 0);
}

void
bars_writer_free(struct bars_writer *w)
{
	buf_free(&w->text);
	buf_free(&w->head);
	buf_free(&w->line);
}
