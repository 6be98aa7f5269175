#include "backfill/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/mdtime.h"
#include "sys/thread.h"

/* One page being stored, one ready behind it: more would only be memory. */
#define HEAVY_MAX 2

#define LOOK_NS 200000000 /* how often it is looked for a signal */

struct queue {
	struct task *head, **tail;
};

struct writer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work; /* a task came, or the end */
	pthread_cond_t room; /* a task has run */
	struct store *store;
	const volatile sig_atomic_t *stopped; /* by a signal */
	void (*wake)(void *);
	void *wake_ctx;
	struct queue urgent, tasks, ended;
	unsigned heavy;   /* waiting or running */
	unsigned pending; /* submitted, not yet run */
	int64_t busy_us;
	bool stop;
};

static void
queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void
queue_put(struct queue *q, struct task *t)
{
	t->next = NULL;
	*q->tail = t;
	q->tail = &t->next;
}

static struct task *
queue_take(struct queue *q)
{
	struct task *t = q->head;

	if (t == NULL)
		return NULL;
	q->head = t->next;
	if (q->head == NULL)
		q->tail = &q->head;
	return t;
}

static void
run_task(struct writer *w, struct task *t)
{
	int64_t cpu = md_thread_cpu_us();

	t->started_at = md_monotonic_us();
	t->error.code = MD_OK;
	t->error.text[0] = '\0';
	if (!t->run(t, w->store, &t->error) && t->error.code == MD_OK)
		t->error.code = MD_ESTORE;
	t->ended_at = md_monotonic_us();
	t->cpu_us = md_thread_cpu_us() - cpu;
	(void)pthread_mutex_lock(&w->mutex);
	w->busy_us += t->ended_at - t->started_at;
	w->pending--;
	if (t->heavy)
		w->heavy--;
	queue_put(&w->ended, t);
	(void)pthread_cond_broadcast(&w->room);
	(void)pthread_mutex_unlock(&w->mutex);
	w->wake(w->wake_ctx);
}

static void *
run_tasks(void *ctx)
{
	struct writer *w = ctx;
	struct task *t;

	for (;;) {
		(void)pthread_mutex_lock(&w->mutex);
		while ((t = queue_take(&w->urgent)) == NULL &&
		       (t = queue_take(&w->tasks)) == NULL && !w->stop)
			(void)pthread_cond_wait(&w->work, &w->mutex);
		(void)pthread_mutex_unlock(&w->mutex);
		if (t == NULL)
			return NULL;
		run_task(w, t);
	}
}

bool
writer_create(struct writer **out, struct store *st,
    const volatile sig_atomic_t *stop, void (*wake)(void *), void *wake_ctx,
    struct md_error *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return md_nomem(e);
	w->store = st;
	w->stopped = stop;
	w->wake = wake;
	w->wake_ctx = wake_ctx;
	queue_init(&w->urgent);
	queue_init(&w->tasks);
	queue_init(&w->ended);
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_cond_init(&w->work, NULL);
	(void)pthread_cond_init(&w->room, NULL);
	/* Signals are the main thread's. */
	if (!thread_start(&w->thread, run_tasks, w)) {
		free(w);
		return md_fail(e, MD_ENOMEM, "cannot start a thread");
	}
	*out = w;
	return true;
}

/* A signal wakes nobody who waits for room. */
static void
wait_a_little(struct writer *w)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&w->room, &w->mutex, &until);
}

void
writer_submit(struct writer *w, struct task *t)
{
	t->submitted_at = md_monotonic_us();
	(void)pthread_mutex_lock(&w->mutex);
	while (t->heavy && w->heavy >= HEAVY_MAX && *w->stopped == 0)
		wait_a_little(w);
	if (t->heavy)
		w->heavy++;
	w->pending++;
	queue_put(t->urgent ? &w->urgent : &w->tasks, t);
	(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->mutex);
}

unsigned
writer_collect(struct writer *w)
{
	struct task *t;
	unsigned n = 0;

	for (;;) {
		(void)pthread_mutex_lock(&w->mutex);
		t = queue_take(&w->ended);
		(void)pthread_mutex_unlock(&w->mutex);
		if (t == NULL)
			return n;
		t->done(t);
		n++;
	}
}

void
writer_drain(struct writer *w)
{
	bool pending;

	do {
		(void)pthread_mutex_lock(&w->mutex);
		while (w->pending > 0)
			(void)pthread_cond_wait(&w->room, &w->mutex);
		(void)pthread_mutex_unlock(&w->mutex);
		pending = writer_collect(w) > 0;
	} while (pending);
}

double
writer_seconds(struct writer *w)
{
	int64_t us;

	(void)pthread_mutex_lock(&w->mutex);
	us = w->busy_us;
	(void)pthread_mutex_unlock(&w->mutex);
	return (double)us / 1e6;
}

void
writer_destroy(struct writer **wp)
{
	struct writer *w = *wp;

	if (w == NULL)
		return;
	writer_drain(w);
	(void)pthread_mutex_lock(&w->mutex);
	w->stop = true;
	(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->mutex);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->work);
	(void)pthread_cond_destroy(&w->room);
	(void)pthread_mutex_destroy(&w->mutex);
	free(w);
	*wp = NULL;
}
