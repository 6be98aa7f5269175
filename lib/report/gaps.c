#include "report/gaps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"
#include "plan/plan.h"
#include "store/report.h"

const char *
gap_kind_name(enum gap_kind k)
{
	static const char *const names[GAP_KINDS] = {
		[GAP_ABSENT] = "absent",
		[GAP_UNCOVERED] = "uncovered",
		[GAP_EMPTY] = "empty",
		[GAP_DENIED] = "denied",
		[GAP_REFUSED] = "refused",
	};

	return names[k];
}

bool
gap_kind_is_fault(enum gap_kind k)
{
	return k == GAP_ABSENT || k == GAP_UNCOVERED || k == GAP_REFUSED;
}

bool
gap_list_has_faults(const struct gap_list *l)
{
	for (int k = 0; k < GAP_KINDS; k++)
		if (gap_kind_is_fault((enum gap_kind)k) && l->counts[k] > 0)
			return true;
	return false;
}

/* One series that is looked at, stored or not. */
struct subject {
	int64_t id; /* 0: the store has none */
	const char *symbol;
	struct grid grid;
};

static struct subject
subject_of(const struct gap_query *q, const struct series_row *r)
{
	return (struct subject){ r->id, r->symbol,
		staleness_grid(q->calendar, &r->facts) };
}

static struct gap *
append_gap(struct gap_list *l, const struct subject *s, enum gap_kind kind,
    int64_t from, int64_t to, int64_t bars)
{
	struct gap *v = ARRAY_NEXT(l);

	if (v == NULL)
		return NULL;
	(void)snprintf(v->symbol, sizeof(v->symbol), "%s", s->symbol);
	v->timeframe = s->grid.timeframe;
	v->kind = kind;
	v->from_ms = from;
	v->to_ms = to;
	v->bars = bars;
	l->counts[kind]++;
	l->bars[kind] += bars;
	return v;
}

static int64_t
expected(const struct subject *s, int64_t from, int64_t to)
{
	return from >= to ? 0 : grid_bars_expected(&s->grid, from, to);
}

/* Only where bars are expected is there anything to lack. */
static bool
add_gap(struct gap_list *l, const struct subject *s, enum gap_kind kind,
    int64_t from, int64_t to)
{
	int64_t bars = expected(s, from, to);

	return bars == 0 || append_gap(l, s, kind, from, to, bars) != NULL;
}

/* -- windows that were refused -- */

static int
compare_refused(const void *a, const void *b)
{
	const struct refused_row *x = a, *y = b;

	if (x->series_id != y->series_id)
		return x->series_id < y->series_id ? -1 : 1;
	return (x->from_ts > y->from_ts) - (x->from_ts < y->from_ts);
}

static bool
read_refused(struct store *st, struct refused_rows *out, struct md_error *e)
{
	bool good = store_report_refused(st, out, e);

	if (good && out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), compare_refused);
	return good;
}

/* A row came, whether or not one was expected there. */
static bool
add_refused(struct gap_list *l, const struct subject *s, const struct span *c,
    const struct refused_rows *rows)
{
	struct refused_row key = { .series_id = s->id, .from_ts = c->from };
	const struct refused_row *r = NULL;
	struct gap *v = append_gap(l, s, GAP_REFUSED, c->from, c->to,
	    expected(s, c->from, c->to));

	if (v == NULL)
		return false;
	if (rows->len > 0)
		r = bsearch(&key, rows->v, rows->len, sizeof(key),
		    compare_refused);
	v->refusal.asked_ms = c->fetched_at;
	if (r != NULL) {
		v->refusal.times = r->times;
		memcpy(v->refusal.reason, r->reason, sizeof(r->reason));
	}
	return true;
}

/* -- bars that are expected and absent -- */

struct walk {
	struct gap_list *list;
	const struct subject *subject;
	enum gap_kind kind;
	struct knowledge_walk bars;
};

static bool
walk_bar(void *ctx, int64_t ts)
{
	struct walk *w = ctx;
	struct range hole;

	knowledge_walk_bar(&w->bars, ts, &hole);
	return add_gap(w->list, w->subject, w->kind, hole.from, hole.to);
}

static bool
absent_bars(struct store *st, const struct subject *s, const struct span *c,
    struct gap_list *l, struct md_error *e)
{
	enum gap_kind kind = c->kind == COVERAGE_EMPTY ? GAP_EMPTY : GAP_ABSENT;
	struct walk w = { l, s, kind, { &s->grid, c->from } };

	return store_report_bar_times(st, s->id, c->from, c->to, walk_bar, &w,
		   e) &&
	       (add_gap(l, s, kind, w.bars.at, c->to) || md_nomem(e));
}

/* -- what is wanted and not covered -- */

static struct range
wanted_range(const struct gap_query *q, const struct grid *g)
{
	md_date today = calendar_date(q->calendar, g->class, q->now_ms);
	int64_t from = grid_midnight(g, today - q->days);

	return plan_ended(g, from, q->now_ms, q->now_ms, q->settle_ms);
}

/* What is looked for where, and what was found. */
struct search {
	struct store *st;
	const struct gap_query *query;
	struct series_rows rows;     /* by symbol and timeframe */
	struct refused_rows refused; /* by series and time */
	struct gap_list *found;
	struct md_error *e;
};

