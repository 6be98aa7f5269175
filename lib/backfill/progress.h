/*
 * The progress bar of a long run: one line of a terminal, redrawn in place.
 */
#ifndef MD_BACKFILL_PROGRESS_H
#define MD_BACKFILL_PROGRESS_H

#include "backfill/backfill.h"
#include "base/buf.h"
#include "base/log.h"
#include "cli/report_options.h"

struct progress_bar {
	struct log *log; /* drawn where the log writes; messages replace it */
	bool color;
	char *(*env)(const char *);
};

/*
 * The line, in fewer columns than those: a terminal that is written full goes
 * on in the next one.  The bar is left out first, then the bars, the requests,
 * the time left, and last how many series have failed.  Colours take no
 * columns.
 */
void progress_format(const struct backfill_progress *, size_t columns,
    bool color, struct buf *out);

/*
 * Have the run draw it, where the log goes to a terminal that can redraw a line
 * and whose user wants to see one.  The bar's log is set before; the bar stays
 * in use until the run has ended.  env: getenv, or a test's own.
 */
void progress_begin(struct progress_bar *, const struct report_options *,
    char *(*env)(const char *), struct backfill_options *run);

/* Remove it. */
void progress_end(struct progress_bar *);

#endif
