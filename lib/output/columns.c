#include "output/columns.h"

#include <string.h>

/* The place of a name in a list; false: it is not in it. */
static bool
place_of(const char *names, const char *name, size_t len, size_t *place)
{
	size_t n = strcspn(names, ",\n");

	for (*place = 0; n > 0; ++*place, n = strcspn(names, ",\n")) {
		if (n == len && memcmp(names, name, len) == 0)
			return true;
		names += n;
		names += *names != '\0';
	}
	return false;
}

bool
columns_choose(const char *names, const char *list,
    size_t out[static COLUMNS_MAX], size_t *len, struct md_error *e)
{
	for (*len = 0; *list != '\0'; ++*len) {
		size_t n = strcspn(list, ","), place;

		if (!place_of(names, list, n, &place))
			return md_fail(e, MD_EUSAGE,
			    "'%.*s': expected some of %.*s",
			    n < 40 ? (int)n : 40, list,
			    (int)strcspn(names, "\n"), names);
		if (*len == COLUMNS_MAX)
			return md_fail(e, MD_EUSAGE, "expected at most %d",
			    COLUMNS_MAX);
		out[*len] = place;
		list += n;
		if (*list == ',' && *++list == '\0')
			return md_fail(e, MD_EUSAGE, "ends with a comma");
	}
	return true;
}

/* The end of the field of a line that begins at s. */
static const char *
field_end(const char *s)
{
	bool quoted = false;

	for (; *s != '\0' && *s != '\n' && (quoted || *s != ','); s++)
		quoted = quoted != (*s == '"');
	return s;
}

void
columns_put(struct buf *b, const char *line, const size_t *chosen, size_t len)
{
	const char *at[COLUMNS_MAX], *end[COLUMNS_MAX];
	size_t n = 0;

	while (n < COLUMNS_MAX) {
		at[n] = line;
		end[n] = field_end(line);
		if (*end[n++] != ',')
			break;
		line = end[n - 1] + 1;
	}
	for (size_t i = 0; i < len; i++) {
		size_t k = chosen[i];

		if (i > 0)
			buf_putc(b, ',');
		if (k < n)
			buf_append(b, at[k], (size_t)(end[k] - at[k]));
	}
}
