#include "mock/flat_made.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mock/flat.h"
#include "sys/spool.h"

/* The vendor's first files are of that day; and so many days may have any. */
#define FIRST_DATE 12305 /* 2003-09-10 */
#define DATES      36000

struct block {
	int64_t at; /* in the spool */
	size_t len;
};

ARRAY_OF(blocks, struct block);

struct made {
	bool done; /* otherwise a thread makes it */
	struct blocks blocks;
	int64_t size; /* 0: there is none */
	uint64_t tag;
};

struct flat_made {
	struct market *market;
	struct symbols symbols;
	struct spool *spool;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t made;
	struct made **days[FLAT_SETS]; /* by date; null: not made */
};

bool
flat_made_create(struct flat_made **out, struct market *m, const char *folder,
    struct md_error *e)
{
	struct flat_made *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return md_nomem(e);
	k->market = m;
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_cond_init(&k->made, NULL);
	/* All of it in the file: what is there may then be read at any time. */
	k->spool = spool_create(folder, 0);
	*out = k;
	if (k->spool != NULL && source_symbols(m, &k->symbols, e))
		return true;
	if (k->spool == NULL)
		(void)md_nomem(e);
	flat_made_destroy(out);
	return false;
}

static void
made_free(struct made *d)
{
	if (d != NULL)
		blocks_free(&d->blocks);
	free(d);
}

void
flat_made_destroy(struct flat_made **kp)
{
	struct flat_made *k = *kp;

	if (k == NULL)
		return;
	for (int set = 0; set < FLAT_SETS; set++) {
		for (int i = 0; k->days[set] != NULL && i < DATES; i++)
			made_free(k->days[set][i]);
		free((void *)k->days[set]);
	}
	symbols_free(&k->symbols);
	spool_destroy(&k->spool);
	(void)pthread_cond_destroy(&k->made);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
	*kp = NULL;
}

bool
flat_made_parse(const char *key, enum flat_set *set, md_date *date)
{
	const char *base = strrchr(key, '/');
	char day[11], name[FLAT_NAME_MAX];

	if (base == NULL || strlen(base + 1) < 10)
		return false;
	(void)snprintf(day, sizeof(day), "%.10s", base + 1);
	if (!md_date_parse(day, date))
		return false;
	for (int i = 0; i < FLAT_SETS; i++) {
		*set = (enum flat_set)i;
		flat_name(*set, *date, name);
		if (strcmp(name, key) == 0)
			return true;
	}
	return false;
}

/* -- making -- */

struct writing {
	struct spool *spool;
	struct made *day;
};

static bool
write_block(void *ctx, const char *bytes, size_t len, struct md_error *e)
{
	struct writing *w = ctx;
	struct block *b = blocks_append(&w->day->blocks);

	if (b == NULL)
		return md_nomem(e);
	b->len = len;
	w->day->size += (int64_t)len;
	w->day->tag = object_tag_add(w->day->tag, bytes, len);
	return spool_append(w->spool, bytes, len, &b->at, e);
}

/* Null: it could not be made. */
static struct made *
make(struct flat_made *k, enum flat_set set, md_date date, struct md_error *e)
{
	struct made *d = calloc(1, sizeof(*d));
	struct writing w = { k->spool, d };
	const struct gzip_sink sink = { write_block, &w };
	bool any;

	if (d == NULL) {
		(void)md_nomem(e);
		return NULL;
	}
	d->tag = HASH_EMPTY;
	if (!flat_trades(k->market->calendar, set, date) ||
	    mock_flat_day(k->market, &k->symbols, set, date,
		mock_flat_complete(k->market, set, date), &sink, &any, e))
		return d;
	made_free(d);
	return NULL;
}

/* Where it is kept; null: out of memory, or there can be none. */
static struct made **
place_of(struct flat_made *k, enum flat_set set, md_date date,
    struct md_error *e)
{
	if (date < FIRST_DATE || date >= FIRST_DATE + DATES) {
		(void)md_fail(e, MD_EABSENT, "no such object");
		return NULL;
	}
	if (k->days[set] == NULL)
		k->days[set] =
		    (struct made **)calloc(DATES, sizeof(struct made *));
	if (k->days[set] == NULL) {
		(void)md_nomem(e);
		return NULL;
	}
	return &k->days[set][date - FIRST_DATE];
}

