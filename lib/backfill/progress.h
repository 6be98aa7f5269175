/*
 * The progress bar of a long run: one line of a terminal, drawn over.
 */
#ifndef MD_BACKFILL_PROGRESS_H
#define MD_BACKFILL_PROGRESS_H

#include "backfill/backfill.h"
#include "base/log.h"

struct progress_bar {
	struct log *log; /* it is drawn where the log writes, and makes way */
	bool color;
};

/* A backfill_options.progress whose ctx is a struct progress_bar. */
void progress_draw(void *bar, const struct backfill_progress *);

/* Take it away. */
void progress_end(struct progress_bar *);

#endif
