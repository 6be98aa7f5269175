/*
 * The budget that runs share, and the slots that they take of it, against
 * runs that want as much as they get, die, and whose clock steps.
 */
#include <stdlib.h>
#include <string.h>

#include "pace/budget.h"
#include "pace/pacing.h"
#include "pace/slots.h"
#include "tap.h"

#define SECOND INT64_C(1000000)

static void
test_id(void)
{
	char a[BUDGET_ID_SIZE], b[BUDGET_ID_SIZE];
	char host[600], key[40];
	unsigned seen[4096] = { 0 }, same = 0;

	budget_id("https://API.massive.com/v2?x#y", "secret", a);
	ok(strncmp(a, "api.massive.com#", 16) == 0 && strlen(a) == 19,
	    "a budget is a host's, and three digits tell of the key");
	budget_id("https://api.massive.com", "secret", b);
	ok(strcmp(a, b) == 0, "the path of the base makes no other budget");
	budget_id("https://api.massive.com", "secret2", b);
	ok(strcmp(a, b) != 0, "another key has another budget");
	budget_id("https://user:pass@api.massive.com", "secret", b);
	ok(strcmp(a, b) == 0, "what stands before the host is not kept");
	memset(host, 'x', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	budget_id(host, "k", a);
	ok(strlen(a) < BUDGET_ID_SIZE && a[strlen(a) - 4] == '#',
	    "a host of any length has a budget");
	/* So many keys have each sum that none tells which it was. */
	for (int i = 0; i < 40960; i++) {
		(void)snprintf(key, sizeof(key), "key%d", i);
		budget_id("h", key, a);
		same += seen[strtoul(a + 2, NULL, 16)]++ > 0;
	}
	ok(same > 40960 - 4096 - 1, "keys share their sums with others");
	for (int i = 0; i < 4096; i++)
		if (seen[i] == 0)
			same = 0;
	ok(same > 0, "and no sum is rare");
}

/* -- runs -- */

#define RUNS   8
#define STARTS 100000

struct sim {
	struct budget row;
	struct slots runs[RUNS];
	int64_t starts[STARTS];
	int n;
};

/* Each run that has waiting requests starts them as soon as it may; the
 * store answers at once. */
static void
simulate(struct sim *s, int runs, double per_minute, int64_t from, int64_t to,
    int64_t every_us, int64_t step_us)
{
	for (int64_t now = from; now < to; now += step_us)
		for (int i = 0; i < runs; i++) {
			struct slots *r = &s->runs[i];
			struct budget_grant g;
			int64_t want;

			/* Its requests take so long, so it is not always
			 * there to use a slot. */
			if (every_us > 0 && (now / every_us + i) % 2 != 0)
				continue;
			if (slots_next(r, now) <= now && s->n < STARTS) {
				slots_use(r);
				s->starts[s->n++] = now;
			}
			want = slots_wanted(r, now, 3, per_minute);
			if (want == 0)
				continue;
			slots_asked(r, now);
			g = budget_reserve(&s->row, now, per_minute, want);
			slots_granted(r, &g);
		}
}

static int
most_in(const struct sim *s, int64_t window)
{
	int most = 0;

	for (int i = 0, first = 0; i < s->n; i++) {
		while (s->starts[i] - s->starts[first] >= window)
			first++;
		if (i - first + 1 > most)
			most = i - first + 1;
	}
	return most;
}

static struct sim *
sim_make(void)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	return s;
}

