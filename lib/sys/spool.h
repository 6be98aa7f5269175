/*
 * Bytes that are kept aside: the first of them in memory, what does not fit
 * there in a file without a name, which is gone with the program.  Any thread
 * may append; what was appended is read when none does, or, if none of it is in
 * memory, at any time.
 */
#ifndef MD_SYS_SPOOL_H
#define MD_SYS_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct spool;

/* The folder is borrowed; memory: bytes of it.  Null: out of memory. */
struct spool *spool_create(const char *folder, size_t memory);
void spool_destroy(struct spool **);

/* *at is where to read it from.  MD_EUSAGE says what became of the folder;
 * MD_ENOMEM. */
bool spool_append(struct spool *, const void *, size_t len, int64_t *at,
    struct md_error *);
bool spool_read(const struct spool *, int64_t at, void *to, size_t len,
    struct md_error *);

/* Forget all of it; the file's room is given back. */
bool spool_clear(struct spool *, struct md_error *);

/* How many bytes more the folder has room for, about. */
int64_t spool_room(const struct spool *);

#endif
