/*
 * Thresholds for a load test's figures, such as "p95<1000ms".  Pure.
 */
#ifndef MD_LOAD_THRESHOLD_H
#define MD_LOAD_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum load_metric {
	METRIC_SUCCESS, /* percent */
	METRIC_AVG,     /* ms, like all up to METRIC_MAX */
	METRIC_P50,
	METRIC_P90,
	METRIC_P95,
	METRIC_P99,
	METRIC_P999,
	METRIC_MIN,
	METRIC_MAX,
	METRIC_RPS, /* requests a second */
	METRIC_COUNT
};

#define METRIC_NAMES "success avg p50 p90 p95 p99 p99.9 min max rps"

const char *load_metric_name(enum load_metric);
bool load_metric_is_time(enum load_metric);
/* Of p50 to p99.9 and max, which is 100; else 0. */
double load_metric_percent(enum load_metric);

enum threshold_op { BELOW, AT_MOST, AT_LEAST, ABOVE };

struct threshold {
	enum load_metric metric;
	enum threshold_op op;
	double bound; /* percent, ms or requests a second */
};

#define THRESHOLDS_MAX 32

struct thresholds {
	struct threshold v[THRESHOLDS_MAX];
	size_t len;
};

/* The defaults for success, avg, p95, p99 and requests a second; see mdload(1).
 */
extern const struct thresholds thresholds_default;

/*
 * Adds "METRIC OP NUMBER[UNIT]" (or several, separated by commas), each
 * replacing one with the same metric and direction; "none" removes all. Without
 * a unit a time is in ms.  MD_EUSAGE says what is wrong.
 */
bool thresholds_parse(struct thresholds *, const char *, struct md_error *);

bool thresholds_put(struct thresholds *, const struct threshold *,
    struct md_error *);

/* Is it met?  A figure that could not be measured (NaN) meets none. */
bool threshold_met(const struct threshold *, double measured);

/* "p95 < 1000 ms" */
void threshold_format(const struct threshold *, char out[64]);

/* "12.3 ms", "99.5 %", "210 requests/s" */
void load_metric_format(enum load_metric, double, char out[48]);

#endif
