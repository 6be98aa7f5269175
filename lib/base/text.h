/*
 * What other systems put around a text file: a byte order mark before it, a
 * final 0x1A (the end of file of CP/M and of some editors since) after it.
 */
#ifndef MD_BASE_TEXT_H
#define MD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of UTF-8's byte order mark at the beginning: 3 or 0. */
size_t text_mark(const char *text, size_t len);

/* Does it begin with the byte order mark of UTF-16 or UTF-32? */
bool text_is_wide(const char *text, size_t len);

/* Take the mark and the final 0x1A off; the text stays where it is, and is
 * still terminated.  Returns its length. */
size_t text_unwrap(char *text, size_t len);

#endif
