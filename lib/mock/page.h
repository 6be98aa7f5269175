/*
 * An answer of the mock as data, the damage that a fault does to it, and its
 * text.
 */
#ifndef MD_MOCK_PAGE_H
#define MD_MOCK_PAGE_H

#include "base/buf.h"
#include "mock/fault.h"
#include "mock/source.h"

#define MOCK_ID_MAX 33

/* What is wrong with one row when it is written. */
enum mock_oddity {
	ODDITY_NONE,
	ODDITY_TYPES,   /* a price as text, the next row's time as a real */
	ODDITY_NAN,     /* a price that no JSON number can say */
	ODDITY_MISSING, /* no close */
};

struct mock_page {
	enum endpoint endpoint;
	char ticker[SYMBOL_MAX * 2];
	char id[MOCK_ID_MAX];
	const char *status; /* a constant */
	bool adjusted;
	int64_t base;         /* base aggregates: queryCount */
	struct bars bars;     /* of aggs, grouped, prev */
	struct symbols names; /* grouped and prev: whose bars they are */
	struct splits splits; /* of splits */
	char *self_url;       /* of this very page; may be null */
	char *again_url; /* of this page, told that an empty one was sent */
	char *next_url;  /* null on the last page */
	bool no_rows;    /* "results":[] whatever there is */
	enum mock_oddity oddity;
	size_t odd;                  /* its row */
	int64_t before_ms, after_ms; /* windows just outside those asked for */
};

void mock_page_free(struct mock_page *);

/* Does to the data what the fault says; nothing when it is not about data.
 * False: memory ran out. */
bool mock_page_damage(struct mock_page *, const struct fault *);

/* The answer's text; *rows, *rows_end: where its rows are, each with a comma
 * between.  Failure sticks in the buffer. */
void mock_page_write(const struct mock_page *, struct buf *, size_t *rows,
    size_t *rows_end);

/* For answers that are no page of rows. */
void mock_put_text(struct buf *, const char *); /* quoted, escaped */

#endif
