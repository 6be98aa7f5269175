#include "base/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define HEADS 4096

struct entry {
	struct entry *chain;         /* of the same head */
	struct entry *newer, *older; /* by last use */
	uint64_t hash;
	size_t bytes;
	void *value;
	char name[];
};

struct cache {
	const struct cache_kind *kind;
	pthread_mutex_t lock;
	size_t bytes, max, len;
	struct entry *newest, *oldest;
	struct entry *head[HEADS];
};

bool
cache_create(struct cache **out, const struct cache_kind *kind, size_t bytes,
    struct md_error *e)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return md_nomem(e);
	c->kind = kind;
	c->max = bytes;
	(void)pthread_mutex_init(&c->lock, NULL);
	*out = c;
	return true;
}

static void
unlink_use(struct cache *c, struct entry *x)
{
	if (x->newer == NULL)
		c->newest = x->older;
	else
		x->newer->older = x->older;
	if (x->older == NULL)
		c->oldest = x->newer;
	else
		x->older->newer = x->newer;
}

static void
link_newest(struct cache *c, struct entry *x)
{
	x->newer = NULL;
	x->older = c->newest;
	if (c->newest == NULL)
		c->oldest = x;
	else
		c->newest->newer = x;
	c->newest = x;
}

/* One that is in no order of use any more. */
static void
forget(struct cache *c, struct entry *x)
{
	struct entry **at = &c->head[x->hash % HEADS];

	while (*at != x)
		at = &(*at)->chain;
	*at = x->chain;
	c->bytes -= x->bytes;
	c->len--;
	c->kind->release(x->value);
	free(x);
}

static bool
drop_oldest(struct cache *c)
{
	struct entry *x = c->oldest;

	if (x == NULL)
		return false;
	c->oldest = x->newer;
	if (c->oldest == NULL)
		c->newest = NULL;
	else
		c->oldest->older = NULL;
	forget(c, x);
	return true;
}

static struct entry *
find_entry(struct cache *c, uint64_t hash, const char *name)
{
	struct entry *x = c->head[hash % HEADS];

	while (x != NULL && (x->hash != hash || strcmp(x->name, name) != 0))
		x = x->chain;
	return x;
}

void *
cache_get(struct cache *c, const char *name)
{
	uint64_t hash = hash_text(HASH_EMPTY, name);
	void *value = NULL;
	struct entry *x;

	pthread_mutex_lock(&c->lock);
	x = find_entry(c, hash, name);
	if (x != NULL) {
		if (c->newest != x) {
			unlink_use(c, x);
			link_newest(c, x);
		}
		value = x->value;
		c->kind->hold(value);
	}
	pthread_mutex_unlock(&c->lock);
	return value;
}

static void
add(struct cache *c, const char *name, uint64_t hash, size_t bytes, void *value)
{
	size_t len = strlen(name) + 1;
	struct entry *x = malloc(sizeof(*x) + len);

	if (x == NULL)
		return;
	memcpy(x->name, name, len);
	x->hash = hash;
	x->bytes = bytes;
	x->value = value;
	c->kind->hold(value);
	x->chain = c->head[hash % HEADS];
	c->head[hash % HEADS] = x;
	c->bytes += bytes;
	c->len++;
	link_newest(c, x);
}

/* Where the one of that name was, unless it stays. */
static void
replace(struct cache *c, const char *name, uint64_t hash, size_t bytes,
    void *value)
{
	struct entry *x = find_entry(c, hash, name);

	if (x != NULL && c->kind->stays(x->value, value))
		return;
	if (x != NULL) {
		unlink_use(c, x);
		forget(c, x);
	}
	if (bytes > c->max)
		return;
	while (c->bytes + bytes > c->max && drop_oldest(c))
		;
	add(c, name, hash, bytes, value);
}

/* A word in front, rounded up; large ones are pages of their own, with holes
 * between. */
size_t
cache_cost(size_t bytes)
{
	size_t unit = bytes < 128 * 1024 ? 16 : 4096;

	if (bytes < 16)
		bytes = 16;
	return (bytes + 8 + unit - 1) / unit * unit;
}

void
cache_put(struct cache *c, const char *name, void *value, size_t bytes)
{
	uint64_t hash = hash_text(HASH_EMPTY, name);

	bytes += cache_cost(sizeof(struct entry) + strlen(name) + 1);
	pthread_mutex_lock(&c->lock);
	replace(c, name, hash, bytes, value);
	pthread_mutex_unlock(&c->lock);
}

void
cache_look(struct cache *c, size_t *values, size_t *bytes)
{
	pthread_mutex_lock(&c->lock);
	*values = c->len;
	*bytes = c->bytes;
	pthread_mutex_unlock(&c->lock);
}

void
cache_destroy(struct cache **cache)
{
	struct cache *c = *cache;

	if (c == NULL)
		return;
	for (struct entry *x = c->newest, *next; x != NULL; x = next) {
		next = x->older;
		c->kind->release(x->value);
		free(x);
	}
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	*cache = NULL;
}
