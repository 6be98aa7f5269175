#include "pace/pacing.h"

#include <string.h>

#include "base/number.h"

#define MINUTE_MS      60000
#define RECOVER_MS     (INT64_C(5) * MINUTE_MS)
#define RECOVER_FACTOR 1.05
#define FAST_MS        MINUTE_MS
#define FAST_FACTOR    1.5
#define VENDOR_ASKS    (95.0 * 60) /* "under 100 requests a second" */
#define VENDOR_BURST   5
#define VENDOR_LEAST   5 /* a minute, to its smallest plan */
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
	p->since = now;
	p->sharers = 1;
	p->slot = now / 1000;
}

static double
tokens_at(const struct pacing *p, int64_t now)
{
	double per_ms = p->per_minute / MINUTE_MS;
	double t = p->tokens + (double)(now - p->at) * per_ms;
	double most = p->burst + LATE_MS * per_ms;

	return t > most ? most : t;
}

int64_t
pacing_next(const struct pacing *p, int64_t now)
{
	double missing = 1 - tokens_at(p, now);
	int64_t at = now;

	/* A millisecond's rounding must not cost a whole extra wait. */
	if (missing > 1e-9)
		at = now + 1 + (int64_t)(missing * MINUTE_MS / p->per_minute);
	return at > p->paused_until ? at : p->paused_until;
}

/* Move the minute's window to now, forgetting the seconds that left it. */
static void
slide(struct pacing *p, int64_t now)
{
	int64_t second = now / 1000;

	if (second - p->slot >= PACING_MINUTE_SLOTS)
		memset(p->allowed, 0, sizeof(p->allowed));
	else
		for (int64_t s = p->slot + 1; s <= second; s++)
			p->allowed[s % PACING_MINUTE_SLOTS] = 0;
	if (second > p->slot)
		p->slot = second;
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
	recover(p, now);
}

void
pacing_allowed(struct pacing *p, int64_t now)
{
	slide(p, now);
	p->allowed[p->slot % PACING_MINUTE_SLOTS]++;
}

/*
 * What was allowed, as a pace.  A server that counts a minute says nothing, or
 * to come back when that is over; one that says to come back sooner has a
 * shorter count: from the first request of it until it allows the next.
 */
static double
allowed_per_minute(const struct pacing *p, int64_t retry_after_ms)
{
	double allowed = 0;
	int64_t first = p->slot, period = MINUTE_MS;

	for (int64_t s = p->slot; s > p->slot - PACING_MINUTE_SLOTS && s >= 0;
	     s--)
		if (p->allowed[s % PACING_MINUTE_SLOTS] > 0) {
			allowed += p->allowed[s % PACING_MINUTE_SLOTS];
			first = s;
		}
	if (retry_after_ms >= 0 && retry_after_ms < MINUTE_MS)
		period = (p->slot - first + 1) * 1000 + retry_after_ms;
	if (period > MINUTE_MS)
		period = MINUTE_MS;
	return allowed * MINUTE_MS / (double)period;
}

void
pacing_limited(struct pacing *p, int64_t now, int64_t wall_ms,
    int64_t retry_after_ms)
{
	int64_t pause = retry_after_ms >= 0 ? retry_after_ms
					    : MINUTE_MS - wall_ms % MINUTE_MS;
	bool in_pause = now < p->paused_until;
	double allowed, least = VENDOR_LEAST;

	if (now + pause > p->paused_until)
		p->paused_until = now + pause;
	if (!p->adaptive)
		return;
	slide(p, now);
	/* The others were allowed as much, as far as can be told. */
	allowed = allowed_per_minute(p, retry_after_ms) * (double)p->sharers;
	/* Several requests in flight are limited at once: learn once. */
	if (in_pause || (p->recovers_at != 0 && allowed >= p->per_minute))
		return;
	/* Who says to come back in a second allows one a second at least. */
	if (retry_after_ms >= 0 && (double)retry_after_ms < MINUTE_MS / least)
		least = MINUTE_MS /
			(double)(retry_after_ms > 1000 ? retry_after_ms : 1000);
	p->provisional = p->recovers_at == 0 && now - p->since < MINUTE_MS &&
			 allowed > least;
	/* What was learnt is halved at most: others may share the key. */
	if (p->recovers_at != 0)
		least = p->per_minute / 2 > 1 ? p->per_minute / 2 : 1;
	p->per_minute = (allowed < least ? least : allowed) / SAFETY;
	p->burst = 1;
	p->tokens = 1;
	p->at = p->paused_until;
	p->recovers_at =
	    p->paused_until + (p->provisional ? FAST_MS : RECOVER_MS);
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
	return !p->adaptive || p->recovers_at != 0;
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
