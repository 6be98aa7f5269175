/*
 * An answer of the mock as data, how faults change it, and its text.
 */
#ifndef MD_MOCK_PAGE_H
#define MD_MOCK_PAGE_H

#include "base/buf.h"
#include "mock/fault.h"
#include "mock/source.h"

#define MOCK_ID_MAX 33

/* A fault that shows when a row is written. */
enum mock_row_fault {
	ROW_FAULT_NONE,
	ROW_FAULT_TYPES,   /* a price as text, the next row's time as a real */
	ROW_FAULT_NAN,     /* a price that is not a JSON number */
	ROW_FAULT_MISSING, /* no close */
	ROW_FAULT_NUL,     /* a NUL at the end of its symbol */
};

struct mock_page {
	enum endpoint endpoint;
	char ticker[SYMBOL_MAX * 2];
	char id[MOCK_ID_MAX];
	const char *status; /* a constant */
	bool adjusted;
	int64_t base;         /* base aggregates: queryCount */
	struct bars bars;     /* for aggs, grouped, prev */
	struct symbols names; /* for grouped and prev: each bar's symbol */
	struct splits splits; /* for splits */
	bool tells_more;      /* of them: kind and factor */
	struct actions dividends;
	char *self_url;  /* this page's URL; may be null */
	char *again_url; /* this page's URL after an empty page was sent */
	char *next_url;  /* null on the last page */
	bool no_rows;    /* "results":[], whatever rows there are */
	enum mock_row_fault row_fault;
	size_t odd;                  /* its row */
	int64_t before_ms, after_ms; /* windows just outside the range */
};

void mock_page_free(struct mock_page *);

/* A bar more at that place; where rows are named, of the one before it.  False:
 * out of memory. */
bool mock_page_insert(struct mock_page *, size_t at, struct bar);

/* Applies the fault to the data, if it is one in the data.  False: out of
 * memory. */
bool mock_page_damage(struct mock_page *, const struct fault_effect *);

/* Writes the answer's text; its rows, separated by commas, are from *rows to
 * *rows_end.  Failure sticks in the buffer. */
void mock_page_write(const struct mock_page *, struct buf *, size_t *rows,
    size_t *rows_end);

/* For answers that are not a page of rows. */
void mock_put_text(struct buf *, const char *); /* quoted, escaped */

#endif
