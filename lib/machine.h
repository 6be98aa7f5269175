/*
 * What a measurement was made on.
 */
#ifndef MD_MACHINE_H
#define MD_MACHINE_H

#include <stdint.h>

struct machine {
	char cpu[128]; /* its model; "" where that is not told */
	long cores;
	char system[160]; /* "Linux 6.1.0 x86_64" */
	char libcurl[64];
	char sqlite[32];
};

void machine_look(struct machine *);

/* The most memory that this process has had so far, bytes. */
int64_t machine_peak_bytes(void);

/*
 * Processor time, µs, that a fixed piece of work takes right now: other load
 * and a changing clock show in it as they do in what is measured beside it.
 */
double machine_yardstick_us(void);

#endif
