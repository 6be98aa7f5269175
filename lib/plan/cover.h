/*
 * The fewest calls: of a table with some cells marked, the fewest rows and
 * columns that hold every marked cell.  A row is a call that brings all of a
 * series, a column one that brings all of a day.  Pure.
 *
 * It is the minimum vertex cover of a bipartite graph, found by way of a
 * maximum matching (Hopcroft and Karp), which is as large (König): no two
 * cells of a matching share a call, so that no plan has fewer.  A mark is a
 * bit, and a phase looks at every word of them about once.
 */
#ifndef MD_PLAN_COVER_H
#define MD_PLAN_COVER_H

#include <stdbool.h>
#include <stddef.h>

struct cover;

/* Nothing marked.  Null when memory ran out. */
struct cover *cover_create(size_t rows, size_t columns);
void cover_destroy(struct cover **);

/* Mark the cells of a row in columns [from, to). */
void cover_mark(struct cover *, size_t row, size_t from, size_t to);

/*
 * Choose; *calls is how many were chosen.  Of covers of the same size it is
 * one with the most rows.  False when memory ran out.
 */
bool cover_solve(struct cover *, size_t *calls);

/* Was it chosen?  After cover_solve(). */
bool cover_row(const struct cover *, size_t row);
bool cover_column(const struct cover *, size_t column);

#endif
