#include <math.h>

#include "measure/statistics.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct samples
of(const double *v, size_t n)
{
	struct samples s = { .len = 0 };

	for (size_t i = 0; i < n; i++)
		(void)samples_add(&s, v[i]);
	return s;
}

#define OF(...)                                                                \
	of((const double[]){ __VA_ARGS__ },                                    \
	    COUNT(((const double[]){ __VA_ARGS__ })))

static bool
near(double x, double y, double by)
{
	return fabs(x - y) <= by;
}

static void
test_median(void)
{
	struct samples s = OF(3, 1, 2), none = { .len = 0 };

	ok(samples_median(&s) == 2, "the middle of three");
	s = OF(4, 1, 2, 3);
	ok(near(samples_median(&s), 2.5, 1e-12), "half way between two");
	ok(isnan(samples_median(&none)) && isnan(samples_best(&none, false)),
	    "of none there is none");
	ok(samples_best(&s, false) == 1 && samples_best(&s, true) == 4,
	    "the best is the smallest or the largest");
	for (size_t i = 0; i < SAMPLES_MAX; i++)
		(void)samples_add(&none, 1);
	ok(!samples_add(&none, 1), "no more than there is room for");
}

static void
test_least(void)
{
	struct samples s = OF(5, 1, 4, 2, 3);
	struct samples least = samples_least(&s, 3);

	ok(least.len == 3 && least.v[0] == 1 && least.v[2] == 3,
	    "the three smallest, in order");
	ok(samples_least(&s, 9).len == 5, "no more than there are");
}

/* Of work that others only make longer, the two fastest are compared. */
static void
test_compare_least(void)
{
	struct samples before = OF(104, 150, 100, 170, 160);
	struct samples now = OF(180, 120, 122, 190, 170);
	struct samples same = OF(103, 101, 160, 102, 140);
	struct difference d;

	before = samples_least(&before, 2);
	now = samples_least(&now, 2);
	same = samples_least(&same, 2);
	d = samples_compare(&before, &now, 0.02);
	ok(d.significant && near(d.ratio, 121.0 / 102 - 1, 1e-9) &&
		near(d.interval.low, 120.0 / 104 - 1, 1e-9) &&
		near(d.interval.high, 0.22, 1e-9),
	    "a fifth more is seen through what others add");
	d = samples_compare(&now, &before, 0.02);
	ok(d.significant && d.interval.high < 0, "and a fifth less");
	ok(!samples_compare(&before, &same, 0.02).significant,
	    "a hundredth is nothing");
}

static void
test_interval(void)
{
	struct samples s = OF(5, 1, 4, 2, 3), one = OF(1);
	double c;
	struct interval i = samples_interval(&s, &c);

	ok(i.low == 1 && i.high == 5 && near(c, 0.9375, 1e-9),
	    "of five, between the ends: 93.75 %%");
	ok(isnan(samples_interval(&one, &c).low) && isnan(c), "of one: none");
	s = OF(1, 2, 3, 4, 5, 6, 7, 8, 9);
	i = samples_interval(&s, &c);
	/* Conover's table: of nine, the second and the eighth, 96.1 %. */
	ok(i.low == 2 && i.high == 8 && near(c, 0.961, 5e-4),
	    "of nine, the second and the eighth");
}

static void
test_compare(void)
{
	struct samples a = OF(100, 102, 98, 101, 99);
	struct samples b = OF(120, 122, 118, 121, 119);
	struct samples noisy = OF(80, 130, 100, 150, 90);
	struct samples same = OF(5, 5, 5), more = OF(5.01, 5.01, 5.01);
	struct samples one = OF(5), zero = OF(0, 0, 0);
	struct difference d = samples_compare(&a, &b, 0.001);

	ok(d.significant && near(d.ratio, 0.2, 1e-9) && d.interval.low > 0.15 &&
		d.interval.high < 0.25,
	    "a fifth more is seen");
	d = samples_compare(&b, &a, 0.001);
	ok(d.significant && d.interval.high < 0, "and a fifth less");
	d = samples_compare(&a, &a, 0.001);
	ok(!d.significant && d.ratio == 0, "the same is not other");
	d = samples_compare(&a, &noisy, 0.001);
	ok(!d.significant, "what varies by as much as it differs is noise");
	d = samples_compare(&same, &more, 0.005);
	ok(!d.significant, "less than the least is nothing");
	d = samples_compare(&same, &one, 0.005);
	ok(!d.significant && isnan(d.ratio), "one is too few to tell");
	d = samples_compare(&zero, &a, 0.005);
	ok(!d.significant && isnan(d.ratio), "nothing has no ratio");
}

int
main(void)
{
	test_median();
	test_least();
	test_compare_least();
	test_interval();
	test_compare();
	return done();
}
