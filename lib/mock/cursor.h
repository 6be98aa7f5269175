/*
 * Cursors as the mock makes them: a query in base64 that is safe in URLs, so
 * that it looks like nothing and is sent back unchanged.
 */
#ifndef MD_MOCK_CURSOR_H
#define MD_MOCK_CURSOR_H

#include "base/buf.h"

void cursor_encode(struct buf *, const char *text);

/* False when it is not what cursor_encode() makes. */
bool cursor_decode(struct buf *, const char *cursor);

/* Percent-encodes what a path or a query cannot hold; ':' it can. */
void cursor_escape(struct buf *, const char *text);

#endif
