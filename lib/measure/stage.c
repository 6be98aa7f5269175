#include "measure/stage.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/integer.h"

const char *
stage_name(enum stage stage)
{
	static const char *const names[STAGE_COUNT] = {
		[STAGE_FIRST_BYTE] = "first_byte",
		[STAGE_TRANSFER] = "transfer",
		[STAGE_DECODE] = "decode",
		[STAGE_DATABASE] = "database",
		[STAGE_FEATURES] = "features",
		[STAGE_BACKOFF] = "backoff",
		[STAGE_PACING] = "pacing",
		[STAGE_QUEUE] = "queue",
		[STAGE_TURN] = "turn",
	};

	return names[stage];
}

void
stage_begin(struct stage_log *l, int64_t now)
{
	if (!l->begun)
		l->from = l->to = now;
	l->begun = true;
}

void
stage_end(struct stage_log *l, int64_t now)
{
	l->to = now;
}

void
stage_add(struct stage_log *l, enum stage stage, int64_t from, int64_t to)
{
	struct stage_span *v;

	if (l == NULL || !l->on || to <= from)
		return;
	l->busy.us[stage] += to - from;
	if (l->len > 0 && l->v[l->len - 1].stage == stage &&
	    l->v[l->len - 1].to == from) {
		l->v[l->len - 1].to = to;
		return;
	}
	v = array_room(l->v, l->len, &l->cap, sizeof(*v));
	if (v == NULL) {
		l->failed = true;
		return;
	}
	l->v = v;
	l->v[l->len++] = (struct stage_span){ stage, from, to };
}

void
stage_add_cost(struct stage_log *l, enum stage stage, int64_t cpu_us,
    int64_t bars)
{
	struct stage_cost *v;

	if (l == NULL || !l->on || cpu_us <= 0 || bars <= 0)
		return;
	v = array_room(l->costs, l->costs_len, &l->costs_cap, sizeof(*v));
	if (v == NULL) {
		l->failed = true;
		return;
	}
	l->costs = v;
	l->costs[l->costs_len++] = (struct stage_cost){ stage, cpu_us, bars };
}

void
stage_log_free(struct stage_log *l)
{
	free(l->v);
	free(l->costs);
	l->v = NULL;
	l->costs = NULL;
	l->len = l->cap = l->costs_len = l->costs_cap = 0;
}

/* -- wall time -- */

struct edge {
	int64_t at;
	enum stage stage;
	int step; /* 1: begins, -1: ends */
};

static int
by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static enum stage
first_under_way(const int under_way[STAGE_COUNT])
{
	enum stage s = STAGE_FIRST_BYTE;

	while (s < STAGE_COUNT && under_way[s] == 0)
		s++;
	return s;
}

bool
stage_wall(const struct stage_log *l, struct stage_times *out,
    int64_t *unaccounted)
{
	struct edge *edges = calloc(2 * l->len + 1, sizeof(*edges));
	int under_way[STAGE_COUNT] = { 0 };
	int64_t at = l->from;

	*out = (struct stage_times){ { 0 } };
	*unaccounted = l->to - l->from;
	if (edges == NULL)
		return false;
	for (size_t i = 0; i < l->len; i++) {
		const struct stage_span *v = &l->v[i];

		edges[2 * i] = (struct edge){ clamp64(v->from, l->from, l->to),
			v->stage, 1 };
		edges[2 * i + 1] =
		    (struct edge){ clamp64(v->to, l->from, l->to), v->stage,
			    -1 };
	}
	qsort(edges, 2 * l->len, sizeof(*edges), by_time);
	for (size_t i = 0; i < 2 * l->len; i++) {
		enum stage s = first_under_way(under_way);

		if (s < STAGE_COUNT) {
			out->us[s] += edges[i].at - at;
			*unaccounted -= edges[i].at - at;
		}
		at = edges[i].at;
		under_way[edges[i].stage] += edges[i].step;
	}
	free(edges);
	return true;
}

/* -- sums -- */

void
stage_times_add(struct stage_times *t, const struct stage_times *more)
{
	for (int s = 0; s < STAGE_COUNT; s++)
		t->us[s] += more->us[s];
}

static int64_t
sum(const struct stage_times *t, int stages)
{
	int64_t us = 0;

	for (int s = 0; s < stages; s++)
		us += t->us[s];
	return us;
}

int64_t
stage_times_busy(const struct stage_times *t)
{
	return sum(t, STAGE_BUSY);
}

int64_t
stage_times_total(const struct stage_times *t)
{
	return sum(t, STAGE_COUNT);
}
