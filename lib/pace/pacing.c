#include "pace/pacing.h"

#include <string.h>

#include "base/integer.h"
#include "base/number.h"

#define MINUTE_MS      60000
#define RECOVER_MS     (INT64_C(5) * MINUTE_MS)
#define RECOVER_FACTOR 1.05
#define FAST_MS        MINUTE_MS
#define FAST_FACTOR    1.5
#define VENDOR_ASKS    PACING_VENDOR_ASKS
#define VENDOR_BURST   5
#define SAFETY         1.01
/* A start may be so late, and the next ones are not put off by it. */
#define LATE_MS 5

void
pacing_init(struct pacing *p, double per_minute, int64_t now)
{
	memset(p, 0, sizeof(*p));
	p->adaptive = per_minute <= 0;
	p->per_minute = p->adaptive ? VENDOR_ASKS : per_minute / SAFETY;
	p->burst = p->adaptive ? VENDOR_BURST : 1;
	p->tokens = p->burst;
	p->at = now;
	p->paused_until = now;
	p->sharers = 1;
	limit_init(&p->limit, now);
}

static double
tokens_at(const struct pacing *p, int64_t now)
{
	double per_ms = p->per_minute / MINUTE_MS;
	double t = p->tokens + (double)(now - p->at) * per_ms;
	double most = p->burst + LATE_MS * per_ms;

	return t > most ? most : t;
}

/* A pace that several runs share keeps the limit. */
static bool
limit_applies(const struct pacing *p)
{
	return p->adaptive && (p->recovers_at == 0 || p->limit.doubt.open);
}

int64_t
pacing_held(const struct pacing *p, int64_t now)
{
	int64_t at = limit_applies(p) ? limit_next(&p->limit, now) : now;

	return max64(at, p->paused_until);
}

int64_t
pacing_next(const struct pacing *p, int64_t now)
{
	double missing = 1 - tokens_at(p, now);
	int64_t at = now;

	/* A millisecond's rounding must not cost a whole extra wait. */
	if (missing > 1e-9)
		at = now + 1 + (int64_t)(missing * MINUTE_MS / p->per_minute);
	return max64(at, pacing_held(p, now));
}

static void
recover(struct pacing *p, int64_t now)
{
	while (p->recovers_at != 0 && now >= p->recovers_at) {
		p->per_minute *= p->provisional ? FAST_FACTOR : RECOVER_FACTOR;
		p->recovers_at += p->provisional ? FAST_MS : RECOVER_MS;
		if (p->per_minute >= VENDOR_ASKS) {
			p->per_minute = VENDOR_ASKS;
			p->burst = VENDOR_BURST;
			p->recovers_at = 0;
			p->provisional = false;
		}
	}
}

void
pacing_start(struct pacing *p, int64_t now)
{
	p->tokens = tokens_at(p, now) - 1;
	p->at = now;
	limit_start(&p->limit, now);
	recover(p, now);
}

/* As fast as all that was learnt allows. */
static void
keep_to_rate(struct pacing *p, int64_t now)
{
	double rate = p->limit.lesson.per_second * 60 / SAFETY;

	if (!p->adaptive || p->recovers_at != 0)
		return;
	if (rate <= 0 || rate > VENDOR_ASKS)
		rate = VENDOR_ASKS;
	p->tokens = tokens_at(p, now);
	p->at = now;
	p->per_minute = rate;
	p->burst = VENDOR_BURST;
}

void
pacing_allowed(struct pacing *p, int64_t sent, int64_t now)
{
	limit_allowed(&p->limit, sent, now);
	keep_to_rate(p, now);
}

void
pacing_recall(struct pacing *p, const struct limit_lesson *l, int64_t now)
{
	if (!p->adaptive)
		return;
	limit_recall(&p->limit, l, now);
	keep_to_rate(p, now);
}

struct limit_lesson
pacing_lesson(const struct pacing *p, int64_t now)
{
	struct limit_lesson l = limit_lesson(&p->limit, now);

	/* Of several runs each sees its part. */
	if (p->sharers > 1) {
		l.per_minute *= p->sharers;
		l.per_second *= (double)p->sharers;
		l.sure = min64(l.sure, 1);
	}
	return l;
}

