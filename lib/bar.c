#include "bar.h"

#include <math.h>

static bool
price_possible(double p)
{
	return isfinite(p) && p > 0;
}

const char *
bar_impossible(const struct bar *b)
{
	if (!price_possible(b->o) || !price_possible(b->h) ||
	    !price_possible(b->l) || !price_possible(b->c))
		return "a price is not above zero";
	if (b->h < b->l)
		return "high is below low";
	if (b->h < b->o || b->h < b->c)
		return "high is below open or close";
	if (b->l > b->o || b->l > b->c)
		return "low is above open or close";
	if (!isfinite(b->v) || b->v < 0)
		return "volume is below zero";
	if (!isnan(b->vw) && (!isfinite(b->vw) || b->vw < 0))
		return "volume-weighted price is below zero";
	return NULL;
}

static bool
same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

bool
bar_equal(const struct bar *a, const struct bar *b)
{
	return a->t == b->t && a->o == b->o && a->h == b->h && a->l == b->l &&
	       a->c == b->c && a->v == b->v && same(a->vw, b->vw) &&
	       a->n == b->n;
}
