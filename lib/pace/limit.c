#include "pace/limit.h"

#include <string.h>

#include "base/integer.h"

#define SECOND INT64_C(1000)

/* The vendor's smaller plans, a minute, and how many requests beyond one are
 * sent to refute it. */
static const struct {
	int64_t count, beyond;
} plans[] = { { 5, 1 }, { 100, 2 }, { 300, 4 } };

#define PLANS (sizeof(plans) / sizeof(plans[0]))

/* Another that is common: a bucket of ten, which a second fills. */
#define BUCKET        10.0
#define BUCKET_BEYOND 3
/* It is fuller than it seems while requests are on their way. */
#define BUCKET_MOST 14.0
/* More than it gives in a minute. */
#define MINUTES_BUCKETS 620

/* Counts at which a limit is more likely than chance. */
static const int64_t round_counts[] = { 5, 10, 20, 30, 50, 60, 100, 120, 200,
	300, 500, 600, 1000, 1200, 2000, 3000 };

/* One request is at most one in twenty of such a count. */
#define LARGE 20

/* By how much clocks may differ, for the beginning of a minute. */
#define CLOCKS_MS 300

/* A count that grew until a 429 is tried again so much later. */
#define GROW_AGAIN_MS (10 * SECOND)

/* -- what was accepted -- */

static const struct limit_accepted *
nth(const struct limit *l, int64_t i)
{
	return &l->recent[i % LIMIT_RECENT];
}

