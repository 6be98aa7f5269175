/*
 * Where a job's time goes: what it was doing when, as spans, and two sums of
 * them.  Busy time counts each span whole, so that stages that overlap (a page
 * is stored while the next is fetched) add up to more than the clock.  Wall
 * time gives each moment to one stage, the first in the order of the enum of
 * those under way, and what no span covers to none: the parts add up to the
 * job's length, and what was not accounted for is seen.
 *
 * Pure: times are arguments, µs of one clock.
 */
#ifndef MD_MEASURE_STAGE_H
#define MD_MEASURE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stage {
	STAGE_FIRST_BYTE, /* a request was sent, nothing has come yet */
	STAGE_TRANSFER,   /* its answer is coming */
	STAGE_DECODE,     /* reading and checking a page */
	STAGE_DATABASE,   /* storing it, leases, the log */
	STAGE_FEATURES,   /* reading back, computing and storing them */
	STAGE_BACKOFF,    /* idle: a retry, or a pause after a 429 */
	STAGE_PACING,     /* idle: the next request is not due yet */
	STAGE_QUEUE,      /* idle: what is to be stored waits for the writer */
	STAGE_TURN, /* waits for, or keeps busy, the thread that fetches */
	STAGE_COUNT
};

#define STAGE_BUSY STAGE_BACKOFF /* those before it are work, not idleness */

/* "first_byte", "transfer", …: as outputs name them. */
const char *stage_name(enum stage);

struct stage_span {
	enum stage stage;
	int64_t from, to;
};

struct stage_times {
	int64_t us[STAGE_COUNT];
};

/* What a piece of work took of a processor: a page's, of so many bars. */
struct stage_cost {
	enum stage stage;
	int64_t us, bars;
};

struct stage_log {
	bool on;     /* else nothing is kept, at no cost */
	bool failed; /* memory ran out: some is missing */
	bool begun;
	int64_t from, to; /* of the job */
	struct stage_span *v;
	size_t len, cap;
	struct stage_cost *costs;
	size_t costs_len, costs_cap;
	struct stage_times busy;
};

/* The job begins; only the first time counts. */
void stage_begin(struct stage_log *, int64_t now);
/* It ends, perhaps again. */
void stage_end(struct stage_log *, int64_t now);

/* It was at this from then to then; an empty or reversed span is none.  A log
 * that is null or off takes nothing. */
void stage_add(struct stage_log *, enum stage, int64_t from, int64_t to);
void stage_add_cost(struct stage_log *, enum stage, int64_t cpu_us,
    int64_t bars);

void stage_log_free(struct stage_log *);

/* Wall time by stage, of the job's length alone, and what is left of it.
 * False when memory ran out. */
bool stage_wall(const struct stage_log *, struct stage_times *,
    int64_t *unaccounted);

void stage_times_add(struct stage_times *, const struct stage_times *);
/* Of the stages that are work; of all. */
int64_t stage_times_busy(const struct stage_times *);
int64_t stage_times_total(const struct stage_times *);

#endif
