/*
 * Days for which the vendor tells other hours than the calendar's rules have,
 * and how they correct it.  Pure.
 */
#ifndef MD_MARKET_CLOSURE_H
#define MD_MARKET_CLOSURE_H

#include "base/array.h"
#include "market/calendar.h"

enum closure_kind {
	CLOSURE_CLOSED,   /* all day */
	CLOSURE_EARLY,    /* from 09:30 to the time given */
	CLOSURE_UNLISTED, /* a holiday that the vendor does not name: that
			   * changes nothing */
	CLOSURE_KINDS
};

/* "closed", "early", "unlisted" */
const char *closure_kind_name(enum closure_kind);
bool closure_kind_parse(const char *, enum closure_kind *out);

struct closure {
	md_date date;
	enum closure_kind kind;
	int64_t close_clock_ms;        /* of CLOSURE_EARLY: in New York, after
					* midnight; else 0 */
	char name[CALENDAR_NAME_SIZE]; /* printable; may be "" */
	int64_t told_ms;    /* first told as it is; 0: not kept yet */
	char base_url[512]; /* of the API that told; "" likewise */
};

ARRAY_OF(closures, struct closure);

/* Do the calendar's rules have the day otherwise? */
bool closure_corrects(const struct closure *);

/* Of the same day, is the same told? */
bool closure_same(const struct closure *, const struct closure *);

/* Of that date; null: there is none.  They are ascending by date. */
const struct closure *closures_find(const struct closures *, md_date);

/*
 * Correct by them what the configuration leaves to the calendar: its own
 * changes stay as they are.  What there is no room for is left out.
 */
void closures_correct(const struct closures *, struct calendar_changes *);

/* "closed", "closes at 13:00", "a holiday here that the vendor does not name"
 */
#define CLOSURE_WORDS 64
void closure_words(const struct closure *, char out[static CLOSURE_WORDS]);

#endif
