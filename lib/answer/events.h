/*
 * An answer of /vX/reference/tickers/{id}/events: the names that a company had.
 * Pure: bytes in, names out.
 */
#ifndef MD_ANSWER_EVENTS_H
#define MD_ANSWER_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "market/names.h"

/* What it tells of a ticker. */
struct ticker_names {
	char symbol[SYMBOL_MAX]; /* the company's present name */
	struct former_names names;
};

/*
 * Read an answer about a ticker as of today.  The ticker must be among the
 * names; renames to come are left out, and so are the oldest of more than there
 * is room for.  *status, to be freed, is the answer's, or null.  MD_EDATA: it
 * is no answer, or one that contradicts itself; MD_ENOMEM.
 */
bool events_read(struct ticker_names *out, const char *ticker, md_date today,
    char **status, const char *text, size_t len, struct md_error *);

#endif