static void
test_together(void)
{
	static const struct {
		const char *what;
		int runs;
		double per_minute;
		int64_t seconds, step;
	} cases[] = {
		{ "one run, 50/s", 1, 3000, 20, 500 },
		{ "eight runs, 50/s", 8, 3000, 20, 500 },
		{ "one run, 1000/s", 1, 60000, 5, 200 },
		{ "eight runs, 300/min", 8, 300, 60, 1000 },
		{ "one run, 5/min", 1, 5, 300, 1000 },
		{ "eight runs, 5/min", 8, 5, 600, 1000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sim *s = sim_make();
		double rate = cases[i].per_minute / 60;
		int64_t fair = (int64_t)(rate * (double)cases[i].seconds);
		/* A start may be 5 ms late. */
		int most = (int)(rate * 60.005) + 2;

		simulate(s, cases[i].runs, cases[i].per_minute, SECOND,
		    (cases[i].seconds + 1) * SECOND, 0, cases[i].step);
		ok(s->n >= fair - 1 - fair / 50,
		    "%s: nothing of the rate is wasted (%d of %d)",
		    cases[i].what, s->n, (int)fair);
		ok(most_in(s, 60 * SECOND) <= most && s->n <= fair + 2,
		    "%s: together they keep it", cases[i].what);
		free(s);
	}
}

static void
test_slow_runs(void)
{
	struct sim *s = sim_make();

	/* Every other tenth of a second a run does something else. */
	simulate(s, 4, 3000, SECOND, 21 * SECOND, SECOND / 10, 500);
	ok(most_in(s, SECOND) <= 52, "slots that lapse are not used later");
	ok(s->n > 500, "and most are used (%d of 1000)", s->n);
	free(s);
}

static void
test_death(void)
{
	struct sim *s = sim_make();
	int before;

	simulate(s, 8, 3000, SECOND, 11 * SECOND, 0, 500);
	before = s->n;
	/* All die with slots in hand, and one begins anew. */
	memset(s->runs, 0, sizeof(s->runs));
	simulate(s, 1, 3000, 11 * SECOND, 21 * SECOND, 0, 500);
	ok(s->n - before > 200,
	    "runs that died hold up another for seconds only (%d of 500)",
	    s->n - before);
	free(s);
}

/* The starts of a run whose store grants so much later, in 20 seconds. */
static int
starts_with_latency(double per_minute, int64_t latency)
{
	struct budget row = { 0 };
	struct slots slots = { .asking = false };
	struct budget_grant g = { 0, 0, 0 };
	int64_t arrives = 0, want;
	int starts = 0;

	for (int64_t now = SECOND; now < 21 * SECOND; now += 500) {
		if (slots.asking && now >= arrives)
			slots_granted(&slots, &g);
		if (slots_next(&slots, now) <= now) {
			slots_use(&slots);
			starts++;
		}
		want = slots_wanted(&slots, now, 3, per_minute);
		if (want == 0)
			continue;
		slots_asked(&slots, now);
		g = budget_reserve(&row, now, per_minute, want);
		arrives = now + latency;
	}
	return starts;
}

static void
test_slow_store(void)
{
	static const struct {
		double per_minute;
		int64_t latency;
		int least;
	} cases[] = {
		{ 3000, SECOND / 5, 500 },
		{ 60000, SECOND / 5, 5000 },
		{ 100000, SECOND / 20, 5000 },
		{ 6000, 2 * SECOND, 100 },
		{ 300, 3 * SECOND, 20 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n =
		    starts_with_latency(cases[i].per_minute, cases[i].latency);

		ok(n >= cases[i].least,
		    "slots granted %lld ms late are had in time (%d)",
		    (long long)cases[i].latency / 1000, n);
	}
}

static void
test_clock(void)
{
	struct budget b = { 0 };
	struct budget_grant g;

	(void)budget_reserve(&b, 1000 * SECOND, 60, 1);
	g = budget_reserve(&b, 10 * SECOND, 60, 1);
	ok(g.slots == 1 && g.at_us <= 12 * SECOND,
	    "a clock that stepped back stops nobody");
	b.paused_until_us = 100000 * SECOND;
	g = budget_reserve(&b, 20 * SECOND, 60, 1);
	ok(g.at_us <= 30 * SECOND, "nor does a pause that lies days ahead");
}

static void
test_limited(void)
{
	struct budget b = { 0 };
	struct budget_limit l = { 30 * SECOND, 100, false };
	struct budget_grant g;

	budget_limited(&b, SECOND, &l);
	ok(b.lessons == 1 && b.per_minute == 100 &&
		b.paused_until_us == 31 * SECOND &&
		b.paced_from_us == 31 * SECOND,
	    "a 429 pauses, and its pace counts from the pause's end");
	l = (struct budget_limit){ 40 * SECOND, 50, false };
	budget_limited(&b, 2 * SECOND, &l);
	ok(b.lessons == 1 && b.per_minute == 100 &&
		b.paused_until_us == 42 * SECOND,
	    "others limited in the pause lengthen it and teach nothing");
	g = budget_reserve(&b, 3 * SECOND, 600, 5);
	ok(g.slots == 5 && g.at_us == 42 * SECOND,
	    "slots come after the pause");
	l = (struct budget_limit){ SECOND, 0, false };
	budget_limited(&b, 50 * SECOND, &l);
	ok(b.lessons == 1 && b.paused_until_us == 51 * SECOND,
	    "a run with a rate of its own only pauses the others");
}

static void
test_shared_pace(void)
{
	struct budget_state known = {
		{ 0, 0, 20 * SECOND, 1, 60, 20 * SECOND, false }, 2
	};
	struct pacing p;

	pacing_init(&p, 0, 1000);
	ok(!pacing_takes_slots(&p), "without a 429 nothing is reserved");
	known.sharers = 1;
	pacing_share(&p, 10000, &known, 0);
	ok(!pacing_takes_slots(&p) && p.paused_until == 20000,
	    "alone, a run learns a pause of others, and no pace");
	known.sharers = 2;
	pacing_share(&p, 10000, &known, 0);
	ok(pacing_takes_slots(&p) && p.per_minute == 60,
	    "among others it takes their pace");
	pacing_share(&p, 20000 + 301000, &known, 0);
	pacing_start(&p, 20000 + 301000);
	ok(p.per_minute > 62 && p.per_minute < 64,
	    "which recovers and is not taken twice");
}

int
main(void)
{
	test_id();
	test_together();
	test_slow_runs();
	test_slow_store();
	test_death();
	test_clock();
	test_limited();
	test_shared_pace();
	return done();
}
