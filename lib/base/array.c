#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 16

void *
array_room(void *v, size_t len, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? FIRST : *cap * 2;

	if (len < *cap)
		return v;
	v = realloc(v, want * size);
	if (v != NULL)
		*cap = want;
	return v;
}

void *
array_next(void *v, size_t *len, size_t *cap, size_t size)
{
	char *items;

	memcpy(&items, v, sizeof(items));
	items = array_room(items, *len, cap, size);
	if (items == NULL)
		return NULL;
	memcpy(v, &items, sizeof(items));
	return memset(items + (*len)++ * size, 0, size);
}
