/*
 * A time zone as the system's data files describe it: TZif of RFC 8536,
 * versions 1 to 4, with the rule in its footer for times after the last
 * transition written out.  A zone is read-only once made.
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

/* Local time − UTC at that time, ms.  Any time will do. */
int64_t zone_offset_ms(const struct zone *, int64_t utc_ms);

#endif
