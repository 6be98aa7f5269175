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
	char *path; /* what is to be replaced; null: f is written at once */
	char *name; /* as the user has it, for messages; null: standard
		       output */
	char *temporary; /* null: it has no name, and is copied */
};

/*
 * path null: standard output.  Symbolic links are followed.  What is no plain
 * file, /dev/stdout and the like among it, is written at once.  A file is
 * replaced at the end by one of the same mode and owner, written in the same
 * folder until then; where that cannot be (the owner is another, the folder is
 * read-only, the file has several names), its contents are.  MD_EIO.
 */
bool outfile_open(struct outfile *, const char *path, struct md_error *);

/*
 * After everything was written: flush, and put the file in its place.  If the
 * reader of what is no file has gone, that is not an error (*gone is set).
 */
bool outfile_commit(struct outfile *, bool *gone, struct md_error *);

/* What was there stays; the temporary file goes. */
void outfile_abandon(struct outfile *);

#endif
