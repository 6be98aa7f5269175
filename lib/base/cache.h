/*
 * A cache of values by name, with a limit in bytes; the least recently used
 * value is evicted first.  May be used by several threads.  The user defines
 * what a value is and how it is reference-counted.
 */
#ifndef MD_BASE_CACHE_H
#define MD_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cache_kind {
	void (*hold)(void *value); /* both are called from any thread */
	void (*release)(void *value);
	/* Is the kept value preferred to another one of the same name? */
	bool (*stays)(const void *kept, const void *other);
};

struct cache;

/* With bytes 0 it keeps nothing.  The kind is borrowed. */
bool cache_create(struct cache **, const struct cache_kind *, size_t bytes,
    struct md_error *);
void cache_destroy(struct cache **);

/* A reference for the caller to release; null if there is no such value. */
void *cache_get(struct cache *, const char *name);

/* How many values it keeps, and what they take. */
void cache_look(struct cache *, size_t *values, size_t *bytes);

/* What an allocation of so many bytes takes, with what the allocator adds. */
size_t cache_cost(size_t bytes);

/* Takes its own reference, if there is room; bytes is what the value takes:
 * the sum of cache_cost() of its allocations. */
void cache_put(struct cache *, const char *name, void *value, size_t bytes);

#endif
