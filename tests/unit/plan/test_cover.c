#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/cover.h"
#include "seeded_dice.h"
#include "tap.h"

#define SMALL 6

struct table {
	size_t rows, columns;
	bool marked[SMALL][SMALL];
};

static unsigned
bits_of(unsigned set)
{
	unsigned n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* By trying every set of rows: the columns are what the others need. */
static unsigned
fewest(const struct table *t)
{
	unsigned best = SMALL * 2;

	for (unsigned rows = 0; rows < 1U << t->rows; rows++) {
		unsigned columns = 0;

		for (size_t i = 0; i < t->rows; i++)
			for (size_t k = 0; k < t->columns; k++)
				if (t->marked[i][k] && (rows & 1U << i) == 0)
					columns |= 1U << k;
		if (bits_of(rows) + bits_of(columns) < best)
			best = bits_of(rows) + bits_of(columns);
	}
	return best;
}

static struct cover *
cover_of(const struct table *t)
{
	struct cover *c = cover_create(t->rows, t->columns);

	for (size_t i = 0; c != NULL && i < t->rows; i++)
		for (size_t k = 0; k < t->columns; k++)
			if (t->marked[i][k])
				cover_mark(c, i, k, k + 1);
	return c;
}

/* Every mark is held, and what was chosen is as many as was said. */
static bool
covers(const struct table *t, const struct cover *c, size_t calls)
{
	size_t chosen = 0;

	for (size_t i = 0; i < t->rows; i++) {
		chosen += cover_row(c, i);
		for (size_t k = 0; k < t->columns; k++)
			if (t->marked[i][k] && !cover_row(c, i) &&
			    !cover_column(c, k))
				return false;
	}
	for (size_t k = 0; k < t->columns; k++)
		chosen += cover_column(c, k);
	return chosen == calls;
}

static void
random_table(struct table *t)
{
	unsigned density = 1 + dice(9);

	memset(t, 0, sizeof(*t));
	t->rows = 1 + dice(SMALL);
	t->columns = 1 + dice(SMALL);
	for (size_t i = 0; i < t->rows; i++)
		for (size_t k = 0; k < t->columns; k++)
			t->marked[i][k] = dice(10) < density;
}

static void
small_ones(void)
{
	unsigned wrong = 0, uncovered = 0, above = 0;

	for (int i = 0; i < 10000; i++) {
		struct table t;
		struct cover *c;
		size_t calls = 0;

		random_table(&t);
		c = cover_of(&t);
		if (c == NULL || !cover_solve(c, &calls)) {
			printf("Bail out! out of memory\n");
			exit(1);
		}
		wrong += calls != fewest(&t);
		uncovered += !covers(&t, c, calls);
		above += calls > t.rows || calls > t.columns;
		cover_destroy(&c);
	}
	ok(wrong == 0, "10,000 random tables: as few as trying all (%u not)",
	    wrong);
	ok(uncovered == 0, "… and every cell is held (%u not)", uncovered);
	ok(above == 0, "… and never more than rows or columns (%u are)", above);
}

/* A chain: each row shares a column with the next, so paths are long. */
static void
long_chain(void)
{
	enum { N = 1000 };

	struct cover *c = cover_create(N, N);
	size_t calls = 0;

	/* Greedily, row i takes column i - 1 and the last row none. */
	for (size_t i = 0; c != NULL && i < N; i++) {
		cover_mark(c, i, i == 0 ? 0 : i - 1, i == N - 1 ? i : i + 1);
		if (i == 0)
			cover_mark(c, 0, 0, N);
	}
	ok(c != NULL && cover_solve(c, &calls) && calls == N,
	    "a chain needs a call for each row");
	cover_destroy(&c);
}

static void
one_new_day(void)
{
	enum { SYMBOLS = 500, DAYS = 1258 };

	struct cover *c = cover_create(SYMBOLS, DAYS);
	size_t calls = 0, rows = 0;

	for (size_t i = 0; c != NULL && i < SYMBOLS; i++)
		cover_mark(c, i, DAYS - 1, DAYS);
	ok(c != NULL && cover_solve(c, &calls) && calls == 1 &&
		cover_column(c, DAYS - 1),
	    "500 symbols, one new day: one call, the day's");
	for (size_t i = 100; c != NULL && i < 103; i++)
		cover_mark(c, i, 0, DAYS);
	ok(c != NULL && cover_solve(c, &calls) && calls == 4,
	    "three of them new: four calls");
	for (size_t i = 0; c != NULL && i < SYMBOLS; i++)
		rows += cover_row(c, i);
	ok(rows == 3 && c != NULL && cover_row(c, 101),
	    "… the three ranges and the day");
	cover_destroy(&c);
}

static void
ties(void)
{
	struct cover *c = cover_create(2, 2);
	size_t calls = 0;

	for (size_t i = 0; c != NULL && i < 2; i++)
		cover_mark(c, i, 0, 2);
	ok(c != NULL && cover_solve(c, &calls) && calls == 2 &&
		cover_row(c, 0) && cover_row(c, 1),
	    "where it costs the same, rows are taken");
	cover_destroy(&c);
}

static void
nothing(void)
{
	struct cover *c = cover_create(0, 0);
	size_t calls = 9;

	ok(c != NULL && cover_solve(c, &calls) && calls == 0,
	    "an empty table needs no call");
	cover_destroy(&c);
	c = cover_create(70, 130);
	ok(c != NULL && cover_solve(c, &calls) && calls == 0 &&
		!cover_row(c, 69) && !cover_column(c, 129),
	    "nor does one without marks");
	if (c != NULL)
		cover_mark(c, 69, 1, 130);
	ok(c != NULL && cover_solve(c, &calls) && calls == 1 &&
		cover_row(c, 69),
	    "a row of many marks is one call");
	cover_destroy(&c);
}

int
main(void)
{
	small_ones();
	long_chain();
	one_new_day();
	ties();
	nothing();
	return done();
}