/* A span of what is covered, up to what is wanted. */
static bool
look_at_span(struct search *q, const struct subject *s, const struct span *v,
    int64_t wanted_from)
{
	if (v->kind == COVERAGE_DENIED)
		return add_gap(q->found, s, GAP_DENIED,
			   max64(v->from, wanted_from), v->to) ||
		       md_nomem(q->e);
	return v->from >= v->to || absent_bars(q->st, s, v, q->found, q->e);
}

static bool
look_at(struct search *q, const struct subject *s)
{
	struct range wanted = wanted_range(q->query, &s->grid);
	struct coverage c = { NULL, 0, 0 };
	int64_t at = wanted.from;
	bool good = s->id == 0 || store_report_coverage(q->st, s->id, &c, q->e);

	q->found->series++;
	for (size_t i = 0; good && i < c.len; i++) {
		struct span v = c.v[i];

		/* That a window still open has no bar yet is no gap. */
		v.to = min64(v.to, wanted.to);
		good = add_gap(q->found, s, GAP_UNCOVERED, at,
			   min64(v.from, wanted.to)) ||
		       md_nomem(q->e);
		at = max64(at, v.to);
		if (good && v.kind == COVERAGE_REFUSED)
			good = add_refused(q->found, s, &c.v[i], &q->refused) ||
			       md_nomem(q->e);
		else if (good)
			good = look_at_span(q, s, &v, wanted.from);
	}
	if (good)
		good = add_gap(q->found, s, GAP_UNCOVERED, at, wanted.to) ||
		       md_nomem(q->e);
	coverage_free(&c);
	return good;
}

/* -- which series -- */

static bool
look_at_stored(struct search *q)
{
	bool good = true;

	for (size_t i = 0; good && i < q->rows.len; i++) {
		const struct series_row *r = &q->rows.v[i];
		struct subject s = subject_of(q->query, r);

		if ((q->query->tiers & 1U << r->tier) != 0 &&
		    (q->query->timeframes & 1U << r->facts.timeframe) != 0)
			good = look_at(q, &s);
	}
	return good;
}

/* The series of the store, or one that it has not got. */
static struct series_row
wanted_series(const struct series_rows *rows, const struct symbol_entry *w,
    enum timeframe tf)
{
	struct series_row key = { .tier = w->tier,
		.facts = { .class = w->class, .timeframe = tf } };
	const struct series_row *found;

	memcpy(key.symbol, w->symbol, sizeof(key.symbol));
	if (rows->len == 0)
		return key;
	found =
	    bsearch(&key, rows->v, rows->len, sizeof(key), series_row_compare);
	return found == NULL ? key : *found;
}

/*
 * The timeframes that a symbol stands for: what was said of it and of all;
 * else those that are stored, which is what every other report shows of it;
 * what is new, or listed to be fetched, has daily bars.
 */
static unsigned
timeframes_meant(const struct gap_query *q, const struct series_rows *rows,
    const struct symbol_entry *w)
{
	unsigned bits = 0;

	if (w->timeframes != 0)
		return w->timeframes & q->timeframes;
	if (q->timeframes != ~0U)
		return q->timeframes;
	for (int tf = 0; tf < TF_COUNT; tf++)
		if (wanted_series(rows, w, (enum timeframe)tf).id != 0)
			bits |= 1U << tf;
	return bits == 0 || w->described ? bits | 1U << TF_1D : bits;
}

static bool
look_at_wanted(struct search *q)
{
	const struct gap_query *query = q->query;
	bool good = true;

	for (size_t i = 0; i < query->symbols->len; i++) {
		const struct symbol_entry *w = &query->symbols->v[i];
		unsigned bits = timeframes_meant(query, &q->rows, w);

		for (int tf = 0; good && tf < TF_COUNT; tf++) {
			struct series_row r =
			    wanted_series(&q->rows, w, (enum timeframe)tf);
			struct subject s = subject_of(query, &r);

			if ((bits & 1U << tf) != 0 &&
			    (query->tiers & 1U << r.tier) != 0)
				good = look_at(q, &s);
		}
	}
	return good;
}

static int
compare_gaps(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	if (order != 0)
		return order;
	if (x->timeframe != y->timeframe)
		return (int)x->timeframe - (int)y->timeframe;
	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

bool
gaps_find(struct store *st, const struct gap_query *q, struct gap_list *out,
    struct md_error *e)
{
	struct search all = { .st = st, .query = q, .found = out, .e = e };
	struct series_rows *rows = &all.rows;
	bool good;

	memset(out, 0, sizeof(*out));
	out->now_ms = q->now_ms;
	good = store_report_series(st, rows, e) &&
	       read_refused(st, &all.refused, e);
	if (good && rows->len > 0)
		qsort(rows->v, rows->len, sizeof(*rows->v), series_row_compare);
	if (good)
		good = q->symbols == NULL ? look_at_stored(&all)
					  : look_at_wanted(&all);
	series_rows_free(rows);
	refused_rows_free(&all.refused);
	if (good && out->series == 0)
		good = md_fail(e, MD_EEMPTY,
		    "no series to look at: run mdbackfill first, or name a "
		    "watchlist with -w");
	if (good && out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), compare_gaps);
	if (!good)
		gap_list_free(out);
	return good;
}

void
gap_list_free(struct gap_list *l)
{
	free(l->v);
	memset(l, 0, sizeof(*l));
}
