#include "plan/keep.h"

#include <stdlib.h>
#include <string.h>

/* -- the list, one entry a symbol -- */

static int
by_symbol_and_place(const void *a, const void *b)
{
	const struct symbol_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->symbol, (*y)->symbol);

	/* Of one array: the later entry has the higher address. */
	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Another entry of the same symbol. */
static void
join(struct symbol_entry *to, const struct symbol_entry *later)
{
	unsigned both = to->timeframes | later->timeframes;

	if (later->described || !to->described)
		*to = *later;
	to->timeframes = both;
}

/* Sorted, with the timeframes of each; *v is the caller's to free. */
static bool
collect(const struct symbol_list *l, unsigned timeframes,
    struct symbol_entry **v, size_t *len)
{
	const struct symbol_entry **sorted =
	    calloc(l->len + 1, sizeof(struct symbol_entry *));
	struct symbol_entry *last = NULL;
	size_t n = sorted == NULL ? 0 : l->len;

	*len = 0;
	*v = calloc(n + 1, sizeof(**v));
	if (*v == NULL)
		n = 0;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &l->v[i];
	if (n > 0)
		qsort(sorted, n, sizeof(struct symbol_entry *),
		    by_symbol_and_place);
	for (size_t i = 0; i < n; i++) {
		struct symbol_entry one = *sorted[i];

		if (one.timeframes == 0)
			one.timeframes = timeframes;
		if (last != NULL && strcmp(last->symbol, one.symbol) == 0) {
			join(last, &one);
			continue;
		}
		last = &(*v)[(*len)++];
		*last = one;
	}
	free(sorted);
	return n == l->len && *v != NULL;
}

/* -- what is to be, beside what is -- */

/* wanted or stored may be null. */
static struct keep_change
judge(const struct symbol_entry *wanted, const struct kept_symbol *stored,
    bool whole)
{
	static const struct kept_symbol none;
	const struct kept_symbol *s = stored != NULL ? stored : &none;
	struct keep_change c = { .put = false };

	if (wanted == NULL) {
		c.entry = s->entry;
		c.retire = whole && s->active;
		c.end = whole ? s->live : 0;
		return c;
	}
	c.entry = stored == NULL || wanted->described ? *wanted : s->entry;
	c.put = !s->active ||
		(wanted->described && !symbol_entry_alike(wanted, &s->entry));
	c.begin = wanted->timeframes & ~s->live;
	c.end = whole ? s->live & ~wanted->timeframes : 0;
	return c;
}

static bool
add_change(struct keep_changes *l, const struct keep_change *c)
{
	struct keep_change *v;

	if (!c->put && !c->retire && c->begin == 0 && c->end == 0)
		return true;
	v = keep_changes_append(l);
	if (v != NULL)
		*v = *c;
	return v != NULL;
}

bool
keep_judge(const struct symbol_list *l, unsigned timeframes, bool whole,
    const struct kept_symbols *stored, struct keep_changes *out)
{
	struct symbol_entry *v = NULL;
	size_t len, i = 0, k = 0;
	bool good = collect(l, timeframes, &v, &len);

	while (good && (i < len || k < stored->len)) {
		const struct symbol_entry *wanted = i < len ? &v[i] : NULL;
		const struct kept_symbol *have =
		    k < stored->len ? &stored->v[k] : NULL;
		int order = wanted == NULL ? 1
			    : have == NULL
				? -1
				: strcmp(wanted->symbol, have->entry.symbol);
		struct keep_change c = judge(order <= 0 ? wanted : NULL,
		    order >= 0 ? have : NULL, whole);

		good = add_change(out, &c);
		i += order <= 0;
		k += order >= 0;
	}
	free(v);
	return good;
}
