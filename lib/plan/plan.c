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

int64_t
plan_base_expected(const struct grid *g, struct range r)
{
	struct grid base = *g;

	base.timeframe = timeframe_intraday(g->timeframe) ? TF_1M : TF_1D;
	return grid_bars_expected(&base, r.from, r.to);
}

int64_t
plan_calls(const struct grid *g, struct range gap)
{
	return pages(plan_base_expected(g, gap));
}

/* -- merging -- */

/* A session's minutes, and those from 04:00 to 20:00. */
#define SESSION_MINUTES  390
#define EXTENDED_MINUTES 960

/* As many as there can be: extended hours in full. */
static int64_t
pages_at_most(const struct grid *g, struct range r)
{
	int64_t n = plan_base_expected(g, r);

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

/* -- by name -- */

/* The gaps before *end that are of the names of the last of them, which are
 * taken off: *end is moved. */
static bool
take_named(const struct grid *g, const struct former_names *names,
    const struct ranges *gaps, size_t *len, int64_t *end, struct ranges *out)
{
	struct names_part part = { .last = SIZE_MAX };

	while (*len > 0) {
		struct range r = gaps->v[*len - 1];
		struct names_part next;

		r.to = min64(r.to, *end);
		next = names_last_part(names, g, r);
		if (part.last != SIZE_MAX &&
		    (next.first != part.first || next.last != part.last))
			break;
		part = next;
		if (!ranges_add(out, part.range.from, part.range.to))
			return false;
		*end = part.range.from;
		if (*end > r.from)
			break;
		--*len;
	}
	return true;
}

static void
reverse(struct ranges *r)
{
	for (size_t i = 0, k = r->len; i + 1 < k; i++) {
		struct range swap = r->v[i];

		r->v[i] = r->v[--k];
		r->v[k] = swap;
	}
}

bool
plan_merge_by_name(const struct grid *g, const struct former_names *names,
    const struct coverage *c, const struct ranges *gaps, struct ranges *calls)
{
	size_t len = gaps->len;
	int64_t end = INT64_MAX;
	bool good = true;

	if (names->len == 0)
		return plan_merge(g, c, gaps, calls);
	while (good && len > 0) {
		struct ranges part = { NULL, 0, 0 }, merged = { NULL, 0, 0 };

		good = take_named(g, names, gaps, &len, &end, &part);
		reverse(&part);
		good = good && plan_merge(g, c, &part, &merged);
		for (size_t i = merged.len; good && i > 0; i--)
			good = ranges_add(calls, merged.v[i - 1].from,
			    merged.v[i - 1].to);
		ranges_free(&part);
		ranges_free(&merged);
	}
	reverse(calls);
	return good;
}

int64_t
plan_calls_by_name(const struct grid *g, const struct former_names *names,
    struct range call)
{
	struct names_part part = { .first = 0, .last = 0 };

	if (names->len > 0)
		part = names_last_part(names, g, call);
	return plan_calls(g, call) * (int64_t)(part.last - part.first + 1);
}
