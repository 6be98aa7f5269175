#include "mock/lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool
read_lines(FILE *f, const char *path, const char *columns, mock_line *take,
    void *list, struct md_error *e)
{
	char line[256];

	for (int n = 1; fgets(line, sizeof(line), f) != NULL; n++) {
		bool is_row = true;

		if (n == 1)
			continue; /* names */
		if (!take(list, line, &is_row))
			return md_nomem(e);
		if (!is_row)
			return md_fail(e, MD_EDATA, "%s:%d: expected %s", path,
			    n, columns);
	}
	return ferror(f) == 0 || md_fail(e, MD_EIO, "%s: cannot read", path);
}

bool
mock_lines_read(const char *dir, const char *name, const char *columns,
    mock_line *take, void *list, struct md_error *e)
{
	char path[4096];
	bool good;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return md_fail(e, MD_EIO, "%s: the name is too long", dir);
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ||
		       md_fail(e, MD_EIO, "%s: %s", path, strerror(errno));
	good = read_lines(f, path, columns, take, list, e);
	(void)fclose(f);
	return good;
}
