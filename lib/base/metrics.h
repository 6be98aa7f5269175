/*
 * Writing Prometheus' text exposition format, version 0.0.4.  A failed write
 * sticks in the FILE.
 */
#ifndef MD_BASE_METRICS_H
#define MD_BASE_METRICS_H

#include <stdio.h>

/* The HELP and TYPE lines of a metric; type is "gauge" or "counter". */
void metric_head(FILE *, const char *name, const char *type, const char *help);

/*
 * One sample.  labels: pairs of name and value, ending with a null name; or
 * null for none.
 */
void metric_sample(FILE *, const char *name, const char *const *labels,
    double value);

#endif
