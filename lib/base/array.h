/*
 * Growing an array by doubling.
 */
#ifndef MD_BASE_ARRAY_H
#define MD_BASE_ARRAY_H

#include <stddef.h>

/*
 * Make room for one more item after the first len of v, whose capacity is *cap
 * items of that size.  Returns v, or its new address if it was full.  Null when
 * out of memory; v and *cap are then unchanged.  A null v with *cap 0 is an
 * empty array.
 */
void *array_room(void *v, size_t len, size_t *cap, size_t size);

#endif
