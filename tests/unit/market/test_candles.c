#include <math.h>

#include "market/candles.h"
#include "tap.h"

static struct candles c;

static struct bar
bar(int64_t t, double price)
{
	return (struct bar){ t, price, price + 1, price - 1, price + 0.5, 10,
		price, 1 };
}

static void
stay_bounded(void)
{
	double low, high, volume = 0;
	bool good = true;

	candles_start(&c, 64);
	for (int64_t t = 0; t < 100000; t++) {
		struct bar b = bar(t, (double)(t % 1000));

		candles_add(&c, &b);
		good = good && c.len <= 64;
	}
	for (size_t i = 0; i < c.len; i++)
		volume += c.v[i].v;
	ok(good && c.len >= 32, "however many bars, candles are few");
	ok(candles_range(&c, &low, &high) && fabs(low - -1) < 1e-9 &&
		fabs(high - 1000) < 1e-9,
	    "no price is lost");
	ok(fabs(volume - 1e6) < 1e-3, "and no volume");
	ok(c.v[0].t == 0 && c.v[1].t == c.each && fabs(c.v[0].o) < 1e-9 &&
		fabs(c.v[0].c - ((double)((c.each - 1) % 1000) + 0.5)) < 1e-9,
	    "a candle opens with its first bar and closes with its last");
}

static void
take_what_there_is(void)
{
	struct bar b = bar(0, 5);
	double low, high;

	candles_start(&c, 3);
	b.o = (double)NAN;
	candles_add(&c, &b);
	ok(!candles_range(&c, &low, &high), "no price is no candle");
	b = bar(0, 5);
	b.v = (double)NAN;
	for (int i = 0; i < 5; i++)
		candles_add(&c, &b);
	ok(c.len <= 2 && !(candles_volume(&c) > 0), "nor no volume a volume");
}

static void
axes_are_round(void)
{
	ok(fabs(axis_step(0, 10, 5) - 2) < 1e-12 &&
		fabs(axis_step(99, 101, 6) - 0.5) < 1e-12 &&
		fabs(axis_step(0, 7, 6) - 2) < 1e-12 &&
		fabs(axis_step(0, 6.1e-7, 6) - 2e-7) < 1e-15 &&
		fabs(axis_step(3, 3, 6) - 1) < 1e-12,
	    "a step is 1, 2 or 5 times a power of ten");
}

int
main(void)
{
	stay_bounded();
	take_what_there_is();
	axes_are_round();
	return done();
}
