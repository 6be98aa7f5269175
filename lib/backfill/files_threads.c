/*
 * Reading files of several days at once, each on a thread of its own: most of
 * the time goes to decompressing, which no two threads can share of one file.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "backfill/files.h"
#include "sys/thread.h"

/* How often it is looked what else is due. */
#define LOOK_NS 50000000

struct file_thread {
	pthread_t id;
	struct files *files;
	struct file_reading *reading;
	bool ended; /* under the files' mutex */
};

bool
files_threads_begin(struct files *f, struct md_error *e)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	f->readers = processors < 1               ? 1
		     : processors > FILES_READERS ? FILES_READERS
						  : (size_t)processors;
	atomic_init(&f->cancelled, false);
	(void)pthread_mutex_init(&f->mutex, NULL);
	(void)pthread_cond_init(&f->ended, NULL);
	f->spool = spool_create(f->run->o->spool_folder,
	    (size_t)f->run->o->spool_memory);
	return f->spool != NULL || md_nomem(e);
}

static void *
work(void *ctx)
{
	struct file_thread *t = ctx;
	struct files *f = t->files;

	file_reading_run(t->reading);
	(void)pthread_mutex_lock(&f->mutex);
	t->ended = true;
	(void)pthread_cond_signal(&f->ended);
	(void)pthread_mutex_unlock(&f->mutex);
	return NULL;
}

/* A place of one that has ended, or is at work; FILES_READERS: none. */
static size_t
find(const struct files *f, bool ended)
{
	size_t i = 0;

	while (i < FILES_READERS &&
	       (f->threads[i] == NULL || (ended && !f->threads[i]->ended)))
		i++;
	return i;
}

/* The place of one that has ended, after a little while at most. */
static size_t
wait_for_one(struct files *f)
{
	struct timespec until;
	size_t i;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_mutex_lock(&f->mutex);
	if (find(f, true) == FILES_READERS)
		(void)pthread_cond_timedwait(&f->ended, &f->mutex, &until);
	i = find(f, true);
	(void)pthread_mutex_unlock(&f->mutex);
	return i;
}

static bool
end(struct files *f, size_t i, struct md_error *e)
{
	struct file_thread *t = f->threads[i];
	bool good;

	(void)pthread_join(t->id, NULL);
	while (file_reading_again(t->reading)) {
		t->ended = false;
		if (thread_start(&t->id, work, t))
			return true;
		file_reading_run(t->reading);
	}
	good = file_reading_end(t->reading, e);
	free(t);
	f->threads[i] = NULL;
	return good;
}

static void
cancel(struct files *f)
{
	atomic_store(&f->cancelled, true);
	file_list_stop(f->list);
}

/* Until fewer than that many are at work. */
static bool
wait_until(struct files *f, size_t fewer, struct md_error *e)
{
	for (;;) {
		size_t running = 0, i;

		for (i = 0; i < FILES_READERS; i++)
			running += f->threads[i] != NULL ? 1 : 0;
		if (running < fewer)
			return true;
		i = wait_for_one(f);
		if (i < FILES_READERS && !end(f, i, e))
			return false;
		files_breathe(f, false);
		if (!files_go_on(f))
			cancel(f);
	}
}

bool
files_read_start(struct files *f, struct file_day *d, struct md_error *e)
{
	struct file_thread *t;
	size_t i = 0;
	bool good;

	if (!wait_until(f, f->readers, e))
		return false;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return md_nomem(e);
	t->files = f;
	t->reading = file_reading_begin(f, d);
	if (t->reading == NULL) {
		free(t);
		return md_nomem(e);
	}
	while (f->threads[i] != NULL)
		i++;
	f->threads[i] = t;
	if (thread_start(&t->id, work, t))
		return true;
	/* Then on this one. */
	f->threads[i] = NULL;
	do
		file_reading_run(t->reading);
	while (file_reading_again(t->reading));
	good = file_reading_end(t->reading, e);
	free(t);
	return good;
}

bool
files_read_all(struct files *f, struct md_error *e)
{
	return wait_until(f, 1, e);
}

void
files_threads_end(struct files *f)
{
	struct md_error e;
	size_t i;

	cancel(f);
	while ((i = find(f, false)) < FILES_READERS)
		(void)end(f, i, &e);
	spool_destroy(&f->spool);
	(void)pthread_cond_destroy(&f->ended);
	(void)pthread_mutex_destroy(&f->mutex);
}
