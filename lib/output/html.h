/*
 * What every page has: one file of HTML, nothing from elsewhere, no script.
 * What is said by a colour is said by a word or a sign, too.
 */
#ifndef MD_OUTPUT_HTML_H
#define MD_OUTPUT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "cli/report_options.h"

struct html {
	FILE *f;
	int64_t now_ms;
	const struct page_look *look; /* null: as a page is by itself */
};

enum html_verdict { HTML_GOOD, HTML_PART, HTML_BAD };

/*
 * Up to its heading: "Market data ✓ healthy".  The texts may hold anything.
 */
void html_begin(const struct html *, const char *heading, enum html_verdict,
    const char *word);
void html_end(const struct html *);

/* Text as the content of an element, or a value between quotes. */
void html_text(FILE *, const char *);

/* A moment in UTC, and below it how long ago, and in the page's zone; 0: a
 * dash. */
void html_moment(const struct html *, int64_t ms);

/* "12 s ago", "in 5 min", "3 d ago". */
#define HTML_AGO 32
void html_ago(int64_t now, int64_t ms, char out[HTML_AGO]);

/* The part of a path that a symbol is, and the series' page in all. */
void html_series_link(FILE *, const char *symbol, const char *timeframe);

#endif
