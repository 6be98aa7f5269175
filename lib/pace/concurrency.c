#include "pace/concurrency.h"

#include <stdio.h>
#include <string.h>

/* More than the vendor's smallest plan allows in a minute: by then a 429 would
 * have come. */
#define FIRST_ROUND 6
#define LEAST_ROUND 5
/* How many more an answer brings, until the first fall. */
#define QUICKLY 2
/* One bad ticker says nothing of the server; several of a round, and more than
 * a fifth of it, do. */
#define FAILED_LEAST 2
#define FAILED_SHARE 5
/* A clock that is a little late makes no server slow. */
#define NOISE_US INT64_C(10000)

static void
begin_round(struct concurrency *c, int64_t now)
{
	c->round = (struct concurrency_round){ .began = now };
	c->round.wanted = c->now < LEAST_ROUND         ? LEAST_ROUND
			  : c->now > CONCURRENCY_ROUND ? CONCURRENCY_ROUND
						       : c->now;
	if (c->base == 0)
		c->round.wanted = FIRST_ROUND;
}

void
concurrency_init(struct concurrency *c, unsigned given, int64_t now)
{
	memset(c, 0, sizeof(*c));
	c->found = given == 0;
	c->now = c->found ? CONCURRENCY_FIRST : given;
	c->most = c->now;
	c->quick = true;
	c->reason = c->found ? CONCURRENCY_WORK : CONCURRENCY_GIVEN;
	begin_round(c, now);
}

/* -- up and down -- */

static void
grow(struct concurrency *c)
{
	unsigned more = 0;

	c->grown++;
	if (c->quick)
		more = QUICKLY * c->grown;
	else if (c->grown >= c->now)
		more = 1;
	if (more == 0)
		return;
	c->grown = 0;
	c->reason = CONCURRENCY_SOON;
	c->now += more;
	if (c->now >= CONCURRENCY_MOST) {
		c->now = CONCURRENCY_MOST;
		c->reason = CONCURRENCY_FULL;
	}
	if (c->now > c->most)
		c->most = c->now;
}

/* What was sent before tells nothing of what it is like with fewer. */
static void
fall(struct concurrency *c, unsigned to, enum concurrency_reason why,
    int64_t now)
{
	c->reason = why;
	c->ignored = c->now;
	c->now = to < CONCURRENCY_LEAST ? CONCURRENCY_LEAST : to;
	c->quick = false;
	c->grown = 0;
	begin_round(c, now);
}

/* -- a round -- */

