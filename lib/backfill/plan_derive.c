/*
 * Which series can be made of a finer one's bars, and what that leaves to be
 * asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/derive.h"
#include "plan/plan.h"

#define SOURCES (1U << TF_1M | 1U << TF_5M)

/* Every symbol once; series of one stand together. */
static bool
symbols_of(const struct stored_series_list *l, struct symbol_list *out,
    struct md_error *e)
{
	for (size_t i = 0; i < l->len; i++) {
		struct symbol_entry s = { .class = l->v[i].class };

		if (i > 0 && strcmp(l->v[i - 1].symbol, l->v[i].symbol) == 0)
			continue;
		memcpy(s.symbol, l->v[i].symbol, sizeof(s.symbol));
		if (!symbol_list_add(out, &s, e))
			return false;
	}
	return true;
}

bool
plan_sources(const struct backfill_options *o, struct store *st,
    const struct stored_series_list *l, struct stored_series_list *out,
    struct md_error *e)
{
	struct symbol_list symbols = { .v = NULL };
	bool good = true;

	if (o->derive && st != NULL)
		good = symbols_of(l, &symbols, e) &&
		       store_series(st, &symbols, SOURCES, ~0U, out, e);
	symbol_list_free(&symbols);
	return good;
}

/* The finest of the symbol's that the i-th can be made of; null: none. */
static const struct stored_series *
finest(const struct stored_series_list *l, enum timeframe coarse)
{
	const struct stored_series *found = NULL;

	for (size_t i = 0; i < l->len; i++)
		if (derive_possible(coarse, l->v[i].timeframe) &&
		    (found == NULL || l->v[i].timeframe < found->timeframe))
			found = &l->v[i];
	return found;
}

/* Those of one symbol that begin at i: series of one stand together. */
static struct stored_series_list
family(const struct stored_series_list *l, size_t i, const char *symbol)
{
	struct stored_series_list f = { l->v + i, 0, 0 };

	while (i < l->len && strcmp(l->v[i].symbol, symbol) == 0) {
		f.len++;
		i++;
	}
	return f;
}

/* What the source will have when the run has fetched what it lacks. */
static bool
source_coverage(const struct need *source, const struct stored_series *s,
    const struct calendar *cal, int64_t now, struct coverage *out)
{
	struct grid g = { cal, s->class, s->timeframe, s->grid };

	for (size_t i = 0; i < s->coverage.len; i++)
		if (!coverage_append(out, s->coverage.v[i]))
			return false;
	if (source == NULL || source->wanted.from >= source->wanted.to)
		return true;
	return coverage_add(out,
	    (struct span){ source->wanted.from, source->wanted.to,
		now + 30 * MD_DAY, COVERAGE_BARS },
	    &g);
}

static bool
derive_need(const struct calendar *cal, const struct need *source,
    const struct stored_series *s, int64_t now, struct need *n)
{
	struct grid fine = { cal, s->class, s->timeframe, s->grid };
	struct coverage c = { NULL, 0, 0 };
	struct ranges lacking = { NULL, 0, 0 }, rest = { NULL, 0, 0 };
	bool good = source_coverage(source, s, cal, now, &c);

	for (size_t i = 0; good && i < n->gaps.len; i++)
		good = derive_lacking(&fine, &n->finality, &c, n->gaps.v[i],
		    now, now, &lacking);
	good = good &&
	       derive_divide(&n->grid, &n->gaps, &lacking, &n->derived, &rest);
	if (good && n->derived.len > 0) {
		n->source = s;
		n->calls.len = 0;
		good = plan_merge_by_name(&n->grid, &n->series->names,
		    &n->series->coverage, &rest, &n->calls);
	}
	ranges_free(&rest);
	ranges_free(&lacking);
	coverage_free(&c);
	return good;
}

/* Of a symbol's series that begin at i; what the run keeps complete is better
 * than what is just there. */
static bool
derive_family(const struct calendar *cal, const struct stored_series_list *own,
    const struct stored_series_list *stored, size_t i, int64_t now,
    struct needs *needs)
{
	for (size_t k = 0; k < own->len; k++) {
		struct need *n = &needs->v[i + k];
		const struct stored_series *s =
		    finest(own, own->v[k].timeframe);
		const struct need *fetched =
		    s == NULL ? NULL : &needs->v[i + (size_t)(s - own->v)];

		if (s == NULL)
			s = finest(stored, own->v[k].timeframe);
		if (s != NULL && n->gaps.len > 0 &&
		    !derive_need(cal, fetched, s, now, n))
			return false;
	}
	return true;
}

bool
plan_derive(const struct calendar *cal, const struct stored_series_list *l,
    const struct stored_series_list *sources, int64_t now, struct needs *needs)
{
	struct stored_series_list own, stored;

	for (size_t i = 0, at = 0; i < l->len; i += own.len, at += stored.len) {
		own = family(l, i, l->v[i].symbol);
		stored = family(sources, at, l->v[i].symbol);
		if (!derive_family(cal, &own, &stored, i, now, needs))
			return false;
	}
	return true;
}
