/*
 * Text that a terminal shows without wrapping: lines that are too long for it
 * are broken between words, and go on below what they say.
 */
#ifndef MD_OUTPUT_FOLD_H
#define MD_OUTPUT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The columns that a text takes on a terminal: none for a colour, two for a
 * wide character. */
size_t fold_width(const char *text);

/* How many bytes of the text fit into so many columns; words that do not are
 * cut where the columns end. */
size_t fold_fit(const char *text, size_t columns);

/* The text in lines that end before the column `columns`; the first begins in
 * the column where the file stands, the others in the column indent. */
void fold_words(FILE *, const char *text, size_t at, size_t indent,
    size_t columns);

/*
 * A file whose lines are folded into out.  What a line says begins after the
 * last two spaces of its first half, and goes on there in the next line.
 */
struct fold {
	FILE *out, *f;
	char *text;
	size_t len, columns;
};

/* The file to write to: out itself where columns is 0, or memory ran out. */
FILE *fold_open(struct fold *, FILE *out, size_t columns);
void fold_close(struct fold *);

#endif
