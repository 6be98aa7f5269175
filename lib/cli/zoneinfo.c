#include "cli/zoneinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEW_YORK       "America/New_York"
#define SIZE_MAX_BYTES (1 << 20) /* the largest in the database is 4 KiB */

static bool
read_all(FILE *f, unsigned char *buf, size_t *len, struct md_error *e)
{
	*len = fread(buf, 1, SIZE_MAX_BYTES, f);
	if (ferror(f))
		return md_fail(e, MD_EIO, "cannot read: %s", strerror(errno));
	return true;
}

bool
zoneinfo_read(struct zone **out, const char *path, struct md_error *e)
{
	FILE *f = fopen(path, "rb");
	unsigned char *buf;
	size_t len;
	bool good;

	if (f == NULL)
		return md_fail(e, MD_EIO, "%s: cannot open: %s", path,
		    strerror(errno));
	buf = malloc(SIZE_MAX_BYTES);
	good = buf == NULL
		   ? md_nomem(e)
		   : read_all(f, buf, &len, e) && zone_parse(out, buf, len, e);
	free(buf);
	(void)fclose(f);
	return good || md_context(e, "%s", path);
}

static const char *const usual[] = {
	"/usr/share/zoneinfo",
	"/usr/lib/zoneinfo",
	"/usr/share/lib/zoneinfo",
	"/etc/zoneinfo",
};

static bool
find(struct zone **out, const char *dir, struct md_error *e)
{
	char path[4096];

	for (size_t i = 0; dir == NULL && i < sizeof(usual) / sizeof(char *);
	     i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", usual[i], NEW_YORK);
		if (access(path, F_OK) == 0)
			dir = usual[i];
	}
	if (dir == NULL)
		return md_fail(e, MD_EIO,
		    "no time zone " NEW_YORK " in %s, nor in the other usual "
		    "places: is tzdata installed?",
		    usual[0]);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, NEW_YORK);
	return zoneinfo_read(out, path, e);
}

bool
zoneinfo_calendar(struct calendar **out, const char *folder, struct md_error *e)
{
	struct zone *zone = NULL;

	return find(&zone, folder, e) && calendar_create(out, zone, NULL, e);
}

bool
zoneinfo_calendar_changed(struct calendar **out,
    const struct calendar_changes *changes, struct md_error *e)
{
	struct zone *zone = NULL;

	return find(&zone, NULL, e) && calendar_create(out, zone, changes, e);
}
