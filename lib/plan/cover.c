#include "plan/cover.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE      SIZE_MAX
#define WORD_BITS 64

/* Where the walk stands in a row: the word it looks at next. */
struct step {
	size_t row, word, column;
};

struct cover {
	size_t rows, columns, words; /* words a set of columns takes */
	uint64_t *marked;            /* a set of columns a row */
	size_t *column_of;           /* the matching, both ways; or NONE */
	size_t *row_of;
	uint64_t *unseen;      /* columns that the search has not reached */
	uint64_t **levels;     /* those reached at each distance, … */
	size_t levels_cap;     /* … of which no path has made use yet */
	size_t *queue, *after; /* rows at this distance, and at the next */
	struct step *path;
	bool *reached; /* rows, by the last search */
};

/* At least one, so that null is want of memory. */
static void *
items(size_t n, size_t size)
{
	return calloc(n == 0 ? 1 : n, size);
}

struct cover *
cover_create(size_t rows, size_t columns)
{
	struct cover *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->rows = rows;
	c->columns = columns;
	c->words = (columns + WORD_BITS - 1) / WORD_BITS;
	c->marked = items(rows * c->words, sizeof(*c->marked));
	c->column_of = items(rows, sizeof(*c->column_of));
	c->row_of = items(columns, sizeof(*c->row_of));
	c->unseen = items(c->words, sizeof(*c->unseen));
	c->queue = items(rows, sizeof(*c->queue));
	c->after = items(rows, sizeof(*c->after));
	c->path = items(rows, sizeof(*c->path));
	c->reached = items(rows, sizeof(*c->reached));
	if (c->marked == NULL || c->column_of == NULL || c->row_of == NULL ||
	    c->unseen == NULL || c->queue == NULL || c->after == NULL ||
	    c->path == NULL || c->reached == NULL)
		cover_destroy(&c);
	return c;
}

void
cover_destroy(struct cover **cover)
{
	struct cover *c = *cover;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->levels_cap; i++)
		free(c->levels[i]);
	free((void *)c->levels);
	free(c->marked);
	free(c->column_of);
	free(c->row_of);
	free(c->unseen);
	free(c->queue);
	free(c->after);
	free(c->path);
	free(c->reached);
	free(c);
	*cover = NULL;
}

static uint64_t *
row_marks(const struct cover *c, size_t row)
{
	return c->marked + row * c->words;
}

static uint64_t
bit_of(size_t column)
{
	return (uint64_t)1 << column % WORD_BITS;
}

void
cover_mark(struct cover *c, size_t row, size_t from, size_t to)
{
	uint64_t *marks = row_marks(c, row);

	while (from < to) {
		if (from % WORD_BITS == 0 && to - from >= WORD_BITS) {
			marks[from / WORD_BITS] = UINT64_MAX;
			from += WORD_BITS;
			continue;
		}
		marks[from / WORD_BITS] |= bit_of(from);
		from++;
	}
}

/* The lowest column of a word that is not zero. */
static size_t
lowest(uint64_t word, size_t index)
{
	size_t n = 0;

	for (size_t half = WORD_BITS / 2; half > 0; half /= 2)
		if ((word & (((uint64_t)1 << half) - 1)) == 0) {
			word >>= half;
			n += half;
		}
	return index * WORD_BITS + n;
}

static void
all_columns(const struct cover *c, uint64_t *set)
{
	memset(set, 0, c->words * sizeof(*set));
	for (size_t i = 0; i < c->columns; i++)
		set[i / WORD_BITS] |= bit_of(i);
}

/* -- a first matching: what is free, as it comes -- */

static void
match_greedily(struct cover *c)
{
	for (size_t i = 0; i < c->rows; i++)
		c->column_of[i] = NONE;
	for (size_t i = 0; i < c->columns; i++)
		c->row_of[i] = NONE;
	all_columns(c, c->unseen); /* here: not matched */
	for (size_t i = 0; i < c->rows; i++) {
		const uint64_t *marks = row_marks(c, i);

		for (size_t w = 0; w < c->words; w++) {
			size_t column;

			if ((marks[w] & c->unseen[w]) == 0)
				continue;
			column = lowest(marks[w] & c->unseen[w], w);
			c->unseen[w] &= ~bit_of(column);
			c->column_of[i] = column;
			c->row_of[column] = i;
			break;
		}
	}
}

/* -- a phase: the shortest paths that enlarge it -- */

