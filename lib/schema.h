/*
 * The SQL of schema/, embedded at build time by tools/embed.sh.
 */
#ifndef MD_SCHEMA_H
#define MD_SCHEMA_H

struct schema_file {
	const char *engine; /* "sqlite" */
	const char *name; /* "0001-bars": migrations start with their number */
	const char *text;
};

/* Sorted by engine and name; ends with a null engine. */
extern const struct schema_file schema_files[];

#endif
