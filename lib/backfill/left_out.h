/*
 * Rows of the vendor's lists that are none: each is told, but the log is no
 * longer than a person reads, whatever the answer.
 */
#ifndef MD_BACKFILL_LEFT_OUT_H
#define MD_BACKFILL_LEFT_OUT_H

#include <stddef.h>

#include "base/log.h"

struct left_out {
	size_t len;
};

/* One more of what's rows: the first twenty are warnings, further ones for
 * who debugs. */
void left_out_row(struct left_out *, struct log *, const char *what,
    const char *reason, const char *raw);

/* How many they were, where they were several. */
void left_out_tell(const struct left_out *, struct log *, const char *what);

#endif
