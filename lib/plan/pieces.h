/*
 * A long range in pieces that are asked for at the same time, with not one call
 * more than one page after the other.  Pure.
 *
 * A page holds so many base aggregates.  How much of the calendar that is can
 * differ, with minutes in which nothing traded and those outside of a session;
 * pages that came tell.  A range is cut only where they leave no doubt how many
 * more pages it has: into that many pieces of the same length, each of which
 * then fits a page.
 */
#ifndef MD_PLAN_PIECES_H
#define MD_PLAN_PIECES_H

#include <stddef.h>

#include "plan/plan.h"

/* The last full pages of a series: how many base aggregates the calendar
 * expects in the range that each took, from its first bar on, and how many rows
 * it had.  Zeroed: none came. */
struct pieces_seen {
	int64_t span[2];
	int64_t rows[2];
	size_t len;
};

/* A page came that was not the last of its answer, and took that range. */
void pieces_note(struct pieces_seen *, const struct grid *, struct range,
    int64_t rows);

/*
 * How many pages the rest will have; 0: that is not certain.  Windows from
 * `final` on may have no bars yet.
 */
size_t pieces_certain(const struct pieces_seen *, const struct grid *,
    struct range rest, int64_t final);

/* Where the first of n pieces of the rest ends: a window's start, after the
 * rest's own. */
int64_t pieces_cut(const struct grid *, struct range rest, size_t n);

/* Has a piece far fewer rows than the full pages before it? */
bool pieces_sparse(const struct pieces_seen *, const struct grid *,
    struct range, int64_t rows);

#endif
