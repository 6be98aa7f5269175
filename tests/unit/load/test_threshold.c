#include <math.h>
#include <string.h>

#include "load/threshold.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
reading(void)
{
	static const struct {
		const char *text, *formatted; /* null: refused */
	} cases[] = {
		{ "p95<1000ms", "p95 < 1000 ms" },
		{ "p95 < 1s", "p95 < 1000 ms" },
		{ "p99.9<=0.5ms", "p99.9 <= 0.5 ms" },
		{ "p999 < 7", "p99.9 < 7 ms" },
		{ "AVG<1.5s", "avg < 1500 ms" },
		{ "success>=99.5%", "success >= 99.5 %" },
		{ "success_rate > 99", "success > 99 %" },
		{ "rps>=20", "rps >= 20 requests/s" },
		{ "rps>20/s", "rps > 20 requests/s" },
		{ "requests_per_second >= 20 requests/s",
		    "rps >= 20 requests/s" },
		{ "", NULL },
		{ "p95", NULL },
		{ "p95<", NULL },
		{ "<5", NULL },
		{ "p95=5", NULL },
		{ "p95<5%", NULL },
		{ "p95<-5", NULL },
		{ "p97<5", NULL },
		{ "p95<5,", NULL },
		{ "success>=101%", NULL },
		{ "rps>=5ms", NULL },
		{ "p95<nan", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct thresholds l = { .len = 0 };
		struct md_error e;
		char text[64] = "";
		bool read = thresholds_parse(&l, cases[i].text, &e);

		if (read && l.len == 1)
			threshold_format(&l.v[0], text);
		ok(cases[i].formatted == NULL
			? !read && e.code == MD_EUSAGE
			: read && strcmp(text, cases[i].formatted) == 0,
		    "'%s' is %s (%s)", cases[i].text,
		    cases[i].formatted == NULL ? "refused" : cases[i].formatted,
		    text);
	}
}

static void
lists(void)
{
	struct thresholds l = thresholds_default;
	struct md_error e;

	ok(thresholds_parse(&l, "p95<5ms,p50<=1ms", &e) && l.len == 6 &&
		l.v[2].bound == 5 && l.v[5].metric == METRIC_P50,
	    "one of the same kind is replaced, another is added");
	ok(thresholds_parse(&l, "p95>1ms", &e) && l.len == 7,
	    "the other direction is another kind");
	ok(thresholds_parse(&l, "none", &e) && l.len == 0, "none are none");
}

static void
meeting(void)
{
	static const struct {
		const char *text;
		double measured;
		bool met;
	} cases[] = {
		{ "p95<5", 5, false },
		{ "p95<5", 4.999, true },
		{ "p95<=5", 5, true },
		{ "rps>=20", 20, true },
		{ "rps>20", 20, false },
		{ "rps>20", 20.1, true },
		{ "p95<5", NAN, false },
		{ "rps>=0", NAN, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct thresholds l = { .len = 0 };
		struct md_error e;

		ok(thresholds_parse(&l, cases[i].text, &e) &&
			threshold_met(&l.v[0], cases[i].measured) ==
			    cases[i].met,
		    "%s: %g %s", cases[i].text, cases[i].measured,
		    cases[i].met ? "meets it" : "misses it");
	}
}

int
main(void)
{
	reading();
	lists();
	meeting();
	return done();
}
