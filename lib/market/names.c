#include "market/names.h"

#include <stdio.h>
#include <string.h>

#include "base/integer.h"

struct former_names
renames_of(const struct renames *l, const char *symbol)
{
	struct former_names names = { .len = 0 };

	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].symbol, symbol) == 0)
			(void)former_names_add(&names, l->v[i].was.name,
			    l->v[i].was.until, NULL);
	return names;
}

bool
former_names_add(struct former_names *l, const char *name, md_date until,
    struct md_error *e)
{
	char date[11];
	size_t at = l->len;

	if (l->len == FORMER_NAMES_MAX)
		return md_fail(e, MD_ECONFIG,
		    "was=%s: expected at most %d former names", name,
		    FORMER_NAMES_MAX);
	while (at > 0 && l->v[at - 1].until > until)
		at--;
	if (at > 0 && l->v[at - 1].until == until) {
		md_date_format(until, date);
		return md_fail(e, MD_ECONFIG,
		    "was=%s and was=%s both until=%s: expected one name a day",
		    l->v[at - 1].name, name, date);
	}
	memmove(&l->v[at + 1], &l->v[at], (l->len - at) * sizeof(*l->v));
	memset(&l->v[at], 0, sizeof(*l->v));
	(void)snprintf(l->v[at].name, sizeof(l->v[at].name), "%s", name);
	l->v[at].until = until;
	l->len++;
	return true;
}

bool
former_names_check(const struct former_names *l, const char *symbol,
    struct md_error *e)
{
	char date[11];

	for (size_t i = 0; i < l->len; i++) {
		if (strcmp(l->v[i].name, names_nth(l, symbol, i + 1)) != 0)
			continue;
		md_date_format(l->v[i].until, date);
		return md_fail(e, MD_ECONFIG,
		    "was=%s until=%s: it has the same name after that day",
		    l->v[i].name, date);
	}
	return true;
}

bool
former_names_equal(const struct former_names *a, const struct former_names *b)
{
	bool same = a->len == b->len;

	for (size_t i = 0; same && i < a->len; i++)
		same = a->v[i].until == b->v[i].until &&
		       strcmp(a->v[i].name, b->v[i].name) == 0;
	return same;
}

void
former_names_format(const struct former_names *l,
    char out[static FORMER_NAMES_TEXT])
{
	size_t n = 0;
	char date[11];

	out[0] = '\0';
	for (size_t i = 0; i < l->len; i++) {
		md_date_format(l->v[i].until, date);
		n += (size_t)snprintf(out + n, FORMER_NAMES_TEXT - n,
		    " was=%s until=%s", l->v[i].name, date);
	}
}

const char *
names_nth(const struct former_names *l, const char *symbol, size_t i)
{
	return i < l->len ? l->v[i].name : symbol;
}

const char *
names_on(const struct former_names *l, const char *symbol, md_date date)
{
	size_t i = 0;

	while (i < l->len && date >= l->v[i].until)
		i++;
	return names_nth(l, symbol, i);
}

/* -- windows -- */

/* Hours of a day are counted by the class's days. */
static int64_t
change_at(const struct grid *g, md_date until)
{
	struct grid days = *g;

	if (timeframe_intraday(g->timeframe))
		days.kind = GRID_UNKNOWN;
	return grid_midnight(&days, until);
}

static size_t
index_at(const struct former_names *l, const struct grid *g, int64_t t)
{
	size_t i = 0;

	while (i < l->len && t >= change_at(g, l->v[i].until))
		i++;
	return i;
}

/* The first window that is of the name after the change alone. */
static int64_t
first_after(const struct grid *g, md_date until)
{
	int64_t at = change_at(g, until);

	return timeframe_intraday(g->timeframe) ? grid_start(g, at)
						: grid_next(g, at);
}

struct names_part
names_last_part(const struct former_names *l, const struct grid *g,
    struct range r)
{
	int64_t start = grid_start(g, r.to - 1);
	size_t last = index_at(l, g, grid_end(g, start) - 1);
	size_t first =
	    timeframe_intraday(g->timeframe) ? last : index_at(l, g, start);
	struct names_part part = { r, first, last };

	if (first < last)
		part.range.from = max64(r.from, start);
	else if (first > 0)
		part.range.from =
		    max64(r.from, first_after(g, l->v[first - 1].until));
	return part;
}

/* A window that lies across a change has another name, too: it is of before. */
int64_t
names_same_from(const struct former_names *a, const struct former_names *b,
    const struct grid *g)
{
	size_t i = a->len, k = b->len;

	for (;; i--, k--) {
		if (i == 0 && k == 0)
			return INT64_MIN;
		if (i == 0)
			return first_after(g, b->v[k - 1].until);
		if (k == 0)
			return first_after(g, a->v[i - 1].until);
		if (a->v[i - 1].until != b->v[k - 1].until ||
		    strcmp(a->v[i - 1].name, b->v[k - 1].name) != 0)
			return max64(first_after(g, a->v[i - 1].until),
			    first_after(g, b->v[k - 1].until));
	}
}
