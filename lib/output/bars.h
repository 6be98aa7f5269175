/*
 * What mdbars prints: rows of series as they come, in one of several formats,
 * in constant memory.
 */
#ifndef MD_OUTPUT_BARS_H
#define MD_OUTPUT_BARS_H

#include <stdio.h>

#include "market/candles.h"
#include "output/columns.h"
#include "output/rows.h"

#define OUTPUT_BARS_FORMATS "csv jsonl json table svg term"

struct output_bars_options {
	const struct bars_query *query;
	const struct zone *zone; /* of times; null: UTC */
	size_t series;           /* how many there will be */
	size_t columns;          /* of the terminal; 0: any width will do */
	bool color;
	const char *names; /* of columns, in that order; "": all that fit */
};

struct bars_writer;

struct output_bars {
	const char *format;
	bool is_picture;
	void (*begin)(struct bars_writer *);
	void (*series)(struct bars_writer *);
	void (*row)(struct bars_writer *, const struct bars_row *);
	void (*series_end)(struct bars_writer *);
	void (*end)(struct bars_writer *);
};

struct bars_writer {
	const struct output_bars *format;
	const struct output_bars_options *how;
	FILE *f;
	struct buf text; /* not yet written */
	bool wrote;      /* some was */
	int why;         /* errno of the write that failed; 0: none did */
	/* The series at hand. */
	const struct series_row *series;
	size_t nth; /* from 0 */
	int64_t rows;
	struct buf head; /* of its rows */
	struct rows_style style;
	struct buf line; /* a row before columns are chosen from it */
	/* The chosen columns, as places among all of the format. */
	size_t chosen[COLUMNS_MAX], chosen_len;
	/* Of a picture. */
	struct candles candles;
	int64_t last_ts;
};

/* Null if there is no such format. */
const struct output_bars *output_bars_find(const char *format);

/* Has the format these columns, "ts,close" ("": all)?  MD_EUSAGE names those
 * that it has. */
bool output_bars_columns(const struct output_bars *, bool features,
    const char *list, struct md_error *);

/*
 * Begin, each series with its rows, end.  False: no more of it can be written,
 * as the FILE or, without an error there, memory failed.  The writer is ended
 * in any case; the series is borrowed until the next.
 */
bool bars_writer_begin(struct bars_writer *, const struct output_bars *,
    const struct output_bars_options *, FILE *);
bool bars_writer_series(struct bars_writer *, const struct series_row *);
bool bars_writer_row(struct bars_writer *, const struct bars_row *);
bool bars_writer_end(struct bars_writer *);
void bars_writer_free(struct bars_writer *);

/* bars_picture.c, for the table of formats */
void bars_picture_series(struct bars_writer *);
void bars_picture_row(struct bars_writer *, const struct bars_row *);
void bars_svg_begin(struct bars_writer *);
void bars_svg_series_end(struct bars_writer *);
void bars_svg_end(struct bars_writer *);
void bars_term_series_end(struct bars_writer *);

#endif
