#include "mock/objects.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/mdtime.h"

#define DEPTH_MAX 12
#define PATH_LEN  4096
#define TAIL      8 /* a gzip's checksum and length stand at its end */

static bool
path_of(const char *dir, const char *key, char out[PATH_LEN])
{
	int n = snprintf(out, PATH_LEN, "%s/%s", dir, key);

	return n > 0 && n < PATH_LEN;
}

/* Of plain names alone: no way leads out of the folder. */
static bool
is_key(const char *key)
{
	if (strlen(key) >= OBJECT_KEY_MAX)
		return false;
	for (const char *p = key;; p++) {
		size_t len = strcspn(p, "/");

		if (len == 0 || *p == '.')
			return false;
		p += len;
		if (*p == '\0')
			return true;
	}
}

/* -- tags -- */

void
object_tag_put(uint64_t h, char out[OBJECT_ETAG_MAX])
{
	uint64_t other = (h ^ h >> 29) * UINT64_C(0x9e3779b97f4a7c15);

	(void)snprintf(out, OBJECT_ETAG_MAX, "%016llx%016llx",
	    (unsigned long long)h, (unsigned long long)(other ^ other >> 32));
}

uint64_t
object_tag_add(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = hash_number(h, p[i]);
	return h;
}

void
object_tag(const void *bytes, size_t len, char out[OBJECT_ETAG_MAX])
{
	object_tag_put(object_tag_add(HASH_EMPTY, bytes, len), out);
}

/* By its size, its time and its last bytes: a listing need not read the whole
 * of each file.  False: it cannot be read. */
static bool
tag_file(FILE *f, const struct stat *sb, struct object *o)
{
	unsigned char tail[TAIL] = { 0 };
	uint64_t h = hash_number(HASH_EMPTY, (uint64_t)sb->st_size);

	h = hash_number(h, (uint64_t)sb->st_mtim.tv_sec);
	h = hash_number(h, (uint64_t)sb->st_mtim.tv_nsec);
	if (sb->st_size >= TAIL &&
	    (fseek(f, -TAIL, SEEK_END) != 0 || fread(tail, 1, TAIL, f) < TAIL))
		return false;
	for (size_t i = 0; i < TAIL; i++)
		h = hash_number(h, tail[i]);
	object_tag_put(h, o->etag);
	return true;
}

/* -- one object -- */

static FILE *
open_plain(const char *path, struct stat *sb)
{
	FILE *f;

	if (stat(path, sb) != 0 || !S_ISREG(sb->st_mode))
		return NULL;
	f = fopen(path, "rbe");
	if (f != NULL && fstat(fileno(f), sb) != 0) {
		(void)fclose(f);
		f = NULL;
	}
	return f;
}

bool
object_find(const char *dir, const char *key, struct object *out,
    struct md_error *e)
{
	char path[PATH_LEN];
	struct stat sb;
	FILE *f = NULL;
	bool good;

	errno = 0;
	if (is_key(key) && path_of(dir, key, path))
		f = open_plain(path, &sb);
	if (f == NULL && (errno == EMFILE || errno == ENFILE))
		return md_fail(e, MD_EIO, "%s: %s", key, strerror(errno));
	if (f == NULL)
		return md_fail(e, MD_EABSENT, "no such object");
	(void)snprintf(out->key, sizeof(out->key), "%s", key);
	out->size = sb.st_size;
	out->changed_ms = (int64_t)sb.st_mtim.tv_sec * MD_SECOND;
	good = tag_file(f, &sb, out);
	(void)fclose(f);
	return good || md_fail(e, MD_EIO, "%s: cannot be read", key);
}

bool
object_read(const char *dir, const char *key, int64_t from, int64_t len,
    struct buf *out, struct md_error *e)
{
	char path[PATH_LEN];
	struct stat sb;
	FILE *f = NULL;
	bool good;

	if (is_key(key) && path_of(dir, key, path))
		f = open_plain(path, &sb);
	if (f == NULL)
		return md_fail(e, MD_EABSENT, "no such object");
	if (from > sb.st_size)
		from = sb.st_size;
	if (len > sb.st_size - from)
		len = sb.st_size - from;
	good = buf_reserve(out, (size_t)len);
	if (!good)
		(void)md_nomem(e);
	else if (fseeko(f, (off_t)from, SEEK_SET) != 0 ||
		 fread(out->data + out->len, 1, (size_t)len, f) != (size_t)len)
		good = md_fail(e, MD_EIO, "%s: cannot be read", key);
	else {
		out->len += (size_t)len;
		out->data[out->len] = '\0';
	}
	(void)fclose(f);
	return good;
}

/* -- all of them -- */

struct walk {
	const char *dir, *prefix;
	struct objects *out;
};

/* Can there be keys with the prefix in that folder? */
static bool
leads_on(const char *key, const char *prefix)
{
	size_t a = strlen(key), b = strlen(prefix);

	return strncmp(key, prefix, a < b ? a : b) == 0;
}

static bool walk(const struct walk *, const char *key, int depth,
    struct md_error *);

static bool
visit(const struct walk *w, const char *key, int depth, struct md_error *e)
{
	char path[PATH_LEN], folder[OBJECT_KEY_MAX + 1];
	struct stat sb;
	struct object *o;

	if (!leads_on(key, w->prefix) || !path_of(w->dir, key, path) ||
	    stat(path, &sb) != 0)
		return true;
	if (S_ISDIR(sb.st_mode)) {
		(void)snprintf(folder, sizeof(folder), "%s/", key);
		return depth == DEPTH_MAX || walk(w, folder, depth + 1, e);
	}
	if (!S_ISREG(sb.st_mode) || strlen(key) < strlen(w->prefix))
		return true;
	o = objects_append(w->out);
	if (o == NULL)
		return md_nomem(e);
	/* One that has just gone is not there. */
	if (object_find(w->dir, key, o, e))
		return true;
	w->out->len--;
	return e->code == MD_EABSENT;
}

/* key: of a folder, with its slash, or "". */
static bool
walk(const struct walk *w, const char *key, int depth, struct md_error *e)
{
	char path[PATH_LEN], name[OBJECT_KEY_MAX];
	const struct dirent *d;
	bool good = true;
	DIR *folder;

	if (!leads_on(key, w->prefix) || !path_of(w->dir, key, path))
		return true;
	folder = opendir(path);
	if (folder == NULL)
		return *key != '\0' ||
		       md_fail(e, MD_EIO, "%s: %s", w->dir, strerror(errno));
	while (good && (d = readdir(folder)) != NULL) {
		int n = snprintf(name, sizeof(name), "%s%s", key, d->d_name);

		if (d->d_name[0] != '.' && n > 0 && n < OBJECT_KEY_MAX)
			good = visit(w, name, depth, e);
	}
	(void)closedir(folder);
	return good;
}

static int
by_key(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return strcmp(x->key, y->key);
}

bool
objects_list(const char *dir, const char *prefix, struct objects *out,
    struct md_error *e)
{
	struct walk w = { dir, prefix, out };

	if (!walk(&w, "", 0, e)) {
		objects_free(out);
		return false;
	}
	if (out->len > 1)
		qsort(out->v, out->len, sizeof(*out->v), by_key);
	return true;
}
