/*
 * The cheapest cover: like plan/cover.h, but each row and each column has a
 * cost of its own, and a row's cells are ranges of columns.  Pure.
 *
 * This is the minimum weighted vertex cover of a bipartite graph, which is a
 * minimum cut: from a source to each row at the row's cost, from each column to
 * a sink at the column's, and from a row to its columns at no bound.  It is
 * found by Dinic's algorithm.  A range of columns is O(log columns) arcs to the
 * nodes of a tree above them, so that a year of 11,000 rows is no table.
 */
#ifndef MD_PLAN_WEIGH_H
#define MD_PLAN_WEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weigh;

/* More than this no row or column costs: what is dearer counts as that. */
#define WEIGH_MOST INT64_C(1000000000000)

/* Columns cost WEIGH_MOST until it is said what they do, and there are no rows.
 * Null when out of memory. */
struct weigh *weigh_create(size_t columns);
void weigh_destroy(struct weigh **);

void weigh_column(struct weigh *, size_t column, int64_t cost);
/* One more row, the first is 0; and the columns [from, to) that the last of
 * them needs.  False: out of memory. */
bool weigh_row(struct weigh *, int64_t cost);
bool weigh_mark(struct weigh *, size_t from, size_t to);

/*
 * Choose a cover of the least cost; of several one with the fewest columns.
 * False: out of memory.
 */
bool weigh_solve(struct weigh *, int64_t *cost);

/* Was it chosen?  After weigh_solve(). */
bool weigh_has_row(const struct weigh *, size_t row);
bool weigh_has_column(const struct weigh *, size_t column);

#endif
