#include "pace/slots.h"

/* A start may be so late, as with a pace of one's own. */
#define LATE_US 5000

static void
use_slots(struct budget_grant *g, int64_t n)
{
	g->slots -= n;
	g->at_us += n * g->interval_us;
}

/* Those whose time has gone by. */
static int64_t
lapsed(const struct budget_grant *g, int64_t now)
{
	int64_t late = now - LATE_US - g->at_us, n;

	if (g->slots == 0 || late < g->interval_us)
		return 0;
	n = late / g->interval_us;
	return n < g->slots ? n : g->slots;
}

static void
move_on(struct slots *s)
{
	if (s->now.slots > 0 || s->next.slots == 0)
		return;
	s->now = s->next;
	s->next.slots = 0;
	s->granted = s->now.slots;
	s->lapsed = 0;
	s->seen = false;
}

int64_t
slots_next(struct slots *s, int64_t now)
{
	for (int i = 0; i < 2; i++) {
		int64_t n = lapsed(&s->now, now);

		if (s->now.slots > 0 && !s->seen) {
			s->seen = true;
			s->late_us =
			    now > s->now.at_us ? now - s->now.at_us : 0;
		}
		use_slots(&s->now, n);
		s->lapsed += n;
		move_on(s);
	}
	return s->now.slots > 0 ? s->now.at_us : INT64_MAX;
}

void
slots_use(struct slots *s)
{
	if (s->now.slots > 0)
		use_slots(&s->now, 1);
	move_on(s);
}

int64_t
slots_wanted(const struct slots *s, int64_t now, int64_t waiting,
    double per_minute)
{
	int64_t most = (int64_t)(per_minute / 60), n, late = 0;

	if (s->asking || s->next.slots > 0 || waiting == 0 ||
	    now < s->ask_again_at)
		return 0;
	if (most < 1)
		most = 1;
	/* Ahead of need only where all were needed. */
	if (s->now.slots > 0 &&
	    (s->lapsed > 0 || most == 1 || 2 * s->now.slots > s->granted))
		return 0;
	/* What a slow store grants begins before it is here: so many more, or
	 * none would ever be had. */
	if (s->lapsed > 0)
		late = (int64_t)((double)s->late_us * per_minute / 60e6) + 1;
	n = s->granted - s->lapsed;
	if (s->lapsed <= late)
		n += waiting;
	if (n < waiting)
		n = waiting;
	n += late;
	most += late;
	return n < most ? n : most;
}

void
slots_asked(struct slots *s, int64_t now)
{
	s->asking = true;
	s->asked_at = now;
}

void
slots_granted(struct slots *s, const struct budget_grant *g)
{
	s->asking = false;
	s->ask_again_at = g->slots == 0 ? g->at_us : 0;
	if (g->slots > 0)
		s->next = *g;
	move_on(s);
}
