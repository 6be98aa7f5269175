/*
 * The fewest calls: in a table with some marked cells, the fewest rows and
 * columns that cover every marked cell.  A row is a call for one series, a
 * column a call for one day.  Pure.
 *
 * This is the minimum vertex cover of a bipartite graph, found by a maximum
 * matching (Hopcroft and Karp) of the same size (König): no two cells of a
 * matching share a call, so no plan has fewer.  A mark is one bit, and a phase
 * reads every word of them about once.
 */
#ifndef MD_PLAN_COVER_H
#define MD_PLAN_COVER_H

#include <stdbool.h>
#include <stddef.h>

struct cover;

/* With nothing marked.  Null when out of memory. */
struct cover *cover_create(size_t rows, size_t columns);
void cover_destroy(struct cover **);

/* Mark the cells of a row in columns [from, to). */
void cover_mark(struct cover *, size_t row, size_t from, size_t to);

/*
 * Choose a minimum cover; *calls is its size.  Of covers of the same size it
 * chooses one with the most rows.  False when out of memory.
 */
bool cover_solve(struct cover *, size_t *calls);

/* Was it chosen?  After cover_solve(). */
bool cover_row(const struct cover *, size_t row);
bool cover_column(const struct cover *, size_t column);

#endif
