/*
 * Where a program's data goes: its standard output, or a file that appears
 * whole or not at all.
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

/* path null: standard output.  Else a temporary file beside it. */
bool outfile_open(struct outfile *, const char *path, struct md_error *);

/*
 * Everything was written: flush it, and give the file its name.  A standard
 * output whose reader has gone is no error (*gone is set).
 */
bool outfile_commit(struct outfile *, bool *gone, struct md_error *);

/* Never mind: the temporary file goes. */
void outfile_abandon(struct outfile *);

#endif
