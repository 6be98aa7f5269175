#include <string.h>

#include "base/mdtime.h"
#include "market/objectives.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
sums(void)
{
	static const struct {
		const char *name;
		int64_t took[5];
		size_t n;
		int64_t objective;
		struct recovery_summary expected;
	} cases[] = {
		{ "none were seen", { 0 }, 0, 1000, { 0, 0, 0, 0 } },
		{ "one is median and worst", { 7 }, 1, 7, { 1, 1, 7, 7 } },
		{ "a millisecond more is not within", { 8 }, 1, 7,
		    { 1, 0, 8, 8 } },
		{ "the middle of three", { 9, 1, 5 }, 3, 5, { 3, 2, 5, 9 } },
		{ "the lower of the middle two", { 40, 10, 30, 20 }, 4, 100,
		    { 4, 4, 20, 40 } },
		{ "none is shorter than no time", { -5, 3 }, 2, 0,
		    { 2, 1, 0, 3 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct recovery_summary *x = &cases[i].expected;
		struct recoveries r = { NULL, 0, 0 };
		struct recovery_summary s;
		bool added = true;

		for (size_t k = 0; k < cases[i].n; k++)
			added = recoveries_add(&r, cases[i].took[k]) && added;
		s = recoveries_sum_up(&r, cases[i].objective);
		ok(added && s.count == x->count && s.within == x->within &&
			s.median_ms == x->median_ms &&
			s.worst_ms == x->worst_ms,
		    "recoveries: %s", cases[i].name);
		recoveries_free(&r);
	}
}

static void
definition(void)
{
	const struct objectives *o = &objectives_default;
	enum staleness_action a;

	ok(o->rto_ms[RTO_SCHEDULER_CRASH] == 300000 &&
		o->rto_ms[RTO_RATE_LIMIT] == 30000 &&
		o->rto_ms[RTO_DATABASE_LOSS] == 120000 &&
		o->rto_ms[RTO_COMPUTATION_FAILURE] == 1000,
	    "recovery is to take 5 min, 30 s, 2 min and 1 s");
	ok(o->rpo[TIER_CRITICAL].within_ms == MD_HOUR &&
		o->rpo[TIER_STANDARD].within_ms == 4 * MD_HOUR &&
		o->rpo[TIER_LOW].within_ms == MD_DAY,
	    "data may be 1 h, 4 h and 24 h old");
	ok(o->rpo[TIER_CRITICAL].every_ms == 15 * MD_MINUTE &&
		o->rpo[TIER_STANDARD].every_ms == MD_HOUR &&
		o->rpo[TIER_LOW].every_ms == MD_DAY,
	    "runs are every quarter of an hour, hour and day");
	for (int i = 0; i < STALENESS_COUNT; i++)
		ok(action_parse(action_name(o->actions[i]), &a) &&
			a == o->actions[i],
		    "the action for %s has a name: %s",
		    staleness_name((enum staleness)i),
		    action_phrase(o->actions[i]));
	ok(!action_parse("returns", &a), "other words are no action");
}

int
main(void)
{
	sums();
	definition();
	return done();
}
