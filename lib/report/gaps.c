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

/* Where only the newest are kept, the oldest makes room. */
static struct gap *
next_gap(struct gap_list *l)
{
	struct gap *v;

	if (l->keep == 0 || l->len < l->keep)
		return ARRAY_NEXT(l);
	memmove(l->v, l->v + 1, (l->len - 1) * sizeof(*l->v));
	v = &l->v[l->len - 1];
	memset(v, 0, sizeof(*v));
	return v;
}

static struct gap *
append_gap(struct gap_list *l, const struct subject *s, enum gap_kind kind,
    int64_t from, int64_t to, int64_t bars)
{
	struct gap *v = next_gap(l);

	if (v == NULL || (l->each != NULL && !l->each(l->ctx, kind, from, to)))
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

static void
sort_refused(struct refused_rows *l)
{
	if (l->len > 0)
		qsort(l->v, l->len, sizeof(*l->v), compare_refused);
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

/*
 * A series' spans and the times of its bars, both in order, side by side: its
 * bars are asked for once, however many spans there are.
 */
struct walk {
	struct search *search;
	const struct subject *subject;
	const struct coverage *coverage;
	struct range wanted;
	size_t i;    /* the span */
	bool inside; /* what lies before that span has been looked at */
	int64_t at;  /* up to here is covered */
	struct knowledge_walk bars; /* within the span */
};

/* That a window still open has no bar yet is no gap. */
static int64_t
span_end(const struct walk *w)
{
	return min64(w->coverage->v[w->i].to, w->wanted.to);
}

/* Is it one in which bars are expected? */
static bool
has_bars(const struct span *c)
{
	return c->kind == COVERAGE_BARS || c->kind == COVERAGE_EMPTY;
}

static bool
add_absent(struct walk *w, int64_t from, int64_t to)
{
	const struct span *c = &w->coverage->v[w->i];

	return add_gap(w->search->found, w->subject,
	    c->kind == COVERAGE_EMPTY ? GAP_EMPTY : GAP_ABSENT, from, to);
}

static bool
enter_span(struct walk *w)
{
	const struct span *c = &w->coverage->v[w->i];
	struct gap_list *l = w->search->found;

	if (!add_gap(l, w->subject, GAP_UNCOVERED, w->at,
		min64(c->from, w->wanted.to)))
		return false;
	w->inside = true;
	w->at = max64(w->at, span_end(w));
	w->bars = (struct knowledge_walk){ &w->subject->grid, c->from };
	if (c->kind == COVERAGE_REFUSED)
		return add_refused(l, w->subject, c, &w->search->refused);
	if (c->kind == COVERAGE_DENIED)
		return add_gap(l, w->subject, GAP_DENIED,
		    max64(c->from, w->wanted.from), span_end(w));
	return true;
}

/* Past the spans that end at t or before. */
static bool
pass_spans(struct walk *w, int64_t t)
{
	const struct coverage *c = w->coverage;

	for (; w->i < c->len && c->v[w->i].to <= t; w->i++) {
		if (!w->inside && !enter_span(w))
			return false;
		if (has_bars(&c->v[w->i]) &&
		    !add_absent(w, w->bars.at, span_end(w)))
			return false;
		w->inside = false;
	}
	return true;
}

static bool
walk_bar(void *ctx, int64_t ts)
{
	struct walk *w = ctx;
	const struct coverage *c = w->coverage;
	struct range hole;

	if (!pass_spans(w, ts))
		return false;
	if (w->i == c->len || c->v[w->i].from > ts)
		return true;
	if (!w->inside && !enter_span(w))
		return false;
	if (!has_bars(&c->v[w->i]))
		return true;
	knowledge_walk_bar(&w->bars, ts, &hole);
	return add_absent(w, hole.from, hole.to);
}

static bool
walk_spans(struct search *q, const struct subject *s, const struct coverage *c)
{
	struct walk w = { .search = q,
		.subject = s,
		.coverage = c,
		.wanted = wanted_range(q->query, &s->grid) };
	size_t first = 0, end = c->len;

	w.at = w.wanted.from;
	while (first < end && !has_bars(&c->v[first]))
		first++;
	while (end > first && !has_bars(&c->v[end - 1]))
		end--;
	if (first < end && c->v[first].from < w.wanted.to &&
	    !store_report_bar_times(q->st, s->id, c->v[first].from,
		min64(c->v[end - 1].to, w.wanted.to), walk_bar, &w, q->e))
		return false;
	return (pass_spans(&w, INT64_MAX) &&
		   add_gap(q->found, s, GAP_UNCOVERED, w.at, w.wanted.to)) ||
	       md_nomem(q->e);
}

static bool
look_at(struct search *q, const struct subject *s)
{
	struct coverage c = { NULL, 0, 0 };
	bool good = s->id == 0 || store_report_coverage(q->st, s->id, &c, q->e);

	q->found->series++;
	good = good && walk_spans(q, s, &c);
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
	       store_report_refused(st, &all.refused, e);
	sort_refused(&all.refused);
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

bool
gaps_of_series(struct store *st, const struct gap_query *q,
    const struct series_row *row, const struct coverage *c,
    struct gap_list *out, struct md_error *e)
{
	struct search one = { .st = st, .query = q, .found = out, .e = e };
	struct subject s = subject_of(q, row);
	bool good;

	out->now_ms = q->now_ms;
	out->series = 1;
	good = store_report_refused_of(st, row->id, (int64_t)out->keep,
	    &one.refused, e);
	sort_refused(&one.refused);
	good = good && walk_spans(&one, &s, c);
	refused_rows_free(&one.refused);
	return good;
}

void
gap_list_free(struct gap_list *l)
{
	free(l->v);
	memset(l, 0, sizeof(*l));
}
