/*
 * From options to series, ranges and gaps: what a backfill will ask.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/ways.h"
#include "base/array.h"
#include "base/integer.h"
#include "report/corrected.h"
#include "store/vendor.h"

void
backfill_defaults(struct backfill_options *o)
{
	memset(o, 0, sizeof(*o));
	o->tiers = ~0U;
	o->days = 30;
	o->spool_folder = "/var/tmp";
	o->spool_memory = INT64_C(32) << 20;
	o->finality.settle_ms = 15 * MD_MINUTE;
	o->finality.reask_ms = 5 * MD_MINUTE;
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
	struct stored_series *v = ARRAY_NEXT(l);

	if (v == NULL)
		return false;
	memcpy(v->symbol, s->symbol, sizeof(v->symbol));
	v->class = s->class;
	v->tier = s->tier;
	v->described = s->described;
	v->has_from = s->has_from;
	v->from = s->from;
	v->names = s->names;
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

	if (!store_series(st, o->symbols, o->timeframes, ~0U, &known, e))
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
			list->v[i].has_from = s->has_from;
			list->v[i].from = s->from;
			list->v[i].names = s->names;
		}
		memcpy(list->v[i].known, s->known, sizeof(s->known));
		list->v[i].derived = s->derived;
		list->v[i].grid = s->grid;
		list->v[i].features_pending = s->features_pending;
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

/* The most urgent tier first; within it the order stays. */
static bool
sort_by_tier(struct stored_series_list *l)
{
	struct stored_series *v = calloc(l->len + 1, sizeof(*v));
	size_t n = 0;

	if (v == NULL)
		return false;
	for (int t = TIER_CRITICAL; t <= TIER_LOW; t++)
		for (size_t i = 0; i < l->len; i++)
			if (l->v[i].tier == (enum tier)t)
				v[n++] = l->v[i];
	free(l->v);
	l->v = v;
	l->cap = l->len + 1;
	return true;
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
		if (!store_series(st, NULL, o->timeframes, o->tiers, out, e))
			return false;
	} else {
		if (!list_series(o, out))
			return md_nomem(e);
		if (st != NULL && !fill_in(o, st, out, e))
			return false;
		keep_tiers(out, o->tiers);
	}
	if (out->len > 0)
		return sort_by_tier(out) || md_nomem(e);
	if (o->symbols != NULL)
		return md_fail(e, MD_EUSAGE,
		    "no symbol named is of the tier asked for");
	return md_fail(e, MD_EUSAGE,
	    "the store %s has no active series of that kind: name symbols or "
	    "a watchlist (-w FILE)",
	    o->db);
}

/* -- ranges -- */

/* The dates are the class's; what counts as their midnight, the grid's. */
static struct range
range_on(const struct backfill_options *o, const struct stored_series *s,
    const struct grid *g, int64_t now)
{
	md_date today = calendar_date(g->calendar, g->class, now);
	md_date first = o->has_from ? o->from : today - (md_date)o->days;
	struct grid days = *g;
	int64_t from, to = now;

	/* Hours of a day are asked for by the class's days. */
	if (timeframe_intraday(g->timeframe))
		days.kind = GRID_UNKNOWN;
	/* Before its history begins, the name was somebody else's. */
	if (s->has_from && s->from > first)
		first = s->from;
	from = grid_midnight(&days, first);

	if (o->has_to)
		to = min64(now, grid_midnight(&days, o->to + 1));
	if (to <= from)
		return (struct range){ from, from };
	return plan_begun(g, from, to, now);
}

/*
 * As long as the grid is unknown, the first window and the last are asked for
 * whichever it is: none of them may be lost, and none beyond them be brought.
 */
struct range
plan_range(const struct backfill_options *o, const struct stored_series *s,
    const struct grid *g, int64_t now)
{
	struct range r = range_on(o, s, g, now), other;
	struct grid one = *g;

	one.kind = GRID_UNKNOWN;
	while (g->kind == GRID_UNKNOWN && r.from < r.to &&
	       grid_next_candidate(g, &one.kind)) {
		other = range_on(o, s, &one, now);
		r.from = min64(r.from, other.from);
		/* The window after it has not begun yet, or is unwanted. */
		if (other.to <= now)
			r.to = min64(r.to, other.to);
	}
	return r;
}

/* -- the calls -- */

enum asset_class plan_sold_as(enum asset_class class)
{
	return class == CLASS_ETF ? CLASS_STOCK : class;
}

struct finality_rule
plan_finality(const struct backfill_options *o,
    const bool withheld[CLASS_COUNT], enum asset_class class)
{
	struct finality_rule rule = o->finality;

	rule.final_only = rule.final_only || withheld[plan_sold_as(class)];
	return rule;
}

