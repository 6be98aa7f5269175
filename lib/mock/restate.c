#include "mock/restate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mock/source_formula.h"

/* More bars than these are not remembered. */
#define KNOWN_MAX ((size_t)1 << 22)

struct known {
	uint64_t key; /* 0: free */
	unsigned changes;
};

struct restated {
	pthread_mutex_t lock;
	struct known *slots; /* a power of two, at most half of them taken */
	size_t cap, len;
};

bool
restated_create(struct restated **out, struct md_error *e)
{
	struct restated *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return md_nomem(e);
	r->cap = 1024;
	r->slots = calloc(r->cap, sizeof(*r->slots));
	if (r->slots == NULL) {
		free(r);
		return md_nomem(e);
	}
	(void)pthread_mutex_init(&r->lock, NULL);
	*out = r;
	return true;
}

void
restated_destroy(struct restated **r)
{
	if (*r == NULL)
		return;
	(void)pthread_mutex_destroy(&(*r)->lock);
	free((*r)->slots);
	free(*r);
	*r = NULL;
}

/* The slot of that key, or the free one where it belongs. */
static struct known *
slot(struct known *slots, size_t cap, uint64_t key)
{
	size_t i = key & (cap - 1);

	while (slots[i].key != 0 && slots[i].key != key)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static bool
grow(struct restated *r)
{
	size_t cap = r->cap * 2;
	struct known *slots = calloc(cap, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < r->cap; i++)
		if (r->slots[i].key != 0)
			*slot(slots, cap, r->slots[i].key) = r->slots[i];
	free(r->slots);
	r->slots = slots;
	r->cap = cap;
	return true;
}

void
restated_bar(struct bar *b, uint64_t key, unsigned changes)
{
	double some = (double)(formula_hash(key, changes) >> 11) * 0x1p-53;
	double close = b->l + (b->h - b->l) * some;
	double more = ceil(b->v / 1000);

	if (changes == 0)
		return;
	close = floor(close * 1e4 + 0.5) / 1e4;
	b->c = close < b->l ? b->l : close > b->h ? b->h : close;
	/* Crypto trades in fractions. */
	if (floor(b->v) < b->v)
		b->v = floor(b->v * (1 + changes / 1000.0) * 1e8 + 1) / 1e8;
	else
		b->v += changes * (more < 1 ? 1 : more);
	if (b->n >= 0)
		b->n += changes;
}

/* The day is the same bar in a range and in a day of all. */
static uint64_t
key_of(const struct call *c, const char *symbol, int64_t t)
{
	char timeframe[16] = "1d";
	uint64_t key;

	(void)call_timeframe(c, timeframe);
	if (strcmp(timeframe, "1d") == 0)
		t = calendar_date(c->calendar, call_days(c, symbol), t);
	key = formula_hash(hash_text(hash_text(HASH_EMPTY, symbol), timeframe),
	    (uint64_t)t);
	return key == 0 ? 1 : key;
}

static bool
apply_to(struct restated *r, uint64_t key, struct bar *b, bool change)
{
	struct known *k = slot(r->slots, r->cap, key);

	if (k->key == key) {
		k->changes += change;
		restated_bar(b, key, k->changes);
		return true;
	}
	if (r->len == KNOWN_MAX)
		return true;
	k->key = key;
	r->len++;
	return r->len * 2 <= r->cap || grow(r);
}

bool
restated_apply(struct restated *r, const struct call *c, struct mock_page *p,
    bool change)
{
	bool good = true;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; good && i < p->bars.len; i++) {
		const char *symbol =
		    i < p->names.len ? p->names.symbol[i] : p->ticker;

		good = apply_to(r, key_of(c, symbol, p->bars.bar[i].t),
		    &p->bars.bar[i], change);
	}
	pthread_mutex_unlock(&r->lock);
	return good;
}
