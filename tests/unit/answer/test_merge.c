#include "answer/merge.h"
#include "tap.h"

static struct bar
bar_at(int64_t t, double close)
{
	return (struct bar){ t, 1, 2, 0.5, close, 10, 1, 3 };
}

/* A page of four beside stored bars: before it one, two of its own. */
static void
test_beside_stored(void)
{
	const struct bar page[] = { bar_at(10, 1), bar_at(20, 1), bar_at(30, 1),
		bar_at(40, 1) };
	const struct bar stored[] = { bar_at(20, 1), bar_at(25, 1),
		bar_at(30, 1.5) };
	struct page_merge m = { 0 };
	bool good = merge_begin(&m, page, 4);

	for (size_t i = 0; i < 3; i++)
		good = good && merge_stored(&m, &stored[i]);
	merge_end(&m);
	ok(good && m.fresh_len == 2 && m.fresh[0] == &page[0] &&
		m.fresh[1] == &page[3],
	    "bars that are not stored are new");
	ok(m.unchanged == 1 && m.changes_len == 1 &&
		m.changes[0].new == &page[2] && m.changes[0].old.c > 1,
	    "one with other values has changed");
	ok(merge_first(&m) == 10, "the first of them");

	good = merge_begin(&m, &page[1], 1) && merge_stored(&m, &stored[0]);
	merge_end(&m);
	ok(good && m.fresh_len == 0 && m.changes_len == 0 && m.unchanged == 1 &&
		merge_first(&m) == INT64_MAX,
	    "the next page begins anew");
	merge_free(&m);
}

int
main(void)
{
	test_beside_stored();
	return done();
}
