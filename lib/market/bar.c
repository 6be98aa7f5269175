#include "market/bar.h"

#include <math.h>

#include "base/number.h"

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
	if (!isnan(b->v) && (!isfinite(b->v) || b->v < 0))
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
bar_adds_vwap(const struct bar *with, const struct bar *without)
{
	struct bar b = *with;

	b.vw = without->vw;
	return isnan(without->vw) && !isnan(with->vw) && bar_equal(&b, without);
}

bool
bar_equal(const struct bar *a, const struct bar *b)
{
	return a->t == b->t && a->o == b->o && a->h == b->h && a->l == b->l &&
	       a->c == b->c && same(a->v, b->v) && same(a->vw, b->vw) &&
	       a->n == b->n;
}

static void
put_number(struct buf *b, const char *name, double d)
{
	char text[32];

	(void)number_format(d, text);
	buf_printf(b, "\"%s\":%s,", name, text);
}

void
bar_write(const struct bar *bar, struct buf *b)
{
	buf_putc(b, '{');
	if (!isnan(bar->v))
		put_number(b, "v", bar->v);
	if (!isnan(bar->vw))
		put_number(b, "vw", bar->vw);
	put_number(b, "o", bar->o);
	put_number(b, "c", bar->c);
	put_number(b, "h", bar->h);
	put_number(b, "l", bar->l);
	buf_printf(b, "\"t\":%lld", (long long)bar->t);
	if (bar->n >= 0)
		buf_printf(b, ",\"n\":%lld", (long long)bar->n);
	buf_putc(b, '}');
}
