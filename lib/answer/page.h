/*
 * One answer of the aggregates endpoint, decoded: text in, bars out, no I/O.
 *
 * A single-pass scanner reads the usual shape.  Anything that it does not
 * recognise (nested values of unknown members, escapes or non-ASCII characters
 * in strings, a member given twice, rows that are not plain bars) it leaves to
 * jansson; both give the same result for every input that the scanner accepts.
 * What jansson does not accept either is read row by row, so that one bad row
 * does not cost the others.
 */
#ifndef MD_ANSWER_PAGE_H
#define MD_ANSWER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "market/bar.h"
#include "market/symbol.h"

/* The symbol of a row, in an answer with many; "": not a symbol of ours. */
struct page_name {
	char text[SYMBOL_MAX];
};

/* A row of "results" that cannot be read as a bar. */
struct page_refusal {
	char *raw; /* the row as compact JSON, or its text; at most 1 KiB */
	const char *reason; /* a constant phrase */
	bool has_t;         /* its time could be read */
	int64_t t;
	struct page_name name; /* if the page is named */
};

struct page {
	struct bar *bars; /* in the order received, not yet validated */
	size_t len, cap;
	bool named; /* set by the caller: each row has its symbol in "T" */
	struct page_name *names; /* if named, one per bar; else null */
	size_t names_cap;
	struct page_refusal *refused;
	size_t refused_len;
	char *ticker;          /* null when absent */
	char *status;          /* null when absent */
	char *message;         /* "error" or "message", null when absent */
	char *next_url;        /* null when absent, null or empty */
	int64_t results_count; /* -1 when absent */
	bool scanned;          /* decoded by the scanner; false: by jansson */
};

/* Zero-filled is valid and empty. */
#define PAGE_INIT                                                              \
	{                                                                      \
		.results_count = -1                                            \
	}

/*
 * Decode into *page, whose old contents are released (the memory for bars is
 * kept for reuse).  MD_EDATA says what the body is if it is not a JSON object
 * ("HTML", "invalid JSON at byte 17: …").  A row of results that is not an
 * object of numbers, or that keeps an answer from being JSON, goes to refused
 * and is not an error.  If a member is given
 * twice, the last one counts.  "t" and "n" must be whole numbers, but may be
 * written as reals ("12.0").  A row is refused if o h l c or t is missing or
 * not a number, or if "n" is below zero.  "v" counts as absent if it is
 * missing, "vw" and "n" if they are missing or null.  A zero is read without
 * its sign.  In a named page, a row without "T", or with a NUL in it, is
 * refused.  False: *page is empty, and *e is MD_EDATA or MD_ENOMEM.
 */
bool page_parse(struct page *, const char *text, size_t len, struct md_error *);

/* The two decoders, for tests and the benchmark.  page_scan() returns false if
 * it does not recognise the input; *page is then empty. */
bool page_scan(struct page *, const char *text, size_t len);
bool page_decode(struct page *, const char *text, size_t len,
    struct md_error *);

void page_free(struct page *);

#endif
