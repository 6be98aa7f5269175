/*
 * Writing CSV as RFC 4180 has it, but with a plain newline: a field that
 * needs quotes gets them.  A failed write sticks in the FILE.
 */
#ifndef MD_BASE_CSV_H
#define MD_BASE_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct csv_writer {
	FILE *f;
	bool comma; /* a field came before in this row */
};

void csv_start(struct csv_writer *, FILE *);
void csv_text(struct csv_writer *, const char *); /* or null: empty */
void csv_int(struct csv_writer *, int64_t);
void csv_number(struct csv_writer *, double); /* shortest; NaN: empty */
void csv_time(struct csv_writer *, int64_t ms);
void csv_empty(struct csv_writer *);
void csv_end(struct csv_writer *); /* of a row */

#endif
