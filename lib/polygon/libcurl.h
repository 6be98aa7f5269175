/*
 * libcurl, which is loaded when it is first needed.
 */
#ifndef MD_POLYGON_LIBCURL_H
#define MD_POLYGON_LIBCURL_H

#include <stdbool.h>

#include "base/error.h"

/* Before any of its functions is called.  MD_EIO says what is missing.  From
 * any thread, as often as one likes. */
bool libcurl_load(struct md_error *);

#endif
