/*
 * What the fuzz targets share: an input cut into pieces, a file that holds it,
 * and claims about what was made of it, which end the program when they do not
 * hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* The target: always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define must(claim)                                                            \
	((claim) ? (void)0 : fuzz_broken(#claim, __FILE__, __LINE__))

_Noreturn static inline void
fuzz_broken(const char *claim, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
	abort();
}

/* What failed says what, and in text that ends. */
static inline void
must_tell(const struct md_error *e)
{
	must(e->code != MD_OK);
	must(e->text[0] != '\0');
	must(memchr(e->text, '\0', sizeof(e->text)) != NULL);
}

struct input {
	const uint8_t *at;
	size_t left;
};

/* 0 once it has ended. */
static inline unsigned
input_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

/* The same of so many bytes, up to 8, the lowest first. */
static inline uint64_t
input_bytes(struct input *in, int n)
{
	uint64_t x = 0;

	for (int i = 0; i < n; i++)
		x |= (uint64_t)input_byte(in) << (8 * i);
	return x;
}

/* The rest, with a NUL; the caller frees it. */
static inline char *
input_rest(struct input *in)
{
	char *text = malloc(in->left + 1);

	must(text != NULL);
	if (in->left > 0)
		memcpy(text, in->at, in->left);
	text[in->left] = '\0';
	in->at += in->left;
	in->left = 0;
	return text;
}

/* The next line, without its end; null: there is none. */
static inline char *
input_line(struct input *in)
{
	const uint8_t *end =
	    in->left == 0 ? NULL : memchr(in->at, '\n', in->left);
	struct input line = { in->at,
		end == NULL ? in->left : (size_t)(end - in->at) };
	size_t taken = end == NULL ? line.left : line.left + 1;

	if (in->left == 0)
		return NULL;
	in->at += taken;
	in->left -= taken;
	return input_rest(&line);
}

/* The path of a file that holds these bytes until the next call. */
static inline const char *
fuzz_file(const void *bytes, size_t n)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		char name[] = "/tmp/mdkit-fuzz.XXXXXX";

		fd = mkstemp(name);
		must(fd >= 0);
		must(unlink(name) == 0);
		(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	}
	must(ftruncate(fd, 0) == 0);
	must(pwrite(fd, bytes, n, 0) == (ssize_t)n);
	return path;
}

#endif
