/*
 * A private read API, if there is none to put load on: a temporary store of
 * synthetic bars with their features, filled by mdbackfill from mdmock, and an
 * mdserve for it on a free port.  Everything is removed afterwards.
 */
#ifndef MD_LOAD_STANDIN_H
#define MD_LOAD_STANDIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "market/symbol.h"

struct standin;

struct standin_options {
	const char *self;      /* the program's argv[0] */
	const char *path;      /* PATH, to search for programs; or null */
	const char *folder;    /* TMPDIR, for temporary files; or null */
	char *const *env;      /* the programs' environment, without ours */
	bool (*stopped)(void); /* has the operator asked to stop? */
	char (*symbols)[SYMBOL_MAX];
	size_t symbols_len;
};

/*
 * True: *out serves at url, and the caller stops it.  MD_EIO says which program
 * is missing or failed, and how; MD_EINTR when stopped.
 */
bool standin_start(struct standin **out, const struct standin_options *,
    char url[64], struct md_error *);

/* Ends the server, waits for it, removes its files. */
void standin_stop(struct standin **);

#endif
