/*
 * FNV-1a of 64 bits: a quick hash, none against those who choose the text.
 */
#ifndef MD_BASE_HASH_H
#define MD_BASE_HASH_H

#include <stdint.h>

#define HASH_EMPTY UINT64_C(0xcbf29ce484222325) /* of the empty text */

/* Continues with a byte, or with any number that stands for one. */
static inline uint64_t
hash_number(uint64_t h, uint64_t n)
{
	return (h ^ n) * UINT64_C(0x100000001b3);
}

/* The hash of what h is of, followed by s. */
static inline uint64_t
hash_text(uint64_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = hash_number(h, (unsigned char)*s);
	return h;
}

#endif
