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
 * Reads the bytes of such a file; they are not kept.  MD_EIO says what is
 * wrong with them: truncated, contradictory, or counting leap seconds.
 */
bool zone_parse(struct zone **out, const void *bytes, size_t len,
    struct md_error *);

void zone_destroy(struct zone **);

/* Local time − UTC at that time, ms.  Works for any time. */
int64_t zone_offset_ms(const struct zone *, int64_t utc_ms);

#endif
