#include <stdlib.h>
#include <string.h>

#include "pace/pacing.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MINUTE   INT64_C(60000)

/* -- a server that counts -- */

enum windows { SLIDING, FIXED };

/* Allows `limit` requests in a window of window_ms. */
struct server {
	enum windows windows;
	int limit;
	int64_t window_ms;
	int64_t *starts; /* of those allowed */
	int n;
	int requests, limited;
};

static struct server
server_make(enum windows windows, int limit, int64_t window_ms)
{
	struct server s = { windows, limit, window_ms, NULL, 0, 0, 0 };

	s.starts = calloc(200000, sizeof(*s.starts));
	return s;
}

static bool
server_allows(struct server *s, int64_t now)
{
	int64_t since = s->windows == FIXED ? now - now % s->window_ms
					    : now - s->window_ms + 1;
	int in_window = 0;

	for (int i = s->n; i-- > 0 && s->starts[i] >= since;)
		in_window++;
	s->requests++;
	if (in_window >= s->limit) {
		s->limited++;
		return false;
	}
	s->starts[s->n++] = now;
	return true;
}

/*
 * One request after another until n were allowed; the clock is also the
 * wall's.  Every start is late_ms late, as a loop that sleeps is.
 */
static int64_t
run(struct pacing *p, struct server *s, int n, int64_t now, int64_t late_ms,
    int64_t retry_after_ms)
{
	while (s->n < n && s->requests < 4 * n) {
		int64_t at = pacing_next(p, now);

		if (at > now)
			now = at + late_ms;
		pacing_start(p, now);
		if (server_allows(s, now))
			pacing_allowed(p, now, now);
		else
			pacing_limited(p, now, now, now, retry_after_ms);
	}
	return now;
}

/* -- a rate that was given -- */

static void
fixed_rates(void)
{
	static const struct {
		const char *rate;
		int limit;
		int64_t window_ms;
		int n;
	} cases[] = {
		{ "1/min", 1, MINUTE, 20 },
		{ "5/min", 5, MINUTE, 400 },
		{ "100/min", 100, MINUTE, 2000 },
		{ "2.5/s", 150, MINUTE, 3000 },
		{ "20/s", 1200, MINUTE, 20000 },
		{ "20/s", 20, 1000, 20000 },
		{ "50/s", 50, 1000, 20000 },
		{ "95/s", 95, 1000, 20000 },
		{ "400/s", 400, 1000, 40000 },
	};

	static const char *const kinds[] = { "a sliding", "a fixed" };

	for (size_t i = 0; i < COUNT(cases); i++)
		for (int w = SLIDING; w <= FIXED; w++) {
			struct server s = server_make((enum windows)w,
			    cases[i].limit, cases[i].window_ms);
			struct pacing p;
			double per_minute = 0, ideal;
			int64_t start = 1234567, took;

			(void)pacing_parse(cases[i].rate, &per_minute, NULL);
			pacing_init(&p, per_minute, start);
			took = run(&p, &s, cases[i].n, start, 0, -1) - start;
			ideal = cases[i].n / per_minute * (double)MINUTE;
			ok(s.limited == 0 && (double)took <= 1.05 * ideal,
			    "%s is never limited by %s window of %d ms, and "
			    "takes %.3f of the time it might",
			    cases[i].rate, kinds[w], (int)cases[i].window_ms,
			    (double)took / ideal);
			free(s.starts);
		}
}

static void
late_starts(void)
{
	struct server s = server_make(SLIDING, 50, 1000);
	struct pacing p;
	int64_t took;

	pacing_init(&p, 50 * 60, 0);
	took = run(&p, &s, 10000, 0, 2, -1);
	ok(s.limited == 0 && took <= 10000 * 20 * 105 / 100,
	    "starts that come 2 ms late do not slow 50/s down (%d ms)",
	    (int)took);
	free(s.starts);
}

static void
idle_saves_nothing(void)
{
	struct pacing p;
	int started = 0;

	pacing_init(&p, 60, 0);
	for (int64_t now = 10 * MINUTE; now < 10 * MINUTE + 5000; now++)
		if (pacing_next(&p, now) <= now) {
			pacing_start(&p, now);
			started++;
		}
	ok(started == 5,
	    "after ten idle minutes 60/min still starts one a "
	    "second (%d in 5 s)",
	    started);
}

static void
fixed_and_limited(void)
{
	struct pacing p;

	pacing_init(&p, 60, 0);
	pacing_start(&p, 0);
	pacing_limited(&p, 0, 100, 100, 30000);
	ok(pacing_next(&p, 100) == 30100,
	    "a 429 pauses a given rate for what Retry-After says");
	pacing_start(&p, 30100);
	ok(pacing_next(&p, 30100) > 31100 && pacing_next(&p, 30100) <= 31111,
	    "and leaves the rate as it was given");
}

/* -- a rate that is learnt -- */

static void
learns_five_a_minute(void)
{
	static const char *const kinds[] = { "sliding", "fixed" };

	for (int w = SLIDING; w <= FIXED; w++)
		for (int64_t offset = 0; offset < MINUTE; offset += 19777) {
			struct server s =
			    server_make((enum windows)w, 5, MINUTE);
			struct pacing p;
			int64_t took, start = 40 * MINUTE + offset;

			pacing_init(&p, 0, start);
			took = run(&p, &s, 400, start, 0, -1) - start;
			ok(s.n == 400 && s.limited * 20 < s.requests,
			    "a %s limit of 5/min is learnt: %d of %d requests "
			    "limited in %.2f of the time it might take",
			    kinds[w], s.limited, s.requests,
			    (double)took / (double)(400 * MINUTE / 5));
			free(s.starts);
		}
}

