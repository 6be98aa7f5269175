#include "base/name.h"

int
name_find(const void *rows, size_t n, size_t size, const char *s, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *name =
		    (const void *)((const char *)rows + i * size);

		if (strlen(*name) == len && memcmp(*name, s, len) == 0)
			return (int)i;
	}
	return -1;
}
