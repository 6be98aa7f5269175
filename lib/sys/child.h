/*
 * Programs of mdkit that one of them starts for itself: found beside it or in
 * PATH, with an environment of their own, their talk kept in files of a
 * temporary folder that goes when they do.  They end when their parent does.
 */
#ifndef MD_SYS_CHILD_H
#define MD_SYS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define CHILD_PATH  1024
#define CHILD_WORDS 300 /* with the null that ends them */

struct nursery; /* the folder and the environment */

struct nursery_options {
	const char *parent;    /* its name: "mdload" */
	const char *self;      /* its argv[0] */
	const char *path;      /* where else programs are: PATH; or null */
	const char *folder;    /* for the temporary one: TMPDIR; or null */
	const char *otherwise; /* what to do when a program is missing */
	char *const *env;      /* the programs' environment, but for ours */
	bool (*stopped)(void); /* has the operator asked to stop? */
};

/*
 * The options are borrowed.  MD_EIO says what could not be made; then there
 * is none.
 */
bool nursery_create(struct nursery **, const struct nursery_options *,
    struct md_error *);
/* The folder goes; the children have been stopped. */
void nursery_destroy(struct nursery **);

/* A file of the folder; market.db and what SQLite keeps beside it. */
void nursery_file(const struct nursery *, const char *name,
    char out[CHILD_PATH]);

/* Is the program there?  MD_EIO. */
bool nursery_has(const struct nursery *, const char *name, struct md_error *);

/* Starts a program; words are its argv, without the options that all have.
 * *pid is the caller's to wait for, with child_ended(), or to stop. */
bool child_start(const struct nursery *, const char *name,
    const char *const *words, pid_t *pid, struct md_error *);

/*
 * Starts a server (mdserve, mdmock; with these words more) on a free port of
 * this machine, waits until it listens there and writes its URL.  MD_EIO says
 * how it failed, MD_EINTR when stopped; *pid is to be stopped in any case.
 */
bool child_serve(const struct nursery *, const char *name,
    const char *const *more, pid_t *pid, char url[64], struct md_error *);

/* Has it ended?  Then *status says how. */
bool child_ended(pid_t pid, int *status);

/* Ends it and waits for that; *pid becomes 0, which is no child. */
void child_stop(pid_t *pid);

/* Did the operator ask to stop?  True, with MD_EINTR. */
bool child_interrupted(const struct nursery *, struct md_error *);

/* MD_EIO: what a child did ("failed"), and what it said last. */
bool child_fail(const struct nursery *, const char *name, const char *what,
    struct md_error *);

void child_nap(void);

#endif
