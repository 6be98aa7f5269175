/*
 * Where a program's data goes: standard output, or a file that appears
 * complete or not at all.
 */
#ifndef MD_SYS_OUTFILE_H
#define MD_SYS_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

struct outfile {
	FILE *f;
	char *path; /* null: standard output */
	char *temporary;
};

/* path null: standard output.  Otherwise a temporary file in the same folder.
 */
bool outfile_open(struct outfile *, const char *path, struct md_error *);

/*
 * After everything was written: flush, and rename the file to its final name.
 * If the reader of standard output has gone, that is not an error (*gone is
 * set).
 */
bool outfile_commit(struct outfile *, bool *gone, struct md_error *);

/* Remove the temporary file instead. */
void outfile_abandon(struct outfile *);

#endif
