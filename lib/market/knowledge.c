#include "market/knowledge.h"

#include <stdlib.h>

#include "base/integer.h"

void
knowledge_free(struct knowledge *k)
{
	coverage_free(&k->coverage);
	doubts_free(&k->doubts);
}

/* -- the state of a window -- */

static const struct doubt *
doubt_of(const struct doubts *d, int64_t t)
{
	size_t low = 0, high = d->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->v[mid].to <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low < d->len && d->v[low].from <= t ? &d->v[low] : NULL;
}

/* To where a span without bars is absence: what was open then may yet come. */
static int64_t
absent_until(const struct grid *g, const struct span *s)
{
	return min64(s->to, finality_closed_before(g, s->fetched_at));
}

static enum knowledge_state
state_of(const struct span *s, bool believed, bool can_change)
{
	switch (s->kind) {
	case COVERAGE_EMPTY:
		return believed ? KNOWLEDGE_ABSENT : KNOWLEDGE_PROVISIONAL;
	case COVERAGE_DENIED:
		return KNOWLEDGE_DENIED;
	case COVERAGE_REFUSED:
		return KNOWLEDGE_REFUSED;
	case COVERAGE_BARS:
		break;
	}
	return can_change ? KNOWLEDGE_PROVISIONAL : KNOWLEDGE_FINAL;
}

struct known
knowledge_at(const struct grid *g, const struct knowledge *k, int64_t start)
{
	const struct span *s = coverage_at(&k->coverage, start);
	const struct doubt *d = doubt_of(&k->doubts, start);
	struct known out = { KNOWLEDGE_UNKNOWN, INT64_MIN, 0, false, true };

	if (s != NULL) {
		out.as_of = s->fetched_at;
		out.can_change = knowledge_provisional(g, start, s->fetched_at);
		out.believed =
		    s->kind == COVERAGE_EMPTY && start < absent_until(g, s);
		out.state = state_of(s, out.believed, out.can_change);
	}
	/* What came before was refused, or is as of then. */
	if (d != NULL && (s == NULL || s->kind == COVERAGE_REFUSED ||
			     s->kind == COVERAGE_DENIED)) {
		out.state = KNOWLEDGE_ABSENT;
		out.as_of = d->answered_at;
		out.believed = false;
	}
	if (d != NULL)
		out.answers = d->answers;
	else if (out.believed)
		out.answers = DOUBT_ANSWERS;
	return out;
}

bool
knowledge_provisional(const struct grid *g, int64_t start, int64_t as_of)
{
	return as_of < finality_final(g, start);
}

int64_t
knowledge_late(const struct grid *g, int64_t settle, int64_t start,
    int64_t as_of)
{
	struct finality_rule rule = { .settle_ms = settle };

	return finality_late(g, &rule, start, as_of);
}

/* -- an answer -- */

static bool
append_ranges(struct coverage *out, const struct range_list *r,
    enum coverage_kind kind, int64_t asked_at)
{
	for (size_t i = 0; i < r->len; i++)
		if (!coverage_append(out, (struct span){ r->v[i].from,
					      r->v[i].to, asked_at, kind }))
			return false;
	return true;
}

static int
by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Several kinds of ranges, as one list in order. */
static bool
cover(const struct knowledge_answer *a, const struct ranges *absent,
    const struct coverage *before, struct coverage *after)
{
	const struct range_list gone = { absent->v, absent->len };
	struct coverage new = { NULL, 0, 0 };
	bool good =
	    append_ranges(&new, &a->covered, COVERAGE_BARS, a->asked_at) &&
	    append_ranges(&new, &a->empty, COVERAGE_EMPTY, a->asked_at) &&
	    append_ranges(&new, &gone, COVERAGE_EMPTY, a->asked_at) &&
	    append_ranges(&new, &a->refused, COVERAGE_REFUSED, a->asked_at) &&
	    append_ranges(&new, &a->denied, COVERAGE_DENIED, a->asked_at);

	if (good && new.len > 0)
		qsort(new.v, new.len, sizeof(*new.v), by_start);
	for (size_t i = 0; good && i < before->len; i++)
		good = coverage_append(after, before->v[i]);
	good = good && coverage_add_all(after, new.v, new.len, &a->grid);
	coverage_free(&new);
	return good;
}

