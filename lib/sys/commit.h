/*
 * Which commit is checked out in the current folder, as git tells it.
 */
#ifndef MD_SYS_COMMIT_H
#define MD_SYS_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#define COMMIT_SIZE 65

/* Letters, digits, ".", "_" and "-", not first of them "." or "-", and at most
 * 64: a name of a file, too. */
bool commit_is_valid(const char *);

/*
 * The commit that a name stands for, or of null the one that is checked out:
 * its hash, if that is wanted, and when it was made.  False where there is no
 * git, no repository or no such commit.  env: getenv, or a test's own; git gets
 * of it what it needs to be found and to find its configuration.
 */
bool commit_look(const char *name, char *(*env)(const char *),
    char hash[COMMIT_SIZE], int64_t *ms);

#endif
