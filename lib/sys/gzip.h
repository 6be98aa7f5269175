/*
 * Compressing answers.
 */
#ifndef MD_SYS_GZIP_H
#define MD_SYS_GZIP_H

#include "base/buf.h"

/* Replaces the buffer's bytes by their gzip, at a fast level.  False when out
 * of memory; the bytes are then unchanged. */
bool gzip_buf(struct buf *);

#endif
