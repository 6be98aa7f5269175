/*
 * What mdmock says of the names that companies had.
 */
#ifndef MD_MOCK_EVENTS_H
#define MD_MOCK_EVENTS_H

#include "base/array.h"
#include "base/error.h"
#include "base/mdtime.h"
#include "market/symbol.h"

/* On that day a ticker took the place of another. */
struct mock_event {
	char ticker[SYMBOL_MAX], was[SYMBOL_MAX];
	md_date date;
};

ARRAY_OF(mock_events, struct mock_event);

/* DIR/events.csv: ticker,date,was.  Without the file there are none. */
bool mock_events_read(struct mock_events *, const char *dir, struct md_error *);

#endif
