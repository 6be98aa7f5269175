/*
 * Why a transfer of libcurl's failed, in words, and whether another try may
 * help.
 */
#ifndef MD_POLYGON_FAILURE_H
#define MD_POLYGON_FAILURE_H

#include "base/error.h"
#include "polygon/trust.h"

/* rc: its CURLcode; why: libcurl's own words; base: the URL that was asked;
 * trust: null is the system's.  MD_ENET: a retry may help; MD_ETLS, MD_EUSAGE
 * (the proxy): it will not. */
void failure_tell(int rc, const char *why, const char *base,
    const struct trust *, struct md_error *);

#endif
