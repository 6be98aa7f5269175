#include "answer/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"

/* -- refusals -- */

static bool
refuse(struct verified *v, bool has_t, int64_t t, const char *reason,
    const char *raw)
{
	struct refusal *p =
	    array_room(v->refused, v->refused_len, &v->refused_cap, sizeof(*p));

	if (p == NULL)
		return false;
	v->refused = p;
	v->refused[v->refused_len++] =
	    (struct refusal){ has_t, t, reason, v->raw.len };
	buf_append(&v->raw, raw, strlen(raw) + 1);
	return buf_ok(&v->raw);
}

/* A row as it came: the same names, the same values. */
static bool
refuse_bar(struct verified *v, const struct bar *bar, const char *reason)
{
	struct buf b = BUF_INIT;
	bool good;

	bar_write(bar, &b);
	good = buf_ok(&b) && refuse(v, true, bar->t, reason, buf_str(&b));
	buf_free(&b);
	return good;
}

/* -- rows -- */

/* Was the exchange closed all day?  Weeks and months always have a session.
 * *open: a day on which it was not, and mostly that of the row before. */
static bool
on_closed_day(const struct grid *g, int64_t t, struct range *open)
{
	struct session s;
	md_date date;

	if (!asset_class_has_sessions(g->class) || g->timeframe > TF_1D ||
	    (t >= open->from && t < open->to))
		return false;
	date = calendar_date(g->calendar, g->class, t);
	if (!calendar_session(g->calendar, date, &s))
		return true;
	*open = (struct range){ calendar_midnight(g->calendar, g->class, date),
		calendar_midnight(g->calendar, g->class, date + 1) };
	return false;
}

static const char *
why_not(const struct asked *a, const struct bar *b, struct range *open)
{
	if (b->t < a->from || b->t >= a->to)
		return "outside the window asked for";
	if (!grid_has_start(&a->grid, b->t))
		return grid_refusal(&a->grid, b->t);
	if (on_closed_day(&a->grid, b->t, open))
		return "on a day on which the exchange was closed";
	/* An index has no volume; everything else was traded. */
	if (isnan(b->v) && a->grid.class != CLASS_INDEX)
		return "\"v\" is missing";
	return bar_impossible(b);
}

/*
 * The grid is known now: what was asked for is its whole windows, from the
 * first that starts within it; of those, what had begun is answered.
 */
static void
align(struct asked *a)
{
	const struct grid *g = &a->grid;
	int64_t begun = grid_end(g, grid_start(g, a->asked_at));

	a->cursor = grid_next(g, a->cursor);
	a->to = grid_next(g, a->to);
	a->cover_to = min64(grid_next(g, a->cover_to), begun);
}

/* Leave the rows that can be right; *ascending: they came in order. */
static bool
prune(struct asked *a, struct verified *v, bool *ascending)
{
	struct range open = { 0, 0 };
	size_t n = 0;

	*ascending = true;
	for (size_t i = 0; i < v->len; i++) {
		const char *why = why_not(a, &v->bars[i], &open);

		if (why != NULL) {
			if (!refuse_bar(v, &v->bars[i], why))
				return false;
			continue;
		}
		if (grid_learn(&a->grid, v->bars[i].t))
			align(a);
		if (n > 0 && v->bars[i].t < v->bars[n - 1].t)
			*ascending = false;
		if (n != i)
			v->bars[n] = v->bars[i];
		n++;
	}
	v->len = n;
	return true;
}

