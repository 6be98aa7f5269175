#include "market/hold.h"

#include <stdio.h>

#include "base/mdtime.h"

void
hold_words(const struct hold *h, char out[HOLD_WORDS])
{
	char at[MD_TIME_MAX];

	md_time_format(h->since_ms - h->since_ms % MD_SECOND, at);
	(void)snprintf(out, HOLD_WORDS, "since %s, by %s: %s", at, h->by,
	    h->reason);
}
