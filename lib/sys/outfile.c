#include "sys/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/number.h"

/* As many as Linux follows. */
#define LINKS_MAX 40

static void
forget(struct outfile *o)
{
	free(o->path);
	free(o->name);
	free(o->temporary);
	memset(o, 0, sizeof(*o));
}

static bool
fail(const struct outfile *o, struct md_error *e)
{
	return md_fail(e, MD_EIO, "%s: cannot be written: %s",
	    o->name != NULL ? o->name : "standard output", strerror(errno));
}

/* -- where it goes -- */

/* The descriptor that the path is a name of; -1: of none. */
static int
descriptor_named(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	int64_t fd;

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(folders[i]);

		if (strncmp(path, folders[i], n) == 0 &&
		    number_parse_int(path + n, 0, 1 << 20, &fd))
			return (int)fd;
	}
	return -1;
}

/* What the link at path says, from where that stands; null: errno says why. */
static char *
read_link(const char *path)
{
	struct buf b = BUF_INIT;
	char to[4096];
	ssize_t n = readlink(path, to, sizeof(to) - 1);
	const char *slash = strrchr(path, '/');

	if (n < 0)
		return NULL;
	to[n] = '\0';
	if (to[0] != '/' && slash != NULL)
		buf_append(&b, path, (size_t)(slash + 1 - path));
	buf_puts(&b, to);
	if (buf_ok(&b))
		return buf_take(&b);
	buf_free(&b);
	errno = ENOMEM;
	return NULL;
}

/* Past all links, whether there is something at their end or not; *fd: it is a
 * descriptor's name.  Null: errno says why. */
static char *
follow(const char *path, int *fd)
{
	char *at = strdup(path), *next;
	struct stat sb;

	for (int i = 0; at != NULL; i++) {
		*fd = descriptor_named(at);
		if (*fd >= 0 || lstat(at, &sb) != 0 || !S_ISLNK(sb.st_mode))
			return at;
		if (i == LINKS_MAX)
			errno = ELOOP;
		next = i == LINKS_MAX ? NULL : read_link(at);
		free(at);
		at = next;
	}
	return NULL;
}

/* -- how -- */

/* mkstemp() makes a private file; give it the mode that a new file gets. */
static bool
usual_mode(int fd)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return fchmod(fd, 0666 & ~mask) == 0;
}

/* Mode and owner of what is there; a group that is not ours may be lost with a
 * folder's, an owner not. */
static bool
same_owner(int fd, const struct stat *there)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return false;
	if ((sb.st_uid != there->st_uid || sb.st_gid != there->st_gid) &&
	    fchown(fd, there->st_uid, there->st_gid) != 0)
		return false;
	return fchmod(fd, there->st_mode & 07777) == 0;
}

/* A file beside it that can take its place.  Null: there can be none. */
static FILE *
open_beside(struct outfile *o, const struct stat *there)
{
	struct buf b = BUF_INIT;
	FILE *f = NULL;
	int fd;

	buf_printf(&b, "%s.XXXXXX", o->path);
	if (!buf_ok(&b)) {
		buf_free(&b);
		errno = ENOMEM;
		return NULL;
	}
	o->temporary = buf_take(&b);
	fd = mkstemp(o->temporary);
	if (fd >= 0 && (there != NULL ? same_owner(fd, there) : usual_mode(fd)))
		f = fdopen(fd, "w");
	if (f != NULL)
		return f;
	if (fd >= 0) {
		int why = errno;

		(void)close(fd);
		(void)unlink(o->temporary);
		errno = why;
	}
	free(o->temporary);
	o->temporary = NULL;
	return NULL;
}

/* In its place when its own cannot be: it has no name, and is copied.  For that
 * what is there must be writable. */
static FILE *
open_apart(const struct outfile *o)
{
	return access(o->path, W_OK) == 0 ? tmpfile() : NULL;
}

/* Written at once: there is nothing to be replaced. */
static FILE *
open_straight(struct outfile *o, int fd)
{
	free(o->path);
	o->path = NULL;
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static FILE *
open_at(struct outfile *o, int fd)
{
	struct stat sb;
	FILE *f;

	if (fd >= 0)
		return open_straight(o, dup(fd));
	if (stat(o->path, &sb) != 0)
		return open_beside(o, NULL);
	if (!S_ISREG(sb.st_mode))
		return open_straight(o,
		    open(o->path, O_WRONLY | O_NOCTTY | O_CLOEXEC));
	f = sb.st_nlink == 1 ? open_beside(o, &sb) : NULL;
	return f != NULL ? f : open_apart(o);
}

bool
outfile_open(struct outfile *o, const char *path, struct md_error *e)
{
	int fd = -1;

	memset(o, 0, sizeof(*o));
	o->f = stdout;
	if (path == NULL)
		return true;
	o->name = strdup(path);
	o->path = o->name == NULL ? NULL : follow(path, &fd);
	o->f = o->path == NULL ? NULL : open_at(o, fd);
	if (o->f != NULL)
		return true;
	(void)fail(o, e);
	forget(o);
	return false;
}

/* -- the end -- */

/* Into the file that is there: its owner, mode and names stay. */
static bool
copy_into(FILE *from, const char *path)
{
	char chunk[65536];
	int to = open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
	bool good = to >= 0 && fseek(from, 0, SEEK_SET) == 0;
	size_t n, done;

	while (good && (n = fread(chunk, 1, sizeof(chunk), from)) > 0)
		for (done = 0; good && done < n;) {
			ssize_t k = write(to, chunk + done, n - done);

			if (k > 0)
				done += (size_t)k;
			else
				good = k < 0 && errno == EINTR;
		}
	good = good && !ferror(from) && fsync(to) == 0;
	if (to >= 0)
		good = close(to) == 0 && good;
	return good;
}

static bool
commit_stream(struct outfile *o, bool *gone, struct md_error *e)
{
	bool good = fflush(o->f) == 0 && !ferror(o->f);

	*gone = !good && errno == EPIPE;
	good = good || *gone || fail(o, e);
	if (o->f != stdout && fclose(o->f) != 0 && good && !*gone)
		good = fail(o, e);
	forget(o);
	return good;
}

bool
outfile_commit(struct outfile *o, bool *gone, struct md_error *e)
{
	bool good;

	*gone = false;
	if (o->path == NULL)
		return commit_stream(o, gone, e);
	good = fflush(o->f) == 0 && !ferror(o->f);
	if (o->temporary == NULL)
		good = good && copy_into(o->f, o->path);
	else
		good = good && fsync(fileno(o->f)) == 0;
	good = fclose(o->f) == 0 && good;
	o->f = NULL;
	if (o->temporary != NULL)
		good = good && rename(o->temporary, o->path) == 0;
	if (!good) {
		(void)fail(o, e);
		if (o->temporary != NULL)
			(void)unlink(o->temporary);
	}
	forget(o);
	return good;
}

void
outfile_abandon(struct outfile *o)
{
	if (o->f != NULL && o->f != stdout)
		(void)fclose(o->f);
	if (o->temporary != NULL)
		(void)unlink(o->temporary);
	forget(o);
}
