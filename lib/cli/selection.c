#include "cli/selection.h"

#include <errno.h>
#include <string.h>

static bool
add_operand(struct symbol_list *l, const char *word, struct md_error *e)
{
	struct symbol_entry entry = { .class = symbol_class(word),
		.tier = TIER_STANDARD };

	return symbol_entry_name(&entry, word, e) &&
	       symbol_list_add(l, &entry, e);
}

/* What the watchlist says of a symbol that was named. */
static void
describe(struct symbol_entry *s, const struct symbol_list *watched)
{
	const struct symbol_entry *w = symbol_list_find(watched, s->symbol);

	if (w == NULL)
		return;
	s->class = w->class;
	s->tier = w->tier;
	s->has_from = w->has_from;
	s->from = w->from;
	s->names = w->names;
	s->described = true;
	if (s->timeframes == 0)
		s->timeframes = w->timeframes;
}

static bool
read_watchlist(const char *path, struct symbol_list *l, struct md_error *e)
{
	FILE *f = fopen(path, "r");
	bool good;

	if (f == NULL)
		return md_fail(e, MD_ECONFIG,
		    "watchlist %s: cannot be read: %s", path, strerror(errno));
	good = watchlist_read(f, path, l, e);
	(void)fclose(f);
	return good;
}

bool
selection_read(struct selection *out, int argc, char **argv, FILE *in,
    const char *watchlist, struct md_error *e)
{
	struct symbol_list watched = { .v = NULL };
	bool good = true;

	memset(out, 0, sizeof(*out));
	if (watchlist != NULL)
		good = read_watchlist(watchlist, &watched, e);
	for (int i = 0; good && i < argc; i++)
		good = strcmp(argv[i], "-") == 0
			   ? series_read(in, "standard input", &out->symbols, e)
			   : add_operand(&out->symbols, argv[i], e);
	for (size_t i = 0; good && i < out->symbols.len; i++)
		describe(&out->symbols.v[i], &watched);
	if (good && argc == 0 && watched.len > 0) {
		out->symbols = watched;
		out->whole = true;
	} else
		symbol_list_free(&watched);
	return good;
}

void
selection_tell_respelt(const struct selection *s, struct log *log)
{
	const struct symbol_entry *first = NULL;
	size_t n = 0;
	char more[48] = "";

	for (size_t i = 0; i < s->symbols.len; i++)
		if (s->symbols.v[i].respelt && n++ == 0)
			first = &s->symbols.v[i];
	if (n > 1)
		(void)snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	if (n > 0)
		log_write(log, LOG_WARNING,
		    "%s%s: the API's names of pairs have nothing between their "
		    "parts",
		    first->symbol, more);
}

void
selection_free(struct selection *s)
{
	symbol_list_free(&s->symbols);
}
