/*
 * Growing an array by doubling.
 */
#ifndef MD_BASE_ARRAY_H
#define MD_BASE_ARRAY_H

#include <stddef.h>

/*
 * Room for one item more after the first len of v, whose capacity is *cap
 * items of that size: v itself or, when it was full, where its items are now.
 * Null when memory ran out; then v and *cap are as they were.  A null v with
 * *cap 0 is an empty array.
 */
void *array_room(void *v, size_t len, size_t *cap, size_t size);

#endif
