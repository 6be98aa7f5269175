/*
 * The configuration file: one JSON object of known keys.  Unknown keys and
 * wrong types are errors that name file, line and column.
 */
#ifndef MD_CLI_CONFIG_H
#define MD_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct config;

/* MD_ECONFIG.  *out is the caller's, for config_free(). */
bool config_load(const char *path, struct config **out, struct md_error *);
void config_free(struct config *);

/*
 * A key within another is written with a dot: "staleness.fresh".
 *
 * How many values the key has (0 when absent, 1 for a scalar, an array's or an
 * object's length), and the text of one: numbers as written shortest, a member
 * of an object of strings as "NAME=VALUE".
 * out: size bytes, cut when longer.
 */
size_t config_count(const struct config *, const char *key);
void config_text(const struct config *, const char *key, size_t i, char *out,
    size_t size);

/* "FILE:LINE:COLUMN: KEY" of a key that is there, for messages. */
void config_where(const struct config *, const char *key, char *out,
    size_t size);

#endif
