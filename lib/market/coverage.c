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

/* Do old bars outlive the new answer s, which has none? */
static bool
outlives(const struct span *o, const struct span *s, const struct grid *g)
{
	if (o->kind != COVERAGE_BARS)
		return false;
	/* Bars that would be asked for again are refused. */
	return s->kind == COVERAGE_EMPTY ||
	       o->to <= grid_final_before(g, o->fetched_at);
}

/* The new answer s, with the parts of it that older bars, from the i-th span
 * on, outlive kept bars. */
static bool
append_new(struct coverage *out, const struct coverage *old, size_t i,
    struct span s, const struct grid *g)
{
	int64_t at = s.from;

	for (; s.kind != COVERAGE_BARS && i < old->len && old->v[i].from < s.to;
	     i++) {
		struct span o = old->v[i];

		o.from = max64(o.from, at);
		o.to = min64(o.to, s.to);
		if (o.from >= o.to || !outlives(&old->v[i], &s, g))
			continue;
		/* A refusal says nothing of bars that came before. */
		if (s.kind == COVERAGE_EMPTY)
			o.fetched_at = s.fetched_at;
		if (!coverage_append(out,
			(struct span){ at, o.from, s.fetched_at, s.kind }) ||
		    !coverage_append(out, o))
			return false;
		at = o.to;
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

/* To *out goes *c, with what the new spans overlap replaced; all else stays. */
static bool
overlay(struct coverage *out, const struct coverage *c,
    const struct coverage *new, const struct grid *g)
{
	int64_t at = INT64_MIN; /* of c, what is before it is done */
	size_t i = 0;
	bool good = true;

	for (size_t k = 0; good && k < new->len; k++) {
		struct span s = new->v[k];

		for (; good && i < c->len && c->v[i].from < s.from; i++) {
			struct span o = c->v[i];

			o.from = max64(o.from, at);
			o.to = min64(o.to, s.from);
			good = coverage_append(out, o);
			if (c->v[i].to > s.from)
				break;
		}
		good = good && append_new(out, c, i, s, g);
		while (i < c->len && c->v[i].to <= s.to)
			i++;
		at = s.to;
	}
	for (; good && i < c->len; i++) {
		struct span o = c->v[i];

		o.from = max64(o.from, at);
		good = coverage_append(out, o);
	}
	return good;
}

bool
coverage_add_all(struct coverage *c, const struct span *v, size_t n,
    const struct grid *g)
{
	struct coverage new = { NULL, 0, 0 }, out = { NULL, 0, 0 };
	bool good = true;

	/* Each is final in whole, or not at all. */
	for (size_t i = 0; good && i < n; i++) {
		int64_t final = grid_final_before(g, v[i].fetched_at);
		struct span settled = v[i], open = v[i];

		settled.to = min64(settled.to, final);
		open.from = max64(open.from, final);
		good = coverage_append(&new, settled) &&
		       coverage_append(&new, open);
	}
	good = good && overlay(&out, c, &new, g);
	coverage_free(&new);
	if (!good) {
		coverage_free(&out);
		return false;
	}
	merge(&out, g);
	coverage_free(c);
	*c = out;
	return true;
}

bool
coverage_add(struct coverage *c, struct span s, const struct grid *g)
{
	return coverage_add_all(c, &s, 1, g);
}

bool
coverage_clear(struct coverage *c, int64_t from, int64_t to)
{
	struct coverage out = { NULL, 0, 0 };
	bool good = true;

	for (size_t i = 0; good && i < c->len; i++) {
		struct span left = c->v[i], right = c->v[i];

		left.to = min64(left.to, from);
		right.from = max64(right.from, to);
		good =
		    coverage_append(&out, left) && coverage_append(&out, right);
	}
	if (!good) {
		coverage_free(&out);
		return false;
	}
	coverage_free(c);
	*c = out;
	return true;
}

const struct span *
coverage_at(const struct coverage *c, int64_t t)
{
	size_t low = 0, high = c->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->v[mid].to <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->len && c->v[low].from <= t ? &c->v[low] : NULL;
}

void
coverage_free(struct coverage *c)
{
	free(c->v);
	*c = (struct coverage){ NULL, 0, 0 };
}

static bool
same_span(const struct span *a, const struct span *b)
{
	return a->from == b->from && a->to == b->to &&
	       a->fetched_at == b->fetched_at && a->kind == b->kind;
}

void
coverage_difference(const struct coverage *old, const struct coverage *new,
    size_t *head, size_t *old_end, size_t *new_end)
{
	size_t h = 0, a = old->len, b = new->len;

	while (h < a && h < b && same_span(&old->v[h], &new->v[h]))
		h++;
	while (a > h && b > h && same_span(&old->v[a - 1], &new->v[b - 1])) {
		a--;
		b--;
	}
	*head = h;
	*old_end = a;
	*new_end = b;
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

/* The i-th; one after all times where there is none. */
static struct doubt
doubt_at(const struct doubts *d, size_t i)
{
	return i < d->len ? d->v[i]
			  : (struct doubt){ INT64_MAX, INT64_MAX, 0, 0 };
}

static bool
keep_doubt(struct doubts *out, const struct doubt *o, int64_t from, int64_t to)
{
	return doubts_append(out, max64(o->from, from), min64(o->to, to),
	    o->answered_at, o->answers);
}

/* What is in place of the doubts in r, from o on, which is the i-th or the rest
 * of it, and which moves on. */
static bool
doubt_again(struct doubts *out, const struct doubts *d, size_t *i,
    struct doubt *o, const struct range *r, int64_t now,
    struct ranges *believed)
{
	int64_t at = r->from;
	bool good = true;

	while (good && o->from < r->to) {
		struct doubt both = *o;

		both.from = max64(o->from, r->from);
		both.to = min64(o->to, r->to);
		good = keep_doubt(out, o, INT64_MIN, r->from);
		if (both.from < both.to) {
			good = good &&
			       doubts_append(out, at, both.from, now, 1) &&
			       refresh_answer(out, both, now, believed);
			at = both.to;
		}
		if (o->to > r->to) {
			o->from = r->to;
			break;
		}
		*o = doubt_at(d, ++*i);
	}
	return good && doubts_append(out, at, r->to, now, 1);
}

static bool
doubts_replace(struct doubts *d, struct doubts *out, bool good)
{
	if (!good) {
		doubts_free(out);
		return false;
	}
	doubts_free(d);
	*d = *out;
	return true;
}

bool
doubts_add(struct doubts *d, const struct range *r, size_t n, int64_t now,
    struct ranges *believed)
{
	struct doubts out = { NULL, 0, 0 };
	struct doubt o = doubt_at(d, 0);
	size_t i = 0;
	bool good = true;

	for (size_t k = 0; good && k < n; k++)
		good = r[k].from >= r[k].to ||
		       doubt_again(&out, d, &i, &o, &r[k], now, believed);
	for (; good && i < d->len; o = doubt_at(d, ++i))
		good = keep_doubt(&out, &o, INT64_MIN, INT64_MAX);
	return doubts_replace(d, &out, good);
}

bool
doubts_clear(struct doubts *d, const struct range *r, size_t n)
{
	struct doubts out = { NULL, 0, 0 };
	bool good = true;
	size_t k = 0;

	for (size_t i = 0; good && i < d->len; i++) {
		const struct doubt *o = &d->v[i];
		int64_t at = o->from;

		while (k < n && r[k].to <= o->from)
			k++;
		for (size_t j = k; good && j < n && r[j].from < o->to; j++) {
			good = keep_doubt(&out, o, at, r[j].from);
			at = max64(at, r[j].to);
		}
		good = good && keep_doubt(&out, o, at, INT64_MAX);
	}
	return doubts_replace(d, &out, good);
}

void
doubts_free(struct doubts *d)
{
	free(d->v);
	*d = (struct doubts){ NULL, 0, 0 };
}
