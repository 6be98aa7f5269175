#include "sys/xdg.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool
xdg_path(char *(*env)(const char *), const char *variable,
    const char *under_home, const char *file, char *out, size_t size)
{
	const char *base = env(variable), *home = env("HOME");
	int n;

	if (base != NULL && base[0] == '/')
		n = snprintf(out, size, "%s/mdkit/%s", base, file);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, size, "%s/%s/mdkit/%s", home, under_home,
		    file);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

void
xdg_make_folders(char *path)
{
	char *slash = path + 1;

	for (; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		(void)mkdir(path, 0777);
		*slash = '/';
	}
}
