#include "plan.h"

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

/* Up to where this span needs no second question. */
static int64_t
settled_until(const struct grid *g, const struct span *s, int64_t now,
    bool refresh)
{
	if (s->kind == COVERAGE_DENIED)
		return now - s->fetched_at < PLAN_DENIED_MS ? s->to : s->from;
	if (refresh)
		return s->from;
	return min64(s->to, grid_final_before(g, s->fetched_at));
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

	for (size_t i = 0; i < c->len && at < wanted.to; i++) {
		const struct span *s = &c->v[i];
		int64_t until = settled_until(g, s, now, refresh);

		if (until <= at || s->from >= until)
			continue;
		if (!add_gap(g, out, at, min64(s->from, wanted.to)))
			return false;
		at = until;
	}
	return add_gap(g, out, at, wanted.to);
}

int64_t
plan_calls(const struct grid *g, struct range gap)
{
	enum timeframe base = timeframe_intraday(g->timeframe) ? TF_1M : TF_1D;
	int64_t n = calendar_bars_expected(g->calendar, g->class, base,
	    gap.from, gap.to);

	return n <= PLAN_PAGE_BASE ? 1
				   : (n + PLAN_PAGE_BASE - 1) / PLAN_PAGE_BASE;
}
