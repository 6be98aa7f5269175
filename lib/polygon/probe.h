/*
 * One small request to the API, to see whether it answers and accepts the key.
 */
#ifndef MD_POLYGON_PROBE_H
#define MD_POLYGON_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "polygon/plan.h"
#include "polygon/trust.h"

/* The API's answer. */
struct probe {
	bool asked, good;
	int64_t took_us;
	char message[480];      /* why it is not good; or "" */
	struct plan_probe plan; /* asked for beside it, or not */
};

/* Never fails: errors are in *out, without the key.  It has an end, too: it
 * takes about 10 s at most. */
void probe_api(const char *base_url, const char *key, const struct trust *,
    struct probe *out);

#endif
