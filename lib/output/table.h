/*
 * Tables for people.  In a pipe a table is whole, each column as wide as it
 * always is.  On a terminal a column is as wide as what it holds.  Where that
 * is too wide, the columns that can be are cut short, then columns leave in
 * the order that the table states, and what is said last is folded below.
 */
#ifndef MD_OUTPUT_TABLE_H
#define MD_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/report_options.h"

#define TABLE_COLUMNS 16
#define TABLE_CELL    640

struct table_column {
	const char *name; /* for --columns */
	const char *head; /* null: none is written above it */
	int width;        /* in a pipe; negative: to the left; 0: words, last */
	int leaves;       /* the first to leave has 1; 0: it stays */
	int brief;        /* so many characters of it will do; 0: all */
	bool grows;       /* also in a pipe it is as wide as what it holds */
};

/* What tables of a kind have in common. */
struct table_kind {
	const struct table_column *columns;
	size_t len;
};

#define TABLE_KIND(columns)                                                    \
	{                                                                      \
		(columns), sizeof(columns) / sizeof((columns)[0])              \
	}

struct table_cell {
	const char *color; /* null: none */
	char text[TABLE_CELL];
};

/* Writes the cell, which is empty before. */
typedef void table_fill(const void *rows, size_t row, size_t column,
    struct table_cell *);

/* Fill a cell: with the text, a number, a time to the second, a duration, a
 * percentage.  Null, the time 0 and NaN are "-". */
void table_text(struct table_cell *, const char *);
void table_int(struct table_cell *, int64_t);
void table_time(struct table_cell *, int64_t ms);
void table_span(struct table_cell *, double seconds);
void table_percent(struct table_cell *, double);

/* Is the list, "symbol,status", one of its columns?  MD_EUSAGE names them. */
bool table_columns_check(const struct table_kind *, const char *list,
    struct md_error *);

/* The head and n rows. */
void table_write(FILE *, const struct table_kind *, const void *rows, size_t n,
    table_fill *, const struct report_view *);

#endif