/* The first that was answered after t: an index, l->accepted if none was. */
static int64_t
first_after(const struct limit *l, int64_t t)
{
	int64_t low = max64(0, l->accepted - LIMIT_RECENT), high = l->accepted;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (nth(l, middle)->answered > t)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The first that counts in the window at now. */
static int64_t
window_first(const struct limit *l, int64_t now)
{
	return first_after(l, max64(now - LIMIT_WINDOW_MS, l->window_from - 1));
}

static int64_t
window_count(const struct limit *l, int64_t now)
{
	return l->accepted - window_first(l, now);
}

/* When the wall clock's minute began. */
static int64_t
minute_begin(const struct limit *l, int64_t now)
{
	int64_t wall = now + l->to_wall;

	return floor_div(wall, LIMIT_WINDOW_MS) * LIMIT_WINDOW_MS - l->to_wall;
}

static bool
is_round(int64_t count)
{
	for (size_t i = 0; i < sizeof(round_counts) / sizeof(round_counts[0]);
	     i++)
		if (round_counts[i] == count)
			return true;
	return false;
}

static bool
is_plan(int64_t count)
{
	for (size_t i = 0; i < PLANS; i++)
		if (plans[i].count == count)
			return true;
	return false;
}

/* May one more request be spent on a question?  At first a few may. */
static bool
may_ask(const struct limit *l, int64_t at_first)
{
	return l->limited < at_first ||
	       (l->limited + 1) * 20 <= l->requests + 1;
}

/* -- beginning -- */

void
limit_init(struct limit *l, int64_t now)
{
	memset(l, 0, sizeof(*l));
	l->window_from = now - LIMIT_WINDOW_MS;
	l->past = -LIMIT_LATER;
	l->bucket = BUCKET;
	l->bucket_least = BUCKET;
	l->bucket_at = now;
	l->at_once = INT32_MAX;
	l->step = 1;
}

void
limit_recall(struct limit *l, const struct limit_lesson *lesson, int64_t now)
{
	struct limit_lesson *known = &l->lesson;

	*known = lesson_bounded(lesson);
	l->held = known->sure >= 2 ? known->per_minute : 0;
	/* Something may have changed since. */
	l->exceed_at = now + 5 * LIMIT_WINDOW_MS / 2;
	l->most_fixed = known->most;
	l->bucket_refuted = known->most > MINUTES_BUCKETS;
	l->rate_grows_at = now + LIMIT_WINDOW_MS / 2;
	l->rate_sure = known->per_second > 0;
	l->rate_seen = known->per_second;
	if (known->age_ms < 0 || known->age_ms >= LIMIT_WINDOW_MS)
		return;
	for (int64_t i = 0, at = now - known->age_ms; i < known->recent; i++)
		l->recent[l->accepted++ % LIMIT_RECENT] =
		    (struct limit_accepted){ at, at };
}

struct limit_lesson
limit_lesson(const struct limit *l, int64_t now)
{
	struct limit_lesson lesson = l->lesson;

	lesson.recent = window_count(l, now);
	lesson.age_ms = 0;
	return lesson;
}

void
limit_wall(struct limit *l, int64_t now, int64_t wall_ms)
{
	l->to_wall = wall_ms - now;
}

/* -- when the next may start -- */

static double
bucket_level(const struct limit *l, double level, double most, int64_t now)
{
	level += (double)(now - l->bucket_at) * BUCKET / (double)SECOND;
	return level > most ? most : level;
}

/* How many more may be sent in a minute that has so many, if the plan is not
 * refuted: of large ones, the more the more seem to have been accepted beyond
 * it, as they are where a minute has just begun. */
static int64_t
plan_room(size_t i, int64_t sent, int64_t in_flight)
{
	int64_t over = sent - in_flight - plans[i].count;
	int64_t beyond = plans[i].beyond;

	if (over > 0 && beyond > 1)
		return beyond + over / 2 - in_flight;
	return plans[i].count + beyond - sent;
}

/* How many more may be sent before some plan is refuted or not. */
static int64_t
unrefuted_room(const struct limit *l, int64_t now)
{
	int64_t room = INT32_MAX, sent, all, begin;
	double level;

	begin = max64(minute_begin(l, now) - CLOCKS_MS, now - LIMIT_WINDOW_MS);
	sent = l->accepted - first_after(l, begin) + l->in_flight;
	all =
	    l->accepted - first_after(l, now - LIMIT_WINDOW_MS) + l->in_flight;
	for (size_t i = 0; i < PLANS && l->lesson.per_minute == 0; i++) {
		if (l->lesson.most <= plans[i].count)
			room = min64(room, plan_room(i, all, l->in_flight));
		if (l->most_fixed <= plans[i].count)
			room = min64(room, plan_room(i, sent, l->in_flight));
	}
	if (!l->bucket_refuted && l->lesson.per_second <= 0) {
		level = bucket_level(l, l->bucket_least, BUCKET, now);
		level = level < 0 ? 0 : level;
		room =
		    min64(room, (int64_t)level + BUCKET_BEYOND - l->in_flight);
	}
	/* One at a time always may. */
	if (room < 1 && l->in_flight == 0)
		return 1;
	return max64(room, 0);
}

/* An answer comes within this time, more or less. */
#define TRIP_MS 500

/* May the count be exceeded by one, to see whether it still holds?  Not when
 * the oldest request in the window may have left it on the server. */
static bool
may_exceed(const struct limit *l, int64_t now)
{
	int64_t first = window_first(l, now);

	if (l->in_flight > 0 || now < l->exceed_at || first == l->accepted ||
	    nth(l, first)->sent + LIMIT_WINDOW_MS < now + TRIP_MS)
		return false;
	/* One in twenty; or it has been quiet for long. */
	if (l->lesson.sure < 2 && (l->lesson.per_minute >= LARGE ||
				      now - l->past > 2 * LIMIT_WINDOW_MS))
		return true;
	return may_ask(l, l->lesson.sure < 2 ? 4 : 1);
}

/* When there is room for one more in the window. */
static int64_t
window_next(const struct limit *l, int64_t now)
{
	int64_t first = window_first(l, now), over;

	over = l->accepted - first + l->in_flight - l->lesson.per_minute;
	if (l->lesson.per_minute == 0 || over < 0 || may_exceed(l, now))
		return now;
	if (first + over >= l->accepted)
		return LIMIT_LATER;
	return nth(l, first + over)->answered + LIMIT_WINDOW_MS;
}

/* How many may be in flight: the fewer, the nearer the count is, since others
 * may have used up a part of it. */
static int64_t
at_once(const struct limit *l, int64_t now)
{
	int64_t left = l->lesson.per_minute - window_count(l, now);

	if (l->lesson.per_minute == 0)
		return l->at_once;
	return min64(l->at_once, 2 + max64(left, 0) / 8);
}

int64_t
limit_next(const struct limit *l, int64_t now)
{
	const struct limit_doubt *d = &l->doubt;

	if (d->open)
		return d->trying ? LIMIT_LATER : max64(now, d->try_at);
	if (now < l->hold_until)
		return l->hold_until;
	if (l->in_flight >= at_once(l, now) || unrefuted_room(l, now) == 0)
		return LIMIT_LATER;
	return window_next(l, now);
}

int64_t
limit_room(const struct limit *l, int64_t now, int64_t most)
{
	if (limit_next(l, now) > now)
		return 0;
	if (l->doubt.open)
		return 1;
	most = min64(most, at_once(l, now) - l->in_flight);
	most = min64(most, unrefuted_room(l, now));
	if (l->lesson.per_minute > 0)
		most = min64(most,
		    max64(1, l->lesson.per_minute - window_count(l, now) -
				 l->in_flight));
	return most;
}

void
limit_start(struct limit *l, int64_t now)
{
	struct limit_doubt *d = &l->doubt;

	if (d->open && !d->trying && now >= d->try_at)
		d->trying = true;
	l->exceeding = l->lesson.per_minute > 0 && !d->open &&
		       window_count(l, now) >= l->lesson.per_minute;
	l->in_flight++;
}

/* -- a rate per second -- */

#define RATE_GUESS 10.0
/* It grows slowly near one that was confirmed, and fast away from it. */
#define RATE_NEAR      1.1
#define RATE_SLOWLY    1.05
#define RATE_SLOWLY_MS (5 * SECOND)
#define RATE_FAST      1.25
#define RATE_LESS      0.97
#define RATE_QUIET_MS  (15 * SECOND)
#define RATE_FAST_MS   (3 * SECOND)

static bool
rate_is_near(const struct limit *l)
{
	return l->rate_sure > 0 &&
	       l->lesson.per_second < l->rate_seen * RATE_NEAR;
}

static int64_t
rate_pause(const struct limit *l)
{
	return rate_is_near(l)
		   ? RATE_SLOWLY_MS << (l->rate_sure < 5 ? l->rate_sure - 1 : 4)
		   : RATE_FAST_MS;
}

/* Accepted again a second after a 429 with so many accepted before it: a rate,
 * or chance. */
static void
learn_rate(struct limit *l, int64_t since, int64_t now)
{
	int64_t second = l->accepted - first_after(l, since - SECOND);
	int64_t elapsed = since - l->rate_since;
	double rate;

	if (l->rate_since != 0 && elapsed >= SECOND &&
	    elapsed <= LIMIT_WINDOW_MS && l->lesson.per_second > 0) {
		/* A bucket was empty both times. */
		rate = (double)(l->accepted - l->rate_accepted) *
		       (double)SECOND / (double)elapsed;
		if (rate > l->rate_seen * 0.85 && rate < l->rate_seen * 1.15)
			l->rate_sure++;
		else
			l->rate_sure = 0;
		/* It was too fast, whatever was counted. */
		if (rate > l->lesson.per_second * RATE_LESS)
			rate = l->lesson.per_second * RATE_LESS;
	} else {
		rate = (double)second;
		if (rate < RATE_GUESS || !l->bucket_refuted)
			rate = RATE_GUESS;
		l->rate_sure = 0;
	}
	l->rate_seen = rate;
	l->lesson.per_second =
	    rate < LESSON_LEAST_A_SECOND ? LESSON_LEAST_A_SECOND : rate;
	l->rate_since = since;
	l->rate_accepted = l->accepted;
	l->rate_grows_at = now + rate_pause(l);
}

static void
grow_rate(struct limit *l, int64_t now)
{
	if (l->lesson.per_second <= 0 || now < l->rate_grows_at)
		return;
	/* Quiet tells as much as questions. */
	if (rate_is_near(l) && !may_ask(l, 0) && now - l->past < RATE_QUIET_MS)
		return;
	l->lesson.per_second *= rate_is_near(l) ? RATE_SLOWLY : RATE_FAST;
	l->rate_grows_at = now + rate_pause(l);
	if (l->lesson.per_second >= LESSON_MOST_A_SECOND) {
		l->lesson.per_second = 0;
		l->rate_since = 0;
	}
}

/* -- a doubt -- */

/* When the oldest that counts is a minute old, at the latest. */
static int64_t
certain_at(const struct limit_doubt *d)
{
	return (d->accepted > 0 ? d->oldest : d->since) + LIMIT_WINDOW_MS;
}

/* When to look, in ms after a 429, while that may be spent: after a plan's
 * count, where a rate is known, after none at all, and after any other. */
static const int64_t looks_at_plan[] = { 12000, 0 };
static const int64_t looks_at_rate[] = { 300, 1000, 3000, 10000, 30000, 0 };
static const int64_t looks_at_none[] = { 1000, 5000, 20000, 0 };
static const int64_t looks_at_any[] = { 1000, 5000, 12000, 25000, 45000, 0 };

/* No sooner than that. */
#define LOOK_MS INT64_C(200)

/* What a rate has refused it gives within seconds: that is looked for even
 * where no more questions may be asked, after twice this time and four times.
 */
#define RATE_SOON_MS INT64_C(1500)

/* When neither a count nor a rate explains it. */
#define LOST_MS   INT64_C(3000)
#define LOST_MOST 8

/* Was there a 429 at such a count before?  With others on the key it is not
 * always the same. */
static bool
is_suspect(const struct limit *l, int64_t n)
{
	int64_t differ = n > l->suspect ? n - l->suspect : l->suspect - n;

	return l->suspect > 0 && differ <= l->suspect / 5;
}

/* Is a count the likely reason? */
static bool
is_count(const struct limit *l)
{
	int64_t n = l->doubt.accepted;

	if (n == 0 || l->lesson.per_second > 0 ||
	    (!l->bucket_refuted && n > plans[0].count + 2))
		return false;
	return is_round(n) || n == l->lesson.per_minute || is_suspect(l, n);
}

/* Accepted again this soon after a 429 means a rate, unless a minute began. */
#define SOON_MS (5 * SECOND / 2)

/* May it be a second's count?  What was accepted was so within seconds, and is
 * no count that is sold. */
static bool
is_burst(const struct limit *l)
{
	const struct limit_doubt *d = &l->doubt;

	return d->since - d->oldest < SOON_MS && !is_plan(d->accepted) &&
	       d->accepted != l->lesson.per_minute;
}

/* The next time for a single request. */
static void
plan_try(struct limit *l, int64_t now)
{
	struct limit_doubt *d = &l->doubt;
	bool count = is_count(l) && (d->failed > 0 || !is_burst(l));
	const int64_t *look = count                      ? looks_at_plan
			      : l->lesson.per_second > 0 ? looks_at_rate
			      : d->accepted == 0         ? looks_at_none
							 : looks_at_any;
	int64_t begin = minute_begin(l, now) + LIMIT_WINDOW_MS + CLOCKS_MS;
	int64_t certain = certain_at(d);

	if (certain <= now) {
		d->try_at =
		    now + (d->certain < LOST_MOST ? LOST_MS : LIMIT_WINDOW_MS);
		return;
	}
	d->try_at = certain;
	if (!may_ask(l, count ? 2 : 5) && (count || d->failed > 0)) {
		if (l->lesson.per_second > 0 && d->failed <= 2)
			d->try_at =
			    min64(certain, now + (RATE_SOON_MS << d->failed));
		return;
	}
	if (begin < d->try_at - 5 * SECOND &&
	    (d->failed > 0 || d->accepted > 20))
		d->try_at = begin;
	for (; *look != 0; look++)
		if (d->since + *look > now + LOOK_MS) {
			d->try_at = min64(d->try_at, d->since + *look);
			return;
		}
}

/* The server's word on it. */
static void
heed(struct limit *l, int64_t now)
{
	struct limit_doubt *d = &l->doubt;
	int64_t plan = plans[0].count;

	if (d->asked_until == 0)
		return;
	if (d->asked_until <= d->asked_at + LIMIT_WINDOW_MS)
		/* The smallest plan's is no matter of seconds. */
		d->try_at =
		    d->accepted <= plan && d->accepted + l->in_flight >= plan
			? max64(d->asked_until, d->since + looks_at_plan[0])
			: d->asked_until;
	else if (d->failed > 0 && now >= certain_at(d))
		/* Longer than a minute is believed when all else failed. */
		d->try_at = d->asked_until;
}

static void
schedule(struct limit *l, int64_t now)
{
	plan_try(l, now);
	heed(l, now);
}

static void
note_asked(struct limit *l, int64_t now, int64_t retry_after_ms)
{
	struct limit_doubt *d = &l->doubt;

	d->asked_at = now;
	d->asked_until =
	    retry_after_ms < 0 || l->lies > 0 ? 0 : now + retry_after_ms;
}

/* As many as were accepted before the 429; more answers may still tell. */
static void
count_doubt(struct limit *l)
{
	struct limit_doubt *d = &l->doubt;
	int64_t first = window_first(l, d->since), from, to;

	/* A fixed window that began meanwhile leaves a plan's count. */
	from = first_after(l, minute_begin(l, d->since) - CLOCKS_MS);
	to = first_after(l, minute_begin(l, d->since) + 2 * CLOCKS_MS);
	for (int64_t i = max64(from, first + 1);
	     i <= to && !is_plan(l->accepted - first); i++)
		if (is_plan(l->accepted - i) &&
		    l->accepted - first <= 2 * (l->accepted - i))
			first = i;
	d->accepted = l->accepted - first;
	d->oldest = d->accepted > 0 ? nth(l, first)->answered : d->since;
}

static void
open_doubt(struct limit *l, int64_t now, int64_t retry_after_ms)
{
	l->doubt =
	    (struct limit_doubt){ .open = true, .since = now, .limited = 1 };
	count_doubt(l);
	note_asked(l, now, retry_after_ms);
	schedule(l, now);
	l->past = now;
}

static void
set_count(struct limit *l, int64_t count, int64_t sure, int64_t now)
{
	l->lesson.per_minute = count;
	l->lesson.sure = sure;
	l->held = sure >= 2 ? count : l->held < count ? l->held : 0;
	l->step = 1;
	l->exceed_at = sure < 2 ? now : now + 2 * LIMIT_WINDOW_MS;
}

/* Chance's 429s are not spent on questions; those of others on the key look
 * alike, but come again. */
static void
forgive(struct limit *l)
{
	if (l->forgiven < 2)
		l->limited -= l->doubt.limited;
	l->forgiven++;
}

/* Was it a second's count, however round? */
static bool
is_second(const struct limit *l, int64_t sent)
{
	const struct limit_doubt *d = &l->doubt;

	return sent - d->since < SOON_MS && !is_plan(d->accepted) &&
	       d->accepted != l->lesson.per_minute &&
	       minute_begin(l, sent + CLOCKS_MS) ==
		   minute_begin(l, d->since - CLOCKS_MS);
}

/* A single request was accepted: what was it? */
static void
close_doubt(struct limit *l, int64_t sent, int64_t now)
{
	struct limit_doubt d = l->doubt;
	bool count = is_count(l) && !is_second(l, sent);

	l->doubt.open = false;
	l->at_once = 1;
	if (d.asked_until > sent)
		l->lies++;
	if (d.accepted == 0 || d.certain > 0) {
		forgive(l);
		return;
	}
	if (sent >= certain_at(&d)) {
		/* Others may have used up a part: it is halved at most. */
		if (l->lesson.per_minute >= LARGE)
			d.accepted =
			    max64(d.accepted, l->lesson.per_minute / 2);
		set_count(l, d.accepted, count && d.failed > 0 ? 2 : 1, now);
	} else if (count) {
		if (l->lesson.per_minute == 0)
			set_count(l, d.accepted, 1, now);
		if (!l->no_fixed)
			l->window_from = sent;
	} else if (sent - d.since < SOON_MS || l->lesson.per_second > 0)
		learn_rate(l, d.since, now);
	else {
		l->suspect = d.accepted;
		forgive(l);
		/* The wait that the server asked for bought nothing. */
		l->lies += d.asked_until != 0;
	}
}

/* -- answers -- */

/* More than the count says was accepted.  Once may be because a new window has
 * begun; what was confirmed is doubted no further until it happens again. */
static void
exceeded(struct limit *l, int64_t now)
{
	l->lesson.per_minute += l->step;
	l->step *= 2;
	l->exceed_at = now;
	if (l->step == 4 && l->doubt.asked_until != 0) {
		/* The wait that it asked for was for no limit. */
		l->lies++;
		l->doubt.asked_until = 0;
	}
	if (l->lesson.sure >= 2 && l->lesson.per_minute == l->held + 1)
		l->exceed_at = now + LIMIT_WINDOW_MS;
	else
		l->lesson.sure = 1;
	if (l->lesson.per_minute < LESSON_MOST_A_MINUTE)
		return;
	l->lesson.per_minute = 0;
	l->lesson.sure = 0;
	l->held = 0;
	l->suspect = 0;
}

/* Which plans has this refuted? */
static void
refute(struct limit *l, int64_t now)
{
	int64_t begin = minute_begin(l, now), before, since;

	l->bucket = bucket_level(l, l->bucket, BUCKET_MOST, now) - 1;
	l->bucket_least = bucket_level(l, l->bucket_least, BUCKET, now) - 1;
	l->bucket_at = now;
	if (l->bucket < -0.5)
		l->bucket_refuted = true;
	before = first_after(l, now - LIMIT_WINDOW_MS);
	since = l->accepted - before;
	l->lesson.most = max64(l->lesson.most, since);
	/* Two windows may have shared them. */
	if (before < l->accepted && nth(l, before)->sent < begin + CLOCKS_MS)
		since = max64((since + 1) / 2,
		    l->accepted - first_after(l, begin + 2 * CLOCKS_MS));
	l->most_fixed = max64(l->most_fixed, since);
}

void
limit_allowed(struct limit *l, int64_t sent, int64_t now)
{
	l->recent[l->accepted % LIMIT_RECENT] =
	    (struct limit_accepted){ sent, now };
	l->accepted++;
	l->requests++;
	if (l->in_flight > 0)
		l->in_flight--;
	if (l->at_once < INT32_MAX)
		l->at_once++;
	refute(l, now);
	grow_rate(l, now);
	if (l->doubt.open && sent > l->doubt.since)
		close_doubt(l, sent, now);
	else if (l->doubt.open) {
		count_doubt(l);
		if (l->doubt.failed == 0)
			schedule(l, l->doubt.since);
	} else if (l->exceeding)
		exceeded(l, now);
}

void
limit_lost(struct limit *l)
{
	if (l->in_flight > 0)
		l->in_flight--;
	l->doubt.trying = false;
}

/* Does the count explain a 429?  Then it is confirmed. */
static bool
still_holds(struct limit *l, int64_t now)
{
	int64_t count = window_count(l, now) + l->in_flight;
	int64_t from = l->window_from;
	int64_t limit = l->lesson.per_minute;

	if (limit == 0)
		return false;
	if (count < limit && !l->no_fixed) {
		l->window_from = now - LIMIT_WINDOW_MS;
		if (window_count(l, now) + l->in_flight >= limit) {
			l->no_fixed = true;
			count = limit;
		} else
			l->window_from = from;
	}
	if (l->held > 0 && count >= l->held && count < 2 * l->held)
		limit = l->held;
	if (count < limit)
		return false;
	l->past = now;
	if (l->step > 1 && limit != l->held) {
		/* It was growing: chance may have struck. */
		set_count(l, limit, 1, now);
		l->exceed_at = now + GROW_AGAIN_MS;
		return true;
	}
	set_count(l, limit, max64(2, l->lesson.sure + 1), now);
	l->exceed_at = now + (LIMIT_WINDOW_MS << min64(l->lesson.sure, 5));
	return true;
}

void
limit_limited(struct limit *l, int64_t sent, int64_t now,
    int64_t retry_after_ms)
{
	struct limit_doubt *d = &l->doubt;

	l->requests++;
	l->limited++;
	if (l->in_flight > 0)
		l->in_flight--;
	if (d->open && sent > d->since) {
		d->trying = false;
		d->limited++;
		d->failed++;
		d->certain += sent >= certain_at(d);
		if (d->asked_until != 0 && sent >= d->asked_until)
			l->lies++;
		note_asked(l, now, retry_after_ms);
		schedule(l, now);
		return;
	}
	if (sent <= l->past) {
		d->limited += d->open;
		return;
	}
	if (still_holds(l, now)) {
		if (l->lies == 0 && retry_after_ms <= LIMIT_WINDOW_MS)
			l->hold_until = now + retry_after_ms;
		return;
	}
	open_doubt(l, now, retry_after_ms);
}
