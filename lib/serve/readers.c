/*
 * Handles of the store for those who answer.  A handle stays open, with its
 * prepared statements, until the store is gone or another file.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "serve/internal.h"
#include "store/report.h"

#define RETRY_US 100000 /* between looks for a store that is not there */

/* A server that is silent is asked whether it is there; whoever reads here
 * waits for an answer, and not for longer than the other time. */
#define SILENCE_MS 3000
#define ANSWER_MS  20000
/* A look that takes this long and fails was at a store that hangs. */
#define HANGS_US INT64_C(1000000)

struct readers {
	char *db;
	struct log *log;
	atomic_llong generation;
	atomic_llong epoch;
	atomic_bool down; /* the last look failed, and that was said */
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct reader *v, **idle;
	size_t len, idle_len;
	unsigned looking;
	bool hangs; /* the store, as the last look found */
	struct md_error why;
};

bool
readers_create(struct readers **out, const char *db, unsigned n,
    struct log *log, struct md_error *e)
{
	struct readers *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return md_nomem(e);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->given, NULL);
	atomic_init(&r->generation, 1);
	atomic_init(&r->epoch, 1);
	atomic_init(&r->down, false);
	r->log = log;
	r->db = strdup(db);
	r->v = calloc(n, sizeof(*r->v));
	r->idle = calloc(n, sizeof(*r->idle));
	if (r->db == NULL || r->v == NULL || r->idle == NULL) {
		readers_destroy(&r);
		return md_nomem(e);
	}
	r->len = r->idle_len = n;
	for (size_t i = 0; i < n; i++)
		r->idle[i] = &r->v[i];
	*out = r;
	return true;
}

void
readers_destroy(struct readers **readers)
{
	struct readers *r = *readers;

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->len; i++)
		store_close(&r->v[i].store);
	(void)pthread_cond_destroy(&r->given);
	(void)pthread_mutex_destroy(&r->lock);
	free(r->db);
	free(r->v);
	free((void *)r->idle);
	free(r);
	*readers = NULL;
}

/* There are as many as threads that ask, so nobody waits long. */
static struct reader *
pop(struct readers *r)
{
	struct reader *x;

	pthread_mutex_lock(&r->lock);
	while (r->idle_len == 0)
		(void)pthread_cond_wait(&r->given, &r->lock);
	x = r->idle[--r->idle_len];
	pthread_mutex_unlock(&r->lock);
	return x;
}

static void
push(struct readers *r, struct reader *x)
{
	pthread_mutex_lock(&r->lock);
	r->idle[r->idle_len++] = x;
	(void)pthread_cond_signal(&r->given);
	pthread_mutex_unlock(&r->lock);
}

static bool
open_store(struct readers *r, struct reader *x, struct md_error *e)
{
	if (md_monotonic_us() < x->retry_us) {
		*e = x->why;
		return false;
	}
	if (store_open_readonly(r->db, &x->store, e) && x->store == NULL)
		(void)store_fail(e, r->db,
		    "does not exist: run mdbackfill first");
	if (x->store != NULL) {
		store_limit_answers(x->store, SILENCE_MS, ANSWER_MS);
		if (store_version(x->store, &x->version, e))
			return true;
	}
	store_close(&x->store);
	x->why = *e;
	x->retry_us = md_monotonic_us() + RETRY_US;
	return false;
}

/* Another file, or another server, may have less than the one before: revisions
 * that are the same then are no proof. */
static void
note_epoch(struct readers *r, struct reader *x, bool opened)
{
	unsigned moves = atomic_load(&x->store->moves);

	if (opened || moves != x->moves)
		atomic_fetch_add(&r->epoch, 1);
	x->moves = moves;
}

/* Opened anew when the file is not what it was. */
static bool
check_version(struct readers *r, struct reader *x, struct md_error *e)
{
	int64_t version = x->version, began = md_monotonic_us();
	bool opened = false;

	if (x->store != NULL && !store_version(x->store, &version, e)) {
		store_close(&x->store);
		/* It would only be waited for again. */
		if (md_monotonic_us() - began >= HANGS_US)
			return false;
	}
	if (x->store == NULL) {
		if (!open_store(r, x, e))
			return false;
		opened = true;
		atomic_fetch_add(&r->generation, 1);
	} else if (version != x->version) {
		x->version = version;
		atomic_fetch_add(&r->generation, 1);
	}
	note_epoch(r, x, opened);
	return true;
}

static void
log_availability(struct readers *r, bool good, const struct md_error *e)
{
	if (atomic_load(&r->down) != good || /* as before */
	    atomic_exchange(&r->down, !good) != good)
		return;
	if (good)
		log_write(r->log, LOG_WARNING, "store %s: is there again",
		    r->db);
	else
		log_write(r->log, LOG_ERROR, "%s", e->text);
}

/*
 * At a store that hangs, one looks at a time: the others are told at once, so
 * that there are threads for who asks for something else.
 */
static bool
may_look(struct readers *r, struct md_error *e)
{
	bool may;

	pthread_mutex_lock(&r->lock);
	may = !r->hangs || r->looking == 0;
	if (may)
		r->looking++;
	else
		*e = r->why;
	pthread_mutex_unlock(&r->lock);
	return may;
}

static bool
look(struct readers *r, struct reader *x, struct md_error *e)
{
	int64_t began = md_monotonic_us();
	bool good = check_version(r, x, e);
	bool slow = md_monotonic_us() - began >= HANGS_US;

	pthread_mutex_lock(&r->lock);
	r->looking--;
	if (good || slow) {
		r->hangs = !good;
		r->why = *e;
	}
	pthread_mutex_unlock(&r->lock);
	return good;
}

struct reader *
readers_acquire(struct readers *r, int64_t *generation, struct md_error *e)
{
	struct reader *x;
	bool good;

	if (!may_look(r, e))
		return NULL;
	x = pop(r);
	good = look(r, x, e);
	log_availability(r, good, e);
	if (good) {
		x->epoch = atomic_load(&r->epoch);
		*generation = atomic_load(&r->generation);
		return x;
	}
	push(r, x);
	return NULL;
}

void
readers_release(struct readers *r, struct reader *x, bool failed)
{
	if (failed)
		store_close(&x->store);
	push(r, x);
}
