#include "cli/series_file.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES 1024

struct reader {
	FILE *f;
	const char *name;
	unsigned line;
	char text[LINE_MAX_BYTES];
};

/* Of a line of n bytes: is it text, as far as can be told?  What stands before
 * the first is taken off. */
static bool
begin_text(struct reader *r, size_t n, struct md_error *e)
{
	size_t mark = r->line == 1 ? text_mark(r->text, n) : 0;

	if (r->line == 1 && text_is_wide(r->text, n))
		return md_fail(e, MD_ECONFIG,
		    "%s: is UTF-16 or UTF-32: save it as UTF-8", r->name);
	/* Who stopped reading there would take a part for the whole. */
	if (strlen(r->text) != n)
		return md_fail(e, MD_ECONFIG,
		    "%s:%u: a NUL in it: if that is UTF-16, save it as UTF-8",
		    r->name, r->line);
	memmove(r->text, r->text + mark, n - mark + 1);
	return true;
}

/* What stands after it, if nothing else follows. */
static void
end_text(struct reader *r)
{
	char *mark = strchr(r->text, '\x1a');
	int next;

	if (mark == NULL || mark[1 + strspn(mark + 1, " \t")] != '\0')
		return;
	next = fgetc(r->f);
	if (next == EOF)
		*mark = '\0';
	else
		(void)ungetc(next, r->f);
}

/* What fgets() read, NULs and all: it ends with the last of them. */
static bool
read_text(struct reader *r, size_t *len)
{
	memset(r->text, 1, sizeof(r->text));
	if (fgets(r->text, sizeof(r->text), r->f) == NULL)
		return false;
	*len = sizeof(r->text) - 1;
	while (r->text[*len] != '\0')
		--*len;
	return true;
}

/*
 * The next line without its comment and end; false at the end of the file or
 * on an error, which e->code tells apart.
 */
static bool
next_line(struct reader *r, struct md_error *e)
{
	size_t n;

	e->code = MD_OK;
	if (!read_text(r, &n)) {
		if (ferror(r->f))
			(void)md_fail(e, MD_ECONFIG, "%s: cannot be read: %s",
			    r->name, strerror(errno));
		return false;
	}
	r->line++;
	if (!begin_text(r, n, e))
		return false;
	n = strlen(r->text);
	if (n == sizeof(r->text) - 1 && r->text[n - 1] != '\n')
		return md_fail(e, MD_ECONFIG,
		    "%s:%u: line is longer than %d bytes", r->name, r->line,
		    LINE_MAX_BYTES - 2);
	r->text[strcspn(r->text, "#\r\n")] = '\0';
	end_text(r);
	return true;
}

static bool
read_lines(FILE *f, const char *name, struct symbol_list *l,
    bool (*parse)(char *, struct symbol_entry *, bool *, struct md_error *),
    struct md_error *e)
{
	struct reader r = { .f = f, .name = name };
	struct symbol_entry s;
	bool found;

	while (next_line(&r, e)) {
		if (!parse(r.text, &s, &found, e)) {
			(void)md_context(e, "%s:%u", name, r.line);
			e->code = MD_ECONFIG;
			return false;
		}
		if (found && !symbol_list_add(l, &s, e))
			return e->code != MD_ECONFIG
				   ? false
				   : md_context(e, "%s:%u", name, r.line);
	}
	return e->code == MD_OK;
}

bool
watchlist_read(FILE *f, const char *name, struct symbol_list *l,
    struct md_error *e)
{
	if (!read_lines(f, name, l, watchlist_line, e))
		return false;
	if (l->len == 0)
		return md_fail(e, MD_ECONFIG,
		    "%s: no symbol in it; write one a line", name);
	return symbol_list_check_names(l, e) || md_context(e, "%s", name);
}

bool
series_read(FILE *f, const char *name, struct symbol_list *l,
    struct md_error *e)
{
	return read_lines(f, name, l, series_line, e);
}

bool
series_write(FILE *f, const char *symbol, enum timeframe tf)
{
	return fprintf(f, "%s\t%s\n", symbol, timeframe_name(tf)) >= 0;
}
