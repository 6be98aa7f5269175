#include "store/page.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"

/* -- bars -- */

bool
merge_begin(struct page_merge *m, const struct page_put *p)
{
	m->fresh_len = m->changes_len = m->at = 0;
	if (p->len > m->fresh_cap) {
		const struct bar **v = realloc(m->fresh, p->len * sizeof(*v));

		if (v == NULL)
			return false;
		m->fresh = v;
		m->fresh_cap = p->len;
	}
	return true;
}

static bool
note_change(struct page_merge *m, const struct bar *old, const struct bar *new)
{
	struct bar_change *v =
	    array_room(m->changes, m->changes_len, &m->changes_cap, sizeof(*v));

	if (v == NULL)
		return false;
	m->changes = v;
	v[m->changes_len++] = (struct bar_change){ *old, new, false };
	return true;
}

bool
merge_stored(struct page_merge *m, const struct page_put *p,
    const struct bar *stored, struct page_counts *n)
{
	while (m->at < p->len && p->bars[m->at].t < stored->t)
		m->fresh[m->fresh_len++] = &p->bars[m->at++];
	if (m->at == p->len || p->bars[m->at].t > stored->t)
		return true;
	if (bar_equal(&p->bars[m->at], stored))
		n->unchanged++;
	else if (!note_change(m, stored, &p->bars[m->at]))
		return false;
	m->at++;
	return true;
}

void
merge_end(struct page_merge *m, const struct page_put *p)
{
	while (m->at < p->len)
		m->fresh[m->fresh_len++] = &p->bars[m->at++];
}

void
merge_free(struct page_merge *m)
{
	free(m->fresh);
	free(m->changes);
	*m = (struct page_merge){ 0 };
}

/* Had the window ended when it was answered for? */
static bool
answered_whole(const struct grid *g, const struct coverage *c, int64_t t)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].from <= t && t < c->v[i].to)
			return grid_end(g, t) <= c->v[i].fetched_at;
	return false;
}

static bool
reject_late(const struct page_put *p, const struct bar *bar,
    const struct page_writer *w, struct store *st, struct md_error *e)
{
	struct buf raw = BUF_INIT;
	struct rejected r = { true, bar->t,
		"contradicts an earlier page of the same answer", NULL };
	bool good;

	bar_write(bar, &raw);
	r.raw = buf_str(&raw);
	good = buf_ok(&raw) ? w->reject(st, p, &r, e) : md_nomem(e);
	buf_free(&raw);
	return good;
}

/* A bar that is there with other values: the newest answer counts. */
bool
merge_classify_changes(struct page_merge *m, const struct page_put *p,
    const struct coverage *before, struct page_counts *n,
    const struct page_writer *w, struct store *st, struct md_error *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->changes_len; i++) {
		struct bar_change c = m->changes[i];

		if (c.new->t < p->cursor) {
			n->rejected++;
			if (!reject_late(p, c.new, w, st, e))
				return false;
			continue;
		}
		n->updated++;
		/* One whose window was open then has grown, not been
		 * restated. */
		c.restated = answered_whole(&p->grid, before, c.old.t);
		n->restated += c.restated ? 1 : 0;
		m->changes[kept++] = c;
	}
	m->changes_len = kept;
	return true;
}

int64_t
merge_first(const struct page_merge *m)
{
	int64_t first = m->fresh_len > 0 ? m->fresh[0]->t : INT64_MAX;

	if (m->changes_len > 0 && m->changes[0].new->t < first)
		first = m->changes[0].new->t;
	return first;
}

bool
page_put_rejected(const struct page_put *p, const struct page_writer *w,
    struct store *st, struct md_error *e)
{
	for (size_t i = 0; i < p->rejected_len; i++)
		if (!w->reject(st, p, &p->rejected[i], e))
			return false;
	return true;
}

/* -- coverage and doubts -- */

/* Are these the first bars that tell the grid? */
static bool
tells_grid(const struct page_put *p)
{
	return p->lease->grid == GRID_UNKNOWN && p->grid.kind != GRID_UNKNOWN;
}

/* Does the span say of whole windows of the page's grid?  A refusal (403) is
 * about time. */
static bool
on_grid(const struct page_put *p, const struct span *s)
{
	return s->kind == COVERAGE_DENIED ||
	       (grid_next(&p->grid, s->from) == s->from &&
		   grid_next(&p->grid, s->to) == s->to);
}

/*
 * What was answered in windows that are not, before the grid was known, is
 * asked for again.  False: out of memory.
 */
static bool
keep_on_grid(const struct page_put *p, const struct coverage *before,
    struct coverage *out)
{
	for (size_t i = 0; i < before->len; i++)
		if (on_grid(p, &before->v[i]) &&
		    !coverage_append(out, before->v[i]))
			return false;
	return true;
}

bool
page_put_coverage(const struct page_put *p, const struct coverage *before,
    struct doubts *doubts, const struct page_writer *w, struct store *st,
    struct md_error *e)
{
	const struct doubts none = { NULL, 0, 0 };
	struct coverage kept = { NULL, 0, 0 };
	const bool told = tells_grid(p);
	const struct knowledge_answer answer = {
		.grid = p->grid,
		.asked_at = p->asked_at,
		.covered = { p->covered, p->covered_len },
		.doubted = { p->doubted, p->doubted_len },
		.empty = { p->empty, p->empty_len },
		.refused = { p->refused, p->refused_len },
		.denied = { p->denied, p->denied_len },
	};
	int64_t id = p->lease->series_id;
	struct knowledge_change c;
	bool good = !told || keep_on_grid(p, before, &kept), has;
	const struct knowledge facts = { told ? kept : *before,
		told ? none : *doubts };

	good = good && knowledge_judge(&facts, &answer, &c);
	coverage_free(&kept);
	if (!good)
		return md_nomem(e);
	for (size_t i = 0; good && i < c.believed.len; i++)
		good = w->has_bars(st, id, &c.believed.v[i], &has, e) &&
		       (knowledge_believe(&c, &answer, i, has) || md_nomem(e));
	good = good && w->coverage(st, p, before, &c.after.coverage, e) &&
	       (!(c.doubts_changed || (told && doubts->len > 0)) ||
		   w->doubts(st, id, &c.after.doubts, e)) &&
	       (!told || w->grid(st, p, e));
	knowledge_change_free(&c);
	return good;
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

/* -- what was derived -- */

bool
page_put_derived(const struct page_put *p, const struct page_writer *w,
    struct store *st, struct md_error *e)
{
	bool good = true;

	if (p->derived_from == NULL && !p->had_derived)
		return true;
	for (size_t i = 0; good && i < p->covered_len; i++) {
		const struct range *r = &p->covered[i];

		good = w->unmark(st, p->lease->series_id, r, e) &&
		       (p->derived_from == NULL || w->mark(st, p, r, e));
	}
	return good;
}

/* -- adjustments -- */

bool
adjustments_equal(const struct adjustments *a, const struct adjustments *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (a->v[i].from_ts != b->v[i].from_ts ||
		    a->v[i].to_ts != b->v[i].to_ts ||
		    a->v[i].factor < b->v[i].factor ||
		    a->v[i].factor > b->v[i].factor)
			return false;
	return true;
}
