/*
 * Where bars came from, by ranges of their series: calls for the series, which
 * is what ranges that are not listed mean; calls for a day of all symbols; or
 * flat files, whose bars have no vwap.  Pure.
 */
#ifndef MD_MARKET_BAR_SOURCE_H
#define MD_MARKET_BAR_SOURCE_H

#include "market/range.h"

enum bar_source { SOURCE_REST, SOURCE_GROUPED, SOURCE_FILE };

/* "rest", "grouped", "file" */
const char *bar_source_name(enum bar_source);
bool bar_source_parse(const char *, enum bar_source *out);

struct source_span {
	struct range range;
	enum bar_source source;
};

/* Disjoint and in order; neighbours of one source are one. */
struct source_spans {
	struct source_span *v;
	size_t len, cap;
};

/* Append one that comes after all others.  False: out of memory. */
bool source_spans_append(struct source_spans *, struct source_span);

/*
 * What stands in *out, which is empty, once bars of these ranges (in order and
 * disjoint) came from that source.  *changed: that is other than before. False:
 * out of memory.
 */
bool source_spans_set(const struct source_spans *, const struct range *,
    size_t n, enum bar_source, struct source_spans *out, bool *changed);

/* Are there any bars of that source in the range? */
bool source_spans_any(const struct source_spans *, struct range,
    enum bar_source);

void source_spans_free(struct source_spans *);

#endif
