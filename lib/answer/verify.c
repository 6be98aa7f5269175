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

/* Was the exchange closed all day?  Weeks and months always have a session. */
static bool
on_closed_day(const struct grid *g, int64_t t)
{
	struct session s;

	return asset_class_has_sessions(g->class) && g->timeframe <= TF_1D &&
	       !calendar_session(g->calendar,
		   calendar_date(g->calendar, g->class, t), &s);
}

static const char *
why_not(const struct asked *a, const struct bar *b)
{
	if (b->t < a->from || b->t >= a->to)
		return "outside the window asked for";
	if (!grid_has_start(&a->grid, b->t))
		return grid_refusal(&a->grid, b->t);
	if (on_closed_day(&a->grid, b->t))
		return "on a day on which the exchange was closed";
	/* An index has no volume; everything else was traded. */
	if (isnan(b->v) && a->grid.class != CLASS_INDEX)
		return "\"v\" is missing";
	return bar_impossible(b);
}

/*
 * The grid is known now: what was asked for is its whole windows, from the
 * first that starts within it to the last that had begun.
 */
static void
align(struct asked *a)
{
	const struct grid *g = &a->grid;
	int64_t begun = grid_end(g, grid_start(g, a->asked_at));

	a->cursor = grid_next(g, a->cursor);
	a->to = min64(grid_next(g, a->to), begun);
	a->cover_to = min64(grid_next(g, a->cover_to), begun);
}

/* Leave the rows that can be right; *ascending: they came in order. */
static bool
prune(struct asked *a, struct verified *v, bool *ascending)
{
	size_t n = 0;

	*ascending = true;
	for (size_t i = 0; i < v->len; i++) {
		const char *why = why_not(a, &v->bars[i]);

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

/* No row came for [from, to).  What was still open proves nothing by that. */
static bool
conclude_empty(const struct asked *a, struct verified *v, int64_t from,
    int64_t to)
{
	struct ranges *answered = a->any_bars ? &v->covered : &v->empty;
	int64_t closed = finality_closed_before(&a->grid, a->asked_at);

	closed = closed < from ? from : closed;
	closed = closed < to ? closed : to;
	if (!grid_expects_bars(&a->grid, from, closed))
		return ranges_add(answered, from, to);
	return ranges_add(&v->doubted, from, closed) &&
	       ranges_add(answered, closed, to);
}

/* Are all refusals of windows before that time, so that the rest stands? */
static bool
all_placed(const struct asked *a, const struct verified *v, int64_t before)
{
	for (size_t i = 0; i < v->refused_len; i++)
		if (!v->refused[i].has_t || v->refused[i].t < a->from ||
		    v->refused[i].t >= before)
			return false;
	return true;
}

static int
by_refused_time(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

/* [from, to) is covered but for the windows of what was refused. */
static bool
cover_around(const struct asked *a, struct verified *v, int64_t from,
    int64_t to)
{
	const struct grid *g = &a->grid;

	if (v->refused_len > 0)
		qsort(v->refused, v->refused_len, sizeof(*v->refused),
		    by_refused_time);
	for (size_t i = 0; i < v->refused_len; i++) {
		int64_t start = grid_start(g, v->refused[i].t);
		int64_t end = grid_end(g, start);

		if (start < from)
			start = from;
		if (end > to)
			end = to;
		if (start >= end)
			continue;
		if (!ranges_add(&v->covered, from, start) ||
		    !ranges_add(&v->doubted, start, end))
			return false;
		from = end;
	}
	return ranges_add(&v->covered, from, to);
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

static bool
conclude(struct asked *a, struct verified *v, bool last, bool ascending)
{
	int64_t from = a->cursor;
	int64_t until = proved_until(a, v, last, ascending);
	int64_t to = until < a->cover_to ? until : a->cover_to;
	bool tainted = a->tainted || !all_placed(a, v, a->to);

	/* What a later page covers must not include what this one lost. */
	a->tainted = a->tainted || !all_placed(a, v, until);
	a->cursor = until;
	a->any_bars = a->any_bars || v->len > 0;
	if (from >= to)
		return true;
	if (tainted || (v->len == 0 && v->refused_len > 0))
		return ranges_add(&v->doubted, from, to);
	if (v->len == 0)
		return conclude_empty(a, v, from, to);
	return cover_around(a, v, from, to);
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
	*v = (struct verified)VERIFIED_INIT;
}
