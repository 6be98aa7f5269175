#include "base/mdtime.h"
#include "market/hole.h"
#include "tap.h"

#define LONG   (60 * MD_DAY)
#define DAY(n) ((n)*MD_DAY)

static void
possible(void)
{
	ok(!hole_is_possible(251, 0, DAY(364), LONG),
	    "a year's sessions leave none");
	ok(!hole_is_possible(230, 0, DAY(364), LONG),
	    "nor do twenty that are missing");
	ok(hole_is_possible(209, 0, DAY(364), LONG),
	    "sixty days without sessions may be one");
	ok(hole_is_possible(2, 0, DAY(61), LONG),
	    "two bars may be its two sides");
	ok(!hole_is_possible(2, 0, DAY(1), LONG), "unless they are neighbours");
}

static void
between(void)
{
	ok(!hole_between(0, LONG, 0, LONG), "as long as is allowed");
	ok(hole_between(0, LONG + 1, 0, LONG), "longer");
	ok(!hole_between(0, DAY(90), DAY(90), LONG),
	    "none before the history begins");
	ok(hole_between(0, DAY(90), DAY(89), LONG), "one after it began");
}

static void
answered(void)
{
	struct coverage c = { NULL, 0, 0 };
	struct doubts d = { NULL, 0, 0 };

	ok(hole_answered(&c, &d, DAY(10), DAY(100)) == 0,
	    "what nobody asked for is not answered");
	if (!coverage_append(&c,
		(struct span){ 0, DAY(11), 1, COVERAGE_BARS }) ||
	    !coverage_append(&c,
		(struct span){ DAY(20), DAY(30), 1, COVERAGE_EMPTY }) ||
	    !coverage_append(&c,
		(struct span){ DAY(30), DAY(40), 1, COVERAGE_DENIED }) ||
	    !coverage_append(&c,
		(struct span){ DAY(98), DAY(200), 1, COVERAGE_BARS }) ||
	    !doubts_append(&d, DAY(50), DAY(55), 1, 1)) {
		printf("Bail out! out of memory\n");
		return;
	}
	ok(hole_answered(&c, &d, DAY(10), DAY(100)) == DAY(1 + 10 + 2 + 5),
	    "what was, and not denied, counts where it is within");
	ok(hole_answered(&c, &d, DAY(41), DAY(42)) == 0,
	    "what is beside it does not");
	coverage_free(&c);
	doubts_free(&d);
}

int
main(void)
{
	possible();
	between();
	answered();
	return done();
}