static int
by_time(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

/* The same bar twice is one bar; two bars of one time are none. */
static bool
unite(struct verified *v)
{
	size_t n = 0;

	for (size_t i = 0, next; i < v->len; i = next) {
		bool same = true;

		for (next = i + 1;
		     next < v->len && v->bars[next].t == v->bars[i].t; next++)
			same = same && bar_equal(&v->bars[i], &v->bars[next]);
		if (same) {
			if (n != i)
				v->bars[n] = v->bars[i];
			n++;
			continue;
		}
		for (size_t k = i; k < next; k++)
			if (!refuse_bar(v, &v->bars[k],
				"one of several different bars of its time"))
				return false;
	}
	v->len = n;
	return true;
}

/* -- what it proves -- */

/* An answer's page, while it is divided into what it proves. */
struct proof {
	const struct asked *asked;
	struct verified *v;
	struct ranges lost; /* windows of rows that were refused, in order */
	struct knowledge_day day; /* of the hole before */
	size_t bar;               /* those before it are in what was divided */
	int64_t closed;           /* windows that start before it had closed */
	bool last;                /* nothing comes after this page */
	bool seen;                /* a row came for an earlier window */
	bool no_bars;             /* nor did any page so far have any */
};

/* No row came for [from, to).  What was still open proves nothing by that. */
static bool
conclude_empty(struct proof *p, int64_t from, int64_t to)
{
	const struct grid *g = &p->asked->grid;
	int64_t closed = max64(from, min64(p->closed, to));

	if (!grid_expects_bars(g, from, closed))
		return ranges_join(&p->v->empty, from, to);
	return ranges_join(&p->v->doubted, from, closed) &&
	       ranges_join(&p->v->empty, closed, to);
}

/* A row that was lost may be of any window that has no bar, but for days on
 * which there are none. */
static bool
doubt_hole(struct proof *p, int64_t *at, struct range hole)
{
	const struct grid *g = &p->asked->grid;

	if (hole.from >= hole.to || (!timeframe_intraday(g->timeframe) &&
					!grid_may_trade(g, hole.from, hole.to)))
		return true;
	if (!ranges_join(&p->v->covered, *at, hole.from) ||
	    !ranges_join(&p->v->doubted, hole.from, hole.to))
		return false;
	*at = hole.to;
	return true;
}

/* Is it of one day, and before its session or after the first window of it?
 * That can be told without looking for the windows, and of most holes. */
static bool
lacks_no_session(struct proof *p, struct range hole)
{
	struct knowledge_day *d = &p->day;

	if (!timeframe_intraday(p->asked->grid.timeframe))
		return false;
	if (hole.from < d->from || hole.from >= d->to)
		*d = knowledge_day(&p->asked->grid, hole.from);
	return hole.to <= d->to &&
	       (hole.to <= d->first || hole.from > d->first);
}

/*
 * *at to the hole's end, which bars came around: answered, but for what is
 * expected in it.  Before the first bar of all the series was not listed.
 */
static bool
conclude_hole(struct proof *p, int64_t *at, struct range hole, bool at_end)
{
	bool listed = p->seen || p->asked->older;
	struct range absent;

	hole.to = max64(hole.from, min64(hole.to, p->closed));
	if (p->asked->astray)
		return doubt_hole(p, at, hole);
	if (p->seen && !at_end && lacks_no_session(p, hole))
		return true;
	if (p->asked->complete || p->asked->scattered ||
	    !knowledge_absent(&p->asked->grid, hole, !p->seen, at_end, &absent))
		return true;
	if (!ranges_join(listed ? &p->v->covered : &p->v->empty, *at,
		absent.from) ||
	    !ranges_join(listed ? &p->v->doubted : &p->v->empty, absent.from,
		absent.to))
		return false;
	*at = absent.to;
	return true;
}

/* [from, to), of which no row was refused; at_end: nor does any follow. */
static bool
conclude_part(struct proof *p, int64_t from, int64_t to, bool at_end)
{
	const struct grid *g = &p->asked->grid;
	struct verified *v = p->v;
	struct knowledge_walk walk = { g, from };
	int64_t at = from;
	struct range hole;

	if (from >= to)
		return true;
	if (p->asked->tainted ||
	    (p->asked->astray && (p->no_bars || p->asked->scattered)))
		return ranges_join(&v->doubted, from, to);
	if (p->no_bars)
		return conclude_empty(p, from, to);
	while (p->bar < v->len && knowledge_window(g, v->bars[p->bar].t) < to) {
		knowledge_walk_bar(&walk, v->bars[p->bar++].t, &hole);
		if (!conclude_hole(p, &at, hole, false))
			return false;
		p->seen = true;
	}
	hole = (struct range){ walk.at, to };
	if (!conclude_hole(p, &at, hole, at_end))
		return false;
	/* What is open after what is absent has no bar either. */
	return ranges_join(at_end && at > hole.from ? &v->empty : &v->covered,
	    at, to);
}

/* The window of a row that was refused, which may have a bar all the same. */
static bool
conclude_lost(struct proof *p, struct range window)
{
	const struct verified *v = p->v;
	bool has_bar = false;

	p->seen = true;
	for (; p->bar < v->len &&
	       knowledge_window(&p->asked->grid, v->bars[p->bar].t) < window.to;
	     p->bar++)
		has_bar = has_bar || knowledge_window(&p->asked->grid,
					 v->bars[p->bar].t) >= window.from;
	return ranges_join(has_bar ? &p->v->doubted : &p->v->refused_windows,
	    window.from, window.to);
}

/* [from, to) by its windows of refused rows and what lies between them. */
static bool
conclude_range(struct proof *p, int64_t from, int64_t to)
{
	for (size_t i = 0; i < p->lost.len; i++) {
		struct range w = { max64(p->lost.v[i].from, from),
			min64(p->lost.v[i].to, to) };

		if (w.from >= w.to)
			continue;
		if (!conclude_part(p, from, w.from, false) ||
		    !conclude_lost(p, w))
			return false;
		from = w.to;
	}
	return conclude_part(p, from, to, p->last);
}

static int64_t
proved_until(const struct asked *a, const struct verified *v, bool last,
    bool ascending)
{
	if (last)
		return a->to;
	if (!ascending || v->len == 0 || v->bars[v->len - 1].t < a->cursor)
		return a->cursor;
	return grid_end(&a->grid, v->bars[v->len - 1].t);
}

/* -- rows that were refused, by their windows -- */

static int
by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static struct range
window_of(const struct grid *g, int64_t t)
{
	int64_t start = calendar_on_grid(g->calendar, g->class, g->timeframe, t)
			    ? knowledge_window(g, t)
			    : grid_start(g, t);

	return (struct range){ start, grid_end(g, start) };
}

/* Those of this page and of earlier ones, in order.  A row that may belong
 * anywhere puts all in doubt that has no bar. */
static bool
find_lost(struct asked *a, const struct verified *v, struct ranges *out)
{
	for (size_t i = 0; i < a->lost_len; i++)
		if (!ranges_add(out, a->lost[i].from, a->lost[i].to))
			return false;
	for (size_t i = 0; i < v->refused_len; i++) {
		struct range w = window_of(&a->grid, v->refused[i].t);

		if (!v->refused[i].has_t || v->refused[i].t < a->from ||
		    v->refused[i].t >= a->to)
			a->astray = true;
		else if (!ranges_add(out, w.from, w.to))
			return false;
	}
	if (out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), by_start);
	return true;
}

