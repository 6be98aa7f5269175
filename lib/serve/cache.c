#include "serve/cache.h"

#include <stdlib.h>
#include <string.h>

/* -- an answer -- */

struct answer *
answer_create(void)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	atomic_init(&a->holders, 1);
	atomic_init(&a->generation, 0);
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
	series_rows_free(&a->shows);
	free(a->warning);
	free(a->next);
	free(a);
}

void
answer_confirm(struct answer *a, int64_t generation)
{
	long long was = atomic_load(&a->generation);

	while (was < generation &&
	       !atomic_compare_exchange_weak(&a->generation, &was, generation))
		;
}

static size_t
text_cost(const char *text)
{
	return text == NULL ? 0 : cache_cost(strlen(text) + 1);
}

static size_t
bytes_of(const struct answer *a)
{
	size_t bytes = cache_cost(sizeof(*a)) + httpd_body_cost(a->body);

	/* CSV is sent as it is. */
	if (a->rows != a->body)
		bytes += httpd_body_cost(a->rows);
	if (a->shows.cap > 0)
		bytes += cache_cost(a->shows.cap * sizeof(*a->shows.v));
	return bytes + text_cost(a->warning) + text_cost(a->next);
}

static uint64_t
mix(uint64_t h, uint64_t load_word)
{
	h = (h ^ load_word) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 29;
}

static uint64_t
load_word(const unsigned char *s)
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
		a = mix(a, load_word(s));
		b = mix(b, load_word(s + 8));
		c = mix(c, load_word(s + 16));
		d = mix(d, load_word(s + 24));
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

static void
hold(void *answer)
{
	(void)answer_hold(answer);
}

static void
release(void *answer)
{
	struct answer *a = answer;

	answer_release(&a);
}

/* One that was made of a later store does. */
static bool
keeps_newer(const void *kept, const void *other)
{
	const struct answer *a = kept, *b = other;

	return a->generation > b->generation;
}

bool
answers_create(struct cache **out, size_t bytes, struct md_error *e)
{
	static const struct cache_kind kind = { hold, release, keeps_newer };

	return cache_create(out, &kind, bytes, e);
}

struct answer *
answers_get(struct cache *c, const char *name)
{
	return cache_get(c, name);
}

void
answers_put(struct cache *c, const char *name, struct answer *a)
{
	cache_put(c, name, a, bytes_of(a));
}
