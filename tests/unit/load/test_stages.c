/*
 * Load that rises and falls, thresholds that are lost on the way, and figures
 * over time.
 */
#include <math.h>
#include <string.h>

#include "load/abort.h"
#include "load/stages.h"
#include "load/timeline.h"
#include "tap.h"

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void
test_lines(void)
{
	struct load_stages s;
	struct md_error e;

	ok(load_stages_parse(&s, "10s:20,5s:20,0s:4,10s:0", &e) && !s.rate &&
		s.len == 4 && near(load_stages_seconds(&s), 25),
	    "users, from one");
	ok(near(load_stages_at(&s, 0), 1) &&
		near(load_stages_at(&s, 5), 10.5) &&
		near(load_stages_at(&s, 12), 20) &&
		near(load_stages_at(&s, 15), 4) &&
		near(load_stages_at(&s, 20), 2) &&
		near(load_stages_at(&s, 99), 0),
	    "straight lines, and at once");
	ok(near(load_stages_most(&s), 20), "the most");
	ok(load_stages_parse(&s, "0s:2,1s:2", &e) &&
		near(load_stages_most(&s), 2),
	    "a start that is left at once is not there");
}

static void
test_rates(void)
{
	struct load_stages s;
	struct md_error e;
	bool good = true;
	double last = -1;

	ok(load_stages_parse(&s, "2s:100/s,1s:6000/min,2s:0/s", &e) && s.rate &&
		near(load_stages_count(&s), 300),
	    "what lies under the lines");
	ok(near(load_stages_due(&s, 0), 0) &&
		near(load_stages_due(&s, 25), 1) &&
		near(load_stages_due(&s, 100), 2) &&
		near(load_stages_due(&s, 150), 2.5) &&
		near(load_stages_due(&s, 200), 3) &&
		near(load_stages_due(&s, 275), 4) &&
		near(load_stages_due(&s, 300), 5) &&
		near(load_stages_due(&s, 1e9), 5),
	    "when each is due");
	for (double k = 0; k <= 301; k += 0.25) {
		double at = load_stages_due(&s, k);

		good = good && at >= last && isfinite(at);
		last = at;
	}
	ok(good, "one after another");
	ok(load_stages_parse(&s, "1s:0/s,1s:10/s", &e) &&
		near(load_stages_due(&s, 0), 1) &&
		near(load_stages_count(&s), 5),
	    "nothing is due while there is none");
	s.start = 7;
	s.v[0].target = s.v[1].target = 7;
	ok(near(load_stages_due(&s, 3.5), 0.5) &&
		near(load_stages_count(&s), 14),
	    "a level line");
}

/* So many answers of so many ms each, and failures. */
static void
add(struct load_figures *f, unsigned n, double ms, bool good)
{
	for (unsigned i = 0; i < n; i++) {
		f->total++;
		f->good += good;
		if (good &&
		    !histogram_record(&f->latency, (uint64_t)(ms * 1e6)))
			return;
	}
}

static bool
lost(const struct load_figures *f, const char *text, double seconds,
    uint64_t planned)
{
	struct thresholds t = { .len = 0 };
	struct md_error e;

	return thresholds_parse(&t, text, &e) &&
	       load_is_lost(&t.v[0], f, seconds, planned);
}

static void
test_lost(void)
{
	struct load_figures f = { 0 };

	ok(!lost(&f, "p95<1ms", 0.5, 100) && !lost(&f, "success>=99%", 1, 100),
	    "nothing is lost before it has begun");
	add(&f, 4, 20, true);
	add(&f, 6, 1, true);
	ok(!lost(&f, "p95<10ms", 1, 100), "4 of 100 may be above p95");
	ok(lost(&f, "p95<10ms", 1, 60), "but not 4 of 60");
	ok(lost(&f, "max<10ms", 1, 100) && !lost(&f, "max<30ms", 1, 100),
	    "the maximum, at once");
	ok(lost(&f, "min>2ms", 1, 100) && !lost(&f, "min<0.5ms", 1, 100),
	    "the minimum");
	ok(!lost(&f, "avg<1ms", 1, 100) && lost(&f, "avg<1ms", 1, 80),
	    "the average, if the rest takes no time");
	ok(!lost(&f, "rps>=50", 1.9, 100) && lost(&f, "rps>=50", 2.1, 100),
	    "a rate that all of them no longer make");
	ok(!lost(&f, "rps<5", 1, 100), "one that is too high may still fall");
	add(&f, 1, 0, false);
	ok(!lost(&f, "success>=99%", 1, 100) && lost(&f, "success>=99%", 1, 99),
	    "one of 100 may fail, not one of 99");
	ok(lost(&f, "success<=5%", 1, 100), "too many good ones");
	histogram_free(&f.latency);
}

static void
test_missed(void)
{
	struct load_figures f = { 0 };
	const struct threshold t = { METRIC_P95, BELOW, 10 };

	ok(!load_is_missed(&t, &f, 1), "of nothing nothing is missed");
	add(&f, 10, 20, true);
	ok(load_is_missed(&t, &f, 1), "else what is not met by now");
	histogram_free(&f.latency);
}

static void
test_maximum(void)
{
	struct load_figures f = { 0 };

	add(&f, 999, 1, true);
	ok(load_is_maximum(&f, METRIC_P999) && !load_is_maximum(&f, METRIC_P99),
	    "p99.9 of 999");
	add(&f, 1, 1, true);
	ok(!load_is_maximum(&f, METRIC_P999) &&
		!load_is_maximum(&f, METRIC_MAX),
	    "not of 1000, and the maximum is no percentile");
	histogram_free(&f.latency);
	memset(&f, 0, sizeof(f));
	ok(!load_is_maximum(&f, METRIC_P99), "of none there is none");
}

static bool
note(struct load_timeline *t, double seconds, enum load_fault fault)
{
	const struct load_outcome o = {
		.fault = fault,
		.at_ns = (uint64_t)(seconds * 1e9),
		.latency_ns = 2000000,
		.bytes = 10,
	};

	return timeline_note(t, &o);
}

static void
test_timeline(void)
{
	struct load_timeline t;

	timeline_start(&t, 1000);
	ok(note(&t, 0.1, LOAD_OK) && note(&t, 0.9, LOAD_STATUS) &&
		note(&t, 3.0, LOAD_OK) && note(&t, 2.9, LOAD_OK) &&
		timeline_end(&t, 3.5),
	    "noted");
	ok(t.len == 4 && t.v[0].total == 2 && t.v[0].good == 1 &&
		t.v[0].bytes == 20 && near(t.v[0].avg, 2),
	    "the first interval");
	ok(t.v[1].total == 0 && isnan(t.v[1].p50) && t.v[2].total == 0,
	    "rows of what was not");
	ok(t.v[3].total == 2 && near(t.v[3].start, 3) &&
		near(t.v[3].seconds, 0.5),
	    "the last one is as long as it was");
	timeline_free(&t);
}

int
main(void)
{
	test_lines();
	test_rates();
	test_lost();
	test_missed();
	test_maximum();
	test_timeline();
	return done();
}
