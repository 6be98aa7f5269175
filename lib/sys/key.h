/*
 * The API key: where it may come from, and what it may look like.  Nothing
 * that formats text is given it.
 */
#ifndef MD_SYS_KEY_H
#define MD_SYS_KEY_H

#include "base/error.h"

#define KEY_MAX 256 /* with its NUL */

/* Could this be a key (printable, no blanks, short enough for a header)? */
bool key_check(const char *key, struct md_error *);

/*
 * The first line of a file that only its owner may read.  MD_EKEY names the
 * file and what is wrong with it, never its contents.
 */
bool key_read(const char *path, char key[KEY_MAX], struct md_error *);

/*
 * The key of that file (key_read()) unless its name is "", else that of the
 * environment's POLYGON_API_KEY or MASSIVE_API_KEY.  MD_EKEY when there is
 * none.
 */
bool key_find(const char *file, char *(*env)(const char *), char key[KEY_MAX],
    struct md_error *);

/*
 * A key on the command line is one that every user of the host has read: is
 * there none?  MD_EUSAGE says so before anything could repeat it.
 */
bool key_not_in(int argc, char **argv, struct md_error *);

#endif
