#include "store/merge.h"

#include <stdlib.h>

#include "base/array.h"

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

int64_t
merge_first(const struct page_merge *m)
{
	int64_t first = m->fresh_len > 0 ? m->fresh[0]->t : INT64_MAX;

	if (m->changes_len > 0 && m->changes[0].new->t < first)
		first = m->changes[0].new->t;
	return first;
}
