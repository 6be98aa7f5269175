/*
 * Chosen columns of rows that are written in full: by their places among the
 * names of a header line.  Pure.
 */
#ifndef MD_OUTPUT_COLUMNS_H
#define MD_OUTPUT_COLUMNS_H

#include "base/buf.h"
#include "base/error.h"

/* Those of bars with features, and some. */
#define COLUMNS_MAX 32

/* The places of "ts,close" among the names, a header line; MD_EUSAGE tells
 * those that there are. */
bool columns_choose(const char *names, const char *list,
    size_t out[static COLUMNS_MAX], size_t *len, struct md_error *);

/* Appends those fields of a line, without its end; one that it lacks is empty.
 */
void columns_put(struct buf *, const char *line, const size_t *chosen,
    size_t len);

#endif
