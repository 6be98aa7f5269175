#include "plan/plan.h"

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct range
plan_wanted(const struct grid *g, int64_t from, int64_t to, int64_t now,
    int64_t settle_ms)
{
	struct range r;
	/* The window that holds this moment is the first not yet settled. */
	int64_t settled = calendar_window_start(g->calendar, g->class,
	    g->timeframe, now - settle_ms);
	int64_t last;

	r.from =
	    calendar_window_start(g->calendar, g->class, g->timeframe, from);
	if (to <= from)
		return (struct range){ r.from, r.from };
	last =
	    calendar_window_start(g->calendar, g->class, g->timeframe, to - 1);
	r.to = min64(calendar_window_end(g->calendar, g->class, g->timeframe,
			 last),
	    settled);
	if (r.to < r.from)
		r.to = r.from;
	return r;
}

/*
 * The parts of a span that need no second question now: one, or for what was
 * denied two, since a plan that has no bars of today has them tomorrow.
 */
static void
settled_parts(const struct grid *g, const struct span *s, int64_t wanted_from,
    int64_t now, bool refresh, struct range out[2])
{
	int64_t final = grid_final_before(g, s->fetched_at);

	out[0] = out[1] = (struct range){ s->from, s->from };
	if (refresh)
		return;
	/*
	 * A refusal is of what begins where it was asked for: who now asks for
	 * less may get it.  A range that moves on with the days does not ask
	 * for less.
	 */
	if (s->kind == COVERAGE_DENIED &&
	    (now - s->fetched_at >= PLAN_DENIED_MS ||
		wanted_from - s->from > PLAN_DENIED_MS))
		return;
	out[0].to = min64(s->to, final);
	if (s->kind != COVERAGE_DENIED)
		return;
	final = grid_final_before(g, now);
	out[1] = (struct range){ final > s->from ? final : s->from, s->to };
}

static bool
add_gap(const struct grid *g, struct ranges *out, int64_t from, int64_t to)
{
	if (from >= to ||
	    !calendar_trades(g->calendar, g->class, g->timeframe, from, to))
		return true;
	return ranges_add(out, from, to);
}

bool
plan_gaps(const struct grid *g, const struct coverage *c, struct range wanted,
    int64_t now, bool refresh, struct ranges *out)
{
	int64_t at = wanted.from;
	struct range part[2];

	for (size_t i = 0; i < 2 * c->len && at < wanted.to; i++) {
		const struct range *r = &part[i % 2];

		if (i % 2 == 0)
			settled_parts(g, &c->v[i / 2], wanted.from, now,
			    refresh, part);
		if (r->to <= at || r->from >= r->to)
			continue;
		if (!add_gap(g, out, at, min64(r->from, wanted.to)))
			return false;
		at = r->to;
	}
	return add_gap(g, out, at, wanted.to);
}

/* Of so many base aggregates. */
static int64_t
pages(int64_t n)
{
	return n <= PLAN_PAGE_BASE ? 1
				   : (n + PLAN_PAGE_BASE - 1) / PLAN_PAGE_BASE;
}

static int64_t
base_expected(const struct grid *g, struct range r)
{
	enum timeframe base = timeframe_intraday(g->timeframe) ? TF_1M : TF_1D;

	return calendar_bars_expected(g->calendar, g->class, base, r.from,
	    r.to);
}

int64_t
plan_calls(const struct grid *g, struct range gap)
{
	return pages(base_expected(g, gap));
}

/* -- merging -- */

/* A session's minutes, and those from 04:00 to 20:00. */
#define SESSION_MINUTES  390
#define EXTENDED_MINUTES 960

/* As many as there can be: extended hours in full. */
static int64_t
pages_at_most(const struct grid *g, struct range r)
{
	int64_t n = base_expected(g, r);

	if (timeframe_intraday(g->timeframe) &&
	    asset_class_has_sessions(g->class))
		n = n * EXTENDED_MINUTES / SESSION_MINUTES + EXTENDED_MINUTES;
	return pages(n);
}

static bool
denied_between(const struct coverage *c, int64_t from, int64_t to)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].kind == COVERAGE_DENIED && c->v[i].from < to &&
		    c->v[i].to > from)
			return true;
	return false;
}

bool
plan_merge(const struct grid *g, const struct coverage *c,
    const struct ranges *gaps, struct ranges *calls)
{
	for (size_t i = 0; i < gaps->len; i++) {
		struct range next = gaps->v[i];
		struct range *last =
		    calls->len == 0 ? NULL : &calls->v[calls->len - 1];
		struct range both = { last == NULL ? 0 : last->from, next.to };

		if (last != NULL && !denied_between(c, last->to, next.from) &&
		    pages_at_most(g, both) <=
			plan_calls(g, *last) + plan_calls(g, next) - 1)
			last->to = next.to;
		else if (!ranges_add(calls, next.from, next.to))
			return false;
	}
	return true;
}
