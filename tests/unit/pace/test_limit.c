/*
 * What is learnt of a limit, one answer after another; test_simulator.c tells
 * what it comes to in whole runs.
 */
#include <math.h>
#include <string.h>

#include "base/integer.h"
#include "pace/limit.h"
#include "tap.h"

#define SECOND INT64_C(1000)
#define MINUTE INT64_C(60000)

/* As many as may be accepted one after another until the first must wait. */
static int
accept_all(struct limit *l, int64_t *now, int most)
{
	int n = 0;

	while (n < most && limit_next(l, *now) <= *now) {
		limit_start(l, *now);
		limit_allowed(l, *now, *now);
		n++;
		*now += 10;
	}
	return n;
}

static void
limited_at(struct limit *l, int64_t *now, int64_t retry_after_ms)
{
	limit_start(l, *now);
	limit_limited(l, *now, *now, retry_after_ms);
}

static void
smallest_plan(void)
{
	struct limit l;
	int64_t now = 20 * SECOND, first = now;

	limit_init(&l, now);
	(void)accept_all(&l, &now, 5);
	limited_at(&l, &now, -1);
	ok(limit_next(&l, now) >= now + 10 * SECOND,
	    "after exactly five a 429 is asked about once in that minute");
	now = limit_next(&l, now);
	limited_at(&l, &now, -1);
	ok(limit_next(&l, now) == first + MINUTE,
	    "then when the first is a minute old");
	now = limit_next(&l, now);
	ok(accept_all(&l, &now, 100) == 5 && l.lesson.per_minute == 5 &&
		l.lesson.sure >= 2,
	    "and five a minute are kept to");
}

static void
chance(void)
{
	struct limit l;
	int64_t now = 20 * SECOND;

	limit_init(&l, now);
	limited_at(&l, &now, -1);
	now = limit_next(&l, now);
	ok(now <= 21 * SECOND, "a 429 at the start is asked about soon");
	ok(accept_all(&l, &now, 500) == 500 && l.lesson.per_minute == 0,
	    "and forgotten when it was a stray one");
}

static void
few_in_flight(void)
{
	struct limit l;
	int n = 0;

	limit_init(&l, 0);
	while (n < 100 && limit_next(&l, 0) <= 0) {
		limit_start(&l, 0);
		n++;
	}
	ok(n == 6, "unanswered, no more than six are sent at first (%d)", n);
	ok(limit_next(&l, 0) == LIMIT_LATER && limit_room(&l, 0, 1000) == 0,
	    "the next waits for an answer");
	limit_lost(&l);
	ok(limit_next(&l, 0) == 0 && limit_room(&l, 0, 1000) == 1,
	    "or for one that gets none");
}

static void
servers_word(void)
{
	struct limit l;
	int64_t now = 20 * SECOND;

	limit_init(&l, now);
	(void)accept_all(&l, &now, 37);
	limited_at(&l, &now, 17 * SECOND);
	ok(limit_next(&l, now) == now + 17 * SECOND, "Retry-After is heeded");
	limit_init(&l, now);
	(void)accept_all(&l, &now, 37);
	limited_at(&l, &now, 3600 * SECOND);
	ok(limit_next(&l, now) <= now + MINUTE,
	    "but one of an hour is asked about before");
	now = limit_next(&l, now);
	(void)accept_all(&l, &now, 1);
	ok(l.lies == 1, "and not relied on when it was wrong");
}

static void
recalled(void)
{
	struct limit_lesson five = { 5, 3, 0, 5, 0, 0 };
	struct limit_lesson used = { 5, 3, 0, 5, 5, 20 * SECOND };
	struct limit l;
	int64_t now = 7 * MINUTE;

	limit_init(&l, now);
	limit_recall(&l, &five, now);
	ok(accept_all(&l, &now, 100) == 5,
	    "what an earlier run learnt counts from the first minute on");
	five = limit_lesson(&l, now);
	ok(five.recent == 5 && five.per_minute == 5 && five.sure == 3,
	    "and is kept again, with what was used up");
	now = 7 * MINUTE;
	limit_init(&l, now);
	limit_recall(&l, &used, now);
	ok(limit_next(&l, now) == now + 40 * SECOND,
	    "what that has just used up is waited for");
	now += 5 * MINUTE;
	for (int i = 0; i < 400 && l.lesson.per_minute > 0; i++) {
		(void)accept_all(&l, &now, 6000);
		now = max64(now, limit_next(&l, now));
	}
	ok(l.lesson.per_minute == 0 && now < 20 * MINUTE,
	    "and what time contradicts is forgotten");
}

static void
nonsense(void)
{
	static const struct limit_lesson cases[] = {
		{ -1, 5, 0, 0, 0, 0 },
		{ 0, -7, NAN, -3, -4, -5 },
		{ INT64_MAX, INT64_MAX, INFINITY, INT64_MAX, INT64_MAX, 0 },
		{ 0, 9, 1e-300, 0, INT64_MAX, 10 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct limit l;
		int64_t now = MINUTE;

		limit_init(&l, now);
		limit_recall(&l, &cases[i], now);
		now += MINUTE;
		ok(accept_all(&l, &now, 5) == 5 && l.lesson.per_second >= 0,
		    "a store's nonsense does no harm (%d)", (int)i);
	}
}

static void
words(void)
{
	static const struct {
		struct limit_lesson lesson;
		const char *text;
	} cases[] = {
		{ { 5, 3, 0, 5, 0, 0 }, "5 requests a minute, confirmed" },
		{ { 37, 1, 0, 37, 0, 0 }, "37 requests a minute, seen once" },
		{ { 0, 0, 10, 600, 0, 0 }, "10 requests a second" },
		{ { 0, 0, 0, 812, 0, 0 },
		    "none was met, with up to 812 requests in a minute" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[LESSON_TEXT_SIZE];

		lesson_describe(&cases[i].lesson, text);
		ok(strcmp(text, cases[i].text) == 0, "\"%s\"", text);
	}
}

int
main(void)
{
	smallest_plan();
	chance();
	few_in_flight();
	servers_word();
	recalled();
	nonsense();
	words();
	return done();
}
