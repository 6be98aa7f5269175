#include "pace/budget.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define MINUTE_US 60e6
/* The slowest pace that can be asked for: one in 1000 minutes. */
#define LEAST_PER_MINUTE 1e-3
#define MOST_SLOTS       INT64_C(10000)
/* How far ahead slots are given: whichever is later. */
#define AHEAD_US    INT64_C(4000000)
#define AHEAD_SLOTS 8
/* No server may stop everybody for longer; a clock may have stepped, too. */
#define PAUSE_MOST_US INT64_C(3600000000)

/* Mixed so that each bit of the key reaches each of the sum. */
static uint64_t
hash(const char *s)
{
	uint64_t h = hash_text(HASH_EMPTY, s);

	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53U;
	return h ^ (h >> 33);
}

void
budget_id(const char *base_url, const char *key, char out[BUDGET_ID_SIZE])
{
	const char *host = strstr(base_url, "://");
	size_t n;

	host = host == NULL ? base_url : host + 3;
	n = strcspn(host, "/?#");
	/* Nor are other secrets kept. */
	for (const char *at; (at = memchr(host, '@', n)) != NULL; host = at + 1)
		n -= (size_t)(at + 1 - host);
	if (n > BUDGET_ID_SIZE - 8)
		n = BUDGET_ID_SIZE - 8;
	for (size_t i = 0; i < n; i++)
		out[i] = host[i] >= 'A' && host[i] <= 'Z'
			     ? (char)(host[i] - 'A' + 'a')
			     : host[i];
	(void)snprintf(out + n, BUDGET_ID_SIZE - n, "#%03x",
	    (unsigned)(hash(key) & 0xfff));
}

/* The clock may have stepped back since: slots lie no further ahead of it
 * than they did when they were given. */
static void
mind_the_clock(struct budget *b, int64_t now)
{
	if (b->next_us - now > b->ahead_us)
		b->next_us = now + b->ahead_us;
	if (b->paused_until_us - now > PAUSE_MOST_US)
		b->paused_until_us = now;
}

struct budget_grant
budget_reserve(struct budget *b, int64_t now, double per_minute, int64_t want)
{
	struct budget_grant g = { 0, now, 0 };
	int64_t from, ahead;

	if (!(per_minute > LEAST_PER_MINUTE))
		per_minute = LEAST_PER_MINUTE;
	g.interval_us = (int64_t)(MINUTE_US / per_minute);
	if (g.interval_us < 1)
		g.interval_us = 1;
	mind_the_clock(b, now);
	from = b->next_us > now ? b->next_us : now;
	ahead = AHEAD_SLOTS * g.interval_us;
	if (ahead < AHEAD_US)
		ahead = AHEAD_US;
	if (from - now > ahead) {
		g.at_us = from - ahead;
		return g;
	}
	/* Nothing starts in a pause: its slots would only lapse. */
	if (b->paused_until_us > from)
		from = b->paused_until_us;
	g.slots = want < 1 ? 1 : want > MOST_SLOTS ? MOST_SLOTS : want;
	g.at_us = from;
	b->next_us = from + g.slots * g.interval_us;
	b->ahead_us = b->next_us - now;
	return g;
}

void
budget_limited(struct budget *b, int64_t now, const struct budget_limit *l)
{
	int64_t pause =
	    l->pause_us < PAUSE_MOST_US ? l->pause_us : PAUSE_MOST_US;
	bool in_pause;

	mind_the_clock(b, now);
	in_pause = now < b->paused_until_us;
	if (now + pause > b->paused_until_us)
		b->paused_until_us = now + pause;
	if (l->per_minute <= 0 || (in_pause && b->lessons > 0))
		return;
	b->lessons++;
	b->per_minute = l->per_minute;
	b->provisional = l->provisional;
	b->paced_from_us = b->paused_until_us;
}
