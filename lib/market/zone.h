/*
 * A time zone from the system's data files: TZif of RFC 8536, versions 1 to 4,
 * including the rule in the footer for times after the last listed transition.
 * A zone is read-only once created.
 */
#ifndef MD_MARKET_ZONE_H
#define MD_MARKET_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct zone;

/*
 * Reads the file.  MD_EIO says what is wrong: it is missing, truncated or
 * contradictory, or counts leap seconds.
 */
bool zone_load(struct zone **out, const char *path, struct md_error *);

/* The same from bytes in memory, which are not kept. */
bool zone_parse(struct zone **out, const void *bytes, size_t len,
    struct md_error *);

void zone_destroy(struct zone **);

/* Local time − UTC at that time, ms.  Works for any time. */
int64_t zone_offset_ms(const struct zone *, int64_t utc_ms);

#endif
