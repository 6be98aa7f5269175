#include "sys/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FIRST_BYTES 65536

struct spool {
	pthread_mutex_t mutex;
	const char *folder;
	char *memory;
	size_t len, cap, most;
	int fd;        /* -1: not yet */
	int64_t filed; /* bytes in the file; these are behind those in memory */
};

struct spool *
spool_create(const char *folder, size_t memory)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	(void)pthread_mutex_init(&s->mutex, NULL);
	s->folder = folder;
	s->most = memory;
	s->fd = -1;
	return s;
}

void
spool_destroy(struct spool **sp)
{
	struct spool *s = *sp;

	if (s == NULL)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	(void)pthread_mutex_destroy(&s->mutex);
	free(s->memory);
	free(s);
	*sp = NULL;
}

static bool
fail(const struct spool *s, struct md_error *e)
{
	return md_fail(e, MD_EUSAGE,
	    "rows cannot be kept aside in %.200s: %s; TMPDIR names a folder "
	    "with room",
	    s->folder, strerror(errno));
}

static bool
open_file(struct spool *s, struct md_error *e)
{
	char path[1024];
	int n = snprintf(path, sizeof(path), "%s/mdkit.XXXXXX", s->folder);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return fail(s, e);
	}
	s->fd = mkstemp(path);
	if (s->fd < 0)
		return fail(s, e);
	if (unlink(path) != 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail(s, e);
	return true;
}

static bool
write_file(struct spool *s, const char *bytes, size_t len, struct md_error *e)
{
	if (s->fd < 0 && !open_file(s, e))
		return false;
	while (len > 0) {
		ssize_t n = pwrite(s->fd, bytes, len, (off_t)s->filed);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(s, e);
		bytes += n;
		len -= (size_t)n;
		s->filed += n;
	}
	return true;
}

/* Room in memory for so many bytes, of which there are no more than most. */
static bool
make_room(struct spool *s, size_t len)
{
	size_t cap = s->cap > 0 ? s->cap : FIRST_BYTES;
	char *p;

	while (cap < s->len + len)
		cap *= 2;
	cap = cap > s->most ? s->most : cap;
	if (cap <= s->cap)
		return true;
	p = realloc(s->memory, cap);
	if (p == NULL)
		return false;
	s->memory = p;
	s->cap = cap;
	return true;
}

static bool
append(struct spool *s, const void *bytes, size_t len, int64_t *at,
    struct md_error *e)
{
	if (s->filed > 0 || len > s->most - s->len) {
		*at = (int64_t)s->most + s->filed;
		return write_file(s, bytes, len, e);
	}
	if (!make_room(s, len))
		return md_nomem(e);
	*at = (int64_t)s->len;
	if (len > 0)
		memcpy(s->memory + s->len, bytes, len);
	s->len += len;
	return true;
}

bool
spool_append(struct spool *s, const void *bytes, size_t len, int64_t *at,
    struct md_error *e)
{
	bool good;

	(void)pthread_mutex_lock(&s->mutex);
	good = append(s, bytes, len, at, e);
	(void)pthread_mutex_unlock(&s->mutex);
	return good;
}

bool
spool_read(const struct spool *s, int64_t at, void *to, size_t len,
    struct md_error *e)
{
	char *p = to;

	if (at < (int64_t)s->most) {
		memcpy(p, s->memory + at, len);
		return true;
	}
	at -= (int64_t)s->most;
	while (len > 0) {
		ssize_t n = pread(s->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return fail(s, e);
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
spool_clear(struct spool *s, struct md_error *e)
{
	s->len = 0;
	s->filed = 0;
	return s->fd < 0 || ftruncate(s->fd, 0) == 0 || fail(s, e);
}

int64_t
spool_room(const struct spool *s)
{
	struct statvfs v;

	if (statvfs(s->folder, &v) != 0)
		return 0;
	return (int64_t)((double)v.f_bavail * (double)v.f_frsize);
}
