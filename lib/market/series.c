#include "market/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

bool
symbol_entry_alike(const struct symbol_entry *a, const struct symbol_entry *b)
{
	return a->class == b->class && a->tier == b->tier &&
	       a->has_from == b->has_from &&
	       (!a->has_from || a->from == b->from);
}

bool
symbol_entry_name(struct symbol_entry *s, const char *text, struct md_error *e)
{
	if (!symbol_normalize(text, s->class, s->symbol, e))
		return false;
	s->respelt = symbol_respelt(text, s->symbol);
	return true;
}

/* Where the symbol's place is, or would be: there is always a free one. */
static size_t *
place_of(const struct symbol_list *l, const char *symbol)
{
	size_t at = (size_t)hash_text(HASH_EMPTY, symbol);

	for (;; at++) {
		size_t *place = &l->places[at & (l->places_len - 1)];

		if (*place == 0 || strcmp(l->v[*place - 1].symbol, symbol) == 0)
			return place;
	}
}

struct symbol_entry *
symbol_list_find(const struct symbol_list *l, const char *symbol)
{
	size_t place = l->places_len == 0 ? 0 : *place_of(l, symbol);

	return place == 0 ? NULL : &l->v[place - 1];
}

/* Twice as many places as entries at least. */
static bool
places_grow(struct symbol_list *l)
{
	size_t *old = l->places, n = l->places_len == 0 ? 16 : l->places_len;

	if (l->places_len >= 2 * (l->len + 1))
		return true;
	n *= 2;
	l->places = calloc(n, sizeof(*l->places));
	if (l->places == NULL) {
		l->places = old;
		return false;
	}
	free(old);
	l->places_len = n;
	for (size_t i = 0; i < l->len; i++)
		*place_of(l, l->v[i].symbol) = i + 1;
	return true;
}

bool
symbol_list_add(struct symbol_list *l, const struct symbol_entry *entry,
    struct md_error *e)
{
	struct symbol_entry *v = symbol_list_find(l, entry->symbol);

	if (v != NULL) {
		unsigned both = v->timeframes | entry->timeframes;

		/* 0 means all that the program was told: keep it. */
		if (v->timeframes == 0 || entry->timeframes == 0)
			both = 0;
		*v = *entry;
		v->timeframes = both;
		return true;
	}
	v = array_room(l->v, l->len, &l->cap, sizeof(*v));
	if (v == NULL)
		return md_nomem(e);
	l->v = v;
	if (!places_grow(l))
		return md_nomem(e);
	*place_of(l, entry->symbol) = l->len + 1;
	l->v[l->len++] = *entry;
	return true;
}

void
symbol_list_free(struct symbol_list *l)
{
	free(l->v);
	free(l->places);
	memset(l, 0, sizeof(*l));
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
	return symbol_entry_name(s, symbol, e);
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
	return symbol_entry_name(s, symbol, e);
}
