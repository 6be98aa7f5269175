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

static bool
cut_one(struct ranges *r, const struct range *other)
{
	struct ranges left = { NULL, 0, 0 };
	bool good = true;

	for (size_t i = 0; good && i < r->len; i++) {
		const struct range *v = &r->v[i];

		good = ranges_add(&left, v->from,
			   v->to < other->from ? v->to : other->from) &&
		       ranges_add(&left,
			   v->from > other->to ? v->from : other->to, v->to);
	}
	if (!good) {
		ranges_free(&left);
		return false;
	}
	ranges_free(r);
	*r = left;
	return true;
}

bool
ranges_cut(struct ranges *r, const struct ranges *others)
{
	for (size_t i = 0; i < others->len; i++)
		if (!cut_one(r, &others->v[i]))
			return false;
	return true;
}

void
ranges_free(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){ NULL, 0, 0 };
}
