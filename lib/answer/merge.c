#include "answer/merge.h"

#include <stdlib.h>

#include "base/array.h"

bool
merge_begin(struct page_merge *m, const struct bar *bars, size_t len)
{
	m->bars = bars;
	m->len = len;
	m->fresh_len = m->changes_len = m->at = 0;
	m->unchanged = 0;
	m->without_vwap = m->others = false;
	if (len > m->fresh_cap) {
		const struct bar **v = realloc(m->fresh, len * sizeof(*v));

		if (v == NULL)
			return false;
		m->fresh = v;
		m->fresh_cap = len;
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
merge_stored(struct page_merge *m, const struct bar *stored)
{
	while (m->at < m->len && m->bars[m->at].t < stored->t)
		m->fresh[m->fresh_len++] = &m->bars[m->at++];
	if (m->at == m->len || m->bars[m->at].t > stored->t) {
		m->others = true;
		return true;
	}
	if (bar_equal(&m->bars[m->at], stored) ||
	    (m->without_vwap && bar_adds_vwap(stored, &m->bars[m->at])))
		m->unchanged++;
	else if (!note_change(m, stored, &m->bars[m->at]))
		return false;
	m->at++;
	return true;
}

void
merge_end(struct page_merge *m)
{
	while (m->at < m->len)
		m->fresh[m->fresh_len++] = &m->bars[m->at++];
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
