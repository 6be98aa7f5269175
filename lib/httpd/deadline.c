#include "httpd/deadline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mdtime.h"

struct deadline {
	struct deadline *before, *after;
	atomic_llong due_us;
	atomic_bool asked;
	int fd;
};

struct deadlines {
	pthread_mutex_t lock;
	struct deadline *first;
};

struct deadlines *
deadlines_create(void)
{
	struct deadlines *all = calloc(1, sizeof(*all));

	if (all != NULL)
		(void)pthread_mutex_init(&all->lock, NULL);
	return all;
}

void
deadlines_destroy(struct deadlines **deadlines)
{
	struct deadlines *all = *deadlines;

	if (all == NULL)
		return;
	for (struct deadline *d = all->first, *next; d != NULL; d = next) {
		next = d->after;
		free(d);
	}
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
	*deadlines = NULL;
}

struct deadline *
deadline_add(struct deadlines *all, int fd, int64_t due_us)
{
	struct deadline *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	atomic_init(&d->due_us, due_us);
	d->fd = fd;
	pthread_mutex_lock(&all->lock);
	d->after = all->first;
	if (d->after != NULL)
		d->after->before = d;
	all->first = d;
	pthread_mutex_unlock(&all->lock);
	return d;
}

bool
deadlines_count(struct deadlines *all, size_t *n)
{
	*n = 0;
	pthread_mutex_lock(&all->lock);
	for (const struct deadline *d = all->first; d != NULL; d = d->after)
		++*n;
	pthread_mutex_unlock(&all->lock);
	return true;
}

void
deadline_set(struct deadline *d, int64_t due_us)
{
	atomic_store(&d->due_us, due_us);
}

void
deadline_note_request(struct deadline *d)
{
	atomic_store(&d->asked, true);
}

bool
deadline_unasked(const struct deadline *d, int64_t now_us)
{
	return !atomic_load(&d->asked) &&
	       atomic_load(&d->due_us) - MD_SECOND * 1000 > now_us;
}

void
deadline_remove(struct deadlines *all, struct deadline **deadline)
{
	struct deadline *d = *deadline;

	if (d == NULL)
		return;
	pthread_mutex_lock(&all->lock);
	if (d->before != NULL)
		d->before->after = d->after;
	else
		all->first = d->after;
	if (d->after != NULL)
		d->after->before = d->before;
	pthread_mutex_unlock(&all->lock);
	free(d);
	*deadline = NULL;
}

/* Under the lock a socket is still its connection's. */
void
deadlines_sweep(struct deadlines *all, int64_t now_us)
{
	pthread_mutex_lock(&all->lock);
	for (struct deadline *d = all->first; d != NULL; d = d->after)
		if (atomic_load(&d->due_us) <= now_us)
			(void)shutdown(d->fd, SHUT_RDWR);
	pthread_mutex_unlock(&all->lock);
}
