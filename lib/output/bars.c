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

static void
csv_begin(struct bars_writer *w)
{
	buf_puts(&w->text,
	    w->style.features ? rows_csv_series_features : rows_csv_series);
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

static void
put_cell(struct bars_writer *w, int column, int least, const char *text)
{
	if (columns[column].rank < least)
		return;
	buf_printf(&w->text, "%s%*s", column > COLUMN_SYMBOL ? "  " : "",
	    width_of(w, column), text);
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
table_heads(struct bars_writer *w)
{
	int least = least_rank(w);

	for (int i = 0; i < COLUMNS; i++)
		put_cell(w, i, least, columns[i].name);
	end_line(w);
}

static void
table_begin(struct bars_writer *w)
{
	if (least_rank(w) <= columns[COLUMN_TIMEFRAME].rank)
		table_heads(w);
}

/* Without columns for its name a series has a line of its own. */
static void
table_series(struct bars_writer *w)
{
	if (least_rank(w) <= columns[COLUMN_TIMEFRAME].rank)
		return;
	buf_printf(&w->text, "%s%s %s\n", w->nth > 0 ? "\n" : "",
	    w->series->symbol, timeframe_name(w->series->facts.timeframe));
	table_heads(w);
}

static void
put_number(struct bars_writer *w, int column, int least, double v)
{
	char text[32] = "-";

	if (isfinite(v))
		(void)number_format(v, text);
	put_cell(w, column, least, text);
}

static void
table_row(struct bars_writer *w, const struct bars_row *r)
{
	const struct bar *b = &r->bar;
	int least = least_rank(w);
	char text[ROWS_TIME_MAX];

	put_cell(w, COLUMN_SYMBOL, least, w->series->symbol);
	put_cell(w, COLUMN_TIMEFRAME, least,
	    timeframe_name(w->series->facts.timeframe));
	(void)rows_time_text(w->how->zone, b->t, text);
	put_cell(w, COLUMN_TIME, least, text);
	put_number(w, COLUMN_OPEN, least, b->o);
	put_number(w, COLUMN_HIGH, least, b->h);
	put_number(w, COLUMN_LOW, least, b->l);
	put_number(w, COLUMN_CLOSE, least, b->c);
	put_number(w, COLUMN_VOLUME, least, b->v);
	put_number(w, COLUMN_VWAP, least, b->vw);
	put_number(w, COLUMN_TRADES, least,
	    b->n < 0 ? (double)NAN : (double)b->n);
	put_cell(w, COLUMN_FINAL, least,
	    r->filled  ? "-"
	    : r->final ? "yes"
		       : "no");
	end_line(w);
}

static const struct output_bars outputs[] = {
	{ "csv", false, csv_begin, csv_series, put_row, nothing, nothing },
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
	memset(w, 0, sizeof(*w));
	w->format = format;
	w->how = how;
	w->f = f;
	w->style.features = how->query->features;
	w->style.zone = how->zone;
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
}
