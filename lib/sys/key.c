#include "sys/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

/* what: "the API key" */
static bool
check(const char *key, const char *what, size_t size, struct md_error *e)
{
	size_t n = strlen(key);

	if (n == 0 || n >= size)
		return md_fail(e, MD_EKEY,
		    "%s is empty or longer than %zu bytes", what, size - 1);
	for (size_t i = 0; i < n; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return md_fail(e, MD_EKEY,
			    "%s holds a blank or a character that no key has",
			    what);
	return true;
}

bool
key_check(const char *key, struct md_error *e)
{
	return check(key, "the API key", KEY_MAX, e);
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
private_file(int fd, const char *path, const char *instead, struct md_error *e)
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
	    "%s",
	    path, instead);
}

/* It is text of ours, as other systems write it, too: without what they put
 * around it. */
static bool
unwrap(char *text, size_t len, const char *path, struct md_error *e)
{
	if (text_is_wide(text, len))
		return md_fail(e, MD_EKEY,
		    "key file %s: is UTF-16 or UTF-32: save it as UTF-8", path);
	if (len == 0)
		return md_fail(e, MD_EKEY, "key file %s: is empty", path);
	len = text_unwrap(text, len);
	return memchr(text, '\0', len) == NULL ||
	       md_fail(e, MD_EKEY,
		   "key file %s: a NUL in it: if that is UTF-16, save it as "
		   "UTF-8",
		   path);
}

/* As much as fits of a file that only its owner may read; instead: what its
 * user may set otherwise. */
static bool
read_private(const char *path, const char *instead, char *text, size_t size,
    struct md_error *e)
{
	/* A pipe, whose writer may never come, is not waited for. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;
	bool good;

	if (fd < 0)
		return md_fail(e, MD_EKEY, "key file %s: %s", path,
		    strerror(errno));
	good = private_file(fd, path, instead, e);
	while (good && n > 0 && len < size - 1) {
		n = read(fd, text + len, size - 1 - len);
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
	return good && unwrap(text, len, path, e);
}

/* The line at *at, of which a part would be none, into key; *at is then the
 * next. */
static bool
take_line(char **at, char key[KEY_MAX], const char *which, const char *path,
    struct md_error *e)
{
	size_t n = strcspn(*at, "\r\n");

	if (n >= KEY_MAX)
		return md_fail(e, MD_EKEY,
		    "key file %s: its %s line is longer than %d bytes", path,
		    which, KEY_MAX - 1);
	memcpy(key, *at, n);
	key[n] = '\0';
	*at += n;
	*at += **at == '\r';
	*at += **at == '\n';
	return true;
}

bool
key_read(const char *path, char key[KEY_MAX], struct md_error *e)
{
	char text[KEY_MAX + 16], line[KEY_MAX], *at = text;
	bool good =
	    read_private(path, "POLYGON_API_KEY", text, sizeof(text), e) &&
	    take_line(&at, line, "first", path, e);

	if (good)
		memcpy(key, line, strlen(line) + 1);
	secret_wipe(text, sizeof(text));
	secret_wipe(line, sizeof(line));
	if (!good)
		return false;
	return key_check(key, e) || md_context(e, "key file %s", path);
}

/* A shell's $(cat key) has no line's end, an env file may. */
static size_t
length(const char *key)
{
	size_t n = strlen(key);

	while (n > 0 && (key[n - 1] == '\n' || key[n - 1] == '\r'))
		n--;
	return n;
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
	n = length(found);
	if (n >= KEY_MAX)
		return key_check(found, e);
	memcpy(key, found, n);
	key[n] = '\0';
	return key_check(key, e);
}

/* -- the keys to flat files -- */

#define S3_ID     "MASSIVE_S3_ACCESS_KEY_ID"
#define S3_SECRET "MASSIVE_S3_SECRET_ACCESS_KEY"

static bool
s3_keys_check(const struct s3_keys *k, struct md_error *e)
{
	return check(k->id, "the S3 access key", KEY_MAX, e) &&
	       check(k->secret, "the S3 secret", KEY_MAX, e) &&
	       (k->token[0] == '\0' ||
		   check(k->token, "AWS_SESSION_TOKEN", TOKEN_MAX, e));
}

static bool
s3_keys_read(const char *path, struct s3_keys *k, struct md_error *e)
{
	char text[2 * KEY_MAX + 16] = "", *at = text;
	bool good = read_private(path, S3_ID " and " S3_SECRET, text,
			sizeof(text), e) &&
		    take_line(&at, k->id, "first", path, e);

	if (good && *at == '\0')
		good = md_fail(e, MD_EKEY,
		    "key file %s: expected two lines, the S3 access key and "
		    "its secret",
		    path);
	good = good && take_line(&at, k->secret, "second", path, e);
	if (good && at[strspn(at, "\r\n")] != '\0')
		good = md_fail(e, MD_EKEY,
		    "key file %s: more than two lines: expected the S3 access "
		    "key and its secret",
		    path);
	secret_wipe(text, sizeof(text));
	return good &&
	       (s3_keys_check(k, e) || md_context(e, "key file %s", path));
}

/* One of the environment; false: it is too long to be one. */
static bool
copy_variable(const char *value, char *to, size_t size, const char *name,
    struct md_error *e)
{
	size_t n = length(value);

	if (n >= size)
		return md_fail(e, MD_EKEY, "%s is longer than %zu bytes", name,
		    size - 1);
	memcpy(to, value, n);
	to[n] = '\0';
	return true;
}

/* Both of the pair; *found: at least one of them is there. */
static bool
find_pair(char *(*env)(const char *), const char *id, const char *secret,
    struct s3_keys *k, bool *found, struct md_error *e)
{
	const char *a = env(id), *b = env(secret);

	a = a == NULL ? "" : a;
	b = b == NULL ? "" : b;
	*found = *a != '\0' || *b != '\0';
	if (!*found)
		return true;
	if (*a == '\0' || *b == '\0')
		return md_fail(e, MD_EKEY, "%s is set, and %s is not",
		    *a != '\0' ? id : secret, *a != '\0' ? secret : id);
	return copy_variable(a, k->id, sizeof(k->id), id, e) &&
	       copy_variable(b, k->secret, sizeof(k->secret), secret, e);
}

bool
s3_keys_find(const char *file, char *(*env)(const char *), struct s3_keys *k,
    struct md_error *e)
{
	const char *token = env("AWS_SESSION_TOKEN");
	bool found;

	memset(k, 0, sizeof(*k));
	if (file[0] != '\0')
		return s3_keys_read(file, k, e);
	if (!find_pair(env, S3_ID, S3_SECRET, k, &found, e))
		return false;
	if (!found) {
		if (!find_pair(env, "AWS_ACCESS_KEY_ID",
			"AWS_SECRET_ACCESS_KEY", k, &found, e))
			return false;
		if (found && token != NULL &&
		    !copy_variable(token, k->token, sizeof(k->token),
			"AWS_SESSION_TOKEN", e))
			return false;
	}
	if (!found)
		return md_fail(e, MD_EKEY,
		    "no S3 keys for flat files: set " S3_ID " and " S3_SECRET
		    ", or name a private file of two lines with --s3-key-file");
	return s3_keys_check(k, e);
}

/* -- the command line -- */

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