static uint64_t *
level_set(struct cover *c, size_t level)
{
	if (level == c->levels_cap) {
		uint64_t **v = realloc((void *)c->levels,
		    (level + 1) * sizeof(*c->levels));

		if (v == NULL)
			return NULL;
		c->levels = v;
		c->levels[level] = items(c->words, sizeof(**v));
		if (c->levels[level] == NULL)
			return NULL;
		c->levels_cap++;
	}
	memset(c->levels[level], 0, c->words * sizeof(*c->levels[level]));
	return c->levels[level];
}

/*
 * The columns of a row that were not seen before come one level further; the
 * rows they are matched with follow.  True when one of them is free.
 */
static bool
reach(struct cover *c, size_t row, uint64_t *level, size_t *n)
{
	const uint64_t *marks = row_marks(c, row);
	bool found = false;

	c->reached[row] = true;
	for (size_t w = 0; w < c->words; w++) {
		uint64_t fresh = marks[w] & c->unseen[w];

		c->unseen[w] &= ~fresh;
		level[w] |= fresh;
		for (; fresh != 0; fresh &= fresh - 1) {
			size_t next = c->row_of[lowest(fresh, w)];

			if (next == NONE)
				found = true;
			else
				c->after[(*n)++] = next;
		}
	}
	return found;
}

/* Breadth first from the free rows; *levels 0: no free column is reached. */
static bool
search(struct cover *c, size_t *levels)
{
	size_t n = 0, depth = 0;
	bool found = false;

	all_columns(c, c->unseen);
	memset(c->reached, 0, c->rows * sizeof(*c->reached));
	for (size_t i = 0; i < c->rows; i++)
		if (c->column_of[i] == NONE)
			c->queue[n++] = i;
	while (n > 0 && !found) {
		uint64_t *level = level_set(c, depth++);
		size_t *rows = c->queue, m = 0;

		if (level == NULL)
			return false;
		for (size_t i = 0; i < n; i++)
			found = reach(c, rows[i], level, &m) || found;
		c->queue = c->after;
		c->after = rows;
		n = m;
	}
	*levels = found ? depth : 0;
	return true;
}

/* The next column of the walk's last row that nobody has used; or NONE. */
static size_t
take_column(const struct cover *c, struct step *s, uint64_t *level)
{
	const uint64_t *marks = row_marks(c, s->row);

	for (; s->word < c->words; s->word++) {
		uint64_t left = marks[s->word] & level[s->word];

		if (left == 0)
			continue;
		s->column = lowest(left, s->word);
		level[s->word] &= ~bit_of(s->column);
		return s->column;
	}
	return NONE;
}

/* Depth first along the levels: a path to a free column turns around what is
 * matched on it. */
static void
enlarge(struct cover *c, size_t row, size_t levels)
{
	size_t depth = 0;

	c->path[0] = (struct step){ row, 0, NONE };
	for (;;) {
		struct step *s = &c->path[depth];
		size_t column = take_column(c, s, c->levels[depth]);

		if (column == NONE && depth-- == 0)
			return;
		if (column == NONE)
			continue;
		if (c->row_of[column] == NONE)
			break;
		if (depth + 1 < levels)
			c->path[++depth] =
			    (struct step){ c->row_of[column], 0, NONE };
	}
	for (size_t i = 0; i <= depth; i++) {
		c->column_of[c->path[i].row] = c->path[i].column;
		c->row_of[c->path[i].column] = c->path[i].row;
	}
}

/* -- the cover -- */

bool
cover_solve(struct cover *c, size_t *calls)
{
	size_t levels;

	match_greedily(c);
	for (;;) {
		if (!search(c, &levels))
			return false;
		if (levels == 0)
			break;
		for (size_t i = 0; i < c->rows; i++)
			if (c->column_of[i] == NONE)
				enlarge(c, i, levels);
	}
	*calls = 0;
	for (size_t i = 0; i < c->rows; i++)
		*calls += c->column_of[i] != NONE;
	return true;
}

/*
 * Free rows reach, by turns of a mark and a match, the columns that have to be
 * chosen; of the rows those that are matched and not reached.
 */
bool
cover_row(const struct cover *c, size_t row)
{
	return c->column_of[row] != NONE && !c->reached[row];
}

bool
cover_column(const struct cover *c, size_t column)
{
	return (c->unseen[column / WORD_BITS] & bit_of(column)) == 0;
}
