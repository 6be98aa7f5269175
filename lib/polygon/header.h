/*
 * The values of an answer's header lines.
 */
#ifndef MD_POLYGON_HEADER_H
#define MD_POLYGON_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of the header line if it has that name, in any case; *len without
 * its end.  Null: it has another. */
const char *header_value(const char *line, size_t n, const char *name,
    size_t *len);

/* An HTTP date (RFC 9110, 5.6.7), ms UTC; 0: it is none.  libcurl is loaded. */
int64_t header_date(const char *value, size_t len);

/* Retry-After, seconds or an HTTP date (RFC 9110, 10.2.3), as ms from now; -1:
 * it is neither. */
int64_t header_retry_after(const char *value, size_t len);

/* Content-Range, "bytes FROM-TO/TOTAL" (RFC 9110, 14.4): where it begins, and
 * the whole length, -1 where that is not told.  False: it is none. */
bool header_range(const char *value, size_t len, int64_t *from, int64_t *total);

/* A length in bytes; -1: it is none. */
int64_t header_length(const char *value, size_t len);

#endif
