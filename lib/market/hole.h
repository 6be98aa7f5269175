/*
 * Holes: neighbouring bars of a daily series that lie too far apart.  Pure.
 */
#ifndef MD_MARKET_HOLE_H
#define MD_MARKET_HOLE_H

#include "market/coverage.h"

/*
 * Can a daily series with so many bars, starting from first to newest, have a
 * hole of at_least ms?  If not, its bars need not be read.
 */
bool hole_is_possible(int64_t bars, int64_t first, int64_t newest,
    int64_t at_least);

/*
 * Are neighbouring bars that start at from and to too far apart?  What is
 * missing up to since, ms, is not: the symbol's history had not begun.
 */
bool hole_between(int64_t from, int64_t to, int64_t since, int64_t at_least);

/* How much of [from, to) was asked for and answered, with or without bars, ms.
 */
int64_t hole_answered(const struct coverage *, const struct doubts *,
    int64_t from, int64_t to);

#endif
