/*
 * Since which commit a figure is another: made-up histories.
 */
#include "baseline/history.h"

#include <math.h>
#include <string.h>

#include "tap.h"

#define MANY 40

/* Noise of up to so many parts of a hundred, the same each time. */
static double
noise(unsigned *seed, double percent)
{
	*seed = *seed * 1103515245U + 12345U;
	return percent / 100 * ((double)(*seed >> 16 & 0x7fff) / 16384 - 1);
}

struct made {
	double v[MANY];
	size_t n;
};

/* n commits of that level each. */
static void
add(struct made *m, size_t n, double level, double percent, unsigned *seed)
{
	for (size_t i = 0; i < n; i++)
		m->v[m->n++] = level * (1 + noise(seed, percent));
}

static size_t
steps_of(const struct made *m, struct history_step step[8])
{
	return history_steps(m->v, m->n, step, 8);
}

static void
test_none(void)
{
	struct history_step step[8];
	unsigned seed = 1, alarms = 0;
	struct made m = { .n = 0 };

	add(&m, MANY, 100, 0, &seed);
	ok(steps_of(&m, step) == 0, "always the same: no change");
	for (unsigned i = 0; i < 200; i++) {
		m.n = 0;
		add(&m, MANY, 100, i % 2 == 0 ? 2 : 6, &seed);
		alarms += steps_of(&m, step) > 0;
	}
	ok(alarms <= 6, "noise alone: %u alarms of 200", alarms);
	m.n = 0;
	add(&m, 3, 100, 1, &seed);
	add(&m, 2, 200, 1, &seed);
	ok(steps_of(&m, step) == 0, "two after it are too few to tell");
	m.n = 0;
	add(&m, 2, 100, 1, &seed);
	add(&m, 6, 200, 1, &seed);
	ok(steps_of(&m, step) == 0, "and two before it");
	ok(history_steps(NULL, 0, step, 8) == 0, "of none there is none");
}

static void
test_one(void)
{
	struct history_step step[8];
	unsigned seed = 2;
	struct made m = { .n = 0 };

	add(&m, 7, 100, 1, &seed);
	add(&m, 5, 112, 1, &seed);
	ok(steps_of(&m, step) == 1 && step[0].at == 7 && step[0].old == 0 &&
		fabs(step[0].difference.ratio - 0.12) < 0.03,
	    "one step: its first commit, and by how much");
	m.n = 0;
	add(&m, 3, 100, 1, &seed);
	add(&m, 3, 80, 1, &seed);
	ok(steps_of(&m, step) == 1 && step[0].at == 3 &&
		step[0].difference.ratio < -0.15,
	    "three and three, for the better");
	m.n = 0;
	add(&m, 6, 1e-9, 1, &seed);
	add(&m, 6, 1e300, 1, &seed);
	ok(steps_of(&m, step) == 1 && step[0].at == 6, "of any size");
	m.n = 0;
	add(&m, 10, 100, 0, &seed);
	add(&m, 10, 101.9, 0, &seed);
	ok(steps_of(&m, step) == 0, "less than 2 %% is none");
}

static void
test_blips(void)
{
	struct history_step step[8];
	unsigned seed = 3;
	struct made m = { .n = 0 };

	add(&m, 6, 100, 1, &seed);
	add(&m, 1, 300, 1, &seed);
	add(&m, 6, 100, 1, &seed);
	ok(steps_of(&m, step) == 0, "a blip is no change");
	m.n = 0;
	add(&m, 6, 100, 1, &seed);
	add(&m, 2, 300, 1, &seed);
	add(&m, 6, 100, 1, &seed);
	ok(steps_of(&m, step) == 0, "nor are two of them");
	m.n = 0;
	add(&m, 6, 100, 1, &seed);
	add(&m, 1, 300, 1, &seed);
	add(&m, 3, 100, 1, &seed);
	add(&m, 5, 130, 1, &seed);
	ok(steps_of(&m, step) == 1 && step[0].at == 10,
	    "a step after a blip is found where it is");
}

static void
test_two(void)
{
	struct history_step step[8];
	unsigned seed = 4;
	struct made m = { .n = 0 };

	add(&m, 6, 100, 1, &seed);
	add(&m, 6, 120, 1, &seed);
	add(&m, 6, 150, 1, &seed);
	ok(steps_of(&m, step) == 2 && step[0].at == 6 && step[1].at == 12 &&
		step[1].old == 6,
	    "two steps, the second from the first one's level");
	m.n = 0;
	add(&m, 6, 100, 1, &seed);
	add(&m, 3, 120, 1, &seed);
	add(&m, 6, 100, 1, &seed);
	ok(steps_of(&m, step) == 2 && step[1].at == 9 &&
		step[1].difference.ratio < 0,
	    "there and back");
	ok(history_steps(m.v, m.n, step, 1) == 1, "no more than there is room");
}

static void
test_gaps(void)
{
	struct history_step step[8];
	unsigned seed = 5;
	struct made m = { .n = 0 };

	add(&m, 6, 100, 1, &seed);
	add(&m, 6, 130, 1, &seed);
	m.v[2] = (double)NAN;
	m.v[6] = (double)INFINITY;
	m.v[8] = 0;
	m.v[9] = -1;
	ok(steps_of(&m, step) == 1 && step[0].at == 7,
	    "commits that were not judged are passed over");
	for (size_t i = 0; i < m.n; i++)
		m.v[i] = (double)NAN;
	ok(steps_of(&m, step) == 0, "all of them: nothing");
}

int
main(void)
{
	test_none();
	test_one();
	test_blips();
	test_two();
	test_gaps();
	return done();
}
