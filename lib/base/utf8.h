/*
 * What is well-formed UTF-8.
 */
#ifndef MD_BASE_UTF8_H
#define MD_BASE_UTF8_H

#include <stddef.h>

/*
 * Bytes of the character at s, 1 at the end of the text; 0 when there is none:
 * texts are the vendor's words, cut where they did not fit.
 */
size_t utf8_length(const unsigned char *s);

#endif
