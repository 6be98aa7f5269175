/*
 * One small request to the API, to see whether it answers and accepts the key.
 */
#ifndef MD_POLYGON_PROBE_H
#define MD_POLYGON_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* The API's answer. */
struct probe {
	bool asked, good;
	int64_t took_us;
	char message[480]; /* why it is not good; or "" */
};

/* Never fails: errors are in *out, without the key. */
void probe_api(const char *base_url, const char *key, struct probe *out);

#endif
