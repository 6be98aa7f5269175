#include "load/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NS_SECOND 1e9

void
timeline_start(struct load_timeline *t, int64_t interval_ms)
{
	memset(t, 0, sizeof(*t));
	t->interval_ns = (uint64_t)interval_ms * 1000000;
}

static double
percentile(const struct histogram *h, double percent)
{
	return h->total == 0 ? (double)NAN
			     : (double)histogram_percentile(h, percent) / 1e6;
}

/* The interval under way becomes a row, of that length. */
static bool
close_interval(struct load_timeline *t, double seconds)
{
	struct load_interval *row =
	    array_next(&t->v, &t->len, &t->cap, sizeof(*t->v));

	if (row == NULL)
		return false;
	*row = t->now;
	row->start = (double)(t->len - 1) * (double)t->interval_ns / NS_SECOND;
	row->seconds = seconds;
	row->avg = histogram_mean(&t->latency) / 1e6;
	row->p50 = percentile(&t->latency, 50);
	row->p95 = percentile(&t->latency, 95);
	row->p99 = percentile(&t->latency, 99);
	row->max = percentile(&t->latency, 100);
	histogram_free(&t->latency);
	memset(&t->latency, 0, sizeof(t->latency));
	memset(&t->now, 0, sizeof(t->now));
	return true;
}

/* Intervals in which nothing ended have rows, too: they are stalls. */
bool
timeline_note(struct load_timeline *t, const struct load_outcome *o)
{
	while (t->len + 1 < TIMELINE_MAX &&
	       o->at_ns >= (t->len + 1) * t->interval_ns)
		if (!close_interval(t, (double)t->interval_ns / NS_SECOND))
			return false;
	t->now.total++;
	t->now.bytes += o->bytes;
	if (o->fault != LOAD_OK)
		return true;
	t->now.good++;
	return histogram_record(&t->latency, o->latency_ns);
}

bool
timeline_end(struct load_timeline *t, double seconds)
{
	double begun = (double)t->len * (double)t->interval_ns / NS_SECOND;

	return t->now.total == 0 || close_interval(t, fmax(seconds - begun, 0));
}

void
timeline_free(struct load_timeline *t)
{
	histogram_free(&t->latency);
	free(t->v);
	memset(t, 0, sizeof(*t));
}
