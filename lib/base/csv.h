/*
 * Writing CSV according to RFC 4180, but with a plain newline: fields are
 * quoted where necessary.  A failed write sticks in the FILE.
 */
#ifndef MD_BASE_CSV_H
#define MD_BASE_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct csv_writer {
	FILE *f;
	bool comma; /* this row has a field already */
};

void csv_start(struct csv_writer *, FILE *);
/* null: empty.  What a spreadsheet would take for a formula, and is no number,
 * begins with an apostrophe, which makes it text there. */
void csv_text(struct csv_writer *, const char *);
void csv_int(struct csv_writer *, int64_t);
void csv_number(struct csv_writer *, double); /* shortest; NaN: empty */
void csv_time(struct csv_writer *, int64_t ms);
void csv_empty(struct csv_writer *);
void csv_end(struct csv_writer *); /* ends the row */

#endif
