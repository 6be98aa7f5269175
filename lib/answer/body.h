/*
 * An answer's body as JSON: what the decoders of pages and of splits share.
 * Errors are MD_EDATA, and MD_ENOMEM.
 */
#ifndef MD_ANSWER_BODY_H
#define MD_ANSWER_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What can be said of a body without reading it as JSON. */
bool body_look(const char *text, size_t len, struct md_error *);
/* Any JSON, NULs in strings and integers of any length among it; null: *why. */
json_t *body_parse(const char *text, size_t len, json_error_t *why);
/* False, with what is wrong. */
bool body_not_json(const json_error_t *why, struct md_error *);

/* "a string", "an object", … */
const char *body_type_name(const json_t *);
/* A string with a NUL reads, to who knows only strings, as another. */
bool body_has_nul(const json_t *string);
/* A member's string into *out, which is freed before; absent and null leave it
 * as it is. */
bool body_string(const json_t *root, const char *key, char **out,
    struct md_error *);

/* The beginning of text from outside, one printable ASCII character a byte, '?'
 * for what is none: at most size - 1 of its len bytes, and a NUL. */
void body_excerpt(const char *text, size_t len, char *out, size_t size);

/* A row as text for people, to be freed: compact, printable, not too long.
 * Null: out of memory. */
char *body_raw_row(const json_t *row);
/* The same of a row that is no JSON. */
char *body_raw_text(const char *text, size_t len);

#endif
