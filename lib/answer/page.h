/*
 * One answer of the aggregates endpoint, decoded: text in, bars out, no I/O.
 *
 * A single-pass scanner reads the one shape that matters.  Whatever it does
 * not recognise (nested values of unknown members, escapes or other than ASCII
 * in strings, a member twice, rows that are not plain bars) it leaves to
 * jansson; both give the same result for every input that the scanner accepts.
 */
#ifndef MD_ANSWER_PAGE_H
#define MD_ANSWER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "market/bar.h"
#include "market/symbol.h"

/* Whose row it is, where an answer is of many; "" one that is none of ours. */
struct page_name {
	char text[SYMBOL_MAX];
};

/* A row of "results" that cannot be read as a bar. */
struct page_refusal {
	char *raw;          /* the row as compact JSON, at most 1 KiB */
	const char *reason; /* a constant phrase */
	bool has_t;         /* its time could be read */
	int64_t t;
	struct page_name name; /* of a page that is named */
};

struct page {
	struct bar *bars; /* in the order received, not yet validated */
	size_t len, cap;
	bool named; /* the reader's wish: rows say whose they are, in "T" */
	struct page_name *names; /* of each bar, then; else null */
	size_t names_cap;
	struct page_refusal *refused;
	size_t refused_len;
	char *ticker;          /* null when absent */
	char *status;          /* null when absent */
	char *message;         /* "error" or "message", null when absent */
	char *next_url;        /* null when absent, null or empty */
	int64_t results_count; /* -1 when absent */
	bool scanned;          /* by the scanner; false: by jansson */
};

/* Zero-filled is valid and empty. */
#define PAGE_INIT                                                              \
	{                                                                      \
		.results_count = -1                                            \
	}

/*
 * Decode into *page, whose old contents are released (its memory of bars is
 * kept for the next use).  MD_EDATA says what the body is when it is not a
 * JSON object ("HTML", "invalid JSON at byte 17: …").  A row of results that is
 * not an object of numbers is in refused, not an error.  A member given twice:
 * the last counts.  "t" and "n" must be whole numbers, though they may be
 * written as reals ("12.0"); a missing o h l c or t, or one that is not a
 * number, refuses the row, as does "n" below zero; "v" missing, "vw" or "n"
 * missing or null is absent.  A zero is read without its sign.  A row of a
 * named page without "T" is refused.  False: *page is empty, and *e is MD_EDATA
 * or MD_ENOMEM.
 */
bool page_parse(struct page *, const char *text, size_t len, struct md_error *);

/* The two halves, for tests and the benchmark.  page_scan returns false for
 * "not recognised"; *page is then empty. */
bool page_scan(struct page *, const char *text, size_t len);
bool page_decode(struct page *, const char *text, size_t len,
    struct md_error *);

void page_free(struct page *);

#endif
