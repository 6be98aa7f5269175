/*
 * What a measurement was made on.
 */
#ifndef MD_MEASURE_MACHINE_H
#define MD_MEASURE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct machine {
	char cpu[128]; /* its model; "" where that is not told */
	long cores;
	char system[160]; /* "Linux 6.1.0 x86_64" */
};

void machine_look(struct machine *);

/* The most memory that this process has had so far, bytes. */
int64_t machine_peak_bytes(void);

/* Processor seconds of all cores so far, and those of them that were ours and
 * a child's (0: there is none); NaN where the system does not tell. */
struct machine_use {
	double at; /* seconds of the clock */
	double busy, ours;
};

struct machine_use machine_use(pid_t child);

/*
 * How many cores others had between the two, if that left us none to spare;
 * else 0: what others take of an idle machine disturbs nobody.
 */
double machine_other_load(const struct machine_use *before,
    const struct machine_use *after, long cores);

/*
 * Processor time, µs, that a fixed piece of work takes right now: other load
 * and a changing clock show in it as they do in what is measured beside it.
 */
double machine_calibration_us(void);

#endif
