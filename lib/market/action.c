#include "market/action.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "market/dividend.h"
#include "market/split.h"

static void
check_splits(void *v, size_t n)
{
	splits_check_factors(v, n);
}

static void
find_steps(void *v, size_t n)
{
	dividends_find_steps(v, n);
}

static const struct {
	const char *name;
	size_t size;
	int (*compare)(const void *, const void *);
	void (*check)(void *, size_t n); /* those of one symbol */
} kinds[ACTION_COUNT] = {
	[ACTION_SPLITS] = { "splits", sizeof(struct split), split_by_symbol,
	    check_splits },
	[ACTION_DIVIDENDS] = { "dividends", sizeof(struct dividend),
	    dividend_by_symbol, find_steps },
};

const char *
actions_name(enum action kind)
{
	return kinds[kind].name;
}

size_t
action_size(enum action kind)
{
	return kinds[kind].size;
}

void *
actions_at(const struct actions *l, size_t i)
{
	return (char *)l->v + i * action_size(l->kind);
}

md_date
actions_date(const struct actions *l, size_t i)
{
	const void *v = actions_at(l, i);

	return l->kind == ACTION_SPLITS ? ((const struct split *)v)->date
					: ((const struct dividend *)v)->date;
}

void *
actions_append(struct actions *l)
{
	size_t size = action_size(l->kind);
	void *v = array_room(l->v, l->len, &l->cap, size);

	if (v == NULL)
		return NULL;
	l->v = v;
	return memset(actions_at(l, l->len++), 0, size);
}

bool
actions_add(struct actions *l, const struct actions *more)
{
	for (size_t i = 0; i < more->len; i++) {
		void *v = actions_append(l);

		if (v == NULL)
			return false;
		memcpy(v, actions_at(more, i), action_size(l->kind));
	}
	return true;
}

void
actions_free(struct actions *l)
{
	free(l->v);
	l->v = NULL;
	l->len = l->cap = 0;
}

void
actions_sort(struct actions *l)
{
	if (l->len > 1)
		qsort(l->v, l->len, action_size(l->kind),
		    kinds[l->kind].compare);
}

void
actions_check_factors(struct actions *l)
{
	size_t end;

	for (size_t i = 0; i < l->len; i = end) {
		const char *symbol = actions_at(l, i);

		for (end = i + 1;
		     end < l->len && strcmp(actions_at(l, end), symbol) == 0;
		     end++)
			;
		kinds[l->kind].check(actions_at(l, i), end - i);
	}
}
