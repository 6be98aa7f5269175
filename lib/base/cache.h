/*
 * Values kept by name within a bound of bytes; what was not asked for longest
 * goes first.  Used by several threads.  What a value is and how it is held is
 * the user's.
 */
#ifndef MD_BASE_CACHE_H
#define MD_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cache_kind {
	void (*hold)(void *value); /* both from any thread */
	void (*release)(void *value);
	/* Does the one that is kept stay when another of its name comes? */
	bool (*stays)(const void *kept, const void *other);
};

struct cache;

/* bytes 0: keeps nothing.  The kind is borrowed. */
bool cache_create(struct cache **, const struct cache_kind *, size_t bytes,
    struct md_error *);
void cache_destroy(struct cache **);

/* Held for the caller, who releases it; null when there is none. */
void *cache_get(struct cache *, const char *name);

/* Keeps a hold of its own, if it can; bytes is the value's size. */
void cache_put(struct cache *, const char *name, void *value, size_t bytes);

/* FNV-1a. */
uint64_t cache_hash(const char *);

#endif
