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
	return whole_windows(g, from, to, grid_start(g, now - settle_ms));
}

/* -- gaps -- */

/* What is asked, and where the gaps go. */
struct search {
	const struct grid *grid;
	const struct finality_rule *rule;
	struct range wanted;
	int64_t now;
	struct ranges found;
};

/* Of [from, to), known as of then, what is due again. */
static bool
look(struct search *s, int64_t from, int64_t to, int64_t as_of)
{
	struct range r = { max64(from, s->wanted.from),
		min64(to, s->wanted.to) };

	return r.from >= r.to ||
	       finality_wanted(s->grid, s->rule, r, as_of, s->now, &s->found);
}

/* Nothing is known of it.  Windows that opened since the last question are
 * not worth another one so soon. */
static bool
look_at_unknown(struct search *s, int64_t from, int64_t to, int64_t asked)
{
	if (asked != INT64_MIN && asked + s->rule->reask_ms > s->now)
		to =
		    min64(to, grid_start(s->grid, s->now - s->rule->settle_ms));
	return look(s, from, to, INT64_MIN);
}

/*
 * A refusal is of what begins where it was asked for: who now asks for less
 * may get it.  A range that moves on with the days does not ask for less.
 */
static bool
look_at_denied(struct search *s, const struct span *v)
{
	if (s->now - v->fetched_at >= PLAN_DENIED_MS ||
	    s->wanted.from - v->from > PLAN_DENIED_MS)
		return look(s, v->from, v->to, INT64_MIN);
	return look(s,
	    max64(v->from, grid_final_before(s->grid, v->fetched_at)),
	    min64(v->to, grid_final_before(s->grid, s->now)), INT64_MIN);
}

static bool
search(struct search *s, const struct coverage *c)
{
	int64_t at = s->wanted.from, asked = INT64_MIN;
	bool good = true;

	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].kind != COVERAGE_DENIED)
			asked = max64(asked, c->v[i].fetched_at);
	for (size_t i = 0; good && i < c->len && at < s->wanted.to; i++) {
		const struct span *v = &c->v[i];

		if (v->to <= at)
			continue;
		good = look_at_unknown(s, at, v->from, asked) &&
		       (v->kind == COVERAGE_DENIED
			       ? look_at_denied(s, v)
			       : look(s, v->from, v->to, v->fetched_at));
		at = v->to;
	}
	return good && look_at_unknown(s, at, s->wanted.to, asked);
}

bool
plan_gaps(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c, struct range wanted, int64_t now, bool refresh,
    struct ranges *out)
{
	struct search s = { g, rule, wanted, now, { NULL, 0, 0 } };
	bool good = refresh ? look(&s, wanted.from, wanted.to, INT64_MIN)
			    : search(&s, c);

	for (size_t i = 0; good && i < s.found.len; i++) {
		const struct range *r = &s.found.v[i];

		if (grid_may_trade(g, r->from, r->to))
			good = ranges_add(out, r->from, r->to);
	}
	ranges_free(&s.found);
	return good;
}

/* -- why -- */

const char *
plan_reason_name(enum plan_reason r)
{
	static const char *const names[REASON_COUNT] = {
		[REASON_MISSING] = "missing",
		[REASON_OPEN] = "open",
		[REASON_CLOSED] = "closed",
		[REASON_EXTENDED] = "extended",
		[REASON_FINAL] = "final",
		[REASON_DENIED] = "denied",
		[REASON_REFRESH] = "refresh",
	};

	return names[r];
}

static unsigned
reason_of_window(const struct grid *g, const struct finality_rule *rule,
    int64_t start, int64_t as_of, int64_t now)
{
	if (finality_due(g, rule, start, as_of) > now)
		return 0;
	switch (finality_moment(g, rule, start, as_of, now)) {
	case MOMENT_OPEN:
		return 1U << REASON_OPEN;
	case MOMENT_CLOSED:
		return 1U << REASON_CLOSED;
	case MOMENT_EXTENDED:
		return 1U << REASON_EXTENDED;
	case MOMENT_FINAL:
		break;
	}
	return 1U << REASON_FINAL;
}

/*
 * Of windows that are known as of then.  Reasons change at few of them: at
 * those around what is final now and around what has settled now, and at the
 * ends of what is known.
 */
static unsigned
reasons_of_known(const struct grid *g, const struct finality_rule *rule,
    struct range r, int64_t as_of, int64_t now)
{
	int64_t final = grid_final_before(g, now);
	int64_t settled = grid_start(g, now - rule->settle_ms);
	const int64_t turns[] = { r.from, final - 1, final, settled - 1,
		settled, r.to - 1, grid_start(g, now) };
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
		if (turns[i] >= r.from && turns[i] < r.to)
			bits |= reason_of_window(g, rule,
			    grid_start(g, turns[i]), as_of, now);
	return bits;
}

unsigned
plan_reasons(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c, struct range gap, int64_t now, bool refresh)
{
	int64_t at = gap.from;
	unsigned bits = 0;

	for (size_t i = 0; i < c->len && at < gap.to; i++) {
		const struct span *v = &c->v[i];
		struct range r = { max64(at, v->from), min64(gap.to, v->to) };

		if (r.from >= r.to)
			continue;
		if (at < r.from)
			bits |= 1U << REASON_MISSING;
		if (v->kind == COVERAGE_DENIED)
			bits |= 1U << REASON_DENIED;
		else
			bits |=
			    reasons_of_known(g, rule, r, v->fetched_at, now);
		at = r.to;
	}
	if (at < gap.to)
		bits |= 1U << REASON_MISSING;
	return refresh ? bits | 1U << REASON_REFRESH : bits;
}

bool
plan_withholds(const struct grid *g, const struct coverage *c, int64_t now)
{
	int64_t final = grid_final_before(g, now);
	bool refused = false, has_bars = false;

	for (size_t i = 0; i < c->len; i++) {
		const struct span *v = &c->v[i];

		has_bars = has_bars || v->kind == COVERAGE_BARS;
		refused = refused ||
			  (v->kind == COVERAGE_DENIED && v->to > final &&
			      v->from >= grid_final_before(g, v->fetched_at));
	}
	return refused && has_bars;
}

bool
plan_grants(const struct grid *g, const struct coverage *c, int64_t now)
{
	int64_t final = grid_final_before(g, now);

	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].kind == COVERAGE_BARS && c->v[i].to > final)
			return true;
	return false;
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