/* What a later page covers must not include what this one lost. */
static void
keep_lost(struct asked *a, const struct ranges *lost, int64_t until)
{
	a->lost_len = 0;
	for (size_t i = 0; i < lost->len; i++) {
		const struct range *w = &lost->v[i];

		if (w->to <= until || (i > 0 && w->from == w[-1].from))
			continue;
		if (a->lost_len == ASKED_LOST_MAX) {
			a->tainted = true;
			return;
		}
		a->lost[a->lost_len++] = *w;
	}
}

static bool
conclude(struct asked *a, struct verified *v, bool last, bool ascending)
{
	int64_t from = a->cursor;
	int64_t until = proved_until(a, v, last, ascending);
	int64_t to = min64(until, a->cover_to);
	struct proof p = { .asked = a,
		.v = v,
		.closed = finality_closed_before(&a->grid, a->asked_at),
		.last = last,
		.seen = a->any_bars,
		.no_bars = !a->any_bars && v->len == 0 };
	bool good = find_lost(a, v, &p.lost);

	a->cursor = until;
	a->any_bars = a->any_bars || v->len > 0;
	if (good && from < to)
		good = conclude_range(&p, from, to);
	keep_lost(a, &p.lost, until);
	/* The next page covers these without having them. */
	a->scattered = a->scattered || (v->len > 0 && until <= from);
	ranges_free(&p.lost);
	return good;
}

static bool
wrong_ticker(const struct asked *a, const struct page *p)
{
	/* An answer without rows may leave it out. */
	if (p->ticker == NULL)
		return p->len + p->refused_len > 0;
	return strcmp(p->ticker, a->ticker) != 0;
}

bool
verify_page(struct asked *a, struct page *p, bool last, struct verified *v)
{
	bool ascending = true, foreign = wrong_ticker(a, p);

	v->bars = p->bars;
	v->len = p->len;
	v->refused_len = 0;
	buf_clear(&v->raw);
	v->covered.len = v->doubted.len = v->empty.len = 0;
	v->refused_windows.len = 0;
	for (size_t i = 0; i < p->refused_len; i++)
		if (!refuse(v, p->refused[i].has_t, p->refused[i].t,
			p->refused[i].reason, p->refused[i].raw))
			return false;
	if (foreign) {
		for (size_t i = 0; i < v->len; i++)
			if (!refuse_bar(v, &v->bars[i],
				"in an answer about another ticker"))
				return false;
		v->len = 0;
		a->tainted = true;
		return conclude(a, v, last, false);
	}
	if (!prune(a, v, &ascending))
		return false;
	if (!ascending)
		qsort(v->bars, v->len, sizeof(*v->bars), by_time);
	return unite(v) && conclude(a, v, last, ascending);
}

void
verified_free(struct verified *v)
{
	free(v->refused);
	buf_free(&v->raw);
	ranges_free(&v->covered);
	ranges_free(&v->doubted);
	ranges_free(&v->empty);
	ranges_free(&v->refused_windows);
	*v = (struct verified)VERIFIED_INIT;
}
