#include "backfill/file_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct file_list {
	const char *dir;
	int64_t *sizes[FLAT_SETS]; /* by date; 0: not looked for yet */
};

struct file_list *
file_list_create(const char *dir)
{
	struct file_list *l = calloc(1, sizeof(*l));

	if (l != NULL)
		l->dir = dir;
	return l;
}

void
file_list_destroy(struct file_list **lp)
{
	for (int i = 0; *lp != NULL && i < FLAT_SETS; i++)
		free((*lp)->sizes[i]);
	free(*lp);
	*lp = NULL;
}

static bool
path_of(const struct file_list *l, const char *name, char *out, size_t size,
    struct md_error *e)
{
	int n = snprintf(out, size, "%s/%s", l->dir, name);

	return (n > 0 && (size_t)n < size) ||
	       md_fail(e, MD_EUSAGE, "%.80s…: a path that is too long", l->dir);
}

static void
identify(const struct stat *s, struct flat_file *f)
{
	f->bytes = (int64_t)s->st_size;
	f->modified_ms =
	    (int64_t)s->st_mtim.tv_sec * 1000 + s->st_mtim.tv_nsec / 1000000;
	(void)snprintf(f->etag, sizeof(f->etag), "%lld-%lld",
	    (long long)f->bytes, (long long)f->modified_ms);
}

bool
file_list_look(const struct file_list *l, enum flat_set set, md_date date,
    struct flat_file *f, struct md_error *e)
{
	char path[4096];
	struct stat s;

	memset(f, 0, sizeof(*f));
	flat_name(set, date, f->name);
	if (!path_of(l, f->name, path, sizeof(path), e))
		return false;
	if (stat(path, &s) != 0)
		return md_fail(e, MD_EIO, "%s", strerror(errno));
	if (!S_ISREG(s.st_mode))
		return md_fail(e, MD_EIO, "it is no file");
	identify(&s, f);
	return true;
}

FILE *
file_list_open(struct file_list *l, enum flat_set set, md_date date,
    struct flat_file *f, struct md_error *e)
{
	char path[4096];
	struct stat s;
	FILE *file;

	if (!file_list_look(l, set, date, f, e) ||
	    !path_of(l, f->name, path, sizeof(path), e))
		return NULL;
	file = fopen(path, "re");
	if (file == NULL) {
		(void)md_fail(e, MD_EIO, "%s", strerror(errno));
		return NULL;
	}
	/* The one that was opened, should it have been replaced meanwhile. */
	if (fstat(fileno(file), &s) == 0)
		identify(&s, f);
	return file;
}

int64_t
file_list_size(struct file_list *l, enum flat_set set, md_date date)
{
	struct flat_file f;
	struct md_error e;

	if (date < 0 || date >= FILE_DATES)
		return -1;
	if (l->sizes[set] == NULL)
		l->sizes[set] = calloc(FILE_DATES, sizeof(*l->sizes[set]));
	if (l->sizes[set] == NULL)
		return -1;
	/* One more than it is, so that one of 0 has been looked for. */
	if (l->sizes[set][date] == 0)
		l->sizes[set][date] =
		    file_list_look(l, set, date, &f, &e) ? f.bytes + 1 : -1;
	return l->sizes[set][date] < 0 ? -1 : l->sizes[set][date] - 1;
}
