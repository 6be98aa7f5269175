/*
 * Which symbols a command line means: operands, lines of standard input, a
 * watchlist.
 */
#ifndef MD_CLI_SELECTION_H
#define MD_CLI_SELECTION_H

#include <stdio.h>

#include "base/log.h"
#include "cli/series_file.h"

struct selection {
	struct symbol_list symbols;
	bool whole; /* a watchlist, and nothing picked from it */
};

/*
 * Operands name symbols; "-" stands for lines of in (series_read()).  Without
 * operands the watchlist is meant, when there is one (null: none); with them
 * it says of what class and tier the symbols are that it also names, and their
 * timeframes where none were named.  *out is the caller's also when false.
 */
bool selection_read(struct selection *out, int argc, char **argv, FILE *in,
    const char *watchlist, struct md_error *);
/* Say once if pairs were written as the API does not (X:BTC-USD). */
void selection_tell_respelt(const struct selection *, struct log *);
void selection_free(struct selection *);

#endif
