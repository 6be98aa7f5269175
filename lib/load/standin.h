/*
 * A read API of one's own, when there is none to put load on: a temporary
 * store of synthetic bars with their features, filled by mdbackfill from
 * mdmock, and an mdserve over it on a free port.  All of it goes again.
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
	const char *path;      /* where else programs are: PATH; or null */
	const char *folder;    /* for temporary files: TMPDIR; or null */
	char *const *env;      /* the programs' environment, but for ours */
	bool (*stopped)(void); /* has the operator asked to stop? */
	char (*symbols)[SYMBOL_MAX];
	size_t symbols_len;
};

/*
 * True: *out serves at url, which is the caller's to stop.  MD_EIO says which
 * program is missing or failed, and how; MD_EINTR when stopped.
 */
bool standin_start(struct standin **out, const struct standin_options *,
    char url[64], struct md_error *);

/* Ends the server, waits for it, removes its files. */
void standin_stop(struct standin **);

#endif
