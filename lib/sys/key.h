/*
 * The API key: where it comes from, and what it may look like.  It is never
 * passed to anything that formats text.
 */
#ifndef MD_SYS_KEY_H
#define MD_SYS_KEY_H

#include "base/error.h"

#define KEY_MAX 256 /* with its NUL */

/* Can this be a key (printable, no blanks, short enough for a header)? */
bool key_check(const char *key, struct md_error *);

/*
 * The first line of a file that only its owner may read.  MD_EKEY names the
 * file and what is wrong with it, never its contents.
 */
bool key_read(const char *path, char key[KEY_MAX], struct md_error *);

/*
 * The key in that file (see key_read()) or, if its name is "", the key in the
 * environment variable POLYGON_API_KEY or MASSIVE_API_KEY.  MD_EKEY if there is
 * none.
 */
bool key_find(const char *file, char *(*env)(const char *), char key[KEY_MAX],
    struct md_error *);

/*
 * A key on the command line can be read by every user of the host.  True if
 * there is none, otherwise MD_EUSAGE, before any message could repeat the key.
 */
bool key_absent_from(int argc, char **argv, struct md_error *);

#endif
