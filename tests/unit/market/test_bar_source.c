/*
 * bar_source.h: ranges of sources after bars came from another, against a table
 * of single hours.
 */
#include "market/bar_source.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define HOURS 24

static void
read_spans(const struct source_spans *l, enum bar_source of[HOURS])
{
	for (int64_t h = 0; h < HOURS; h++) {
		of[h] = SOURCE_REST;
		for (size_t i = 0; i < l->len; i++)
			if (l->v[i].range.from <= h && h < l->v[i].range.to)
				of[h] = l->v[i].source;
	}
}

/* In order, disjoint, neighbours apart, nothing that goes without saying. */
static bool
is_tidy(const struct source_spans *l)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct source_span *s = &l->v[i];

		if (s->range.from >= s->range.to || s->source == SOURCE_REST)
			return false;
		if (i > 0 && (s[-1].range.to > s->range.from ||
				 (s[-1].range.to == s->range.from &&
				     s[-1].source == s->source)))
			return false;
	}
	return true;
}

static bool
one_step(struct source_spans *l, enum bar_source of[HOURS])
{
	struct range ranges[3];
	size_t n = 0;
	enum bar_source now[HOURS], source = (enum bar_source)(rand() % 3);
	struct source_spans next = { NULL, 0, 0 };
	bool changed, same = true, good;

	for (int64_t at = rand() % 6; n < 3 && at < HOURS - 1;
	     at = ranges[n - 1].to + 1 + rand() % 6) {
		int64_t to = at + 1 + rand() % 6;

		ranges[n].from = at;
		ranges[n++].to = to > HOURS ? HOURS : to;
	}
	good = source_spans_set(l, ranges, n, source, &next, &changed);
	for (size_t i = 0; i < n; i++)
		for (int64_t h = ranges[i].from; h < ranges[i].to; h++) {
			same = same && of[h] == source;
			of[h] = source;
		}
	read_spans(&next, now);
	good = good && is_tidy(&next) && memcmp(now, of, sizeof(now)) == 0 &&
	       changed == !same;
	source_spans_free(l);
	*l = next;
	return good;
}

int
main(void)
{
	struct source_spans l = { NULL, 0, 0 };

	enum bar_source of[HOURS] = { SOURCE_REST }, s;

	bool good = true;

	srand(1);
	for (int i = 0; good && i < 20000; i++)
		good = one_step(&l, of);
	ok(good, "whatever came from where, each hour's source is the last");
	source_spans_free(&l);
	ok(bar_source_parse("file", &s) && s == SOURCE_FILE &&
		!bar_source_parse("tape", &s),
	    "names are read");
	return done();
}
