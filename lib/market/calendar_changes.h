/*
 * Days on which the exchange keeps other hours than its rules say: what
 * somebody knows better than the built-in calendar.  Pure.
 */
#ifndef MD_MARKET_CALENDAR_CHANGES_H
#define MD_MARKET_CALENDAR_CHANGES_H

#include "base/error.h"
#include "market/holidays.h"

enum day_change {
	DAY_CLOSED, /* all day */
	DAY_OPEN,   /* for regular hours, also on a holiday or a weekend */
	DAY_EARLY,  /* from 09:30 to the time given */
};

/* Of a name that a day is told by, with its NUL. */
#define CALENDAR_NAME_SIZE 64

struct calendar_change {
	md_date date;
	enum day_change kind;
	int64_t close_clock_ms; /* of DAY_EARLY: wall-clock time in New York,
				 * ms after midnight */
};

#define CALENDAR_CHANGES_MAX 400
#define CALENDAR_TOLD_MAX    100

struct calendar_changes {
	struct calendar_change v[CALENDAR_CHANGES_MAX]; /* ascending by date */
	size_t len;

	/* Those of the vendor, and why; the others are the configuration's. */
	struct {
		md_date date;
		char name[CALENDAR_NAME_SIZE]; /* may be "" */
	} told[CALENDAR_TOLD_MAX];

	size_t told_len;
};

/* MD_EUSAGE: the date is outside 1990 to 2100 or has a change already, the time
 * is not within regular hours, or there are too many. */
bool calendar_changes_add(struct calendar_changes *,
    const struct calendar_change *, struct md_error *);

/* The same for one that the vendor tells, by that name. */
bool calendar_changes_tell(struct calendar_changes *,
    const struct calendar_change *, const char *name, struct md_error *);

/* Has that date a change?  (Changes that are null are none.) */
bool calendar_changes_have(const struct calendar_changes *, md_date);

/* Who says how that day is. */
enum day_source { DAY_BY_RULE, DAY_CONFIGURED, DAY_TOLD };
enum day_source calendar_changes_source(const struct calendar_changes *,
    md_date);

/* The exchange's day by the rules and the changes, whose the text may be. */
struct nyse_day calendar_changes_day(const struct calendar_changes *, md_date);

#endif
