/*
 * The calendar for targets that need one: read once, and kept.
 */
#ifndef FUZZ_CALENDAR_H
#define FUZZ_CALENDAR_H

#include "cli/zoneinfo.h"
#include "fuzz.h"

static inline const struct calendar *
calendar_once(void)
{
	static struct calendar *calendar;
	struct md_error e;

	if (calendar == NULL)
		must(zoneinfo_calendar(&calendar, NULL, &e));
	return calendar;
}

#endif
