#include "sys/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

bool
key_check(const char *key, struct md_error *e)
{
	size_t n = strlen(key);

	if (n == 0 || n >= KEY_MAX)
		return md_fail(e, MD_EKEY,
		    "the API key is empty or longer than %d bytes",
		    KEY_MAX - 1);
	for (size_t i = 0; i < n; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return md_fail(e, MD_EKEY,
			    "the API key holds a blank or a character that no "
			    "key has");
	return true;
}

static bool
is_mounted_readonly(int fd)
{
	struct statvfs vfs;

	return fstatvfs(fd, &vfs) == 0 && (vfs.f_flag & ST_RDONLY) != 0;
}

/*
 * Nobody else may read it; but where it is not ours to chmod, as a secret that
 * Kubernetes mounts, its group may, by which we do.
 */
static bool
private_file(int fd, const char *path, struct md_error *e)
{
	mode_t others = S_IRWXG | S_IRWXO;
	struct stat sb;

	if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode))
		return md_fail(e, MD_EKEY, "key file %s: not a plain file",
		    path);
	if (sb.st_uid != geteuid())
		others &= ~(mode_t)S_IRGRP;
	if ((sb.st_mode & others) == 0)
		return true;
	if (sb.st_uid == geteuid() && !is_mounted_readonly(fd))
		return md_fail(e, MD_EKEY,
		    "key file %s: others may read it; run: chmod 600 %s", path,
		    path);
	return md_fail(e, MD_EKEY,
	    "key file %s: others may read it, and it is not ours to change: "
	    "mount it with mode 0440 at most (Kubernetes: defaultMode), or set "
	    "POLYGON_API_KEY",
	    path);
}

/* Its first line, as other systems write it, too. */
static bool
first_line(char *text, size_t len, const char *path, struct md_error *e)
{
	if (text_is_wide(text, len))
		return md_fail(e, MD_EKEY,
		    "key file %s: is UTF-16 or UTF-32: save it as UTF-8", path);
	if (len == 0)
		return md_fail(e, MD_EKEY, "key file %s: is empty", path);
	len = text_unwrap(text, len);
	if (memchr(text, '\0', len) != NULL)
		return md_fail(e, MD_EKEY,
		    "key file %s: a NUL in it: if that is UTF-16, save it as "
		    "UTF-8",
		    path);
	text[strcspn(text, "\r\n")] = '\0';
	/* A part of a key is none. */
	if (strlen(text) >= KEY_MAX)
		return md_fail(e, MD_EKEY,
		    "key file %s: its first line is longer than %d bytes", path,
		    KEY_MAX - 1);
	return true;
}

bool
key_read(const char *path, char key[KEY_MAX], struct md_error *e)
{
	/* A pipe, whose writer may never come, is not waited for. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[KEY_MAX + 16];
	size_t len = 0;
	ssize_t n = 1;
	bool good;

	if (fd < 0)
		return md_fail(e, MD_EKEY, "key file %s: %s", path,
		    strerror(errno));
	good = private_file(fd, path, e);
	while (good && n > 0 && len < sizeof(text) - 1) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			good = md_fail(e, MD_EKEY, "key file %s: %s", path,
			    strerror(errno));
		else if (n < 0)
			n = 1;
	}
	(void)close(fd);
	text[len] = '\0';
	good = good && first_line(text, len, path, e);
	if (good)
		memcpy(key, text, strlen(text) + 1);
	secret_wipe(text, sizeof(text));
	if (!good)
		return false;
	return key_check(key, e) || md_context(e, "key file %s", path);
}

bool
key_find(const char *file, char *(*env)(const char *), char key[KEY_MAX],
    struct md_error *e)
{
	const char *found = env("POLYGON_API_KEY");
	size_t n;

	if (file[0] != '\0')
		return key_read(file, key, e);
	if (found == NULL || *found == '\0')
		found = env("MASSIVE_API_KEY");
	if (found == NULL || *found == '\0')
		return md_fail(e, MD_EKEY,
		    "no API key: set POLYGON_API_KEY or MASSIVE_API_KEY, or "
		    "name a private file with --api-key-file");
	/* A shell's $(cat key) has none at its end, an env file may. */
	n = strlen(found);
	while (n > 0 && (found[n - 1] == '\n' || found[n - 1] == '\r'))
		n--;
	if (n >= KEY_MAX)
		return key_check(found, e);
	memcpy(key, found, n);
	key[n] = '\0';
	return key_check(key, e);
}

/* "--api-key", what getopt would take for more than that, and what people
 * write for it: --api-ke, --apikey. */
static bool
means_key(const char *word)
{
	static const char whole[] = "apikey";
	char name[sizeof(whole) + 1] = "";
	size_t n = 0;

	if (strncmp(word, "--", 2) != 0)
		return false;
	for (const char *p = word + 2; *p != '\0' && *p != '='; p++) {
		if (*p == '-' || *p == '_')
			continue;
		if (n == sizeof(name) - 1)
			return false;
		name[n++] = *p;
	}
	return n >= 2 && strncmp(name, whole, n) == 0;
}

bool
key_absent_from(int argc, char **argv, struct md_error *e)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (means_key(argv[i]))
			return md_fail(e, MD_EUSAGE,
			    "--api-key: the key is never taken from the "
			    "command line, where others can read it: set "
			    "POLYGON_API_KEY, or use --api-key-file");
	return true;
}
