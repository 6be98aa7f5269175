/*
 * An answer of a run, kept so that it can be decoded again when nothing else
 * runs.  What decoding takes during a run depends on what the other thread
 * does to the caches meanwhile; alone, it takes what the code takes.
 */
#ifndef MD_BACKFILL_DECODE_SAMPLE_H
#define MD_BACKFILL_DECODE_SAMPLE_H

#include "answer/verify.h"
#include "measure/slow.h"

/* Zero-filled is none. */
struct decode_sample {
	char *text; /* the body */
	size_t len;
	int64_t bars;
	struct asked asked; /* as it stood before the page */
	char ticker[SYMBOL_MAX];
	bool last;
};

/*
 * Keep this answer if it is the better one to measure by: of those with bars
 * enough the smallest, else the largest.  Without memory it is not kept.
 */
void decode_sample_offer(struct decode_sample *, const struct asked *,
    const char *text, size_t len, int64_t bars, bool last);

/*
 * Processor time, µs a thousand bars, of decoding and checking it as a run
 * does; the least of a number of times.  *calibration, if that is less,
 * becomes what machine_calibration_us() says in between.  NaN when there is
 * none.
 */
double decode_sample_cost(const struct decode_sample *, const struct slow *,
    double *calibration);

void decode_sample_free(struct decode_sample *);

#endif
