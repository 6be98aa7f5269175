/*
 * Writing JSON as it comes: no tree, numbers shortest, a comma where one is
 * due.  A failed write sticks in the FILE and shows when it is flushed.
 *
 * Names that jansson has (json_object, json_integer, …) are not ours to take:
 * a program is linked with both, and would give jansson ours.
 */
#ifndef MD_BASE_JSON_H
#define MD_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
	FILE *f;
	bool comma;     /* something came before at this level */
	unsigned depth; /* for indentation; levels past 1 stay on one line */
	bool line;      /* all of it does */
};

void json_start(struct json_writer *, FILE *);
/* The same, for a document that is one line. */
void json_start_line(struct json_writer *, FILE *);
/* Ends the document with a newline. */
void json_finish(struct json_writer *);

/* Members of an object take a key, elements of an array (and the document)
 * a null one. */
void json_object_begin(struct json_writer *, const char *key);
void json_object_end(struct json_writer *);
void json_array_begin(struct json_writer *, const char *key);
void json_array_end(struct json_writer *);
void json_text(struct json_writer *, const char *key,
    const char *); /* or null */
void json_int(struct json_writer *, const char *key, int64_t);
void json_number(struct json_writer *, const char *key, double); /* NaN: null */
void json_bool(struct json_writer *, const char *key, bool);
void json_null_value(struct json_writer *, const char *key);

/* The text between quotes, escaped; bytes that are not UTF-8 are U+FFFD. */
void json_escape(FILE *, const char *);

#endif