static bool
need_gaps(const struct backfill_options *o, const struct calendar *cal,
    const struct stored_series *s, const bool withheld[CLASS_COUNT],
    int64_t now, struct need *n)
{
	n->series = s;
	n->finality = plan_finality(o, withheld, s->class);
	n->grid = (struct grid){ cal, s->class, s->timeframe, s->grid };
	n->wanted = plan_range(o, s, &n->grid, now);
	return o->features_only ||
	       plan_gaps(&n->grid, &n->finality, &s->coverage, n->wanted, now,
		   o->refresh, &n->gaps);
}

static bool
need_calls(struct need *n)
{
	for (size_t i = 0; i < n->gaps.len; i++)
		n->naive += plan_calls(&n->grid, n->gaps.v[i]);
	return plan_merge_by_name(&n->grid, &n->series->names,
	    &n->series->coverage, &n->gaps, &n->calls);
}

/* What files have, or had, is no gap. */
static bool
leave_to_files(const struct backfill_options *o, const struct calendar *cal,
    const struct grouped_denials *denials, struct file_plan *files, int64_t now,
    struct needs *needs)
{
	if (files == NULL)
		return true;
	if (files->filed == NULL)
		return plan_weigh_files(o, cal, denials, files, now, needs);
	for (size_t i = 0; i < needs->len; i++)
		if (!ranges_cut(&needs->v[i].gaps, &files->filed[i].done))
			return false;
	return true;
}

/* Are its windows the days that calls for a whole market bring? */
bool
plan_market_days(const struct grid *g)
{
	enum grid_kind own = g->class == CLASS_CRYPTO ? GRID_UTC : GRID_NEWYORK;

	/* Those of forex come either way. */
	return g->timeframe == TF_1D &&
	       (g->kind == GRID_UNKNOWN || g->kind == own ||
		   g->class == CLASS_FX);
}

/* A row for each call of daily bars. */
static size_t
daily_rows(const struct needs *needs, struct daily_row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < needs->len; i++) {
		const struct need *d = &needs->v[i];

		for (size_t k = 0; k < d->calls.len; k++) {
			if (!plan_market_days(&d->grid))
				break;
			if (rows != NULL)
				rows[n] = (struct daily_row){ d->grid.class,
					d->series->tier, &d->gaps,
					d->calls.v[k], false, d->grid.kind };
			n++;
		}
	}
	return n;
}

/* The calls of a series that those of days make needless. */
static bool
leave_to_days(struct needs *needs, const struct daily_row *rows)
{
	for (size_t i = 0; i < needs->len; i++) {
		struct need *d = &needs->v[i];
		size_t kept = 0;

		for (size_t k = 0; k < d->calls.len; k++) {
			struct range r = d->calls.v[k];
			bool grouped =
			    plan_market_days(&d->grid) && (rows++)->grouped;

			if (!grouped)
				d->calls.v[kept++] = r;
			else if (!ranges_add(&d->left, r.from, r.to))
				return false;
		}
		d->calls.len = kept;
	}
	return true;
}

static bool
use_days(const struct backfill_options *o, const struct calendar *cal,
    const struct grouped_denials *denials, int64_t now, struct needs *needs)
{
	size_t n = o->no_grouped ? 0 : daily_rows(needs, NULL);
	struct daily_row *rows;
	bool good;

	if (n < 2)
		return true;
	rows = calloc(n, sizeof(*rows));
	if (rows == NULL)
		return false;
	(void)daily_rows(needs, rows);
	good = plan_daily(cal, denials, now, rows, n, &needs->days) &&
	       leave_to_days(needs, rows);
	free(rows);
	return good;
}

/*
 * Of which classes has the plan been seen to lack what may still change?  That
 * grouped calls are refused does not tell: a series' own calls may be in the
 * plan, and the first of them finds out.
 */
static void
find_withheld(const struct calendar *cal, const struct stored_series_list *l,
    const struct rights *rights, int64_t now, bool withheld[CLASS_COUNT],
    bool granted[CLASS_COUNT])
{
	memcpy(withheld, rights->withheld, sizeof(rights->withheld));
	for (size_t i = 0; i < l->len; i++) {
		const struct stored_series *s = &l->v[i];
		struct grid g = { cal, s->class, s->timeframe, s->grid };
		bool *of_class = &withheld[plan_sold_as(s->class)];

		*of_class = *of_class || wanted_withheld(&g, &s->coverage, now);
		granted[plan_sold_as(s->class)] |=
		    wanted_granted(&g, &s->coverage, now);
	}
	/* Then a refusal is about its symbol alone. */
	for (size_t i = 0; i < CLASS_COUNT; i++)
		withheld[i] = withheld[i] && !granted[i];
}

