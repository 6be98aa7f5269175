/*
 * Finding a row of a table by its name.
 */
#ifndef MD_BASE_NAME_H
#define MD_BASE_NAME_H

#include <stddef.h>
#include <string.h>

/*
 * The place of the row whose name is the first len bytes of s; -1 if there is
 * none.  A row begins with its name, or is nothing else.
 */
int name_find(const void *rows, size_t n, size_t size, const char *s,
    size_t len);

#define NAME_FIND_N(rows, s, len)                                              \
	name_find((rows), sizeof(rows) / sizeof((rows)[0]), sizeof((rows)[0]), \
	    (s), (len))
#define NAME_FIND(rows, s) NAME_FIND_N(rows, (s), strlen(s))

#endif
