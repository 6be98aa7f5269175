/*
 * From options to series, ranges and gaps: what a backfill will ask.
 */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "backfill_internal.h"
#include "plan.h"

void
backfill_defaults(struct backfill_options *o)
{
	memset(o, 0, sizeof(*o));
	o->tiers = ~0U;
	o->days = 30;
	o->jobs = 3;
	o->settle_ms = 15 * MD_MINUTE;
	o->polygon.base_url = POLYGON_URL;
	o->polygon.backoff = (struct backoff){ MD_SECOND, 300 * MD_SECOND, 5 };
	o->polygon.connect_timeout_ms = 10 * MD_SECOND;
	o->polygon.stall_timeout_ms = 20 * MD_SECOND;
	o->polygon.request_timeout_ms = 5 * MD_MINUTE;
}

/* -- the series -- */

static bool
add_series(struct stored_series_list *l, const struct symbol_entry *s,
    enum timeframe tf)
{
	struct stored_series *v = stored_series_append(l);

	if (v == NULL)
		return false;
	memcpy(v->symbol, s->symbol, sizeof(v->symbol));
	v->class = s->class;
	v->tier = s->tier;
	v->described = s->described;
	v->timeframe = tf;
	return true;
}

/* As though the store knew nothing of them. */
static bool
list_series(const struct backfill_options *o, struct stored_series_list *out)
{
	for (size_t i = 0; i < o->symbols->len; i++) {
		const struct symbol_entry *s = &o->symbols->v[i];
		unsigned bits = s->timeframes ? s->timeframes : o->timeframes;

		for (int tf = 0; tf < TF_COUNT; tf++)
			if (bits & 1U << tf &&
			    !add_series(out, s, (enum timeframe)tf))
				return false;
	}
	return true;
}

static int
by_series(const void *a, const void *b)
{
	const struct stored_series *x = a, *y = b;
	int c = strcmp(x->symbol, y->symbol);

	return c != 0 ? c : (int)x->timeframe - (int)y->timeframe;
}

/* Give the listed series what the store knows of them. */
static bool
fill_in(const struct backfill_options *o, struct store *st,
    struct stored_series_list *list, struct md_error *e)
{
	struct stored_series_list known = { NULL, 0, 0 };

	if (!st->ops->series(st, o->symbols, o->timeframes, ~0U, &known, e))
		return false;
	if (known.len > 0)
		qsort(known.v, known.len, sizeof(*known.v), by_series);
	for (size_t i = 0; i < list->len && known.len > 0; i++) {
		struct stored_series *s = bsearch(&list->v[i], known.v,
		    known.len, sizeof(*known.v), by_series);

		if (s == NULL)
			continue;
		list->v[i].id = s->id;
		if (!list->v[i].described) {
			list->v[i].class = s->class;
			list->v[i].tier = s->tier;
		}
		list->v[i].splits_checked_ms = s->splits_checked_ms;
		list->v[i].features_owed = s->features_owed;
		list->v[i].coverage = s->coverage;
		s->coverage = (struct coverage){ NULL, 0, 0 };
	}
	stored_series_list_free(&known);
	return true;
}

static void
keep_tiers(struct stored_series_list *l, unsigned tiers)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++)
		if (tiers & 1U << l->v[i].tier)
			l->v[n++] = l->v[i];
		else
			coverage_free(&l->v[i].coverage);
	l->len = n;
}

bool
plan_series(const struct backfill_options *o, struct store *st,
    struct stored_series_list *out, struct md_error *e)
{
	if (o->symbols == NULL && st == NULL)
		return md_fail(e, MD_EUSAGE,
		    "there is no store %s with series to fetch: name symbols "
		    "or a watchlist (-w FILE), or another store with --db",
		    o->db);
	if (o->symbols == NULL) {
		if (!st->ops->series(st, NULL, o->timeframes, o->tiers, out, e))
			return false;
	} else {
		if (!list_series(o, out))
			return md_nomem(e);
		if (st != NULL && !fill_in(o, st, out, e))
			return false;
		keep_tiers(out, o->tiers);
	}
	if (out->len > 0)
		return true;
	if (o->symbols != NULL)
		return md_fail(e, MD_EUSAGE,
		    "no symbol named is of the tier asked for");
	return md_fail(e, MD_EUSAGE,
	    "the store %s has no active series of that kind: name symbols or "
	    "a watchlist (-w FILE)",
	    o->db);
}

