/*
 * Rules for what mdmock does wrong on purpose: parsed, matched, counted.
 * What a fault does to an answer is not known here.  Pure.
 *
 *	KIND[=VALUE][:CONDITION[,CONDITION...]]
 *
 * Conditions: ticker=SYMBOL, timeframe=1d, path=SUBSTRING,
 * endpoint=aggs|splits|grouped|prev|status|tickers, page=N (of a paged answer,
 * from 1), after=N (skip the first N requests that match), times=N (then
 * stop), every=N (the Nth, 2Nth, ... of them), chance=P.
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
	/* in the text */
	FAULT_BADJSON,
	FAULT_TYPES,
	FAULT_NAN,
	FAULT_MISSING,
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
	/* in the paging */
	FAULT_EMPTYPAGE,
	FAULT_LOOP,
	FAULT_FOREIGN,
};

enum endpoint {
	ENDPOINT_AGGS,
	ENDPOINT_SPLITS,
	ENDPOINT_GROUPED,
	ENDPOINT_PREV,
	ENDPOINT_STATUS,
	ENDPOINT_TICKERS,
};

#define ENDPOINT_COUNT 6

struct fault {
	enum fault_kind kind;
	int64_t number; /* VALUE of a kind that takes a number */
	char text[256]; /* VALUE of one that takes words, or its default */

	/* conditions; empty or 0 is none */
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

/* MD_EUSAGE: what was expected where. */
bool fault_parse(const char *rule, struct fault *out, struct md_error *);

/* Every kind, for help and completion: "status html ...". */
void fault_kinds(char *out, size_t size);

/* What rules look at; null or 0 where a request has none. */
struct fault_subject {
	enum endpoint endpoint;
	const char *ticker;
	const char *timeframe;
	const char *target; /* path and query */
	int64_t page;
	bool past_empty; /* follows an emptypage: not to be met by another */
};

/*
 * Every rule that matches counts the request; the first of them whose turn it
 * is fires and is returned (its place), or n.  Not to be called by two
 * threads at once.
 */
size_t fault_fires(struct fault *, size_t n, const struct fault_subject *);

#endif
