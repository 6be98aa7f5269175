/*
 * One small request of the API, to see whether it answers and takes the key.
 */
#ifndef MD_PROBE_H
#define MD_PROBE_H

#include "health.h"

/* Never fails: what went wrong is in *out.  The key is shown nowhere. */
void probe_api(const char *base_url, const char *key, struct probe *out);

#endif
