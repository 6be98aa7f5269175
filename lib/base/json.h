/*
 * Writing JSON as a stream: no tree, shortest numbers, commas in the right
 * places.  A failed write sticks in the FILE and shows when it is flushed, or
 * in the buffer.
 *
 * Do not use names that jansson has (json_object, json_integer, …): programs
 * are linked with both, and jansson would call ours.
 */
#ifndef MD_BASE_JSON_H
#define MD_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

struct json_writer {
	FILE *f;
	struct buf *b;  /* or null */
	bool comma;     /* this level has a value already */
	unsigned depth; /* for indentation; levels past 1 stay on one line */
	bool line;      /* the whole document is one line */
	bool dense;     /* no white space but what is asked for */
	bool broken;    /* the next value is on a new line */
};

void json_start(struct json_writer *, FILE *);
/* The same, for a document that is one line. */
void json_start_line(struct json_writer *, FILE *);
/* The same, in memory and without white space: for what is sent. */
void json_start_dense(struct json_writer *, struct buf *);
/* Ends the document with a newline. */
void json_finish(struct json_writer *);

/* Members of an object have a key; for elements of an array, and for the
 * document itself, it is null. */
void json_object_begin(struct json_writer *, const char *key);
void json_object_end(struct json_writer *);
void json_array_begin(struct json_writer *, const char *key);
void json_array_end(struct json_writer *);
void json_text(struct json_writer *, const char *key,
    const char *); /* or null */
void json_int(struct json_writer *, const char *key, int64_t);
void json_number(struct json_writer *, const char *key, double); /* NaN: null */
void json_bool(struct json_writer *, const char *key, bool);
/* A moment as text; null if it is not known, or, of json_time(), 0. */
void json_time(struct json_writer *, const char *key, int64_t ms);
void json_time_known(struct json_writer *, const char *key, bool known,
    int64_t ms);
void json_null_value(struct json_writer *, const char *key);

/* The next value begins a line, in a dense document too. */
void json_break(struct json_writer *);
/* In an array: elements that are JSON already, with the commas between them. */
void json_elements(struct json_writer *, const char *, size_t len);

/* The text between quotes, escaped; bytes that are not UTF-8 are U+FFFD. */
void json_escape(FILE *, const char *);

#endif