static void
learns_with_retry_after(void)
{
	struct server s = server_make(SLIDING, 5, MINUTE);
	struct pacing p;

	pacing_init(&p, 0, 0);
	(void)run(&p, &s, 400, 0, 0, 12000);
	ok(s.n == 400 && s.limited * 20 < s.requests,
	    "with Retry-After too: %d of %d limited", s.limited, s.requests);
	free(s.starts);
}

static void
unlimited(void)
{
	struct server s = server_make(SLIDING, 100, 1000);
	struct pacing p;
	int64_t took;

	pacing_init(&p, 0, 0);
	took = run(&p, &s, 10000, 0, 0, -1);
	ok(s.limited == 0 && took <= 10000 * 1000 / 95 * 105 / 100,
	    "untaught, it stays under 100 a second, which the vendor asks "
	    "(%d ms for 10000)",
	    (int)took);
	free(s.starts);
}

static void
pauses(void)
{
	static const struct {
		int64_t now, wall, retry_after, next;
		const char *what;
	} cases[] = {
		{ 1000, 7 * MINUTE + 20000, -1, 41000,
		    "until the wall clock's minute ends" },
		{ 1000, 7 * MINUTE, -1, 61000,
		    "for a whole minute when one has just begun" },
		{ 1000, 7 * MINUTE + 59999, -1, 1001, "for its last ms" },
		{ 1000, 0, 2500, 3500, "for what Retry-After says" },
		{ 1000, 0, 3600000, 3601000, "for an hour, if it says so" },
		{ 1000, 0, 0, 1000, "not at all when it says 0" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pacing p;
		int64_t next;

		pacing_init(&p, 1e6, 1000);
		pacing_start(&p, 990);
		pacing_limited(&p, 990, cases[i].now, cases[i].wall,
		    cases[i].retry_after);
		next = pacing_next(&p, cases[i].now);
		ok(next >= cases[i].next && next <= cases[i].next + 1,
		    "a 429 pauses %s", cases[i].what);
	}
}

static void
longest_pause_counts(void)
{
	struct pacing p;

	pacing_init(&p, 60, 0);
	pacing_limited(&p, 0, 0, 0, 30000);
	pacing_limited(&p, 0, 10, 10, 5000);
	ok(pacing_next(&p, 10) >= 30000,
	    "a shorter Retry-After does not end a longer pause");
	pacing_limited(&p, 0, 20, 20, 60000);
	ok(pacing_next(&p, 20) >= 60020, "a longer one draws it out");
}

static void
minute_used_up_by_another(void)
{
	struct server s = server_make(FIXED, 5, MINUTE);
	struct pacing p;
	int64_t took;

	for (int i = 0; i < 5; i++)
		(void)server_allows(&s, 100 + i);
	pacing_init(&p, 0, 1000);
	took = run(&p, &s, 45, 1000, 0, -1);
	ok(took < 10 * MINUTE,
	    "a run that begins with a 429 is not slow ever after: 40 requests "
	    "at 5/min take %.1f min",
	    (double)took / (double)MINUTE);
	free(s.starts);
}

/* -- the words -- */

static void
parsing(void)
{
	static const struct {
		const char *text;
		double per_minute; /* 0: refused */
	} cases[] = {
		{ "5/min", 5 },
		{ "2.5/s", 150 },
		{ "0.5/min", 0.5 },
		{ "1000/s", 60000 },
		{ "5", 0 },
		{ "", 0 },
		{ "/min", 0 },
		{ "0/min", 0 },
		{ "-5/min", 0 },
		{ "5/hour", 0 },
		{ "5/minute", 0 },
		{ "5 /min", 0 },
		{ "5/min ", 0 },
		{ "5/min/s", 0 },
		{ "nan/s", 0 },
		{ "inf/s", 0 },
		{ "1e9/s", 0 },
		{ "0x10/s", 0 },
		{ "1111111111111111111111111111111111111111/s", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct md_error e = { MD_OK, "" };
		double got = 0;
		bool good = pacing_parse(cases[i].text, &got, &e);

		if (cases[i].per_minute > 0)
			ok(good && got >= cases[i].per_minute &&
				got <= cases[i].per_minute,
			    "'%s' is %g a minute", cases[i].text, got);
		else
			ok(!good && e.code == MD_EUSAGE &&
				strstr(e.text, "expected") != NULL,
			    "'%s' is refused: %s", cases[i].text, e.text);
	}
}

static void
rates_are_split(void)
{
	char number[RATE_NUMBER_SIZE];
	int seconds = -1;

	ok(rate_split("5/min", number, &seconds) && seconds == 60 &&
		strcmp(number, "5") == 0,
	    "a number of a minute");
	ok(rate_split("2.5/s", number, &seconds) && seconds == 1 &&
		strcmp(number, "2.5") == 0,
	    "a number of a second");
	ok(rate_split("7", number, &seconds) && seconds == 0 &&
		strcmp(number, "7") == 0,
	    "a number of no time");
	ok(!rate_split("5/h", number, &seconds), "no other time");
	ok(!rate_split("1234567890123456789012345678901234/s", number,
	       &seconds),
	    "no number without end");
}

int
main(void)
{
	fixed_rates();
	late_starts();
	idle_saves_nothing();
	fixed_and_limited();
	learns_five_a_minute();
	learns_with_retry_after();
	unlimited();
	pauses();
	longest_pause_counts();
	minute_used_up_by_another();
	parsing();
	rates_are_split();
	return done();
}
