/*
 * The mock's cursors: a query in URL-safe base64, so that clients see an opaque
 * text and send it back unchanged.
 */
#ifndef MD_MOCK_CURSOR_H
#define MD_MOCK_CURSOR_H

#include "base/buf.h"

void cursor_encode(struct buf *, const char *text);

/* False if it was not made by cursor_encode(). */
bool cursor_decode(struct buf *, const char *cursor);

/* Percent-encodes what a path or a query cannot contain; ':' is kept. */
void cursor_escape(struct buf *, const char *text);

#endif
