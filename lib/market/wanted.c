#include "market/wanted.h"

#include "base/integer.h"

/* -- what -- */

/* What is asked, and where the gaps go. */
struct search {
	const struct grid *grid;
	const struct finality_rule *rule;
	struct range wanted;
	int64_t now;
	struct ranges *found;
};

/* Of [from, to), known as of then, what is due again. */
static bool
look(struct search *s, int64_t from, int64_t to, int64_t as_of)
{
	struct range r = { max64(from, s->wanted.from),
		min64(to, s->wanted.to) };

	return r.from >= r.to ||
	       finality_wanted(s->grid, s->rule, r, as_of, s->now, s->found);
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
	if (s->now - v->fetched_at >= WANTED_DENIED_MS ||
	    s->wanted.from - v->from > WANTED_DENIED_MS)
		return look(s, v->from, v->to, INT64_MIN);
	return look(s,
	    max64(v->from, grid_final_before(s->grid, v->fetched_at)),
	    min64(v->to, grid_final_before(s->grid, s->now)), INT64_MIN);
}

/*
 * A day after a row came that cannot be right, another one may; and of a window
 * that could still change, at the moments at which it has changed.
 */
static bool
look_at_refused(struct search *s, const struct span *v)
{
	struct finality_rule daily = *s->rule;
	struct search changed = *s;

	if (s->now - v->fetched_at >= KNOWLEDGE_REFUSED_MS)
		return look(s, v->from, v->to, INT64_MIN);
	daily.reask_ms = KNOWLEDGE_REFUSED_MS;
	changed.rule = &daily;
	return look(&changed, v->from, v->to, v->fetched_at);
}

static bool
look_at_span(struct search *s, const struct span *v)
{
	if (v->kind == COVERAGE_DENIED)
		return look_at_denied(s, v);
	if (v->kind == COVERAGE_REFUSED)
		return look_at_refused(s, v);
	return look(s, v->from, v->to, v->fetched_at);
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
		       look_at_span(s, v);
		at = v->to;
	}
	return good && look_at_unknown(s, at, s->wanted.to, asked);
}

/* What of a silent symbol is asked for is final: once a day. */
static struct finality_rule
rule_for(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c)
{
	struct finality_rule r = *rule;
	int64_t since;

	r.final_only = r.final_only || knowledge_silent_since(g, c, &since);
	return r;
}

bool
wanted_now(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c, struct range wanted, int64_t now, bool refresh,
    struct ranges *out)
{
	struct finality_rule own = refresh ? *rule : rule_for(g, rule, c);
	struct search s = { g, &own, wanted, now, out };

	return refresh ? look(&s, wanted.from, wanted.to, INT64_MIN)
		       : search(&s, c);
}

/* -- why -- */

const char *
wanted_reason_name(enum wanted_reason r)
{
	static const char *const names[REASON_COUNT] = {
		[REASON_MISSING] = "missing",
		[REASON_OPEN] = "open",
		[REASON_CLOSED] = "closed",
		[REASON_EXTENDED] = "extended",
		[REASON_FINAL] = "final",
		[REASON_DENIED] = "denied",
		[REASON_REFUSED] = "refused",
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

/* Of what a span says; r is the part of it that is asked for. */
static unsigned
reasons_of_span(const struct grid *g, const struct finality_rule *rule,
    const struct span *s, struct range r, int64_t now)
{
	if (s->kind == COVERAGE_DENIED)
		return 1U << REASON_DENIED;
	if (s->kind == COVERAGE_REFUSED)
		return 1U << REASON_REFUSED;
	return reasons_of_known(g, rule, r, s->fetched_at, now);
}

/* The first span that ends after t, or none: there may be very many. */
static size_t
first_after(const struct coverage *c, int64_t t)
{
	size_t low = 0, high = c->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->v[mid].to > t)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

unsigned
wanted_reasons(const struct grid *g, const struct finality_rule *rule,
    const struct coverage *c, struct range gap, int64_t now, bool refresh)
{
	struct finality_rule own = rule_for(g, rule, c);
	int64_t at = gap.from;
	unsigned bits = 0;

	for (size_t i = first_after(c, at);
	     i < c->len && c->v[i].from < gap.to && at < gap.to; i++) {
		const struct span *v = &c->v[i];
		struct range r = { max64(at, v->from), min64(gap.to, v->to) };

		if (r.from >= r.to)
			continue;
		if (at < r.from)
			bits |= 1U << REASON_MISSING;
		bits |= reasons_of_span(g, &own, v, r, now);
		at = r.to;
	}
	if (at < gap.to)
		bits |= 1U << REASON_MISSING;
	return refresh ? bits | 1U << REASON_REFRESH : bits;
}

bool
wanted_withheld(const struct grid *g, const struct coverage *c, int64_t now)
{
	int64_t final = grid_final_before(g, now);
	bool refused = false;

	for (size_t i = 0; i < c->len; i++) {
		const struct span *v = &c->v[i];

		refused = refused ||
			  (v->kind == COVERAGE_DENIED && v->to > final &&
			      v->from >= grid_final_before(g, v->fetched_at));
	}
	return refused && knowledge_has_bars(c);
}

bool
wanted_granted(const struct grid *g, const struct coverage *c, int64_t now)
{
	int64_t final = grid_final_before(g, now);

	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].kind == COVERAGE_BARS && c->v[i].to > final)
			return true;
	return false;
}