static bool
follow_doubts(const struct knowledge *k, const struct knowledge_answer *a,
    const struct ranges *doubted, struct knowledge_change *out)
{
	const struct range_list *ends[] = { &a->covered, &a->empty,
		&a->refused };
	struct doubts *d = &out->after.doubts;
	bool good = true;

	for (size_t i = 0; good && i < k->doubts.len; i++) {
		const struct doubt *o = &k->doubts.v[i];

		good = doubts_append(d, o->from, o->to, o->answered_at,
		    o->answers);
	}
	for (size_t i = 0; good && i < sizeof(ends) / sizeof(ends[0]); i++)
		good = doubts_clear(d, ends[i]->v, ends[i]->len);
	good = good && doubts_add(d, doubted->v, doubted->len, a->asked_at,
			   &out->believed);
	return good;
}

/* What is absent, and was believed to be before: that again.  The rest of it
 * is in doubt. */
static bool
part_absent(const struct knowledge *k, const struct knowledge_answer *a,
    struct ranges *absent, struct ranges *doubted)
{
	const struct coverage *c = &k->coverage;
	int64_t silent = INT64_MAX;
	size_t i = 0;
	bool good = true;

	(void)knowledge_silent_since(&a->grid, c, &silent);
	for (size_t n = 0; good && n < a->doubted.len; n++) {
		struct range r = a->doubted.v[n];
		struct range tail = { max64(r.from, min64(r.to, silent)),
			r.to };

		r.to = tail.from;
		while (i < c->len && c->v[i].to <= r.from)
			i++;
		for (size_t j = i; good && j < c->len && c->v[j].from < r.to;
		     j++) {
			int64_t from = max64(c->v[j].from, r.from);
			int64_t to =
			    min64(absent_until(&a->grid, &c->v[j]), r.to);

			if (c->v[j].kind != COVERAGE_EMPTY || from >= to)
				continue;
			good = ranges_add(doubted, r.from, from) &&
			       ranges_add(absent, from, to);
			r.from = to;
		}
		good = good && ranges_add(doubted, r.from, r.to) &&
		       ranges_add(absent, tail.from, tail.to);
	}
	return good;
}

/* Does the span say of whole windows of the answer's grid?  A refusal (403) is
 * about time. */
static bool
on_grid(const struct knowledge_answer *a, const struct span *s)
{
	return s->kind == COVERAGE_DENIED ||
	       (grid_next(&a->grid, s->from) == s->from &&
		   grid_next(&a->grid, s->to) == s->to);
}

/*
 * What was answered in windows that are not, before the grid was known, is
 * asked for again.  False: out of memory.
 */
static bool
keep_on_grid(const struct knowledge_answer *a, const struct coverage *before,
    struct coverage *out)
{
	for (size_t i = 0; i < before->len; i++)
		if (on_grid(a, &before->v[i]) &&
		    !coverage_append(out, before->v[i]))
			return false;
	return true;
}

/* What was doubted before the grid was known was in no windows of it. */
bool
knowledge_judge(const struct knowledge *k, const struct knowledge_answer *a,
    struct knowledge_change *out)
{
	struct ranges absent = { NULL, 0, 0 }, doubted = { NULL, 0, 0 };
	struct knowledge kept = { { NULL, 0, 0 }, { NULL, 0, 0 } };
	bool had_doubts = k->doubts.len > 0, good = true;

	*out = (struct knowledge_change){ .doubts_changed = false };
	if (a->tells_grid) {
		good = keep_on_grid(a, &k->coverage, &kept.coverage);
		k = &kept;
	}
	good = good && part_absent(k, a, &absent, &doubted) &&
	       cover(a, &absent, &k->coverage, &out->after.coverage) &&
	       follow_doubts(k, a, &doubted, out) &&
	       doubts_clear(&out->after.doubts, absent.v, absent.len);
	out->doubts_changed = had_doubts || out->after.doubts.len > 0;
	knowledge_free(&kept);
	ranges_free(&absent);
	ranges_free(&doubted);
	if (!good)
		knowledge_change_free(out);
	return good;
}

/* The middle of a range of several windows; of finer ones, of several days. */
static bool
middle_of(const struct grid *g, struct range r, int64_t *middle)
{
	*middle = r.from + (r.to - r.from) / 2;
	if (timeframe_intraday(g->timeframe))
		*middle = grid_midnight(g, grid_date(g, *middle));
	else
		*middle = grid_start(g, *middle);
	return *middle > r.from;
}

struct belief {
	const struct knowledge_answer *answer;
	knowledge_bars_fn *has_bars;
	void *ctx;
	struct coverage found;
};

static bool
find_bars(struct belief *b, struct range r)
{
	int64_t middle;
	bool has;

	if (!b->has_bars(b->ctx, &r, &has))
		return false;
	if (has && middle_of(&b->answer->grid, r, &middle))
		return find_bars(b, (struct range){ r.from, middle }) &&
		       find_bars(b, (struct range){ middle, r.to });
	return coverage_append(&b->found,
	    (struct span){ r.from, r.to, b->answer->asked_at,
		has ? COVERAGE_BARS : COVERAGE_EMPTY });
}