bool
plan_needs(const struct backfill_options *o, const struct calendar *cal,
    const struct stored_series_list *l,
    const struct stored_series_list *sources,
    const struct grouped_denials *denials, const struct rights *rights,
    struct file_plan *files, int64_t now, struct needs *out)
{
	bool good;

	memset(out, 0, sizeof(*out));
	out->v = calloc(l->len + 1, sizeof(*out->v));
	good = out->v != NULL;
	find_withheld(cal, l, rights, now, out->withheld, out->granted);
	for (size_t i = 0; good && i < l->len; i++) {
		out->len++;
		good =
		    need_gaps(o, cal, &l->v[i], out->withheld, now, &out->v[i]);
	}
	good = good && leave_to_files(o, cal, denials, files, now, out);
	for (size_t i = 0; good && i < l->len; i++)
		good = need_calls(&out->v[i]);
	good = good && (!o->derive || plan_derive(cal, l, sources, now, out)) &&
	       use_days(o, cal, denials, now, out);
	for (size_t i = 0; good && i < out->len; i++)
		for (size_t k = 0; k < out->v[i].calls.len; k++)
			out->v[i].pages += plan_calls_by_name(&out->v[i].grid,
			    &l->v[i].names, out->v[i].calls.v[k]);
	if (!good)
		needs_free(out);
	return good;
}

void
needs_free(struct needs *n)
{
	for (size_t i = 0; i < n->len; i++) {
		ranges_free(&n->v[i].gaps);
		ranges_free(&n->v[i].calls);
		ranges_free(&n->v[i].left);
		ranges_free(&n->v[i].filed);
		ranges_free(&n->v[i].unfiled);
		ranges_free(&n->v[i].derived);
	}
	free(n->v);
	daily_calls_free(&n->days);
	memset(n, 0, sizeof(*n));
}

/* -- the plan as data -- */

/* Of the bars that are lacking, those that a call brings. */
static int64_t
bars_lacking(const struct need *n, struct range call)
{
	int64_t bars = 0;

	for (size_t i = 0; i < n->gaps.len; i++) {
		const struct range *gap = &n->gaps.v[i];

		if (gap->from < call.to && gap->to > call.from)
			bars +=
			    grid_bars_expected(&n->grid, gap->from, gap->to);
	}
	return bars;
}

static bool
add_gap(struct backfill_plan *p, const struct need *n, struct range r,
    enum backfill_by by, const struct backfill_options *o, int64_t now)
{
	struct backfill_gap *gap =
	    array_room(p->gaps, p->len, &p->cap, sizeof(*gap));

	if (gap == NULL)
		return false;
	p->gaps = gap;
	gap = &p->gaps[p->len++];
	memcpy(gap->symbol, n->series->symbol, sizeof(gap->symbol));
	gap->timeframe = n->grid.timeframe;
	gap->from_ms = r.from;
	gap->to_ms = r.to;
	gap->by = by;
	gap->calls = by == BY_RANGE
			 ? plan_calls_by_name(&n->grid, &n->series->names, r)
			 : 0;
	gap->bars_expected = by == BY_FILE
				 ? grid_bars_expected(&n->grid, r.from, r.to)
				 : bars_lacking(n, r);
	gap->reasons = wanted_reasons(&n->grid, &n->finality,
	    &n->series->coverage, r, now, o->refresh);
	if (by == BY_RANGE && r.to > grid_final_before(&n->grid, now))
		p->calls_provisional++;
	p->bars_expected += gap->bars_expected;
	if (by == BY_DERIVING)
		p->bars_derived += gap->bars_expected;
	return true;
}

const char *
backfill_by_name(enum backfill_by by)
{
	static const char *const names[] = {
		[BY_RANGE] = "range",
		[BY_GROUPED] = "grouped",
		[BY_DERIVING] = "derive",
		[BY_FILE] = "file",
	};

	return names[by];
}

static bool
add_need(struct backfill_plan *p, const struct need *n,
    const struct backfill_options *o, int64_t now)
{
	bool good = true;

	for (size_t i = 0; good && i < n->calls.len; i++)
		good = add_gap(p, n, n->calls.v[i], BY_RANGE, o, now);
	for (size_t i = 0; good && i < n->left.len; i++)
		good = add_gap(p, n, n->left.v[i], BY_GROUPED, o, now);
	for (size_t i = 0; good && i < n->derived.len; i++)
		good = add_gap(p, n, n->derived.v[i], BY_DERIVING, o, now);
	for (size_t i = 0; good && i < n->filed.len; i++)
		good = add_gap(p, n, n->filed.v[i], BY_FILE, o, now);
	p->calls_range += n->pages;
	p->naive_calls += n->naive;
	return good;
}

