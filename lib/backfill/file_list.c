#include "backfill/file_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backfill/backfill.h"
#include "backfill/file_bucket.h"
#include "sys/gzip.h"

struct file_list {
	const char *dir;            /* a folder of them, … */
	struct file_bucket *bucket; /* … or the vendor's; the other is null */
	int64_t *sizes[FLAT_SETS];  /* of the folder's, by date; 0: not looked
				       for yet */
};

static bool
check_folder(const char *dir, struct md_error *e)
{
	struct stat s;

	if (stat(dir, &s) != 0)
		return md_fail(e, MD_EUSAGE, "--flat-files: file:%.200s: %s",
		    dir, strerror(errno));
	return S_ISDIR(s.st_mode) ||
	       md_fail(e, MD_EUSAGE, "--flat-files: file:%.200s is no folder",
		   dir);
}

bool
file_list_create(struct file_list **out, const struct backfill_options *o,
    struct md_error *e)
{
	struct file_list *l = calloc(1, sizeof(*l));
	bool good;

	if (l == NULL)
		return md_nomem(e);
	if (o->s3 != NULL)
		good = file_bucket_create(&l->bucket, o, e);
	else {
		l->dir = o->flat_files;
		good = check_folder(l->dir, e);
	}
	if (good)
		*out = l;
	else
		file_list_destroy(&l);
	return good;
}

void
file_list_destroy(struct file_list **lp)
{
	for (int i = 0; *lp != NULL && i < FLAT_SETS; i++)
		free((*lp)->sizes[i]);
	if (*lp != NULL)
		file_bucket_destroy(&(*lp)->bucket);
	free(*lp);
	*lp = NULL;
}

void
file_list_on_wait(struct file_list *l, bool (*wait)(void *ctx), void *ctx)
{
	if (l->bucket != NULL)
		file_bucket_on_wait(l->bucket, wait, ctx);
}

void
file_list_stop(struct file_list *l)
{
	if (l->bucket != NULL)
		file_bucket_stop(l->bucket);
}

struct file_list_counts
file_list_counts(const struct file_list *l)
{
	return l->bucket != NULL
		   ? file_bucket_counts(l->bucket)
		   : (struct file_list_counts){ 0, 0, { MD_OK, "" } };
}

/* -- a folder -- */

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

static bool
look_in_folder(const struct file_list *l, struct flat_file *f,
    struct md_error *e)
{
	char path[4096];
	struct stat s;

	if (!path_of(l, f->name, path, sizeof(path), e))
		return false;
	if (stat(path, &s) != 0)
		return md_fail(e, MD_EIO, "%s", strerror(errno));
	if (!S_ISREG(s.st_mode))
		return md_fail(e, MD_EIO, "it is no file");
	identify(&s, f);
	return true;
}

static bool
open_in_folder(const struct file_list *l, struct flat_file *f,
    struct gunzip **gz, struct md_error *e)
{
	char path[4096];
	struct stat s;
	FILE *file;

	if (!look_in_folder(l, f, e) ||
	    !path_of(l, f->name, path, sizeof(path), e))
		return false;
	file = fopen(path, "re");
	if (file == NULL)
		return md_fail(e, MD_EIO, "%s", strerror(errno));
	/* The one that was opened, should it have been replaced meanwhile. */
	if (fstat(fileno(file), &s) == 0)
		identify(&s, f);
	return gunzip_create(gz, file, e);
}

/* -- either -- */

void
file_list_want(struct file_list *l, enum flat_set set, md_date from, md_date to)
{
	if (l->bucket != NULL)
		file_bucket_want(l->bucket, set, from, to);
}

bool
file_list_look(struct file_list *l, enum flat_set set, md_date date,
    struct flat_file *f, struct md_error *e)
{
	memset(f, 0, sizeof(*f));
	flat_name(set, date, f->name);
	return l->bucket != NULL ? file_bucket_look(l->bucket, set, date, f, e)
				 : look_in_folder(l, f, e);
}

bool
file_list_open(struct file_list *l, enum flat_set set, md_date date,
    struct flat_file *f, struct gunzip **gz, struct md_error *e)
{
	memset(f, 0, sizeof(*f));
	flat_name(set, date, f->name);
	return l->bucket != NULL
		   ? file_bucket_open(l->bucket, set, date, f, gz, e)
		   : open_in_folder(l, f, gz, e);
}

int64_t
file_list_size(struct file_list *l, enum flat_set set, md_date date)
{
	struct flat_file f;
	struct md_error e;

	if (date < 0 || date >= FILE_DATES)
		return -1;
	if (l->bucket != NULL)
		return file_list_look(l, set, date, &f, &e) ? f.bytes : -1;
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
