/*
 * A folder as a bucket of S3: its plain files are the objects, their paths the
 * keys.  What stands in it may change at any time.
 */
#ifndef MD_MOCK_OBJECTS_H
#define MD_MOCK_OBJECTS_H

#include <stdint.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"

#define OBJECT_KEY_MAX  512 /* with its NUL */
#define OBJECT_ETAG_MAX 33

struct object {
	char key[OBJECT_KEY_MAX];
	char etag[OBJECT_ETAG_MAX]; /* 32 digits, without quotes */
	int64_t size, changed_ms;
};

ARRAY_OF(objects, struct object);

/* Those whose keys begin with the prefix, by key.  Names that begin with a dot
 * are passed over.  MD_EIO, MD_ENOMEM. */
bool objects_list(const char *dir, const char *prefix, struct objects *out,
    struct md_error *);

/* MD_EABSENT: there is none. */
bool object_find(const char *dir, const char *key, struct object *out,
    struct md_error *);

/* Its bytes from one on, so many at most.  MD_EABSENT, MD_EIO, MD_ENOMEM. */
bool object_read(const char *dir, const char *key, int64_t from, int64_t len,
    struct buf *out, struct md_error *);

/* A tag of bytes as they come, from HASH_EMPTY on. */
uint64_t object_tag_add(uint64_t, const void *bytes, size_t len);
void object_tag_put(uint64_t, char out[OBJECT_ETAG_MAX]);

/* The tag of an object that has these bytes. */
void object_tag(const void *bytes, size_t len, char out[OBJECT_ETAG_MAX]);

#endif
