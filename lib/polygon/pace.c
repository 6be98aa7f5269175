#include "polygon/pace.h"

#include "base/integer.h"
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
	limit_wall(&p->own.limit, pace_now(), md_now_ms());
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

void
pace_recall(struct pace *p, const struct limit_lesson *l)
{
	pacing_recall(&p->own, l, pace_now());
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
	return max64(at, pacing_held(&p->own, now));
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
	    pacing_held(&p->own, pace_now()) > pace_now())
		return wait_ms;
	n = slots_wanted(&p->slots, now, due, p->own.per_minute);
	if (n > 0) {
		slots_asked(&p->slots, now);
		p->sharer->ask(p->sharer_ctx, p->own.per_minute, n);
	}
	again = (p->slots.ask_again_at - now + 999) / 1000;
	return again > 0 && again < wait_ms ? again : wait_ms;
}

/* Pass on a pause, and the pace if another was learnt. */
static void
tell(struct pace *p, int64_t pause_ms)
{
	struct budget_limit l = { pause_ms * 1000, 0, false };
	struct limit_lesson lesson = pacing_lesson(&p->own, pace_now());
	double learnt = pacing_learnt(&p->own);
	bool told = learnt >= p->told && learnt <= p->told;

	if (p->sharer == NULL)
		return;
	/* Others were allowed as much, as far as can be told. */
	if (!told)
		l.per_minute = (learnt > 0 ? learnt : PACING_VENDOR_ASKS) *
			       (double)p->own.sharers;
	p->told = learnt;
	if (l.pause_us > 0 || !told)
		p->sharer->limited(p->sharer_ctx, &l);
	if (!told)
		p->sharer->learnt(p->sharer_ctx, &lesson);
}

void
pace_limited(struct pace *p, int64_t sent, int64_t retry_after_ms)
{
	int64_t now = pace_now();

	pacing_limited(&p->own, sent, now, md_now_ms(), retry_after_ms);
	tell(p, max64(pacing_paused_until(&p->own) - now, 0));
}

void
pace_allowed(struct pace *p, int64_t sent)
{
	pacing_allowed(&p->own, sent, pace_now());
	tell(p, 0);
}

void
pace_lost(struct pace *p)
{
	pacing_lost(&p->own);
}

struct pacing_room
pace_room(struct pace *p, int64_t now)
{
	struct pacing_room r = pacing_room(&p->own, now);

	if (takes_slots(p, md_monotonic_us())) {
		r.limits = true;
		r.now = min64(r.now, pace_next(p, now) <= now ? 1 : 0);
	}
	return r;
}

int64_t
pace_paused_until(const struct pace *p)
{
	return pacing_paused_until(&p->own);
}

int64_t
pace_held(const struct pace *p, int64_t now)
{
	return pacing_held(&p->own, now);
}
