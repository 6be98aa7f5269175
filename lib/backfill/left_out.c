#include "backfill/left_out.h"

#define TOLD 20

void
left_out_row(struct left_out *l, struct log *log, const char *what,
    const char *reason, const char *raw)
{
	log_write(log, l->len++ < TOLD ? LOG_WARNING : LOG_DEBUG,
	    "%s: a row is left out: %s: %.200s", what, reason, raw);
}

void
left_out_tell(const struct left_out *l, struct log *log, const char *what)
{
	if (l->len > 1)
		log_write(log, LOG_WARNING, "%s: %zu rows are left out", what,
		    l->len);
}