void
pacing_lost(struct pacing *p)
{
	limit_lost(&p->limit);
}

void
pacing_limited(struct pacing *p, int64_t sent, int64_t now, int64_t wall_ms,
    int64_t retry_after_ms)
{
	int64_t pause = retry_after_ms >= 0 ? retry_after_ms
					    : MINUTE_MS - wall_ms % MINUTE_MS;

	limit_wall(&p->limit, now, wall_ms);
	/* No time at all tells no more than silence. */
	limit_limited(&p->limit, sent, now,
	    retry_after_ms > 0 ? retry_after_ms : -1);
	if (!p->adaptive)
		p->paused_until = max64(p->paused_until, now + pause);
}

double
pacing_learnt(const struct pacing *p)
{
	const struct limit_lesson *l = &p->limit.lesson;
	double rate = l->per_second * 60;

	if (!p->adaptive)
		return 0;
	if (l->per_minute > 0 && (rate <= 0 || (double)l->per_minute < rate))
		rate = (double)l->per_minute;
	return rate;
}

int64_t
pacing_paused_until(const struct pacing *p)
{
	const struct limit_doubt *d = &p->limit.doubt;

	return max64(p->paused_until, p->adaptive && d->open ? d->try_at : 0);
}

struct pacing_room
pacing_room(const struct pacing *p, int64_t now)
{
	struct pacing_room r = { PACING_ROOM_MOST, false };
	bool paced = !p->adaptive || p->per_minute < VENDOR_ASKS;

	if (pacing_held(p, now) > now)
		r.now = 0;
	else if (limit_applies(p))
		r.now = limit_room(&p->limit, now, r.now);
	if (paced && r.now > 0)
		r.now = clamp64((int64_t)tokens_at(p, now), 0, r.now);
	r.limits = r.now == 0 || paced;
	return r;
}

void
pacing_share(struct pacing *p, int64_t now, const struct budget_state *s,
    int64_t ahead_us)
{
	const struct budget *b = &s->row;
	int64_t until = (b->paused_until_us - ahead_us) / 1000;

	p->sharers = s->sharers > 1 ? s->sharers : 1;
	if (until > p->paused_until)
		p->paused_until = until;
	if (p->sharers == 1)
		p->recovers_at = 0;
	keep_to_rate(p, now);
	/* Alone, what another run learnt is of another time. */
	if (!p->adaptive || p->sharers == 1 || b->lessons == p->lessons ||
	    b->per_minute <= 0)
		return;
	p->lessons = b->lessons;
	p->per_minute = b->per_minute;
	p->provisional = b->provisional;
	p->burst = 1;
	if (p->tokens > 1)
		p->tokens = 1;
	p->recovers_at = (b->paced_from_us - ahead_us) / 1000 +
			 (p->provisional ? FAST_MS : RECOVER_MS);
	/* Zero would say that nothing was learnt. */
	if (p->recovers_at == 0)
		p->recovers_at = 1;
	recover(p, now);
}

bool
pacing_takes_slots(const struct pacing *p)
{
	return !p->adaptive || (p->sharers > 1 && p->recovers_at != 0);
}

bool
rate_split(const char *s, char number[RATE_NUMBER_SIZE], int *seconds)
{
	size_t n = strcspn(s, "/");

	if (n >= RATE_NUMBER_SIZE)
		return false;
	if (strcmp(s + n, "/min") == 0)
		*seconds = 60;
	else if (strcmp(s + n, "/s") == 0)
		*seconds = 1;
	else if (s[n] == '\0')
		*seconds = 0;
	else
		return false;
	memcpy(number, s, n);
	number[n] = '\0';
	return true;
}

bool
pacing_parse(const char *s, double *per_minute, struct md_error *e)
{
	char number[RATE_NUMBER_SIZE];
	int seconds = 0;
	double n;

	if (!rate_split(s, number, &seconds) || seconds == 0)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a rate such as 5/min or 20/s", s);
	if (!number_parse_real(number, 1e-3, 1e6, &n))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a number above zero before /min or /s", s);
	*per_minute = seconds == 1 ? n * 60 : n;
	return true;
}
