/*
 * Whose splits and dividends are to be asked for, and by which calls.
 */
#include <string.h>

#include "backfill/internal.h"
#include "store/vendor.h"

/*
 * How many of all symbols a year has, and how many of one symbol a call that is
 * dated brings, as far as a plan must know: a little over what there was in the
 * liveliest years, so that it will not cost more than was planned.
 */
static const struct {
	int64_t of_all, of_one;
} a_year[ACTION_COUNT] = {
	[ACTION_SPLITS] = { 2500, 0 },
	[ACTION_DIVIDENDS] = { 60000, 6 },
};

enum actions_need
plan_actions(const struct calendar *cal, enum action kind,
    const struct stored_series *s, md_date first, int64_t now)
{
	const struct actions_known *known = &s->known[kind];

	if (!asset_class_splits(s->class))
		return ACTIONS_KNOWN;
	if (known->checked_ms == 0 || (known->has_from && first < known->from))
		return ACTIONS_NEW;
	if (calendar_date(cal, CLASS_STOCK, known->checked_ms) <
	    calendar_date(cal, CLASS_STOCK, now))
		return ACTIONS_OUTDATED;
	return ACTIONS_KNOWN;
}

enum actions_need
plan_actions_of(const struct calendar *cal, enum action kind,
    const struct stored_series_list *l, const struct needs *needs, size_t i,
    int64_t now, md_date *first)
{
	const struct stored_series *s = &l->v[i];

	*first = calendar_date(cal, CLASS_STOCK, needs->v[i].wanted.from);
	for (; i < l->len && strcmp(l->v[i].symbol, s->symbol) == 0; i++) {
		md_date from =
		    calendar_date(cal, CLASS_STOCK, needs->v[i].wanted.from);

		if (from < *first)
			*first = from;
	}
	return plan_actions(cal, kind, s, *first, now);
}

int64_t
plan_actions_pages(enum action kind, md_date since, md_date today, bool old)
{
	int64_t days = today > since ? today - since : 0;

	return 1 + days * a_year[kind].of_all / 365 /
		       (old ? ACTIONS_PAGE_OLD : ACTIONS_PAGE);
}

/* Of a call for so many new symbols: splits are few. */
static int64_t
pages_of_new(enum action kind, int64_t symbols, md_date since, md_date today)
{
	int64_t days = today > since ? today - since : 0;

	return 1 + symbols * days * a_year[kind].of_one / 365 / ACTIONS_PAGE;
}

size_t
plan_actions_bytes(const struct stored_series *s)
{
	size_t bytes = 0;

	for (size_t i = 0; i <= s->names.len; i++)
		bytes += strlen(names_nth(&s->names, s->symbol, i)) + 1;
	return bytes;
}

bool
plan_actions_fit(const struct stored_series *s, size_t *bytes, bool old)
{
	size_t more = plan_actions_bytes(s);

	if (*bytes > 0 && (old || *bytes + more > ACTIONS_TICKERS_BYTES))
		return false;
	*bytes += more;
	return true;
}

bool
plan_actions_absent(const struct backfill_options *o, enum action kind,
    struct store *st, int64_t now, bool *absent, struct md_error *e)
{
	*absent = false;
	return st == NULL || store_endpoint_absent(st, o->polygon.base_url,
				 actions_name(kind), now - MD_DAY, absent, e);
}

bool
plan_actions_wanted(const struct backfill_options *o, enum action kind,
    bool absent)
{
	return !o->features_only &&
	       (kind == ACTION_SPLITS || (!o->no_dividends && !absent));
}

/* New symbols, by calls that each name as many as there is room for. */
struct new_symbols {
	enum action kind;
	bool old;
	md_date today, first; /* the first day wanted of any */
	md_date since;        /* of those of the last call */
	int64_t pages;        /* of those before it */
	int64_t symbols;      /* of the last */
	size_t bytes;
};

static void
end_call(struct new_symbols *n)
{
	if (n->old)
		n->pages += n->symbols;
	else if (n->symbols > 0)
		n->pages +=
		    pages_of_new(n->kind, n->symbols, n->since, n->today);
	n->symbols = 0;
	n->bytes = 0;
	n->since = n->today;
}

static void
add_new(struct new_symbols *n, const struct stored_series *s, md_date first)
{
	if (!plan_actions_fit(s, &n->bytes, n->old)) {
		end_call(n);
		(void)plan_actions_fit(s, &n->bytes, n->old);
	}
	n->symbols += 1 + (int64_t)s->names.len;
	if (first < n->since)
		n->since = first;
	if (first < n->first)
		n->first = first;
}

void
plan_actions_calls(const struct calendar *cal, enum action kind,
    const struct stored_series_list *l, const struct needs *needs, int64_t now,
    bool absent, struct actions_plan *p)
{
	md_date today = calendar_date(cal, CLASS_STOCK, now), first;
	struct new_symbols new = { .kind = kind,
		.old = absent,
		.today = today,
		.first = today,
		.since = today };
	int64_t of_all;

	*p = (struct actions_plan){ .looked = now, .absent = absent };
	for (size_t i = 0; i < l->len; i++) {
		const struct stored_series *s = &l->v[i];

		/* Series of one symbol stand together. */
		if (i > 0 && strcmp(s[-1].symbol, s->symbol) == 0)
			continue;
		switch (plan_actions_of(cal, kind, l, needs, i, now, &first)) {
		case ACTIONS_NEW:
			add_new(&new, s, first);
			break;
		case ACTIONS_OUTDATED:
			p->of_all = true;
			if (s->known[kind].checked_ms < p->looked)
				p->looked = s->known[kind].checked_ms;
			break;
		case ACTIONS_KNOWN:
			break;
		}
	}
	end_call(&new);
	p->since =
	    calendar_date(cal, CLASS_STOCK, p->looked) - SPLITS_LATE_DAYS;
	of_all = plan_actions_pages(kind,
	    !p->of_all || new.first < p->since ? new.first : p->since, today,
	    absent);
	p->calls = new.pages;
	if (p->of_all)
		p->calls += plan_actions_pages(kind, p->since, today, absent);
	if (new.pages == 0 || of_all >= p->calls)
		return;
	p->new_by_all = p->of_all = true;
	p->calls = of_all;
	if (new.first < p->since)
		p->since = new.first;
}
