/*
 * What each host has done, does and holds, as the log of runs tells.
 */
#ifndef MD_REPORT_HOSTS_H
#define MD_REPORT_HOSTS_H

#include "base/array.h"
#include "market/rows.h"
#include "store/store.h"

struct host_row {
	struct execution_row last; /* its newest run, with the host's name */
	int64_t running;           /* its runs in the log that have not ended */
	int64_t leases;            /* series that these hold now */
	/* Its runs since the window began, and what they did. */
	int64_t runs, good, failed, interrupted;
	int64_t requests, rate_limited, bytes, records;
	int64_t busy_ms; /* the sum of how long they took */
};

ARRAY_OF(host_rows, struct host_row);

/* Appends the hosts with a run in between, the one with the newest first. */
bool hosts_read(struct store *, int64_t since_ms, int64_t now_ms,
    struct host_rows *out, struct md_error *);

#endif