/* The lock is held but while it is made; null: *e. */
static const struct made *
find(struct flat_made *k, enum flat_set set, md_date date, struct md_error *e)
{
	struct made **at = place_of(k, set, date, e), *d;
	struct made *begun;

	if (at == NULL)
		return NULL;
	while (*at != NULL && !(*at)->done)
		(void)pthread_cond_wait(&k->made, &k->lock);
	if (*at != NULL)
		return *at;
	begun = calloc(1, sizeof(*begun));
	if (begun == NULL) {
		(void)md_nomem(e);
		return NULL;
	}
	*at = begun;
	(void)pthread_mutex_unlock(&k->lock);
	d = make(k, set, date, e);
	(void)pthread_mutex_lock(&k->lock);
	free(begun);
	*at = d;
	if (d != NULL)
		d->done = true;
	(void)pthread_cond_broadcast(&k->made);
	return d;
}

bool
flat_made_find(struct flat_made *k, enum flat_set set, md_date date,
    struct object *o, struct md_error *e)
{
	const struct made *d;

	(void)pthread_mutex_lock(&k->lock);
	d = find(k, set, date, e);
	(void)pthread_mutex_unlock(&k->lock);
	if (d == NULL)
		return false;
	if (d->size == 0)
		return md_fail(e, MD_EABSENT, "no such object");
	flat_name(set, date, o->key);
	o->size = d->size;
	o->changed_ms = flat_due_at(k->market->calendar, set, date);
	object_tag_put(d->tag, o->etag);
	return true;
}

bool
flat_made_read(struct flat_made *k, enum flat_set set, md_date date,
    int64_t from, int64_t len, struct buf *out, struct md_error *e)
{
	const struct made *d;
	int64_t at = 0;

	(void)pthread_mutex_lock(&k->lock);
	d = find(k, set, date, e);
	(void)pthread_mutex_unlock(&k->lock);
	if (d == NULL)
		return false;
	if (!buf_reserve(out, (size_t)(len < d->size ? len : d->size)))
		return md_nomem(e);
	for (size_t i = 0; i < d->blocks.len && len > 0; i++) {
		const struct block *b = &d->blocks.v[i];
		int64_t skip = from > at ? from - at : 0;
		int64_t n = (int64_t)b->len - skip;

		at += (int64_t)b->len;
		if (n <= 0)
			continue;
		n = n < len ? n : len;
		if (!spool_read(k->spool, b->at + skip, out->data + out->len,
			(size_t)n, e))
			return false;
		out->len += (size_t)n;
		len -= n;
	}
	out->data[out->len] = '\0';
	return true;
}

/* -- which there are -- */

static bool
begins_alike(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return strncmp(a, b, n < m ? n : m) == 0;
}

static bool
list_set(const struct flat_made *k, enum flat_set set, const char *prefix,
    md_date last, struct objects *out)
{
	char name[FLAT_NAME_MAX];

	if (last >= FIRST_DATE + DATES)
		last = FIRST_DATE + DATES - 1;
	for (md_date d = FIRST_DATE; d <= last; d++) {
		struct object *o;

		flat_name(set, d, name);
		if (strncmp(name, prefix, strlen(prefix)) != 0 ||
		    !flat_trades(k->market->calendar, set, d))
			continue;
		o = objects_append(out);
		if (o == NULL)
			return false;
		memset(o, 0, sizeof(*o));
		memcpy(o->key, name, strlen(name) + 1);
	}
	return true;
}

static int
by_folder(const void *a, const void *b)
{
	const enum flat_set *x = a, *y = b;

	return strcmp(flat_folder(*x), flat_folder(*y));
}

bool
flat_made_list(const struct flat_made *k, const char *prefix, md_date last,
    struct objects *out, struct md_error *e)
{
	enum flat_set sets[FLAT_SETS];
	bool good = true;

	for (int i = 0; i < FLAT_SETS; i++)
		sets[i] = (enum flat_set)i;
	qsort(sets, FLAT_SETS, sizeof(*sets), by_folder);
	for (int i = 0; good && i < FLAT_SETS; i++)
		if (begins_alike(flat_folder(sets[i]), prefix))
			good = list_set(k, sets[i], prefix, last, out);
	if (!good)
		objects_free(out);
	return good || md_nomem(e);
}
