#include "market/rows.h"

#include <stdlib.h>
#include <string.h>

bool
execution_good(const struct execution *x)
{
	return x->status == EXECUTION_COMPLETED ||
	       x->status == EXECUTION_COMPLETED_WITH_ERRORS;
}

const char *
failure_kind_name(enum failure_kind k)
{
	return k == FAILURE_JOB ? "job" : "features";
}

const char *
suspicion_kind_name(enum suspicion_kind k)
{
	static const char *const names[] = {
		[SUSPICION_SPLIT] = "split",
		[SUSPICION_DIVIDEND] = "dividend",
		[SUSPICION_REUSED] = "reused",
		[SUSPICION_RENAMED] = "renamed",
		[SUSPICION_DELISTED] = "delisted",
		[SUSPICION_SILENT] = "silent",
		[SUSPICION_DROPPED] = "dropped",
	};

	return names[k];
}

size_t
suspicions_count(const struct suspicions *l, enum suspicion_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++)
		n += l->v[i].kind == kind;
	return n;
}

bool
hole_is_reuse(const struct hole_row *h)
{
	if (h->to_ts - h->from_ts < REUSE_HOLE_MS || !(h->before > 0) ||
	    !(h->after > 0))
		return false;
	return h->after >= h->before * REUSE_JUMP ||
	       h->before >= h->after * REUSE_JUMP;
}

int
series_row_compare(const void *a, const void *b)
{
	const struct series_row *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	return order != 0 ? order
			  : (int)x->facts.timeframe - (int)y->facts.timeframe;
}

static bool
same_facts(const struct staleness_facts *a, const struct staleness_facts *b)
{
	return a->class == b->class && a->timeframe == b->timeframe &&
	       a->grid == b->grid && a->has_bars == b->has_bars &&
	       a->newest_ts == b->newest_ts &&
	       a->has_features == b->has_features &&
	       a->computed_ms == b->computed_ms &&
	       a->has_featured_ts == b->has_featured_ts &&
	       a->featured_ts == b->featured_ts && a->answered == b->answered &&
	       a->as_of_ms == b->as_of_ms;
}

bool
series_row_same(const struct series_row *a, const struct series_row *b)
{
	return a->id == b->id && a->revision == b->revision &&
	       a->writes == b->writes && a->bars == b->bars &&
	       a->features == b->features && a->tier == b->tier &&
	       a->delisted == b->delisted &&
	       strcmp(a->symbol, b->symbol) == 0 &&
	       same_facts(&a->facts, &b->facts);
}

static int
compare_success_gap(const void *id, const void *row)
{
	return strcmp(id, ((const struct success_gap *)row)->execution_id);
}

const struct success_gap *
success_gaps_find(const struct success_gaps *l, const char *execution_id)
{
	return l->len == 0 ? NULL
			   : bsearch(execution_id, l->v, l->len, sizeof(*l->v),
				 compare_success_gap);
}

/* Newest first; what began at one time by its id. */
static int
compare_executions(const void *a, const void *b)
{
	const struct execution_row *x = a, *y = b;

	if (x->x.started_ms != y->x.started_ms)
		return x->x.started_ms > y->x.started_ms ? -1 : 1;
	return strcmp(x->x.id, y->x.id);
}

void
execution_rows_newest(struct execution_rows *l, size_t limit)
{
	if (l->len > 0)
		qsort(l->v, l->len, sizeof(*l->v), compare_executions);
	if (limit > 0 && l->len > limit)
		l->len = limit;
}

int64_t
run_left_ms(const struct run_progress *p, int64_t elapsed_ms)
{
	if (p->done <= 0 || p->done > p->jobs || elapsed_ms < 0)
		return -1;
	return (int64_t)((double)elapsed_ms * (double)(p->jobs - p->done) /
			 (double)p->done);
}
