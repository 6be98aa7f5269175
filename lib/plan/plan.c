#include "plan/plan.h"

#include "base/integer.h"

/* Whole windows of [from, to), those before the one that starts at end. */
static struct range
whole_windows(const struct grid *g, int64_t from, int64_t to, int64_t end)
{
	struct range r = { grid_start(g, from), 0 };

	r.to = to <= from ? r.from : grid_end(g, grid_start(g, to - 1));
	r.to = max64(r.from, min64(r.to, end));
	return r;
}

struct range
plan_begun(const struct grid *g, int64_t from, int64_t to, int64_t now)
{
	return whole_windows(g, from, to, grid_end(g, grid_start(g, now)));
}

struct range
plan_ended(const struct grid *g, int64_t from, int64_t to, int64_t now,
    int64_t settle_ms)
{
	return whole_windows(g, from, to,
	    finality_closed_before(g, now - settle_ms));
}

/* -- gaps -- */

/* A row came of it once, whether or not anything trades there. */
static bool
was_refused(const struct coverage *c, const struct range *r)
{
	for (size_t i = 0; i < c->len && c->v[i].from < r->to; i++)
		if (c->v[i].kind == COVERAGE_REFUSED && c->v[i].to > r->from)
			return true;
	return false;
}

bool
plan_gaps(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c, struct range wanted, int64_t now, bool refresh,
    struct ranges *out)
{
	struct ranges found = { NULL, 0, 0 };
	bool good = wanted_now(g, rule, c, wanted, now, refresh, &found);

	for (size_t i = 0; good && i < found.len; i++) {
		const struct range *r = &found.v[i];

		if (grid_may_trade(g, r->from, r->to) || was_refused(c, r))
			good = ranges_add(out, r->from, r->to);
	}
	ranges_free(&found);
	return good;
}

/* -- what it costs -- */

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
	struct grid base = *g;

	base.timeframe = timeframe_intraday(g->timeframe) ? TF_1M : TF_1D;
	return grid_bars_expected(&base, r.from, r.to);
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
