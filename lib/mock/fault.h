/*
 * The rules for faults that mdmock injects: parsed, matched and counted.  How a
 * fault changes an answer is decided elsewhere.  Pure.
 *
 *	KIND[=VALUE][,KIND[=VALUE]...][:CONDITION[,CONDITION...]]
 *
 * All the kinds of a rule meet the same answer.
 *
 * Conditions: ticker=SYMBOL, timeframe=1d, path=SUBSTRING,
 * endpoint=aggs|splits|dividends|grouped|prev|status|tickers|object|list,
 * page=N (of a paged answer, from 1), after=N (skip the first N matching
 * requests), times=N (then stop), every=N (every Nth matching request),
 * chance=P.
 */
#ifndef MD_MOCK_FAULT_H
#define MD_MOCK_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "market/symbol.h"

enum fault_kind {
	/* instead of an answer */
	FAULT_STATUS,
	FAULT_HTML,
	FAULT_ERROR200,
	FAULT_REDIRECT,
	FAULT_RETRY_AFTER,
	FAULT_RETRY_DATE,
	FAULT_EMPTY429,
	/* on the wire */
	FAULT_TRUNCATED,
	FAULT_STALLED,
	FAULT_SILENT,
	FAULT_RESET,
	FAULT_ENDLESS,
	FAULT_SLOW,
	FAULT_LATENCY,
	FAULT_BANDWIDTH,
	FAULT_SLICER,
	FAULT_LIMIT_DATA,
	FAULT_SLOW_CLOSE,
	FAULT_TIMEOUT,
	FAULT_RESET_PEER,
	FAULT_DOWN,
	/* in the text */
	FAULT_BADJSON,
	FAULT_TYPES,
	FAULT_NAN,
	FAULT_MISSING,
	FAULT_NUL,
	/* in the bars */
	FAULT_DUPLICATE,
	FAULT_CONFLICTING,
	FAULT_UNORDERED,
	FAULT_REVERSED,
	FAULT_TICKER,
	FAULT_OUTSIDE,
	FAULT_OFFGRID,
	FAULT_HIGHLOW,
	FAULT_NEGATIVE,
	FAULT_EMPTY,
	FAULT_DELAYED,
	/* in what the vendor knows */
	FAULT_LATE,
	FAULT_RESTATE,
	FAULT_CLOSED_DAY,
	/* in the paging */
	FAULT_EMPTYPAGE,
	FAULT_LOOP,
	FAULT_FOREIGN,
	/* in flat files */
	FAULT_SHORT,
	FAULT_REPLACED,
	FAULT_OTHERDAY,
	FAULT_BADGZIP,
};

enum endpoint {
	ENDPOINT_AGGS,
	ENDPOINT_SPLITS,
	ENDPOINT_GROUPED,
	ENDPOINT_PREV,
	ENDPOINT_STATUS,
	ENDPOINT_TICKERS,
	ENDPOINT_DIVIDENDS,
	ENDPOINT_OBJECT, /* of flat files */
	ENDPOINT_LIST,
};

#define ENDPOINT_COUNT 9

#define FAULT_EFFECTS 6

struct fault_effect {
	enum fault_kind kind;
	int64_t number; /* VALUE, if the kind takes a number */
	int64_t pause;  /* the second number, if it takes two: ms */
	char text[256]; /* VALUE, if the kind takes text, or its default */
};

struct fault {
	struct fault_effect effect[FAULT_EFFECTS];
	size_t effects; /* at least 1 */

	/* conditions; empty or 0: none */
	char ticker[SYMBOL_MAX];
	char timeframe[16];
	char path[128];
	bool has_endpoint;
	enum endpoint endpoint;
	int64_t page, after, times, every;
	double chance; /* 1: always */

	/* counts */
	int64_t matched, fired;
};

/* MD_EUSAGE says what was expected, and where. */
bool fault_parse(const char *rule, struct fault *out, struct md_error *);

/* The effect of that kind; null if the rule has none. */
const struct fault_effect *fault_has(const struct fault *, enum fault_kind);

/* Every kind, for help and completion: "status html ...". */
void fault_kinds(char *out, size_t size);

/* What rules match; null or 0 if a request does not have it. */
struct fault_subject {
	enum endpoint endpoint;
	const char *ticker;
	const char *timeframe;
	const char *target; /* path and query */
	int64_t page;
	bool past_empty; /* follows an emptypage: no second one is due */
};

/*
 * Every rule that matches counts the request; the first of them that is due
 * fires, and its index is returned; n if none is.  Not thread-safe.
 */
size_t fault_fires(struct fault *, size_t n, const struct fault_subject *);

/* The one that would fire, of which nothing is counted. */
size_t fault_would_fire(const struct fault *, size_t n,
    const struct fault_subject *);

#endif
