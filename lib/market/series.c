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

		struct former_names names =
		    entry->names.len > 0 ? entry->names : v->names;

		if (v->names.len > 0 && !former_names_equal(&v->names, &names))
			return md_fail(e, MD_ECONFIG,
			    "%s: its names differ from those of the line "
			    "before",
			    v->symbol);
		if (v->timeframes == 0 || entry->timeframes == 0)
			both = 0;
		*v = *entry;
		v->names = names;
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

/* The days that an entry had its n-th former name on. */
struct tenure {
	const char *name, *symbol;
	md_date from, until;
};

static struct tenure
tenure_of(const struct symbol_entry *s, size_t n)
{
	md_date from = n > 0 ? s->names.v[n - 1].until : INT32_MIN;

	if (s->has_from && s->from > from)
		from = s->from;
	return (struct tenure){ s->names.v[n].name, s->symbol, from,
		s->names.v[n].until };
}

static int
by_name(const void *a, const void *b)
{
	const struct tenure *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

bool
symbol_list_check_names(const struct symbol_list *l, struct md_error *e)
{
	struct tenure *v;
	size_t cap = 0, n = 0;
	bool good = true;

	for (size_t i = 0; i < l->len; i++)
		cap += l->v[i].names.len;
	v = calloc(cap + 1, sizeof(*v));
	if (v == NULL)
		return md_nomem(e);
	for (size_t i = 0; i < l->len; i++)
		for (size_t k = 0; k < l->v[i].names.len; k++) {
			v[n] = tenure_of(&l->v[i], k);
			/* One that ended before its history began is none. */
			n += v[n].from < v[n].until;
		}
	qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 1; good && i < n; i++)
		if (strcmp(v[i].name, v[i - 1].name) == 0 &&
		    v[i].from < v[i - 1].until)
			good = md_fail(e, MD_ECONFIG,
			    "was=%s: both of %s and %s, for the same days",
			    v[i].name, v[i - 1].symbol, v[i].symbol);
	free(v);
	return good;
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

/* A line's former names wait for its class, which may stand after them. */
struct line {
	struct symbol_entry *entry;
	const char *was; /* that no until= has followed yet; or null */
	const char *names[FORMER_NAMES_MAX];
	md_date until[FORMER_NAMES_MAX];
	size_t names_len;
};

static bool
take_date(const char *word, const char *text, md_date *out, struct md_error *e)
{
	return md_date_parse(text, out) ||
	       md_fail(e, MD_ECONFIG,
		   "%.*s '%s': expected a date such as 2022-06-09",
		   (int)strcspn(word, "="), word, text);
}

static bool
until_missing(const char *was, struct md_error *e)
{
	return md_fail(e, MD_ECONFIG,
	    "was=%s: expected until=DATE after it, the first day of the next "
	    "name",
	    was);
}

static bool
take_until(struct line *l, const char *word, struct md_error *e)
{
	if (l->was == NULL)
		return md_fail(e, MD_ECONFIG,
		    "'%s': expected was=SYMBOL before it", word);
	if (l->names_len == FORMER_NAMES_MAX)
		return md_fail(e, MD_ECONFIG,
		    "was=%s: expected at most %d former names", l->was,
		    FORMER_NAMES_MAX);
	l->names[l->names_len] = l->was;
	l->was = NULL;
	return take_date(word, word + 6, &l->until[l->names_len++], e);
}

static bool
take_attribute(struct line *l, const char *word, struct md_error *e)
{
	struct symbol_entry *s = l->entry;

	if (l->was != NULL && strncmp(word, "until=", 6) != 0)
		return until_missing(l->was, e);
	if (strncmp(word, "until=", 6) == 0)
		return take_until(l, word, e);
	if (strncmp(word, "was=", 4) == 0) {
		l->was = word + 4;
		return true;
	}
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
		s->has_from = take_date(word, word + 5, &s->from, e);
		return s->has_from;
	}
	return md_fail(e, MD_ECONFIG,
	    "'%s': expected class=, tier=, timeframes= or from=, or was= and "
	    "until=",
	    word);
}

/* The names of a line whose class and symbol are known. */
static bool
take_names(const struct line *l, struct md_error *e)
{
	struct symbol_entry *s = l->entry;
	char name[SYMBOL_MAX], date[11];

	for (size_t i = 0; i < l->names_len; i++) {
		if (!symbol_normalize(l->names[i], s->class, name, e))
			return md_context(e, "was=%.40s", l->names[i]);
		if (symbol_class(name) != symbol_class(s->symbol))
			return md_fail(e, MD_ECONFIG,
			    "was=%s: of another class than %s", name,
			    s->symbol);
		if (!former_names_add(&s->names, name, l->until[i], e))
			return false;
	}
	if (s->names.len > 0 && s->has_from && s->from >= s->names.v[0].until) {
		md_date_format(s->names.v[0].until, date);
		return md_fail(e, MD_ECONFIG,
		    "was=%s until=%s: from= is not before that day",
		    s->names.v[0].name, date);
	}
	return former_names_check(&s->names, s->symbol, e);
}

bool
watchlist_line(char *text, struct symbol_entry *s, bool *found,
    struct md_error *e)
{
	char *save = NULL, *symbol = strtok_r(text, " \t\v\f", &save), *word;
	struct line l = { .entry = s };

	*found = symbol != NULL;
	if (symbol == NULL)
		return true;
	*s = (struct symbol_entry){ .class = symbol_class(symbol),
		.tier = TIER_STANDARD,
		.described = true };
	while ((word = strtok_r(NULL, " \t\v\f", &save)) != NULL)
		if (!take_attribute(&l, word, e))
			return false;
	if (l.was != NULL)
		return until_missing(l.was, e);
	return symbol_entry_name(s, symbol, e) && take_names(&l, e);
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
