/*
 * Answers kept ready to send, by name, within a bound of bytes; what was not
 * asked for longest goes first.  Used by several threads.
 */
#ifndef MD_MOCK_CACHE_H
#define MD_MOCK_CACHE_H

#include <stdint.h>

#include "httpd.h"

struct cache;

/* bytes 0: keeps nothing. */
bool cache_create(struct cache **out, size_t bytes, struct md_error *);
void cache_destroy(struct cache **);

/* Held for the caller, who releases it; null when it is not there. */
struct httpd_body *cache_get(struct cache *, const char *name);

/* Keeps another hold of the body, if it can. */
void cache_put(struct cache *, const char *name, struct httpd_body *);

/* FNV-1a. */
uint64_t cache_hash(const char *);

#endif
