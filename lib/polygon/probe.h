/*
 * One small request of the API, to see whether it answers and takes the key.
 */
#ifndef MD_POLYGON_PROBE_H
#define MD_POLYGON_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* How the API answered just now. */
struct probe {
	bool asked, good;
	int64_t took_us;
	char message[480]; /* why it is not good */
};

/* Never fails: what went wrong is in *out.  The key is shown nowhere. */
void probe_api(const char *base_url, const char *key, struct probe *out);

#endif
