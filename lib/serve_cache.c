#include "serve_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define HEADS 4096

struct entry {
	struct entry *chain;         /* of the same head */
	struct entry *newer, *older; /* by last use */
	uint64_t hash;
	size_t bytes;
	struct answer *answer;
	char name[];
};

struct answers {
	pthread_mutex_t lock;
	size_t bytes, max;
	struct entry *newest, *oldest;
	struct entry *head[HEADS];
};

/* -- an answer -- */

struct answer *
answer_create(void)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	atomic_init(&a->holders, 1);
	a->until_ms = INT64_MAX;
	a->age_seconds = -1;
	return a;
}

struct answer *
answer_hold(struct answer *a)
{
	atomic_fetch_add(&a->holders, 1);
	return a;
}

void
answer_release(struct answer **answer)
{
	struct answer *a = *answer;

	*answer = NULL;
	if (a == NULL || atomic_fetch_sub(&a->holders, 1) != 1)
		return;
	httpd_body_release(&a->body);
	httpd_body_release(&a->rows);
	free(a->warning);
	free(a->next);
	free(a);
}

static size_t
bytes_of(const struct answer *a)
{
	size_t bytes = sizeof(*a), len;

	if (a->body != NULL) {
		(void)httpd_body_bytes(a->body, &len);
		bytes += len;
	}
	if (a->rows != NULL) {
		(void)httpd_body_bytes(a->rows, &len);
		bytes += len;
	}
	return bytes;
}

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 29;
}

static uint64_t
word(const unsigned char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return w;
}

uint64_t
serve_hash(const void *bytes, size_t len, uint64_t seed)
{
	const unsigned char *s = bytes;
	uint64_t h = seed ^ (len * UINT64_C(0x9e3779b97f4a7c15));
	uint64_t a = h, b = h + 1, c = h + 2, d = h + 3;

	/* Four at a time do not wait for each other. */
	for (; len >= 32; s += 32, len -= 32) {
		a = mix(a, word(s));
		b = mix(b, word(s + 8));
		c = mix(c, word(s + 16));
		d = mix(d, word(s + 24));
	}
	h = mix(mix(mix(a, b), c), d);
	for (uint64_t last = 0; len > 0; last = 0) {
		size_t n = len < 8 ? len : 8;

		memcpy(&last, s, n);
		h = mix(h, last);
		s += n;
		len -= n;
	}
	h *= UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

/* -- all of them -- */

bool
answers_create(struct answers **out, size_t bytes, struct md_error *e)
{
	struct answers *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return md_nomem(e);
	c->max = bytes;
	(void)pthread_mutex_init(&c->lock, NULL);
	*out = c;
	return true;
}

static void
unlink_use(struct answers *c, struct entry *x)
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
link_newest(struct answers *c, struct entry *x)
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
forget(struct answers *c, struct entry *x)
{
	struct entry **at = &c->head[x->hash % HEADS];

	while (*at != x)
		at = &(*at)->chain;
	*at = x->chain;
	c->bytes -= x->bytes;
	answer_release(&x->answer);
	free(x);
}

static void
drop(struct answers *c, struct entry *x)
{
	unlink_use(c, x);
	forget(c, x);
}

static bool
drop_oldest(struct answers *c)
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
find(struct answers *c, uint64_t hash, const char *name)
{
	struct entry *x = c->head[hash % HEADS];

	while (x != NULL && (x->hash != hash || strcmp(x->name, name) != 0))
		x = x->chain;
	return x;
}

struct answer *
answers_get(struct answers *c, const char *name, int64_t generation)
{
	uint64_t hash = serve_hash(name, strlen(name), 0);
	struct answer *a = NULL;
	struct entry *x;

	pthread_mutex_lock(&c->lock);
	x = find(c, hash, name);
	/* One of a later store than the caller has seen is as good. */
	if (x != NULL && x->answer->generation < generation)
		drop(c, x);
	else if (x != NULL) {
		if (c->newest != x) {
			unlink_use(c, x);
			link_newest(c, x);
		}
		a = answer_hold(x->answer);
	}
	pthread_mutex_unlock(&c->lock);
	return a;
}

static void
add(struct answers *c, const char *name, uint64_t hash, size_t bytes,
    struct answer *a)
{
	size_t len = strlen(name) + 1;
	struct entry *x = malloc(sizeof(*x) + len);

	if (x == NULL)
		return;
	memcpy(x->name, name, len);
	x->hash = hash;
	x->bytes = bytes;
	x->answer = answer_hold(a);
	x->chain = c->head[hash % HEADS];
	c->head[hash % HEADS] = x;
	c->bytes += bytes;
	link_newest(c, x);
}

void
answers_put(struct answers *c, const char *name, struct answer *a)
{
	uint64_t hash = serve_hash(name, strlen(name), 0);
	size_t bytes = bytes_of(a) + strlen(name) + sizeof(struct entry);
	struct entry *x;

	pthread_mutex_lock(&c->lock);
	x = find(c, hash, name);
	/* One that was made of a later store stays. */
	if (x != NULL && x->answer->generation > a->generation) {
		pthread_mutex_unlock(&c->lock);
		return;
	}
	if (x != NULL)
		drop(c, x);
	if (bytes <= c->max) {
		while (c->bytes + bytes > c->max && drop_oldest(c))
			;
		add(c, name, hash, bytes, a);
	}
	pthread_mutex_unlock(&c->lock);
}

void
answers_destroy(struct answers **answers)
{
	struct answers *c = *answers;

	if (c == NULL)
		return;
	for (struct entry *x = c->newest, *next; x != NULL; x = next) {
		next = x->older;
		answer_release(&x->answer);
		free(x);
	}
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	*answers = NULL;
}
