/*
 * What an answer proves.  Every row is checked against the request; rows that
 * pass are stored, the others are kept as rejected, and only windows that were
 * answered beyond doubt count as covered.  Pure.
 */
#ifndef MD_ANSWER_VERIFY_H
#define MD_ANSWER_VERIFY_H

#include "answer/page.h"
#include "base/buf.h"
#include "market/knowledge.h"

/* So many windows of rows lost on a page wait for the page that covers them. */
#define ASKED_LOST_MAX 8

/* A request, and how far its pages have answered it. */
struct asked {
	const char *ticker;
	struct grid grid;
	int64_t from, to; /* window starts requested */
	int64_t asked_at; /* when; determines which bars are final */
	int64_t cover_to; /* windows from here on are left open */
	int64_t cursor;   /* pages so far have answered up to here */
	bool older;       /* the series has bars from before */
	bool complete;    /* nothing can be late: absent is absent at once */
	bool any_bars;    /* some page had a bar that passed */
	bool tainted;     /* rows were lost that may belong to any window */
	bool astray;      /* or to any but those that have bars */
	bool scattered;   /* bars of earlier pages are not covered yet */
	struct range lost[ASKED_LOST_MAX]; /* their rows were refused */
	size_t lost_len;
};

/*
 * While grid.kind is unknown, from and to may lie within windows; the first row
 * that passes and tells the grid sets it, and to, cover_to and cursor move to
 * the windows of that grid.  Rows of another are refused from then on.
 */

struct refusal {
	bool has_t;
	int64_t t;
	const char *reason; /* a constant phrase */
	size_t raw;         /* offset into raw below; NUL-terminated */
};

struct verified {
	struct bar *bars; /* the page's own array: valid, ascending, unique */
	size_t len;
	struct refusal *refused;
	size_t refused_len, refused_cap;
	struct buf raw;
	struct ranges covered; /* answered with bars */
	struct ranges
	    doubted;         /* bars expected, none came; or which is unsure */
	struct ranges empty; /* no bars, and none expected or listed yet */
	struct ranges refused_windows; /* only rows that cannot be right */
};

#define VERIFIED_INIT                                                          \
	{                                                                      \
		.raw = BUF_INIT                                                \
	}

/*
 * What is expected and did not come is doubted: of days, weeks and months each;
 * of finer bars what is behind the last one, and each session without any.
 * Neighbours are one range.  What had not closed by asked_at proves nothing.
 * What is before the first bar of a series was before its listing.
 *
 * Check a page of the answer to *a and advance its cursor.  The page's bars are
 * sorted and pruned in place.  A page that is neither the last one nor in
 * ascending order proves nothing by itself; later pages do.  False: out of
 * memory.
 */
bool verify_page(struct asked *a, struct page *, bool last, struct verified *);
void verified_free(struct verified *);

#endif
