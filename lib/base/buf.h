/*
 * A growable byte buffer with a sticky failure: append as often as you like,
 * and check buf_ok() once at the end.  After the first append data is always
 * NUL-terminated; len does not count that NUL.
 */
#ifndef MD_BASE_BUF_H
#define MD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	bool failed; /* out of memory; later appends are missing */
};

#define BUF_INIT                                                               \
	{                                                                      \
		NULL, 0, 0, false                                              \
	}

/* Make room for n more bytes and a NUL; false (and sticky) if out of memory. */
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
