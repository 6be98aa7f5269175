/*
 * The configuration's "calendar": days on which the exchange keeps other hours
 * than the built-in calendar says.
 */
#ifndef MD_CLI_CALENDAR_OPTIONS_H
#define MD_CLI_CALENDAR_OPTIONS_H

#include "cli/options.h"
#include "market/calendar_changes.h"

/* Rows for the member, a struct calendar_changes, of the settings. */
#define CALENDAR_KEYS(type, member)                                            \
	OPTION_KEY("calendar.closed", OPTION_OWN, OPTION_AT(type, member),     \
	    .min = DAY_CLOSED, .take = calendar_take_day),                     \
	    OPTION_KEY("calendar.open", OPTION_OWN, OPTION_AT(type, member),   \
		.min = DAY_OPEN, .take = calendar_take_day),                   \
	    OPTION_KEY("calendar.early", OPTION_OWN, OPTION_AT(type, member),  \
		.min = DAY_EARLY, .take = calendar_take_early)

option_take calendar_take_day, calendar_take_early;

#endif
