#include "market/bar_join.h"

#include <math.h>

void
bar_join_first(struct bar_join *j, const struct bar *b, int64_t start_ms)
{
	j->bar = *b;
	j->bar.t = start_ms;
	j->weighted = isnan(b->vw) ? 0 : b->vw * b->v;
	j->weight = isnan(b->vw) ? 0 : b->v;
}

void
bar_join_next(struct bar_join *j, const struct bar *b)
{
	j->bar.h = b->h > j->bar.h ? b->h : j->bar.h;
	j->bar.l = b->l < j->bar.l ? b->l : j->bar.l;
	j->bar.c = b->c;
	j->bar.v += b->v;
	j->bar.n = b->n < 0 || j->bar.n < 0 ? -1 : j->bar.n + b->n;
	if (!isnan(b->vw)) {
		j->weighted += b->vw * b->v;
		j->weight += b->v;
	}
}

static double
volume_round(double v)
{
	if (floor(v) == v || v > 9e7)
		return v;
	return floor(v * 1e8 + 0.5) / 1e8;
}

struct bar
bar_join_end(const struct bar_join *j)
{
	struct bar b = j->bar;

	b.v = volume_round(b.v);
	b.vw = (double)NAN;
	if (j->weight > 0) {
		double vw = j->weighted / j->weight;
		double unit = vw < 1 ? 1e8 : 1e4;

		b.vw = fmin(fmax(floor(vw * unit + 0.5) / unit, b.l), b.h);
	}
	return b;
}
