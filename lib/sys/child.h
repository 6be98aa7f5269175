/*
 * Programs of mdkit that another one starts for its own use: found in the same
 * folder or in PATH, with their own environment, and with their messages in
 * files of a temporary folder that is removed with them.  They end when their
 * parent does.
 */
#ifndef MD_SYS_CHILD_H
#define MD_SYS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define CHILD_PATH  1024
#define CHILD_WORDS 300 /* with the null that ends them */

struct children; /* the folder and the environment */

struct children_options {
	const char *parent;    /* its name: "mdload" */
	const char *self;      /* its argv[0] */
	const char *path;      /* PATH, to search for programs; or null */
	const char *folder;    /* TMPDIR, for the temporary folder; or null */
	const char *otherwise; /* advice when a program is missing */
	char *const *env;      /* the programs' environment, without ours */
	bool (*stopped)(void); /* has the operator asked to stop? */
};

/*
 * The options are borrowed.  MD_EIO says what could not be created; *out is
 * then null.
 */
bool children_create(struct children **, const struct children_options *,
    struct md_error *);
/* Removes the folder; stop the children first. */
void children_destroy(struct children **);

/* The path of a file in the folder; market.db and SQLite's files next to it. */
void children_file(const struct children *, const char *name,
    char out[CHILD_PATH]);

/* Can the program be found?  If not, MD_EIO. */
bool children_have_program(const struct children *, const char *name,
    struct md_error *);

/* Starts a program; words are its argv, without the options common to all.
 * The caller waits for *pid with child_ended(), or stops it. */
bool child_start(const struct children *, const char *name,
    const char *const *words, pid_t *pid, struct md_error *);

/*
 * Starts a server (mdserve or mdmock, with these additional arguments) on a
 * free port of this machine, waits until it listens and writes its URL.  MD_EIO
 * says how it failed, MD_EINTR that the operator stopped it; the caller stops
 * *pid in any case.
 */
bool child_serve(const struct children *, const char *name,
    const char *const *more, pid_t *pid, char url[64], struct md_error *);

/* Has it ended?  If so, *status is its wait status. */
bool child_ended(pid_t pid, int *status);

/* Ends it and waits for its end; sets *pid to 0, which means no child. */
void child_stop(pid_t *pid);

/* Has the operator asked to stop?  If so, true with MD_EINTR. */
bool child_interrupted(const struct children *, struct md_error *);

/* MD_EIO with what a child did ("failed") and its last message. */
bool child_fail(const struct children *, const char *name, const char *what,
    struct md_error *);

void child_poll_wait(void);

#endif
