/*
 * The rows of a flat file: a CSV with the bars of all symbols of one day, read
 * as its text comes, a buffer at a time, whatever its size.  Pure.
 *
 * Its first line names the columns, in any order: ticker, open, close, high,
 * low, window_start (nanoseconds since 1970, UTC) and, where there is volume,
 * volume and transactions; others are passed over.  There is no vwap.  Usual
 * rows are read where they lie; one with quoted fields, signs or exponents is
 * taken apart first.  Both ways give the same.
 */
#ifndef MD_ANSWER_FLAT_H
#define MD_ANSWER_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "market/bar.h"

#define FLAT_COLUMNS_MAX 64
#define FLAT_LINE_MAX    4096 /* bytes of a line, its end among them */

/* Where the text comes from: at most cap bytes of it; *len 0 is its end. */
struct flat_source {
	bool (*read)(void *ctx, char *to, size_t cap, size_t *len,
	    struct md_error *);
	void *ctx;
};

enum flat_column {
	FLAT_TICKER,
	FLAT_OPEN,
	FLAT_CLOSE,
	FLAT_HIGH,
	FLAT_LOW,
	FLAT_START,
	FLAT_VOLUME,
	FLAT_TRANSACTIONS,
	FLAT_OTHER,
};

struct flat {
	struct flat_source source;
	char *buf;
	size_t at, len; /* what is left of it */
	bool ended;     /* the source has */
	enum flat_column columns[FLAT_COLUMNS_MAX];
	size_t columns_len;
	/* The row at hand, until the next: its ticker, which may hold any
	 * byte, and its text without the line's end. */
	const char *ticker, *line, *line_end;
	size_t ticker_len;
	int64_t rows, bytes; /* so far, those at hand among them */
	char unquoted[FLAT_LINE_MAX];
};

/*
 * Begin, and read the first line.  MD_EDATA says what is wrong with it: no text
 * at all, a column that is missing or there twice.  Other errors are the
 * source's.  flat_close() either way.
 */
bool flat_open(struct flat *, const struct flat_source *, struct md_error *);
void flat_close(struct flat *);

/*
 * The next row.  FLAT_BROKEN: the source failed, a line is too long, or the
 * last one has no end, so that it may have been cut (MD_EDATA).  Empty lines
 * are passed over.
 */
enum flat_step { FLAT_ROW, FLAT_END, FLAT_BROKEN };
enum flat_step flat_next(struct flat *, struct md_error *);

/* The start of the row's window, ms UTC.  False: it cannot be read. */
bool flat_time(const struct flat *, int64_t *t);

/*
 * The row as a bar; null, or why it is none, a constant phrase: then has_t says
 * whether bar->t could be read.  Fields that are empty are missing; volume and
 * transactions may be.  A zero is read without its sign.
 */
const char *flat_bar(const struct flat *, struct bar *, bool *has_t);

#endif
