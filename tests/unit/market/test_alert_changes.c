#include <string.h>

#include "market/alert_changes.h"
#include "tap.h"

static struct alert
alert_of(enum alert_rule rule)
{
	struct alert a;

	memset(&a, 0, sizeof(a));
	a.rule = rule;
	return a;
}

int
main(void)
{
	const struct alert now[] = { alert_of(ALERT_FAILED_JOBS),
		alert_of(ALERT_API) };
	struct alerts_told told;
	struct alert_change c[ALERT_RULES];
	size_t n;

	memset(&told, 0, sizeof(told));
	ok(alert_changes(&told, NULL, 0, ~0U, c) == 0, "nothing is no change");
	n = alert_changes(&told, now, 2, ~0U, c);
	ok(n == 2 && c[0].raised == &now[0] && c[1].rule == ALERT_API,
	    "the first time every alert is one");
	alert_changes_told(&told, c, n, 1000);
	ok(told.since_ms[ALERT_API] == 1000 &&
		alert_changes(&told, now, 2, ~0U, c) == 0,
	    "what was told is none any more");
	n = alert_changes(&told, now, 1, ~0U, c);
	ok(n == 1 && c[0].raised == NULL && c[0].rule == ALERT_API &&
		c[0].since_ms == 1000,
	    "one that is over is");
	ok(alert_changes(&told, now, 1, ~(1U << ALERT_API), c) == 0,
	    "but not where nobody looked");
	alert_changes_told(&told, c, 0, 2000);
	n = alert_changes(&told, now, 1, ~0U, c);
	alert_changes_told(&told, c, n, 2000);
	ok(told.since_ms[ALERT_API] == 0 &&
		told.since_ms[ALERT_FAILED_JOBS] == 1000,
	    "then it is told as over, and the others stay");
	return done();
}
