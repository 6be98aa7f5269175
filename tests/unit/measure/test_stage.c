#include "measure/slow.h"
#include "measure/stage.h"
#include "tap.h"

/* A job from 0 to 1000 with these spans. */
static struct stage_log
job(void)
{
	struct stage_log l = { .on = true };

	stage_begin(&l, 0);
	stage_end(&l, 1000);
	return l;
}

static void
test_parts_add_up(void)
{
	struct stage_log l = job();
	struct stage_times wall;
	int64_t none;

	stage_add(&l, STAGE_FIRST_BYTE, 0, 400);
	stage_add(&l, STAGE_DATABASE, 300, 700); /* overlaps by 100 */
	stage_add(&l, STAGE_QUEUE, 200, 750);    /* 50 of its own */
	ok(stage_wall(&l, &wall, &none), "wall time is told");
	ok(wall.us[STAGE_FIRST_BYTE] == 400 && wall.us[STAGE_DATABASE] == 300 &&
		wall.us[STAGE_QUEUE] == 50,
	    "a moment belongs to the first of the stages under way");
	ok(none == 250 && stage_times_total(&wall) + none == 1000,
	    "stages and what none has add up to the job");
	ok(l.busy.us[STAGE_DATABASE] == 400 && l.busy.us[STAGE_QUEUE] == 550,
	    "busy time counts each span whole");
	ok(stage_times_busy(&l.busy) == 800, "idleness is not busy");
	stage_log_free(&l);
}

static void
test_bounds(void)
{
	struct stage_log l = job();
	struct stage_times wall;
	int64_t none;

	stage_add(&l, STAGE_TURN, -500, 100);
	stage_add(&l, STAGE_PACING, 900, 5000);
	stage_add(&l, STAGE_DECODE, 600, 500);
	stage_add(&l, STAGE_DECODE, 600, 600);
	ok(stage_wall(&l, &wall, &none) && wall.us[STAGE_TURN] == 100 &&
		wall.us[STAGE_PACING] == 100,
	    "what lies outside of the job is not the job's");
	ok(wall.us[STAGE_DECODE] == 0 && l.busy.us[STAGE_DECODE] == 0,
	    "a span that is empty or reversed is none");
	stage_log_free(&l);

	l = job();
	stage_add(&l, STAGE_PACING, 0, 10);
	stage_add(&l, STAGE_PACING, 10, 20);
	ok(l.len == 1 && l.v[0].to == 20, "what goes on is one span");
	stage_log_free(&l);
}

static void
test_off(void)
{
	struct stage_log l = { .on = false };
	struct stage_times wall;
	int64_t none;

	stage_add(&l, STAGE_DECODE, 0, 10);
	stage_add_cost(&l, STAGE_DECODE, 10, 10);
	stage_add(NULL, STAGE_DECODE, 0, 10);
	ok(l.v == NULL && l.costs == NULL && l.busy.us[STAGE_DECODE] == 0,
	    "a log that is off keeps nothing");
	ok(stage_wall(&l, &wall, &none) && none == 0,
	    "a job that never began has no time");
}

static void
test_slow(void)
{
	static const char *const bad[] = { "decode", "decode=", "decode=x%",
		"decode=20%x", "api=5ms", "decode=-1%", "database=2h",
		"decode=20%,,", "=5ms" };
	struct slow s;
	struct md_error e;

	ok(slow_parse(&s, "decode=20%,database=5ms", &e) &&
		s.of[STAGE_DECODE].share > 0.199 &&
		s.of[STAGE_DECODE].share < 0.201 &&
		s.of[STAGE_DATABASE].us == 5000 && s.of[STAGE_FEATURES].us == 0,
	    "stages are slowed by a share or a time");
	ok(slow_parse(&s, NULL, &e) && s.of[STAGE_DECODE].us == 0,
	    "without a word nothing is slow");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!slow_parse(&s, bad[i], &e) && e.code == MD_EUSAGE,
		    "'%s' is refused", bad[i]);
}

int
main(void)
{
	test_parts_add_up();
	test_bounds();
	test_off();
	test_slow();
	return done();
}
