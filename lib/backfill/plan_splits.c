/*
 * Whose splits are to be asked for, and by which calls.
 */
#include <string.h>

#include "backfill/internal.h"
#include "store/vendor.h"

/*
 * How many splits of all symbols a year has, as far as a plan must know: a
 * little over what was executed in the liveliest years, so that it will not
 * cost more than was planned.
 */
#define SPLITS_A_YEAR 2500

enum splits_need
plan_splits(const struct calendar *cal, const struct stored_series *s,
    md_date first, int64_t now)
{
	if (!asset_class_splits(s->class))
		return SPLITS_KNOWN;
	if (s->splits_checked_ms == 0 ||
	    (s->has_splits_from && first < s->splits_from))
		return SPLITS_NEW;
	if (calendar_date(cal, CLASS_STOCK, s->splits_checked_ms) <
	    calendar_date(cal, CLASS_STOCK, now))
		return SPLITS_OLD;
	return SPLITS_KNOWN;
}

enum splits_need
plan_splits_of(const struct calendar *cal, const struct stored_series_list *l,
    const struct needs *needs, size_t i, int64_t now, md_date *first)
{
	const struct stored_series *s = &l->v[i];

	*first = calendar_date(cal, CLASS_STOCK, needs->v[i].wanted.from);
	for (; i < l->len && strcmp(l->v[i].symbol, s->symbol) == 0; i++) {
		md_date from =
		    calendar_date(cal, CLASS_STOCK, needs->v[i].wanted.from);

		if (from < *first)
			*first = from;
	}
	return plan_splits(cal, s, *first, now);
}

int64_t
plan_splits_pages(md_date since, md_date today, bool old)
{
	int64_t days = today > since ? today - since : 0;

	return 1 + days * SPLITS_A_YEAR / 365 /
		       (old ? SPLITS_PAGE_OLD : SPLITS_PAGE);
}

size_t
plan_splits_bytes(const struct stored_series *s)
{
	size_t bytes = 0;

	for (size_t i = 0; i <= s->names.len; i++)
		bytes += strlen(names_nth(&s->names, s->symbol, i)) + 1;
	return bytes;
}

bool
plan_splits_fit(const struct stored_series *s, size_t *bytes, bool old)
{
	size_t more = plan_splits_bytes(s);

	if (*bytes > 0 && (old || *bytes + more > SPLITS_TICKERS_BYTES))
		return false;
	*bytes += more;
	return true;
}

bool
plan_splits_old(const struct backfill_options *o, struct store *st, int64_t now,
    bool *old, struct md_error *e)
{
	*old = false;
	return st == NULL || store_endpoint_absent(st, o->polygon.base_url,
				 SPLITS_ENDPOINT, now - MD_DAY, old, e);
}

void
plan_splits_calls(const struct calendar *cal,
    const struct stored_series_list *l, const struct needs *needs, int64_t now,
    bool old, struct splits_plan *p)
{
	md_date today = calendar_date(cal, CLASS_STOCK, now), first, of_new;
	int64_t new = 0, of_all;
	size_t bytes = 0;

	*p = (struct splits_plan){ .looked = now, .old = old };
	of_new = today;
	for (size_t i = 0; i < l->len; i++) {
		const struct stored_series *s = &l->v[i];

		/* Series of one symbol stand together. */
		if (i > 0 && strcmp(s[-1].symbol, s->symbol) == 0)
			continue;
		switch (plan_splits_of(cal, l, needs, i, now, &first)) {
		case SPLITS_NEW:
			if (new == 0 || !plan_splits_fit(s, &bytes, old)) {
				new += old ? 1 + (int64_t)s->names.len : 1;
				bytes = plan_splits_bytes(s);
			}
			if (first < of_new)
				of_new = first;
			break;
		case SPLITS_OLD:
			p->of_all = true;
			if (s->splits_checked_ms < p->looked)
				p->looked = s->splits_checked_ms;
			break;
		case SPLITS_KNOWN:
			break;
		}
	}
	p->since =
	    calendar_date(cal, CLASS_STOCK, p->looked) - SPLITS_LATE_DAYS;
	if (!p->of_all || of_new < p->since)
		of_all = plan_splits_pages(of_new, today, old);
	else
		of_all = plan_splits_pages(p->since, today, old);
	p->calls =
	    new + (p->of_all ? plan_splits_pages(p->since, today, old) : 0);
	if (new == 0 || of_all >= p->calls)
		return;
	p->new_by_all = p->of_all = true;
	p->calls = of_all;
	if (of_new < p->since)
		p->since = of_new;
}
