/*
 * A whole JSON file, such as an earlier report that a newer one is compared
 * with.
 */
#ifndef MD_BASE_JSON_FILE_H
#define MD_BASE_JSON_FILE_H

#include <stdbool.h>

#include "base/error.h"

struct json_t; /* jansson's */
struct json_error_t;

/* What is wrong with a text that is no JSON, in words for who wrote it. */
const char *json_file_why(const struct json_error_t *);

/* MD_EUSAGE if it cannot be read or is no JSON; *out is the caller's. */
bool json_file_read(const char *path, struct json_t **out, struct md_error *);

#endif