static int64_t
median(const int64_t *v, size_t len)
{
	int64_t sorted[CONCURRENCY_ROUND] = { 0 };

	for (size_t i = 0; i < len; i++) {
		size_t k = i;

		for (; k > 0 && sorted[k - 1] > v[i]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = v[i];
	}
	return sorted[len / 2];
}

/* How much it is the limit: not, so that there should be no more, or so that
 * there should be fewer. */
enum extent { NOT, ENOUGH, TOO_MANY };

static enum extent
extent(double x, double enough, double too_many)
{
	return x > too_many ? TOO_MANY : x > enough ? ENOUGH : NOT;
}

/* Do answers take longer to come than to begin, and do more at once bring no
 * more of them? */
static enum extent
network(struct concurrency *c, int64_t elapsed)
{
	const struct concurrency_round *r = &c->round;
	double rate = (double)r->bytes / (double)(elapsed > 0 ? elapsed : 1);
	bool better = rate > 1.1 * c->best_rate;
	bool more = c->now > c->best_at;

	if (better || !more) {
		c->best_rate = rate;
		c->best_at = c->now;
	}
	if (2 * r->transfer < r->took || better || !more)
		return NOT;
	return 4 * c->now > 5 * c->best_at ? TOO_MANY : ENOUGH;
}

static enum extent
server(struct concurrency *c, int64_t typical)
{
	int64_t late = typical - NOISE_US;

	if (c->base == 0 || typical < c->base)
		c->base = typical;
	return extent((double)late, 1.25 * (double)c->base,
	    1.5 * (double)c->base);
}

/* Did the last fall make answers come sooner?  If not, take it back. */
static void
judge_fall(struct concurrency *c, int64_t typical)
{
	if (c->late == 0)
		return;
	if (10 * typical > 9 * c->late) {
		c->base = typical;
		c->now = c->before;
		c->quick = c->was_quick;
	}
	c->late = 0;
}

static enum extent
find_limit(struct concurrency *c, int64_t typical, int64_t now,
    enum concurrency_reason *why)
{
	const struct concurrency_round *r = &c->round;
	int64_t elapsed = now > r->began ? now - r->began : 1;
	enum extent e;

	*why = CONCURRENCY_STORE;
	e = extent((double)r->stored, 0.2 * (double)elapsed,
	    0.5 * (double)elapsed);
	if (e != NOT)
		return e;
	*why = CONCURRENCY_PACE;
	e = extent((double)r->paced, 0.2 * (double)r->took,
	    0.5 * (double)r->took);
	if (e != NOT)
		return e;
	*why = CONCURRENCY_SERVER;
	e = server(c, typical);
	if (e != NOT)
		return e;
	*why = CONCURRENCY_NETWORK;
	return network(c, elapsed);
}

static void
end_round(struct concurrency *c, int64_t now)
{
	int64_t typical = median(c->round.first_byte, c->round.len);
	/* The first round is what all of them have waited for. */
	unsigned grown = c->base == 0 ? CONCURRENCY_FIRST - 1 : 0;
	enum concurrency_reason why;
	enum extent e;

	judge_fall(c, typical);
	e = find_limit(c, typical, now, &why);
	if (e == TOO_MANY) {
		c->was_quick = c->quick;
		c->before = c->now;
		c->late = why == CONCURRENCY_SERVER ? typical : 0;
		fall(c, c->now * 3 / 4, why, now);
		return;
	}
	c->round.more = c->round.more && e == NOT;
	if (e == ENOUGH) {
		c->reason = why;
		c->grown = 0;
	} else if (c->round.more) {
		c->grown += grown;
		grow(c);
	}
	c->held = e != NOT;
	begin_round(c, now);
}

/* -- facts -- */

void
concurrency_stored(struct concurrency *c, int64_t us)
{
	c->round.stored += us;
}

static void
note(struct concurrency *c, const struct concurrency_answer *a)
{
	struct concurrency_round *r = &c->round;

	r->first_byte[r->len++] = a->first_byte;
	r->paced += a->paced;
	r->transfer += a->transfer;
	r->took += a->first_byte + a->transfer;
	r->bytes += a->bytes;
	r->more = r->more || a->more;
}

void
concurrency_answered(struct concurrency *c, const struct concurrency_answer *a)
{
	c->answers++;
	c->sum += c->now;
	if (!c->found)
		return;
	if (c->ignored > 0) {
		c->ignored--;
		return;
	}
	if (a->outcome == ANSWER_LIMITED) {
		c->late = 0;
		fall(c, c->now / 2, CONCURRENCY_LIMITED, a->at);
		return;
	}
	if (a->outcome == ANSWER_FAILED) {
		c->round.failed++;
		if (c->round.failed >= FAILED_LEAST &&
		    FAILED_SHARE * c->round.failed > c->now) {
			c->late = 0;
			fall(c, c->now / 2, CONCURRENCY_FAILED, a->at);
		}
		return;
	}
	note(c, a);
	if (c->round.len == c->round.wanted)
		end_round(c, a->at);
	else if (a->more && !c->held && c->base > 0)
		grow(c);
}

double
concurrency_mean(const struct concurrency *c)
{
	return c->answers > 0 ? (double)c->sum / (double)c->answers : c->now;
}

const char *
concurrency_word(unsigned given, char out[static CONCURRENCY_WORD])
{
	if (given == 0)
		memcpy(out, "auto", sizeof("auto"));
	else
		(void)snprintf(out, CONCURRENCY_WORD, "%u", given);
	return out;
}

const char *
concurrency_reason_words(enum concurrency_reason r)
{
	static const char *const words[CONCURRENCY_REASONS] = {
		[CONCURRENCY_GIVEN] = "as it was told",
		[CONCURRENCY_WORK] = "there was nothing more to ask for",
		[CONCURRENCY_SOON] = "answers came as soon as with fewer",
		[CONCURRENCY_FULL] =
		    "answers came as soon; never are there more",
		[CONCURRENCY_STORE] = "the store took no more",
		[CONCURRENCY_PACE] = "the pace of requests allowed no more",
		[CONCURRENCY_SERVER] =
		    "with more at once the API answered later",
		[CONCURRENCY_NETWORK] = "more at once brought no more bytes",
		[CONCURRENCY_LIMITED] = "the API limited requests (429)",
		[CONCURRENCY_FAILED] = "requests failed",
	};

	return words[r];
}
