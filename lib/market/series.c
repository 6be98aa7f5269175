#include "market/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

bool
symbol_entry_alike(const struct symbol_entry *a, const struct symbol_entry *b)
{
	return a->class == b->class && a->tier == b->tier &&
	       a->has_from == b->has_from &&
	       (!a->has_from || a->from == b->from);
}

bool
symbol_list_add(struct symbol_list *l, const struct symbol_entry *entry,
    struct md_error *e)
{
	struct symbol_entry *v;

	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].symbol, entry->symbol) == 0) {
			unsigned both = l->v[i].timeframes | entry->timeframes;

			/* 0 means all that the program was told: keep it. */
			if (l->v[i].timeframes == 0 || entry->timeframes == 0)
				both = 0;
			l->v[i] = *entry;
			l->v[i].timeframes = both;
			return true;
		}
	v = array_room(l->v, l->len, &l->cap, sizeof(*v));
	if (v == NULL)
		return md_nomem(e);
	l->v = v;
	l->v[l->len++] = *entry;
	return true;
}

void
symbol_list_free(struct symbol_list *l)
{
	free(l->v);
	*l = (struct symbol_list){ NULL, 0, 0 };
}

bool
timeframes_parse(const char *s, unsigned *bits, struct md_error *e)
{
	unsigned found = 0;

	for (;;) {
		size_t n = strcspn(s, ",");
		enum timeframe tf;

		if (!timeframe_parse(s, n, &tf))
			return md_fail(e, MD_EUSAGE,
			    "'%.*s': expected timeframes of " TF_NAMES
			    ", separated by commas",
			    (int)(n > 40 ? 40 : n), s);
		found |= 1U << tf;
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	*bits = found;
	return true;
}

/* -- lines -- */

static bool
take_attribute(struct symbol_entry *s, const char *word, struct md_error *e)
{
	if (strncmp(word, "class=", 6) == 0) {
		if (asset_class_parse(word + 6, &s->class))
			return true;
		return md_fail(e, MD_ECONFIG, "class '%s': expected one of %s",
		    word + 6, CLASS_NAMES);
	}
	if (strncmp(word, "tier=", 5) == 0) {
		if (tier_parse(word + 5, &s->tier))
			return true;
		return md_fail(e, MD_ECONFIG, "tier '%s': expected one of %s",
		    word + 5, TIER_NAMES);
	}
	if (strncmp(word, "timeframes=", 11) == 0)
		return timeframes_parse(word + 11, &s->timeframes, e);
	if (strncmp(word, "from=", 5) == 0) {
		s->has_from = md_date_parse(word + 5, &s->from);
		return s->has_from ||
		       md_fail(e, MD_ECONFIG,
			   "from '%s': expected a date such as 2022-06-09",
			   word + 5);
	}
	return md_fail(e, MD_ECONFIG,
	    "'%s': expected class=, tier=, timeframes= or from=", word);
}

bool
watchlist_line(char *text, struct symbol_entry *s, bool *found,
    struct md_error *e)
{
	char *save = NULL, *symbol = strtok_r(text, " \t\v\f", &save), *word;

	*found = symbol != NULL;
	if (symbol == NULL)
		return true;
	*s = (struct symbol_entry){ .class = symbol_class(symbol),
		.tier = TIER_STANDARD,
		.described = true };
	while ((word = strtok_r(NULL, " \t\v\f", &save)) != NULL)
		if (!take_attribute(s, word, e))
			return false;
	return symbol_normalize(symbol, s->class, s->symbol, e);
}

bool
series_line(char *text, struct symbol_entry *s, bool *found, struct md_error *e)
{
	char *save = NULL, *symbol = strtok_r(text, " \t\v\f", &save), *word;

	*found = symbol != NULL;
	if (symbol == NULL)
		return true;
	*s = (struct symbol_entry){ .class = symbol_class(symbol),
		.tier = TIER_STANDARD };
	word = strtok_r(NULL, " \t\v\f", &save);
	if (word != NULL && !timeframes_parse(word, &s->timeframes, e))
		return false;
	if (strtok_r(NULL, " \t\v\f", &save) != NULL)
		return md_fail(e, MD_ECONFIG,
		    "expected SYMBOL<TAB>TIMEFRAME and nothing after it");
	return symbol_normalize(symbol, s->class, s->symbol, e);
}
