/*
 * A growable byte buffer whose failure sticks: append as often as you like,
 * ask buf_ok() once at the end.  data is always NUL-terminated once anything
 * was appended; len does not count that NUL.
 */
#ifndef MD_BASE_BUF_H
#define MD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	bool failed; /* memory ran out; what came after is missing */
};

#define BUF_INIT                                                               \
	{                                                                      \
		NULL, 0, 0, false                                              \
	}

/* Room for n more bytes and a NUL; false (and sticky) when memory ran out. */
bool buf_reserve(struct buf *, size_t n);
void buf_append(struct buf *, const void *bytes, size_t n);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool buf_ok(const struct buf *);

/* The text so far; "" when nothing was appended.  Borrowed. */
const char *buf_str(const struct buf *);

/* Forget the contents, keep the memory. */
void buf_clear(struct buf *);

/* Hand the bytes to the caller, who frees them; the buffer is empty again. */
char *buf_take(struct buf *);
void buf_free(struct buf *);

#endif
