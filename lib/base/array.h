/*
 * Growing an array by doubling.
 */
#ifndef MD_BASE_ARRAY_H
#define MD_BASE_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

/*
 * Make room for one more item after the first len of v, whose capacity is *cap
 * items of that size.  Returns v, or its new address if it was full.  Null when
 * out of memory; v and *cap are then unchanged.  A null v with *cap 0 is an
 * empty array.
 */
void *array_room(void *v, size_t len, size_t *cap, size_t size);

/*
 * One more item, zeroed, at the end of a list with members v, len and cap.
 * Null when out of memory; the list is then unchanged.
 */
#define ARRAY_NEXT(l) array_next(&(l)->v, &(l)->len, &(l)->cap, sizeof(*(l)->v))
/* v is the address of the array's pointer, of whatever type. */
void *array_next(void *v, size_t *len, size_t *cap, size_t size);

/*
 * Such a list of a type that owns nothing, with LIST_append() as above, and
 * LIST_free(), which leaves it empty.
 */
#define ARRAY_OF(list, type)                                                   \
	struct list {                                                          \
		type *v;                                                       \
		size_t len, cap;                                               \
	};                                                                     \
	/* NOLINTNEXTLINE(bugprone-macro-parentheses) */                       \
	__attribute__((unused)) static inline type                             \
	    *list##_append(struct list *l)                                     \
	{                                                                      \
		return ARRAY_NEXT(l);                                          \
	}                                                                      \
	__attribute__((unused)) static inline void list##_free(struct list *l) \
	{                                                                      \
		free(l->v);                                                    \
		*l = (struct list){ NULL, 0, 0 };                              \
	}                                                                      \
	struct list

#endif
