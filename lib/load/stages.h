/*
 * Load that rises and falls: stages, in each of which the number of users or of
 * requests a second goes in a straight line from where it is to a target. Pure.
 */
#ifndef MD_LOAD_STAGES_H
#define MD_LOAD_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define LOAD_STAGES_MAX 32

struct load_stage {
	double seconds; /* 0: at once */
	double target;
};

/* All zeros: none. */
struct load_stages {
	struct load_stage v[LOAD_STAGES_MAX];
	size_t len;
	double start; /* before the first one: users, or a second */
	bool rate;    /* requests a second; else users */
	char text[256];
};

/* "30s:10,1m:50", users; with a unit, "30s:10/s" or "600/min", a rate.  start
 * becomes 1 of users, 0 of a rate.  MD_EUSAGE. */
bool load_stages_parse(struct load_stages *, const char *, struct md_error *);

double load_stages_seconds(const struct load_stages *);

/* How many there are after so many seconds. */
double load_stages_at(const struct load_stages *, double seconds);

/* The largest number of all time. */
double load_stages_most(const struct load_stages *);

/* Of a rate: how many requests become due, and when request k does, the first
 * being 0; the end where it does not. */
double load_stages_count(const struct load_stages *);
double load_stages_due(const struct load_stages *, double k);

#endif
