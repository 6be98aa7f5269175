#include "cli/zoneinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEW_YORK       "America/New_York"
#define LOCAL          "/etc/localtime"
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

/* The usual place that has it; null: there is none. */
static const char *
place_of(const char *name)
{
	char path[4096];

	for (size_t i = 0; i < sizeof(usual) / sizeof(char *); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", usual[i], name);
		if (access(path, F_OK) == 0)
			return usual[i];
	}
	return NULL;
}

bool
zoneinfo_zone(struct zone **out, const char *name, struct md_error *e)
{
	char path[4096];
	const char *dir;

	if (strcmp(name, "local") == 0 && access(LOCAL, F_OK) == 0)
		return zoneinfo_read(out, LOCAL, e);
	if (strcmp(name, "local") == 0)
		name = "UTC"; /* as the C library has it */
	dir = name[0] == '/' || strstr(name, "..") != NULL ? NULL
							   : place_of(name);
	if (dir == NULL)
		return md_fail(e, MD_EUSAGE,
		    "'%.60s': no such time zone: expected a name such as "
		    "Europe/Berlin, UTC or local",
		    name);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return zoneinfo_read(out, path, e);
}

static bool
find(struct zone **out, const char *dir, struct md_error *e)
{
	char path[4096];

	if (dir == NULL)
		dir = place_of(NEW_YORK);
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
