#include "sys/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static void
forget(struct outfile *o)
{
	free(o->path);
	free(o->temporary);
	memset(o, 0, sizeof(*o));
}

/* mkstemp() makes a private file; give it the mode that a new file gets. */
static bool
usual_mode(int fd)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return fchmod(fd, 0666 & ~mask) == 0;
}

bool
outfile_open(struct outfile *o, const char *path, struct md_error *e)
{
	struct buf b = BUF_INIT;
	struct stat sb;
	int fd;

	memset(o, 0, sizeof(*o));
	o->f = stdout;
	if (path == NULL)
		return true;
	/* A name that a rename would take from a device or a pipe. */
	if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode))
		return md_fail(e, MD_EIO,
		    "%s: cannot be written: not a plain file", path);
	buf_printf(&b, "%s.XXXXXX", path);
	if (!buf_ok(&b) || (o->path = strdup(path)) == NULL) {
		buf_free(&b);
		return md_nomem(e);
	}
	o->temporary = buf_take(&b);
	fd = mkstemp(o->temporary);
	if (fd >= 0 && usual_mode(fd))
		o->f = fdopen(fd, "w");
	else
		o->f = NULL;
	if (o->f != NULL)
		return true;
	(void)md_fail(e, MD_EIO, "%s: cannot be written: %s", path,
	    strerror(errno));
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(o->temporary);
	}
	forget(o);
	return false;
}

bool
outfile_commit(struct outfile *o, bool *gone, struct md_error *e)
{
	bool good;

	*gone = false;
	if (o->path == NULL) {
		if (fflush(stdout) == 0 && !ferror(stdout))
			return true;
		*gone = errno == EPIPE;
		return *gone || md_fail(e, MD_EIO,
				    "standard output: cannot be written: %s",
				    strerror(errno));
	}
	good = fflush(o->f) == 0 && !ferror(o->f) && fsync(fileno(o->f)) == 0;
	good = fclose(o->f) == 0 && good;
	o->f = NULL;
	if (good)
		good = rename(o->temporary, o->path) == 0;
	if (!good) {
		(void)md_fail(e, MD_EIO, "%s: cannot be written: %s", o->path,
		    strerror(errno));
		(void)unlink(o->temporary);
	}
	forget(o);
	return good;
}

void
outfile_abandon(struct outfile *o)
{
	if (o->path != NULL) {
		if (o->f != NULL)
			(void)fclose(o->f);
		(void)unlink(o->temporary);
	}
	forget(o);
}
