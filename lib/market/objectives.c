#include "market/objectives.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"
#include "base/name.h"

const struct objectives objectives_default = {
	.actions = {
		[STALENESS_FRESH] = ACTION_RETURN,
		[STALENESS_AGING] = ACTION_WARN,
		[STALENESS_STALE] = ACTION_ALERT,
		[STALENESS_MISSING] = ACTION_REQUEST,
	},
	.rto_ms = {
		[RTO_SCHEDULER_CRASH] = 5 * MD_MINUTE,
		[RTO_RATE_LIMIT] = 30 * MD_SECOND,
		[RTO_DATABASE_LOSS] = 2 * MD_MINUTE,
		[RTO_COMPUTATION_FAILURE] = MD_SECOND,
	},
	.rpo = {
		[TIER_CRITICAL] = { MD_HOUR, 15 * MD_MINUTE },
		[TIER_STANDARD] = { 4 * MD_HOUR, MD_HOUR },
		[TIER_LOW] = { MD_DAY, MD_DAY },
	},
	.target_percent = {
		[TIER_CRITICAL] = 99.5,
		[TIER_STANDARD] = 99,
		[TIER_LOW] = 95,
	},
	.window_ms = 90 * MD_DAY,
};

const char *
rto_name(enum rto r)
{
	static const char *const names[RTO_COUNT] = {
		[RTO_SCHEDULER_CRASH] = "scheduler_crash",
		[RTO_RATE_LIMIT] = "rate_limit",
		[RTO_DATABASE_LOSS] = "database_loss",
		[RTO_COMPUTATION_FAILURE] = "computation_failure",
	};

	return names[r];
}

static const struct {
	const char *name, *words;
} actions[] = {
	[ACTION_RETURN] = { "return", "return" },
	[ACTION_WARN] = { "warn", "return with warning" },
	[ACTION_ALERT] = { "alert", "return with alert" },
	[ACTION_REQUEST] = { "request", "404 and request a backfill" },
};

const char *
action_name(enum staleness_action a)
{
	return actions[a].name;
}

const char *
action_phrase(enum staleness_action a)
{
	return actions[a].words;
}

bool
action_parse(const char *s, enum staleness_action *out)
{
	int i = NAME_FIND(actions, s);

	if (i < 0)
		return false;
	*out = (enum staleness_action)i;
	return true;
}

/* -- what was measured -- */

bool
recoveries_add(struct recoveries *r, int64_t took)
{
	int64_t *v = array_room(r->v, r->len, &r->cap, sizeof(*v));

	if (v == NULL)
		return false;
	r->v = v;
	r->v[r->len++] = took > 0 ? took : 0;
	return true;
}

void
recoveries_free(struct recoveries *r)
{
	free(r->v);
	memset(r, 0, sizeof(*r));
}

struct recovery_summary
recoveries_sum_up(struct recoveries *r, int64_t objective)
{
	struct recovery_summary s = { r->len, 0, 0, 0 };

	if (r->len == 0)
		return s;
	qsort(r->v, r->len, sizeof(*r->v), compare64);
	while (s.within < r->len && r->v[s.within] <= objective)
		s.within++;
	s.median_ms = r->v[(r->len - 1) / 2];
	s.worst_ms = r->v[r->len - 1];
	return s;
}