/* -- ranges -- */

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct range
plan_range(const struct backfill_options *o, const struct grid *g, int64_t now)
{
	md_date today = calendar_date(g->calendar, g->class, now);
	md_date first = o->has_from ? o->from : today - (md_date)o->days;
	int64_t from = calendar_midnight(g->calendar, g->class, first);
	int64_t to = now;

	if (o->has_to)
		to = min64(now,
		    calendar_midnight(g->calendar, g->class, o->to + 1));
	if (to <= from)
		return (struct range){ from, from };
	return plan_wanted(g, from, to, now, o->settle_ms);
}

int64_t
plan_ask_until(const struct backfill_options *o, const struct grid *g,
    struct range wanted, struct range gap, int64_t now)
{
	int64_t until = now;

	if (gap.to != wanted.to)
		return gap.to;
	/* The windows that are still open come along for nothing. */
	if (o->has_to)
		until = min64(now,
		    calendar_midnight(g->calendar, g->class, o->to + 1) - 1);
	until = calendar_window_end(g->calendar, g->class, g->timeframe,
	    calendar_window_start(g->calendar, g->class, g->timeframe, until));
	return until > gap.to ? until : gap.to;
}

enum splits_need
plan_splits(const struct calendar *cal, const struct stored_series *s,
    int64_t now)
{
	if (!asset_class_splits(s->class))
		return SPLITS_KNOWN;
	if (s->splits_checked_ms == 0)
		return SPLITS_NEW;
	if (calendar_date(cal, CLASS_STOCK, s->splits_checked_ms) <
	    calendar_date(cal, CLASS_STOCK, now))
		return SPLITS_OLD;
	return SPLITS_KNOWN;
}

/* -- the plan as data -- */

static bool
add_gap(struct backfill_plan *p, const struct stored_series *s,
    const struct grid *g, struct range r)
{
	struct backfill_gap *gap =
	    array_room(p->gaps, p->len, &p->cap, sizeof(*gap));

	if (gap == NULL)
		return false;
	p->gaps = gap;
	gap = &p->gaps[p->len++];
	memcpy(gap->symbol, s->symbol, sizeof(gap->symbol));
	gap->timeframe = s->timeframe;
	gap->from_ms = r.from;
	gap->to_ms = r.to;
	gap->calls = plan_calls(g, r);
	gap->bars_expected = calendar_bars_expected(g->calendar, g->class,
	    g->timeframe, r.from, r.to);
	p->calls += gap->calls;
	p->bars_expected += gap->bars_expected;
	return true;
}

static bool
plan_one(const struct backfill_options *o, const struct calendar *cal,
    const struct stored_series *s, int64_t now, struct backfill_plan *p)
{
	struct grid g = { cal, s->class, s->timeframe };
	struct ranges gaps = { NULL, 0, 0 };
	bool good = plan_gaps(&g, &s->coverage, plan_range(o, &g, now), now,
	    o->refresh, &gaps);

	for (size_t i = 0; good && i < gaps.len; i++)
		good = add_gap(p, s, &g, gaps.v[i]);
	ranges_free(&gaps);
	return good;
}

bool
backfill_plan(const struct backfill_options *o, const struct calendar *cal,
    struct backfill_plan *p, struct md_error *e)
{
	struct stored_series_list l = { NULL, 0, 0 };
	struct store *st = NULL;
	int64_t now = md_now_ms() + o->now_offset_ms;
	bool good, old = false;

	memset(p, 0, sizeof(*p));
	good = store_open_readonly(o->db, &st, e) && plan_series(o, st, &l, e);
	p->series = l.len;
	for (size_t i = 0; good && i < l.len; i++) {
		enum splits_need need = plan_splits(cal, &l.v[i], now);

		if (o->features_only)
			continue;

		/* Series of one symbol stand together. */
		if (need == SPLITS_NEW &&
		    (i == 0 || strcmp(l.v[i - 1].symbol, l.v[i].symbol) != 0))
			p->calls_splits++;
		old = old || need == SPLITS_OLD;
		good = plan_one(o, cal, &l.v[i], now, p) || md_nomem(e);
	}
	p->calls_splits += old;
	p->calls += p->calls_splits;
	stored_series_list_free(&l);
	store_close(&st);
	if (!good)
		backfill_plan_free(p);
	return good;
}

void
backfill_plan_free(struct backfill_plan *p)
{
	free(p->gaps);
	memset(p, 0, sizeof(*p));
}
