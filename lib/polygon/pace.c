#include "polygon/pace.h"

#include "base/mdtime.h"

/* Slots that were asked for and do not come are not waited for longer: requests
 * go at the run's own pace then, and when there is no budget. */
#define SLOTS_WAIT_US INT64_C(30000000)
#define ALONE_US      INT64_C(60000000)

int64_t
pace_now(void)
{
	return md_monotonic_ms();
}

void
pace_init(struct pace *p, double per_minute)
{
	*p = (struct pace){ .sharer = NULL };
	pacing_init(&p->own, per_minute, pace_now());
}

void
pace_share(struct pace *p, const struct polygon_sharer *sharer, void *ctx)
{
	p->sharer = sharer;
	p->sharer_ctx = ctx;
}

void
pace_informed(struct pace *p, const struct budget_answer *a)
{
	pacing_share(&p->own, pace_now(), &a->state, a->ahead_us);
}

void
pace_granted(struct pace *p, const struct budget_answer *a)
{
	struct budget_grant g = { 0, 0, 1 };

	if (a == NULL)
		p->alone_until = md_monotonic_us() + ALONE_US;
	else {
		g = a->grant;
		g.at_us -= a->ahead_us;
		pace_informed(p, a);
	}
	slots_granted(&p->slots, &g);
}

static bool
takes_slots(const struct pace *p, int64_t now_us)
{
	return p->sharer != NULL && pacing_takes_slots(&p->own) &&
	       now_us >= p->alone_until &&
	       !(p->slots.asking && p->slots.now.slots == 0 &&
		   now_us - p->slots.asked_at > SLOTS_WAIT_US);
}

int64_t
pace_next(struct pace *p, int64_t now)
{
	int64_t now_us = md_monotonic_us(), at;

	if (!takes_slots(p, now_us))
		return pacing_next(&p->own, now);
	at = slots_next(&p->slots, now_us);
	if (at < INT64_MAX)
		at = (at + 999) / 1000;
	return at > p->own.paused_until ? at : p->own.paused_until;
}

void
pace_start(struct pace *p, int64_t now)
{
	pacing_start(&p->own, now);
	slots_use(&p->slots);
}

int64_t
pace_ask(struct pace *p, int64_t due, int64_t wait_ms)
{
	int64_t now = md_monotonic_us(), again, n;

	if (due == 0 || !takes_slots(p, now) ||
	    p->own.paused_until > pace_now())
		return wait_ms;
	n = slots_wanted(&p->slots, now, due, p->own.per_minute);
	if (n > 0) {
		slots_asked(&p->slots, now);
		p->sharer->ask(p->sharer_ctx, p->own.per_minute, n);
	}
	again = (p->slots.ask_again_at - now + 999) / 1000;
	return again > 0 && again < wait_ms ? again : wait_ms;
}

/* Pass on what a 429 said, and the pace if one was learnt. */
static void
tell_limit(struct pace *p, int64_t recovers_before)
{
	struct budget_limit l = { 0, 0, p->own.provisional };

	if (p->sharer == NULL)
		return;
	l.pause_us = (p->own.paused_until - pace_now()) * 1000;
	if (p->own.recovers_at != recovers_before)
		l.per_minute = p->own.per_minute;
	p->sharer->limited(p->sharer_ctx, &l);
}

void
pace_limited(struct pace *p, int64_t retry_after_ms)
{
	int64_t before = p->own.recovers_at;

	pacing_limited(&p->own, pace_now(), md_now_ms(), retry_after_ms);
	tell_limit(p, before);
}

void
pace_allowed(struct pace *p)
{
	pacing_allowed(&p->own, pace_now());
}

int64_t
pace_paused_until(const struct pace *p)
{
	return p->own.paused_until;
}
