/*
 * Compressing what is sent.
 */
#ifndef MD_SYS_GZIP_H
#define MD_SYS_GZIP_H

#include "base/buf.h"

/* The buffer's bytes become a gzip file of them, fast rather than small.
 * False, and they are as they were, when memory ran out. */
bool gzip_buf(struct buf *);

#endif
