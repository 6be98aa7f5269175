#include "output/fold.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Fewer columns than these are too few to fold into. */
#define LEAST 8

/* Bytes of an escape sequence for a colour; 0: it is none. */
static size_t
color_length(const char *s)
{
	size_t n;

	if (s[0] != '\033' || s[1] != '[')
		return 0;
	n = 2 + strspn(s + 2, "0123456789;");
	return s[n] == 'm' ? n + 1 : 0;
}

/* Is the character of so many bytes as wide as two? */
static bool
is_wide(const unsigned char *s, size_t n)
{
	static const struct {
		uint32_t first, last;
	} wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff },
		{ 0x20000, 0x3fffd } };

	uint32_t c = s[0] & (n == 3 ? 0x0fU : 0x07U);

	if (n < 3)
		return false;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return true;
	return false;
}

/* The next character: its bytes and its columns. */
static size_t
step(const char *s, size_t *columns)
{
	size_t n = color_length(s);

	*columns = 0;
	if (n > 0)
		return n;
	n = utf8_length((const unsigned char *)s);
	*columns = is_wide((const unsigned char *)s, n) ? 2 : 1;
	return n == 0 ? 1 : n;
}

size_t
fold_width(const char *text)
{
	size_t width = 0, columns;

	while (*text != '\0') {
		text += step(text, &columns);
		width += columns;
	}
	return width;
}

size_t
fold_fit(const char *text, size_t columns)
{
	size_t at = 0, used = 0, width;

	while (text[at] != '\0') {
		size_t n = step(text + at, &width);

		if (used + width > columns)
			break;
		used += width;
		at += n;
	}
	return at;
}

/* How much of the text stands in a line of so many columns: to the last space,
 * or as far as it goes. */
static size_t
line_length(const char *text, size_t columns)
{
	size_t fits = fold_fit(text, columns), n = fits;

	if (text[fits] == '\0' || text[fits] == ' ')
		return fits;
	while (n > 0 && text[n - 1] != ' ')
		n--;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n > 0 ? n : fits;
}

void
fold_words(FILE *f, const char *text, size_t at, size_t indent, size_t columns)
{
	if (indent + LEAST > columns)
		indent = 0;
	for (;;) {
		size_t room = columns > at ? columns - at - 1 : 0;
		size_t n = line_length(text, room);

		if (n == 0 && at <= indent && *text != '\0')
			n = step(text, &room); /* it has to go on */
		fwrite(text, 1, n, f);
		text += n;
		while (*text == ' ')
			text++;
		if (*text == '\0')
			break;
		fprintf(f, "\n%*s", (int)indent, "");
		at = indent;
	}
}

/* -- whole lines -- */

/* The column where what it says begins. */
static size_t
words_begin(const char *line, size_t columns)
{
	size_t begin = 0, at = 0, wide;

	while (*line != '\0' && at <= columns / 2) {
		size_t gap = strspn(line, " ");

		if (gap > 0) {
			line += gap;
			at += gap;
			if (gap >= 2 && *line != '\0' && at <= columns / 2)
				begin = at;
			continue;
		}
		line += step(line, &wide);
		at += wide;
	}
	return begin;
}

static void
fold_line(FILE *f, const char *line, size_t columns)
{
	if (fold_width(line) < columns)
		fputs(line, f);
	else {
		size_t spaces = strspn(line, " ");

		fwrite(line, 1, spaces, f);
		fold_words(f, line + spaces, spaces, words_begin(line, columns),
		    columns);
	}
	fputc('\n', f);
}

FILE *
fold_open(struct fold *d, FILE *out, size_t columns)
{
	*d = (struct fold){ .out = out, .f = out, .columns = columns };
	if (columns > 0)
		d->f = open_memstream(&d->text, &d->len);
	if (d->f == NULL)
		d->f = out;
	return d->f;
}

void
fold_close(struct fold *d)
{
	char *line, *end;

	if (d->f == d->out)
		return;
	if (fclose(d->f) != 0 || d->text == NULL) {
		free(d->text);
		fputs("memory ran out\n", d->out);
		return;
	}
	for (line = d->text; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL) {
			fputs(line, d->out);
			break;
		}
		*end = '\0';
		fold_line(d->out, line, d->columns);
	}
	free(d->text);
}
