/*
 * The calendar as the vendor has corrected it: with the closures and early
 * closes that the store holds, but for those days that the configuration has
 * changed itself.
 */
#ifndef MD_REPORT_CORRECTED_H
#define MD_REPORT_CORRECTED_H

#include "market/calendar.h"
#include "market/closure.h"
#include "store/store.h"

/* *out is the caller's, or null where nothing is to be corrected; own: the
 * configuration's, or null. */
bool corrected_by(struct calendar **out, const struct closures *told,
    const struct calendar_changes *own, struct md_error *);

/* The same by those that the store holds. */
bool corrected_calendar(struct calendar **out, struct store *,
    const struct calendar_changes *own, struct md_error *);

/* Open the store that a report is about, to read it; *corrected as above.
 * MD_ESTORE: there is none. */
bool corrected_store_open(const char *db, const struct calendar_changes *own,
    struct store **, struct calendar **corrected, struct md_error *);

#endif
