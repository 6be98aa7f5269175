/*
 * The SQL of schema/, embedded at build time by tools/embed.sh, and bringing a
 * store up to date with it.
 */
#ifndef MD_STORE_SCHEMA_H
#define MD_STORE_SCHEMA_H

#include "store/sql.h"

struct schema_file {
	const char *engine; /* "sqlite", "postgres" */
	const char *name; /* "0001-bars": migrations start with their number */
	const char *text;
};

/* Sorted by engine and name; ends with a null engine. */
extern const struct schema_file schema_files[];

/* What a database is, as of one moment: another program may be making it. */
struct schema_identity {
	const char
	    *foreign;    /* it is another program's: what to do; else null */
	int64_t version; /* 0: it is new */
};

/* *old: it is to be migrated.  Fails where we are not to touch it. */
bool schema_check(struct store *, const struct schema_identity *, bool readonly,
    bool *old, struct md_error *);

bool schema_version(struct store *, int64_t *version, struct md_error *);

/* In one transaction, with another program's migrations looked at anew. */
bool schema_migrate(struct store *, struct md_error *);

#endif
