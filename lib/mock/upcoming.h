/*
 * Closures and early closes that mdmock announces though its calendar does not
 * know of them.
 */
#ifndef MD_MOCK_UPCOMING_H
#define MD_MOCK_UPCOMING_H

#include "base/array.h"
#include "base/error.h"
#include "base/mdtime.h"

struct mock_closure {
	md_date date;
	char name[64];
	int64_t close_clock_ms; /* in New York, ms after midnight; 0: all day */
};

ARRAY_OF(mock_closures, struct mock_closure);

/* DIR/upcoming.csv: date,name,close, where close is HH:MM in New York, or empty
 * for a whole day.  Without the file there are none. */
bool mock_closures_read(struct mock_closures *, const char *dir,
    struct md_error *);

#endif
