/*
 * The calendar that answers go by: the program's, as the vendor's closures in
 * the store have corrected it.  A visit keeps the one that it began with, while
 * a run of mdbackfill may bring another.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "market/closure.h"
#include "report/corrected.h"
#include "serve/internal.h"
#include "store/vendor.h"

struct calendars {
	const struct calendar *built_in;
	const struct calendar_changes *own;
	pthread_mutex_t lock;
	int64_t generation; /* of the store, as it was looked at last */
	atomic_llong made;  /* so many, for their serial numbers */
	struct held_calendar *now;
};

bool
calendars_create(struct calendars **out, const struct calendar *built_in,
    const struct calendar_changes *own, struct md_error *e)
{
	struct calendars *c = calloc(1, sizeof(*c));
	struct held_calendar *first = calloc(1, sizeof(*first));

	if (c == NULL || first == NULL) {
		free(c);
		free(first);
		return md_nomem(e);
	}
	(void)pthread_mutex_init(&c->lock, NULL);
	first->use = built_in;
	first->users = 1;
	c->built_in = built_in;
	c->own = own;
	c->now = first;
	*out = c;
	return true;
}

/* The lock is held. */
static void
let_go(struct held_calendar *h)
{
	if (--h->users > 0)
		return;
	calendar_destroy(&h->made);
	closures_free(&h->told);
	free(h);
}

void
calendars_destroy(struct calendars **calendars)
{
	struct calendars *c = *calendars;

	if (c == NULL)
		return;
	let_go(c->now);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	*calendars = NULL;
}

void
calendars_release(struct calendars *c, struct held_calendar *h)
{
	pthread_mutex_lock(&c->lock);
	let_go(h);
	pthread_mutex_unlock(&c->lock);
}

/* Does it go by the same closures? */
static bool
is_of(const struct held_calendar *h, const struct closures *told)
{
	bool same = h->told.len == told->len;

	for (size_t i = 0; same && i < told->len; i++)
		same = closure_same(&h->told.v[i], &told->v[i]) &&
		       strcmp(h->told.v[i].name, told->v[i].name) == 0;
	return same;
}

/* The one in use, if it is of that generation or (told) of these closures. */
static struct held_calendar *
in_use(struct calendars *c, int64_t generation, const struct closures *told)
{
	struct held_calendar *h = NULL;

	pthread_mutex_lock(&c->lock);
	if (told != NULL && is_of(c->now, told) && generation > c->generation)
		c->generation = generation;
	if (c->generation >= generation) {
		h = c->now;
		h->users++;
	}
	pthread_mutex_unlock(&c->lock);
	return h;
}

/* Put a new one to use, of a store as of that generation. */
static struct held_calendar *
replace(struct calendars *c, int64_t generation, struct held_calendar *h)
{
	pthread_mutex_lock(&c->lock);
	h->users = 1;
	if (generation > c->generation) {
		let_go(c->now);
		c->now = h;
		c->generation = generation;
		h->users++;
	}
	pthread_mutex_unlock(&c->lock);
	return h;
}

struct held_calendar *
calendars_acquire(struct calendars *c, struct store *st, int64_t generation,
    struct md_error *e)
{
	struct held_calendar *h = in_use(c, generation, NULL);
	struct closures told = { NULL, 0, 0 };

	if (h != NULL)
		return h;
	if (store_closures(st, &told, e)) {
		h = in_use(c, generation, &told);
		if (h != NULL) {
			closures_free(&told);
			return h;
		}
		h = calloc(1, sizeof(*h));
		if (h == NULL)
			(void)md_nomem(e);
	}
	if (h == NULL || !corrected_by(&h->made, &told, c->own, e)) {
		closures_free(&told);
		free(h);
		return NULL;
	}
	h->told = told;
	h->serial = atomic_fetch_add(&c->made, 1) + 1;
	h->use = h->made != NULL ? h->made : c->built_in;
	return replace(c, generation, h);
}
