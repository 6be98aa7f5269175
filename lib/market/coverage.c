#include "market/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"
#include "base/name.h"

static const char *const kind_names[] = {
	[COVERAGE_BARS] = "bars",
	[COVERAGE_EMPTY] = "empty",
	[COVERAGE_DENIED] = "denied",
	[COVERAGE_REFUSED] = "refused",
};

const char *
coverage_kind_name(enum coverage_kind k)
{
	return kind_names[k];
}

bool
coverage_kind_parse(const char *s, enum coverage_kind *out)
{
	int i = NAME_FIND(kind_names, s);

	if (i < 0)
		return false;
	*out = (enum coverage_kind)i;
	return true;
}

bool
coverage_append(struct coverage *c, struct span s)
{
	struct span *v;

	if (s.from >= s.to)
		return true;
	v = array_room(c->v, c->len, &c->cap, sizeof(*v));
	if (v == NULL)
		return false;
	c->v = v;
	c->v[c->len++] = s;
	return true;
}

/* The new answer s, with the parts of it that older bars outlive kept bars. */
static bool
append_new(struct coverage *out, const struct coverage *old, struct span s,
    const struct grid *g)
{
	int64_t at = s.from;

	if (s.kind != COVERAGE_BARS)
		for (size_t i = 0; i < old->len; i++) {
			struct span o = old->v[i];
			int64_t from = max64(o.from, at);
			int64_t to = min64(o.to, s.to);

			if (o.kind != COVERAGE_BARS || from >= to)
				continue;
			/* Bars that would be asked for again are refused. */
			if (s.kind == COVERAGE_DENIED &&
			    o.to > grid_final_before(g, o.fetched_at))
				continue;
			o.from = from;
			o.to = to;
			/* A refusal says nothing of bars that came before. */
			if (s.kind == COVERAGE_EMPTY)
				o.fetched_at = s.fetched_at;
			if (!coverage_append(out, (struct span){ at, from,
						      s.fetched_at, s.kind }) ||
			    !coverage_append(out, o))
				return false;
			at = to;
		}
	return coverage_append(out,
	    (struct span){ at, s.to, s.fetched_at, s.kind });
}

bool
span_final(const struct span *s, const struct grid *g)
{
	return (s->kind == COVERAGE_BARS || s->kind == COVERAGE_EMPTY) &&
	       s->to <= grid_final_before(g, s->fetched_at);
}

static bool
joins(const struct span *a, const struct span *b, const struct grid *g)
{
	bool final;

	if (a->to != b->from || a->kind != b->kind)
		return false;
	final = span_final(a, g);
	return final == span_final(b, g) &&
	       (final || a->fetched_at == b->fetched_at);
}

static void
merge(struct coverage *c, const struct grid *g)
{
	size_t n = 0;

	for (size_t i = 0; i < c->len; i++) {
		struct span s = c->v[i];

		if (n > 0 && joins(&c->v[n - 1], &s, g)) {
			c->v[n - 1].to = s.to;
			c->v[n - 1].fetched_at =
			    max64(c->v[n - 1].fetched_at, s.fetched_at);
		} else
			c->v[n++] = s;
	}
	c->len = n;
}

/* To *out goes *c, with what s overlaps replaced; all else stays. */
static bool
overlay(struct coverage *out, const struct coverage *c, struct span s,
    const struct grid *g)
{
	bool good = true, placed = s.from >= s.to;

	/* An empty one lies after all others: it replaces nothing. */
	if (placed)
		s.from = s.to = INT64_MAX;
	for (size_t i = 0; good && i < c->len; i++) {
		struct span left = c->v[i], right = c->v[i];

		left.to = min64(left.to, s.from);
		right.from = max64(right.from, s.to);
		good = coverage_append(out, left);
		if (good && !placed && right.to > s.from) {
			placed = true;
			good = append_new(out, c, s, g);
		}
		good = good && coverage_append(out, right);
	}
	if (good && !placed)
		good = append_new(out, c, s, g);
	return good;
}

bool
coverage_add(struct coverage *c, struct span s, const struct grid *g)
{
	int64_t final = grid_final_before(g, s.fetched_at);
	struct span settled = s, open = s;
	struct coverage half = { NULL, 0, 0 }, out = { NULL, 0, 0 };
	bool good;

	settled.to = min64(s.to, final);
	open.from = max64(s.from, final);
	good = overlay(&half, c, settled, g) && overlay(&out, &half, open, g);
	coverage_free(&half);
	if (!good) {
		coverage_free(&out);
		return false;
	}
	merge(&out, g);
	coverage_free(c);
	*c = out;
	return true;
}

void
coverage_free(struct coverage *c)
{
	free(c->v);
	*c = (struct coverage){ NULL, 0, 0 };
}

/* -- doubt -- */

bool
doubts_append(struct doubts *d, int64_t from, int64_t to, int64_t at, int n)
{
	struct doubt *v;

	if (from >= to)
		return true;
	v = array_room(d->v, d->len, &d->cap, sizeof(*v));
	if (v == NULL)
		return false;
	d->v = v;
	d->v[d->len++] = (struct doubt){ from, to, at, n };
	return true;
}

/* The part of an old doubt that the new answer covers, one answer later. */
static bool
refresh_answer(struct doubts *out, struct doubt o, int64_t now,
    struct ranges *believed)
{
	if (now - o.answered_at >= DOUBT_APART_MS) {
		o.answers++;
		o.answered_at = now;
	}
	if (o.answers >= DOUBT_ANSWERS)
		return ranges_add(believed, o.from, o.to);
	return doubts_append(out, o.from, o.to, o.answered_at, o.answers);
}

bool
doubts_add(struct doubts *d, int64_t from, int64_t to, int64_t now,
    struct ranges *believed)
{
	struct doubts out = { NULL, 0, 0 };
	int64_t at = from;
	bool good = true;

	for (size_t i = 0; good && i < d->len; i++) {
		struct doubt o = d->v[i], both = o;

		if (o.from >= to)
			good = doubts_append(&out, at, to, now, 1);
		if (o.from >= to)
			at = max64(at, to);
		both.from = max64(o.from, from);
		both.to = min64(o.to, to);
		good = good && doubts_append(&out, o.from, min64(o.to, from),
				   o.answered_at, o.answers);
		if (both.from < both.to) {
			good = good &&
			       doubts_append(&out, at, both.from, now, 1) &&
			       refresh_answer(&out, both, now, believed);
			at = both.to;
		}
		good = good && doubts_append(&out, max64(o.from, to), o.to,
				   o.answered_at, o.answers);
	}
	good = good && doubts_append(&out, at, to, now, 1);
	if (!good) {
		free(out.v);
		return false;
	}
	free(d->v);
	*d = out;
	return true;
}

bool
doubts_clear(struct doubts *d, int64_t from, int64_t to)
{
	struct doubts out = { NULL, 0, 0 };
	bool good = true;

	for (size_t i = 0; good && i < d->len; i++) {
		struct doubt o = d->v[i];

		good = doubts_append(&out, o.from, min64(o.to, from),
			   o.answered_at, o.answers) &&
		       doubts_append(&out, max64(o.from, to), o.to,
			   o.answered_at, o.answers);
	}
	if (!good) {
		free(out.v);
		return false;
	}
	free(d->v);
	*d = out;
	return true;
}

void
doubts_free(struct doubts *d)
{
	free(d->v);
	*d = (struct doubts){ NULL, 0, 0 };
}
