/*
 * A test hook: stages made slower on purpose, so that tests can see that what
 * measures them tells the truth.  MD_TEST_SLOW="decode=20%,database=5ms": by
 * so much of the processor time that the stage took, or by so long each time.
 * Stages: decode, database, features.  Costs nothing when it is not set.
 */
#ifndef MD_MEASURE_SLOW_H
#define MD_MEASURE_SLOW_H

#include <stdint.h>

#include "base/error.h"
#include "measure/stage.h"

struct slow {
	struct {
		double share; /* of what it took */
		int64_t us;   /* each time */
	} of[STAGE_COUNT];
};

/* "" or null: nothing is slow.  MD_EUSAGE. */
bool slow_parse(struct slow *, const char *, struct md_error *);

/* The stage took so much processor time: take more.  A null slow is none. */
void slow_down(const struct slow *, enum stage, int64_t cpu_us);

#endif