bool
knowledge_believe(struct knowledge_change *c, const struct knowledge_answer *a,
    knowledge_bars_fn *has_bars, void *ctx)
{
	struct belief b = { a, has_bars, ctx, { NULL, 0, 0 } };
	struct coverage *after = &c->after.coverage;
	bool good = true;

	for (size_t i = 0; good && i < c->believed.len; i++)
		good = find_bars(&b, c->believed.v[i]);
	/* That it was open once, and nothing came, made no bars. */
	for (size_t i = 0; good && i < b.found.len; i++)
		good =
		    b.found.v[i].kind == COVERAGE_BARS ||
		    coverage_clear(after, b.found.v[i].from, b.found.v[i].to);
	good =
	    good && coverage_add_all(after, b.found.v, b.found.len, &a->grid);
	coverage_free(&b.found);
	return good;
}

void
knowledge_change_free(struct knowledge_change *c)
{
	knowledge_free(&c->after);
	ranges_free(&c->believed);
}

/* -- what is expected -- */

int64_t
knowledge_window(const struct grid *g, int64_t ts)
{
	if (!timeframe_intraday(g->timeframe))
		ts += MD_DAY / 2;
	return grid_start(g, ts);
}

void
knowledge_walk_bar(struct knowledge_walk *w, int64_t ts, struct range *hole)
{
	int64_t start = knowledge_window(w->grid, ts);

	*hole = (struct range){ w->at, max64(w->at, start) };
	w->at = max64(w->at, grid_end(w->grid, start));
}

/* From the first window that is expected in r to the end of the last. */
static bool
expected_part(const struct grid *g, struct range r, struct range *out)
{
	int64_t last;

	if (r.from >= r.to || !grid_next_expected(g, r.from, &out->from) ||
	    out->from >= r.to || !grid_newest_due(g, r.to, 0, &last) ||
	    last < out->from)
		return false;
	out->to = grid_end(g, last);
	return true;
}

/* The local day with t in it; what is expected of it. */
static struct range
day_of(const struct grid *g, int64_t t)
{
	md_date date = grid_date(g, t);

	return (struct range){ grid_midnight(g, date),
		grid_midnight(g, date + 1) };
}

struct knowledge_day
knowledge_day(const struct grid *g, int64_t t)
{
	struct range day = day_of(g, t);
	int64_t first;

	if (!grid_next_expected(g, day.from, &first))
		first = day.to;
	return (struct knowledge_day){ day.from, min64(first, day.to), day.to };
}

bool
knowledge_absent(const struct grid *g, struct range hole, bool at_start,
    bool at_end, struct range *out)
{
	struct range part, day, session;

	if (!expected_part(g, hole, &part))
		return false;
	*out = part;
	if (!timeframe_intraday(g->timeframe) || at_end)
		return true;
	/* A session that has begun has had its bars, or is going on. */
	day = day_of(g, part.from);
	if (expected_part(g, day, &session) && session.from < part.from &&
	    !at_start &&
	    !expected_part(g, (struct range){ day.to, part.to }, out))
		return false;
	day = day_of(g, part.to - 1);
	if (expected_part(g, day, &session) && session.to > part.to)
		return expected_part(g, (struct range){ out->from, day.from },
		    out);
	return true;
}

bool
knowledge_older(const struct coverage *c, int64_t t)
{
	for (size_t i = 0; i < c->len && c->v[i].from < t; i++)
		if (c->v[i].kind == COVERAGE_BARS)
			return true;
	return false;
}

bool
knowledge_has_bars(const struct coverage *c)
{
	return knowledge_older(c, INT64_MAX);
}

bool
knowledge_silent_since(const struct grid *g, const struct coverage *c,
    int64_t *since)
{
	struct grid days = *g;
	int64_t sessions = 0;
	size_t i = c->len;

	days.timeframe = TF_1D;

	for (; i > 0 && c->v[i - 1].kind != COVERAGE_BARS; i--) {
		const struct span *s = &c->v[i - 1];

		/* A row came, though it was no good. */
		if (s->kind == COVERAGE_REFUSED)
			return false;
		if (s->kind == COVERAGE_EMPTY)
			sessions += grid_bars_expected(&days, s->from,
			    absent_until(g, s));
	}
	if (sessions < KNOWLEDGE_SILENT_SESSIONS)
		return false;
	*since = i > 0 ? c->v[i - 1].to : c->v[0].from;
	return true;
}
