/*
 * Is a threshold lost while requests still go out?  Pure.
 */
#ifndef MD_LOAD_ABORT_H
#define MD_LOAD_ABORT_H

#include "load/load.h"

/*
 * What was measured until now, of so many requests that there will be: can the
 * threshold no longer be met, however the rest is answered?
 */
bool load_is_lost(const struct threshold *, const struct load_figures *,
    double seconds, uint64_t planned);

/* The same where nobody knows how many there will be: is it not met by now?
 * Where there is nothing to judge it by, it is. */
bool load_is_missed(const struct threshold *, const struct load_figures *,
    double seconds);

#endif
