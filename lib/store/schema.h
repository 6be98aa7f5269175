/*
 * The SQL of schema/, embedded at build time by tools/embed.sh.
 */
#ifndef MD_STORE_SCHEMA_H
#define MD_STORE_SCHEMA_H

#include <stdint.h>

struct schema_file {
	const char *engine; /* "sqlite", "postgres" */
	const char *name; /* "0001-bars": migrations start with their number */
	const char *text;
};

/* Sorted by engine and name; ends with a null engine. */
extern const struct schema_file schema_files[];

/* The number of the engine's last migration. */
int64_t schema_newest(const char *engine);

#endif
