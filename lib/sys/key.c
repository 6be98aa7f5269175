#include "sys/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
private_file(FILE *f, const char *path, struct md_error *e)
{
	struct stat sb;

	if (fstat(fileno(f), &sb) != 0 || !S_ISREG(sb.st_mode))
		return md_fail(e, MD_EKEY, "key file %s: not a plain file",
		    path);
	if ((sb.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return md_fail(e, MD_EKEY,
		    "key file %s: others may read it; run: chmod 600 %s", path,
		    path);
	return true;
}

static bool
ends_line(FILE *f)
{
	int c = fgetc(f);

	return c == EOF || c == '\n' || c == '\r';
}

bool
key_read(const char *path, char key[KEY_MAX], struct md_error *e)
{
	FILE *f = fopen(path, "r");
	bool good;

	if (f == NULL)
		return md_fail(e, MD_EKEY, "key file %s: %s", path,
		    strerror(errno));
	/* No second copy of it in a stream's buffer. */
	(void)setvbuf(f, NULL, _IONBF, 0);
	good = private_file(f, path, e);
	if (good && fgets(key, KEY_MAX, f) == NULL)
		good = md_fail(e, MD_EKEY, "key file %s: is empty", path);
	/* A part of a key is none. */
	if (good && strchr(key, '\n') == NULL && !ends_line(f))
		good = md_fail(e, MD_EKEY,
		    "key file %s: its first line is longer than %d bytes", path,
		    KEY_MAX - 1);
	(void)fclose(f);
	if (!good)
		return false;
	key[strcspn(key, "\r\n")] = '\0';
	return key_check(key, e) || md_context(e, "key file %s", path);
}

bool
key_find(const char *file, char *(*env)(const char *), char key[KEY_MAX],
    struct md_error *e)
{
	const char *found = env("POLYGON_API_KEY");

	if (file[0] != '\0')
		return key_read(file, key, e);
	if (found == NULL || *found == '\0')
		found = env("MASSIVE_API_KEY");
	if (found == NULL || *found == '\0')
		return md_fail(e, MD_EKEY,
		    "no API key: set POLYGON_API_KEY or MASSIVE_API_KEY, or "
		    "name a private file with --api-key-file");
	if (!key_check(found, e))
		return false;
	memcpy(key, found, strlen(found) + 1);
	return true;
}

bool
key_absent_from(int argc, char **argv, struct md_error *e)
{
	static const char name[] = "--api-key";
	size_t n = sizeof(name) - 1;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], name, n) == 0 &&
		    (argv[i][n] == '\0' || argv[i][n] == '='))
			return md_fail(e, MD_EUSAGE,
			    "--api-key: the key is never taken from the "
			    "command line, where others can read it: set "
			    "POLYGON_API_KEY, or use --api-key-file");
	return true;
}
