#include "market/candles.h"

#include <math.h>

void
candles_start(struct candles *c, size_t max)
{
	c->len = 0;
	c->max = max < CANDLES_MAX ? max & ~(size_t)1 : CANDLES_MAX;
	if (c->max < 2)
		c->max = 2;
	c->each = 1;
	c->last = 0;
}

static void
join(struct bar *to, const struct bar *b)
{
	to->h = fmax(to->h, b->h);
	to->l = fmin(to->l, b->l);
	to->c = b->c;
	if (isnan(to->v))
		to->v = b->v;
	else if (!isnan(b->v))
		to->v += b->v;
}

static void
halve(struct candles *c)
{
	for (size_t i = 0; i < c->len / 2; i++) {
		struct bar pair = c->v[2 * i];

		join(&pair, &c->v[2 * i + 1]);
		c->v[i] = pair;
	}
	c->len /= 2;
	c->each *= 2;
	c->last = c->each;
}

void
candles_add(struct candles *c, const struct bar *b)
{
	if (isnan(b->o))
		return;
	if (c->len > 0 && c->last < c->each) {
		join(&c->v[c->len - 1], b);
		c->last++;
		return;
	}
	if (c->len == c->max) {
		halve(c);
		candles_add(c, b);
		return;
	}
	c->v[c->len++] = *b;
	c->last = 1;
}

bool
candles_range(const struct candles *c, double *low, double *high)
{
	*low = (double)INFINITY;
	*high = -(double)INFINITY;
	for (size_t i = 0; i < c->len; i++) {
		*low = fmin(*low, c->v[i].l);
		*high = fmax(*high, c->v[i].h);
	}
	return c->len > 0;
}

double
candles_volume(const struct candles *c)
{
	double most = 0;

	for (size_t i = 0; i < c->len; i++)
		most = fmax(most, c->v[i].v);
	return most;
}

double
axis_step(double low, double high, int at_most)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double least = (high - low) / at_most, power;

	if (!(least > 0) || !isfinite(least))
		return 1;
	power = pow(10, floor(log10(least)));
	for (int i = 0; i < 4; i++)
		if (steps[i] * power >= least)
			return steps[i] * power;
	return 10 * power;
}
