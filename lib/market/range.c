#include "market/range.h"

#include <stdlib.h>

#include "base/array.h"

bool
ranges_add(struct ranges *r, int64_t from, int64_t to)
{
	struct range *v;

	if (from >= to)
		return true;
	v = array_room(r->v, r->len, &r->cap, sizeof(*v));
	if (v == NULL)
		return false;
	r->v = v;
	r->v[r->len++] = (struct range){ from, to };
	return true;
}

bool
ranges_join(struct ranges *r, int64_t from, int64_t to)
{
	struct range *last = r->len == 0 ? NULL : &r->v[r->len - 1];

	if (from >= to)
		return true;
	if (last == NULL || last->to < from)
		return ranges_add(r, from, to);
	if (last->to < to)
		last->to = to;
	return true;
}

void
ranges_free(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){ NULL, 0, 0 };
}
