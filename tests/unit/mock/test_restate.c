/*
 * restate.h: bars that are corrected stay possible, and are never the same.
 */
#include "mock/restate.h"

#include <math.h>

#include "tap.h"

static void
test_bar(const char *what, const struct bar *bar)
{
	struct bar kept[20];
	bool possible = true, differ = true, again = true;

	for (unsigned n = 0; n < 20; n++) {
		struct bar twice = *bar;

		kept[n] = *bar;
		restated_bar(&kept[n], 42, n);
		restated_bar(&twice, 42, n);
		again = again && bar_equal(&kept[n], &twice);
		possible = possible && bar_impossible(&kept[n]) == NULL &&
			   kept[n].t == bar->t && kept[n].v < bar->v * 1.1 + 21;
		for (unsigned k = 0; k < n; k++)
			differ = differ && !bar_equal(&kept[n], &kept[k]);
	}
	ok(bar_equal(&kept[0], bar), "%s: unchanged it is as it was", what);
	ok(possible, "%s: it stays possible", what);
	ok(differ, "%s: it is another each time", what);
	ok(again, "%s: the same in every run", what);
}

int
main(void)
{
	test_bar("a stock",
	    &(struct bar){ 1000, 10, 12.5, 9.75, 11, 123456, 11.2, 1000 });
	test_bar("one price, no volume",
	    &(struct bar){ 1000, 10, 10, 10, 10, 0, NAN, -1 });
	test_bar("crypto",
	    &(struct bar){ 1000, 0.5, 0.6, 0.4, 0.45, 0.00012345, 0.5, 3 });
	test_bar("many",
	    &(struct bar){ 1000, 1, 2, 1, 2, 1.5e12, 1.5, 100000 });
	return done();
}
