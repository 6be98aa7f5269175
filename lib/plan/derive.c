#include "plan/derive.h"

#include <math.h>
#include <string.h>

#include "market/bar_join.h"
#include "plan/plan.h"

bool
derive_possible(enum timeframe coarse, enum timeframe fine)
{
	return (fine == TF_1M || fine == TF_5M) && coarse > fine &&
	       timeframe_intraday(coarse);
}

/* -- where -- */

/* As it would stand if what was fetched since could not change any more. */
static bool
as_believed(const struct coverage *c, int64_t now, int64_t since,
    struct coverage *out)
{
	for (size_t i = 0; i < c->len; i++) {
		struct span s = c->v[i];

		if (s.kind == COVERAGE_DENIED || s.kind == COVERAGE_REFUSED)
			continue;
		if (s.fetched_at >= since)
			s.fetched_at = now + 30 * MD_DAY;
		if (!coverage_append(out, s))
			return false;
	}
	return true;
}

bool
derive_lacking(const struct grid *fine, const struct finality_rule *rule,
    const struct coverage *c, struct range range, int64_t now, int64_t since,
    struct ranges *out)
{
	struct coverage believed = { NULL, 0, 0 };
	bool good = as_believed(c, now, since, &believed) &&
		    plan_gaps(fine, rule, &believed, range, now, false, out);

	coverage_free(&believed);
	return good;
}

static bool
divide_one(const struct grid *g, const struct range *gap,
    const struct ranges *lacking, struct ranges *derived, struct ranges *rest)
{
	int64_t at = gap->from;

	for (size_t i = 0; i < lacking->len && at < gap->to; i++) {
		const struct range *l = &lacking->v[i];
		int64_t from, to;

		if (l->to <= at || l->from >= gap->to)
			continue;
		from = grid_start(g, l->from > at ? l->from : at);
		to = grid_end(g, grid_start(g, l->to - 1));
		if (from < at)
			from = at;
		if (to > gap->to)
			to = gap->to;
		if (!ranges_join(derived, at, from) ||
		    !ranges_join(rest, from, to))
			return false;
		at = to;
	}
	return ranges_join(derived, at, gap->to);
}

bool
derive_divide(const struct grid *coarse, const struct ranges *gaps,
    const struct ranges *lacking, struct ranges *derived, struct ranges *rest)
{
	for (size_t i = 0; i < gaps->len; i++)
		if (!divide_one(coarse, &gaps->v[i], lacking, derived, rest))
			return false;
	return true;
}

int64_t
derive_answered(const struct coverage *fine, struct range r, int64_t now)
{
	int64_t at = now;

	for (size_t i = 0; i < fine->len; i++)
		if (fine->v[i].from < r.to && fine->v[i].to > r.from &&
		    fine->v[i].fetched_at < at)
			at = fine->v[i].fetched_at;
	return at;
}

/* -- what -- */

size_t
derive_bars(const struct grid *coarse, const struct bar *fine, size_t n,
    struct bar *out)
{
	struct bar_join j;
	int64_t end = INT64_MIN;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t start;

		if (fine[i].t < end) {
			bar_join_next(&j, &fine[i]);
			continue;
		}
		if (i > 0)
			out[len++] = bar_join_end(&j);
		start = grid_start(coarse, fine[i].t);
		end = grid_end(coarse, start);
		bar_join_first(&j, &fine[i], start);
	}
	if (n > 0)
		out[len++] = bar_join_end(&j);
	return len;
}

/* -- whether -- */

static bool
near(double x, double y, double share)
{
	if (isnan(x) || isnan(y))
		return isnan(x) && isnan(y);
	return fabs(x - y) <= share * fmax(fabs(x), fabs(y));
}

const char *
derive_difference(const struct bar *a, const struct bar *b)
{
	if (a->o != b->o)
		return "o";
	if (a->h != b->h)
		return "h";
	if (a->l != b->l)
		return "l";
	if (a->c != b->c)
		return "c";
	if (!near(a->v, b->v, 1e-9))
		return "v";
	if (!near(a->vw, b->vw, 1e-4))
		return "vw";
	return a->n != b->n ? "n" : NULL;
}

double
derive_field(const struct bar *b, const char *name)
{
	switch (name[0]) {
	case 'o':
		return b->o;
	case 'h':
		return b->h;
	case 'l':
		return b->l;
	case 'c':
		return b->c;
	case 'n':
		return (double)b->n;
	}
	return strcmp(name, "vw") == 0 ? b->vw : b->v;
}
