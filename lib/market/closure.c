#include "market/closure.h"

#include <stdio.h>
#include <string.h>

#include "base/name.h"

static const char *const kinds[CLOSURE_KINDS] = {
	[CLOSURE_CLOSED] = "closed",
	[CLOSURE_EARLY] = "early",
	[CLOSURE_UNLISTED] = "unlisted",
};

const char *
closure_kind_name(enum closure_kind kind)
{
	return kinds[kind];
}

bool
closure_kind_parse(const char *s, enum closure_kind *out)
{
	int i = s == NULL ? -1 : NAME_FIND(kinds, s);

	if (i >= 0)
		*out = (enum closure_kind)i;
	return i >= 0;
}

bool
closure_corrects(const struct closure *c)
{
	struct nyse_day day = nyse_day(c->date);

	if (c->kind == CLOSURE_UNLISTED)
		return false;
	if (c->kind == CLOSURE_CLOSED)
		return day.open;
	return !day.open || day.close_clock_ms != c->close_clock_ms;
}

bool
closure_same(const struct closure *a, const struct closure *b)
{
	return a->date == b->date && a->kind == b->kind &&
	       a->close_clock_ms == b->close_clock_ms;
}

const struct closure *
closures_find(const struct closures *l, md_date date)
{
	for (size_t i = 0; i < l->len; i++)
		if (l->v[i].date == date)
			return &l->v[i];
	return NULL;
}

void
closures_correct(const struct closures *l, struct calendar_changes *changes)
{
	/* The latest are those that matter. */
	for (size_t i = l->len; i-- > 0;) {
		const struct closure *c = &l->v[i];
		const struct calendar_change change = {
			.date = c->date,
			.kind =
			    c->kind == CLOSURE_EARLY ? DAY_EARLY : DAY_CLOSED,
			.close_clock_ms = c->close_clock_ms,
		};

		if (closure_corrects(c) &&
		    !calendar_changes_have(changes, c->date))
			(void)calendar_changes_tell(changes, &change, c->name,
			    NULL);
	}
}

void
closure_words(const struct closure *c, char out[static CLOSURE_WORDS])
{
	int minute = (int)(c->close_clock_ms / MD_MINUTE);

	if (c->kind == CLOSURE_EARLY)
		(void)snprintf(out, CLOSURE_WORDS, "closes at %02d:%02d",
		    minute / 60 % 24, minute % 60);
	else
		(void)snprintf(out, CLOSURE_WORDS, "%s",
		    c->kind == CLOSURE_CLOSED
			? "closed"
			: "a holiday here that the vendor does not name");
}
