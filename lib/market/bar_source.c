#include "market/bar_source.h"

#include "base/array.h"
#include "base/integer.h"
#include "base/name.h"

static const struct {
	const char *name;
} sources[] = {
	[SOURCE_REST] = { "rest" },
	[SOURCE_GROUPED] = { "grouped" },
	[SOURCE_FILE] = { "file" },
};

const char *
bar_source_name(enum bar_source s)
{
	return sources[s].name;
}

bool
bar_source_parse(const char *name, enum bar_source *out)
{
	int i = NAME_FIND(sources, name);

	if (i < 0)
		return false;
	*out = (enum bar_source)i;
	return true;
}

bool
source_spans_append(struct source_spans *l, struct source_span s)
{
	struct source_span *last = l->len == 0 ? NULL : &l->v[l->len - 1];

	if (s.range.from >= s.range.to || s.source == SOURCE_REST)
		return true;
	if (last != NULL && last->source == s.source &&
	    last->range.to >= s.range.from) {
		last->range.to = max64(last->range.to, s.range.to);
		return true;
	}
	last = ARRAY_NEXT(l);
	if (last == NULL)
		return false;
	*last = s;
	return true;
}

/* The part of the old ones before t, from *at on; what lies after stays. */
static bool
keep_before(const struct source_spans *old, size_t *i, int64_t *at, int64_t t,
    struct source_spans *out)
{
	for (; *i < old->len && old->v[*i].range.from < t; ++*i) {
		struct source_span s = old->v[*i];

		s.range.from = max64(s.range.from, *at);
		s.range.to = min64(s.range.to, t);
		if (!source_spans_append(out, s))
			return false;
		if (old->v[*i].range.to > t)
			return true;
	}
	return true;
}

static bool
differ(const struct source_spans *a, const struct source_spans *b)
{
	if (a->len != b->len)
		return true;
	for (size_t i = 0; i < a->len; i++)
		if (a->v[i].range.from != b->v[i].range.from ||
		    a->v[i].range.to != b->v[i].range.to ||
		    a->v[i].source != b->v[i].source)
			return true;
	return false;
}

bool
source_spans_set(const struct source_spans *old, const struct range *ranges,
    size_t n, enum bar_source source, struct source_spans *out, bool *changed)
{
	int64_t at = INT64_MIN;
	size_t i = 0;

	for (size_t k = 0; k < n; k++) {
		struct source_span s = { ranges[k], source };

		if (!keep_before(old, &i, &at, ranges[k].from, out) ||
		    !source_spans_append(out, s))
			return false;
		at = ranges[k].to;
		while (i < old->len && old->v[i].range.to <= at)
			i++;
	}
	if (!keep_before(old, &i, &at, INT64_MAX, out))
		return false;
	*changed = differ(old, out);
	return true;
}

bool
source_spans_any(const struct source_spans *l, struct range r,
    enum bar_source source)
{
	for (size_t i = 0; i < l->len && l->v[i].range.from < r.to; i++)
		if (l->v[i].range.to > r.from && l->v[i].source == source)
			return true;
	return false;
}

void
source_spans_free(struct source_spans *l)
{
	free(l->v);
	*l = (struct source_spans){ NULL, 0, 0 };
}