/* May bars of that day still change? */
static bool
is_provisional(const struct calendar *cal, const struct daily_call *d,
    int64_t now)
{
	struct grid g = { cal, grouped_market_class(d->market), TF_1D,
		GRID_UNKNOWN };

	return calendar_midnight(cal, g.class, d->date) >=
	       grid_final_before(&g, now);
}

static bool
count_actions(const struct backfill_options *o, const struct calendar *cal,
    struct store *st, const struct stored_series_list *l,
    const struct needs *needs, const struct rights *rights, int64_t now,
    struct backfill_plan *p, struct md_error *e)
{
	int64_t *const calls[ACTION_COUNT] = {
		[ACTION_SPLITS] = &p->calls_splits,
		[ACTION_DIVIDENDS] = &p->calls_dividends,
	};

	for (int i = 0; i < ACTION_COUNT; i++) {
		enum action kind = (enum action)i;
		struct actions_plan plan;
		bool absent;

		if (!plan_actions_absent(o, kind, st, now, &absent, e))
			return false;
		if (rights->without[kind] ||
		    !plan_actions_wanted(o, kind, absent))
			continue;
		plan_actions_calls(cal, kind, l, needs, now, absent, &plan);
		*calls[kind] = plan.calls;
	}
	return true;
}

static bool
fill_plan(const struct backfill_options *o, const struct calendar *cal,
    struct store *st, const struct stored_series_list *l,
    struct backfill_plan *p, struct md_error *e)
{
	int64_t now = md_now_ms() + o->now_offset_ms;
	struct grouped_denials denials = { NULL, 0, 0 };
	struct needs needs = { .v = NULL };
	struct stored_series_list sources = { NULL, 0, 0 };
	struct rights rights;
	bool closures = false;
	struct file_plan files = { .list = NULL };
	bool good = st == NULL || store_grouped_denied(st,
				      now - WANTED_DENIED_MS, &denials, e);

	good = good && plan_sources(o, st, l, &sources, e) &&
	       plan_rights(o, st, now, &rights, e) &&
	       plan_prices(o, st, &files.prices, e);
	if (good && o->flat_files != NULL)
		good = file_list_create(&files.list, o, e);
	if (good)
		good = plan_needs(o, cal, l, &sources, &denials, &rights,
			   files.list == NULL ? NULL : &files, now, &needs) ||
		       md_nomem(e);
	if (good)
		good = plan_ways(o,
			   &(struct planning){ cal, l, &sources, &denials,
			       &rights, &files, now },
			   &needs, p) ||
		       md_nomem(e);
	p->files = files.files;
	p->file_bytes = files.bytes;
	for (size_t i = 0; good && i < needs.len; i++)
		good = add_need(p, &needs.v[i], o, now) || md_nomem(e);
	for (size_t i = 0; good && i < needs.len; i++)
		p->calls_verify +=
		    needs.v[i].derived.len > 0 ? o->verify_derived : 0;
	p->days = needs.days;
	needs.days = (struct daily_calls){ NULL, 0, 0 };
	p->calls_grouped = (int64_t)p->days.len;
	for (size_t i = 0; i < p->days.len; i++)
		p->calls_provisional += is_provisional(cal, &p->days.v[i], now);
	good = good && count_actions(o, cal, st, l, &needs, &rights, now, p, e);
	p->calls = p->calls_range + p->calls_grouped + p->calls_splits +
		   p->calls_dividends + p->calls_verify;
	good = good && (p->calls == 0 || plan_closures(o, cal, st, l, &needs,
					     now, &closures, e));
	p->calls_closures = closures;
	p->calls += p->calls_closures;
	p->calls_without_files = p->calls - p->calls_range - p->calls_grouped +
				 plan_calls_without_files(o, p);
	file_plan_free(&files);
	stored_series_list_free(&sources);
	needs_free(&needs);
	grouped_denials_free(&denials);
	return good;
}

bool
backfill_plan(const struct backfill_options *o, const struct calendar *cal,
    struct backfill_plan *p, struct md_error *e)
{
	struct stored_series_list l = { NULL, 0, 0 };
	struct calendar *corrected = NULL;
	struct store *st = NULL;
	bool good;

	memset(p, 0, sizeof(*p));
	good =
	    store_open_readonly(o->db, &st, e) && plan_series(o, st, &l, e) &&
	    (st == NULL || corrected_calendar(&corrected, st, o->changes, e));
	p->series = l.len;
	good = good &&
	       fill_plan(o, corrected != NULL ? corrected : cal, st, &l, p, e);
	calendar_destroy(&corrected);
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
	daily_calls_free(&p->days);
	memset(p, 0, sizeof(*p));
}
