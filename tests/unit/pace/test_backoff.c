#include "pace/backoff.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
delays(void)
{
	static const struct {
		const char *name;
		struct backoff b;
		unsigned retry;
		double chance;
		int64_t floor_ms, delay;
	} cases[] = {
		{ "the first retry waits up to the base", { 1000, 300000, 5 },
		    0, 1, 0, 1000 },
		{ "the second up to twice that", { 1000, 300000, 5 }, 1, 1, 0,
		    2000 },
		{ "the sixth up to 32 times", { 1000, 300000, 9 }, 5, 1, 0,
		    32000 },
		{ "the ninth up to 256 times", { 1000, 300000, 9 }, 8, 1, 0,
		    256000 },
		{ "the tenth up to the cap", { 1000, 300000, 9 }, 9, 1, 0,
		    300000 },
		{ "the millionth too", { 1000, 300000, 9 }, 1000000, 1, 0,
		    300000 },
		{ "chance may take half of it", { 1000, 300000, 5 }, 2, 0.5, 0,
		    2000 },
		{ "or all of it", { 1000, 300000, 5 }, 2, 0, 0, 0 },
		{ "never less than the server asks", { 1000, 300000, 5 }, 2, 0,
		    7000, 7000 },
		{ "also when that is over the cap", { 1000, 300000, 5 }, 9, 1,
		    900000, 900000 },
		{ "a floor below the delay changes nothing",
		    { 1000, 300000, 5 }, 2, 1, 3999, 4000 },
		{ "a base above the cap is the cap", { 500000, 300000, 5 }, 0,
		    1, 0, 300000 },
		{ "no base means no waiting", { 0, 300000, 5 }, 5, 1, 0, 0 },
		{ "no cap means none either", { 1000, 0, 5 }, 5, 1, 0, 0 },
		{ "a century's cap is no trouble",
		    { 1000, INT64_C(3155760000000), 5 }, 4000000, 1, 0,
		    INT64_C(3155760000000) },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t d = backoff_delay(&cases[i].b, cases[i].retry,
		    cases[i].chance, cases[i].floor_ms);

		ok(d == cases[i].delay, "%s (%lld ms)", cases[i].name,
		    (long long)d);
	}
}

static void
any_chance(void)
{
	static const struct backoff b = { 1000, 300000, 5 };
	bool good = true;

	for (unsigned retry = 0; retry < 40; retry++) {
		int64_t last = 0, most = retry > 8 ? 300000 : 1000 << retry;

		for (int i = 0; i <= 100; i++) {
			int64_t d = backoff_delay(&b, retry, i / 100.0, 0);

			good = good && d >= last && d <= most;
			last = d;
		}
		good = good && last == most;
	}
	ok(good, "jitter is full: from nothing to the ceiling, by chance");
}

int
main(void)
{
	delays();
	any_chance();
	return done();
}
