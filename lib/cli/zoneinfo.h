/*
 * The calendar with the time zone data of this system.
 */
#ifndef MD_CLI_ZONEINFO_H
#define MD_CLI_ZONEINFO_H

#include "market/calendar.h"

/* The zone in that file.  MD_EIO names the file and what is wrong with it. */
bool zoneinfo_read(struct zone **out, const char *path, struct md_error *);

/*
 * The zone of that name ("Europe/Berlin"), or this system's ("local").
 * MD_EUSAGE if it is no name of one; MD_EIO.
 */
bool zoneinfo_zone(struct zone **out, const char *name, struct md_error *);

/*
 * The calendar by the zone America/New_York of the folder, or of the usual
 * places when that is null.  MD_EIO names the file that is missing or broken.
 */
bool zoneinfo_calendar(struct calendar **out, const char *folder,
    struct md_error *);

/* The same from the usual places, with the user's changes: what programs use.
 */
bool zoneinfo_calendar_changed(struct calendar **out,
    const struct calendar_changes *, struct md_error *);

#endif
