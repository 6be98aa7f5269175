/*
 * The progress bar of a long run: one line of a terminal, redrawn in place.
 */
#ifndef MD_BACKFILL_PROGRESS_H
#define MD_BACKFILL_PROGRESS_H

#include "backfill/backfill.h"
#include "base/log.h"

struct progress_bar {
	struct log *log; /* drawn where the log writes; messages replace it */
	bool color;
};

/* A backfill_options.progress whose ctx is a struct progress_bar. */
void progress_draw(void *bar, const struct backfill_progress *);

/* Remove it. */
void progress_end(struct progress_bar *);

#endif
