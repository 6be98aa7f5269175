/*
 * An answer of a run, kept so that it can be decoded again when nothing else
 * runs.  During a run, the time that decoding takes depends on what the other
 * thread does to the processor's caches; alone, it depends only on the code.
 */
#ifndef MD_BACKFILL_DECODE_SAMPLE_H
#define MD_BACKFILL_DECODE_SAMPLE_H

#include "answer/verify.h"
#include "measure/slow.h"

/* Zero-filled: no sample. */
struct decode_sample {
	char *text; /* the body */
	size_t len;
	int64_t bars;
	struct asked asked; /* its state before the page */
	char ticker[SYMBOL_MAX];
	bool last;
};

/*
 * Keep this answer if it is a better sample: the smallest one with enough bars,
 * otherwise the largest.  When out of memory it is not kept.
 */
void decode_sample_offer(struct decode_sample *, const struct asked *,
    const char *text, size_t len, int64_t bars, bool last);

/*
 * The processor time of decoding and checking it as a run does, in µs per
 * thousand bars: the minimum of several measurements.  *calibration is lowered
 * to machine_calibration_us() in between.  NaN if there is no sample.
 */
double decode_sample_cost(const struct decode_sample *, const struct slow *,
    double *calibration);

void decode_sample_free(struct decode_sample *);

#endif
