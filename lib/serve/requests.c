/*
 * Series that readers did not find, on their way into the store.  The first
 * asking is written at once if nobody holds the store's lock; else, and when
 * asked again, a thread writes it within a second or so.  Whoever answers
 * never waits for a lock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "serve/internal.h"

#define WAITING_MAX 1024 /* series not written yet */
#define KNOWN_MAX   4096 /* series written before */
#define EVERY_MS    1000

struct wanted {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	int64_t times;
	int64_t first_ms;
};

struct requests {
	char *db;
	struct log *log;
	pthread_t thread;
	bool runs;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool stopping;
	struct wanted waiting[WAITING_MAX];
	size_t len;
	uint64_t known[KNOWN_MAX]; /* hashes; a table without chains */
	pthread_mutex_t writing;   /* of the store */
	struct store *store;
	bool told; /* that it cannot be written */
};

/* -- writing -- */

static bool
open_store(struct requests *r, struct md_error *e)
{
	int64_t version;

	/* The file may have been replaced. */
	if (r->store != NULL && !store_version(r->store, &version, e))
		store_close(&r->store);
	if (r->store != NULL)
		return true;
	/* Whoever only reads does not bring an older one up to date. */
	if (!store_open_readonly(r->db, &r->store, e))
		return false;
	store_close(&r->store);
	if (!store_open_existing(r->db, &r->store, e))
		return false;
	store_limit_waiting(r->store, 0);
	return true;
}

/* Under the lock of writing. */
static bool
write_one(struct requests *r, const struct wanted *w, struct md_error *e)
{
	return store_request_put(r->store, w->symbol, w->timeframe, w->times,
	    w->first_ms, e);
}

/* -- what is known and what waits -- */

static bool
same_request(const struct wanted *a, const struct wanted *b)
{
	return a->timeframe == b->timeframe &&
	       strcmp(a->symbol, b->symbol) == 0;
}

static bool
queue(struct requests *r, const struct wanted *w)
{
	for (size_t i = 0; i < r->len; i++)
		if (same_request(&r->waiting[i], w)) {
			r->waiting[i].times += w->times;
			return true;
		}
	if (r->len == WAITING_MAX)
		return false;
	r->waiting[r->len++] = *w;
	(void)pthread_cond_signal(&r->changed);
	return true;
}

/* Was it asked for before?  Remembers that it was. */
static bool
is_known(struct requests *r, const struct wanted *w)
{
	uint64_t hash = serve_hash(w->symbol, strlen(w->symbol),
	    (uint64_t)w->timeframe + 1);
	uint64_t *at = &r->known[hash % KNOWN_MAX];
	bool known = *at == hash;

	*at = hash;
	return known;
}

static bool
write_now(struct requests *r, const struct wanted *w)
{
	bool good;

	if (pthread_mutex_trylock(&r->writing) != 0)
		return false;
	/* To open it may take a while, and to say why it failed: the thread
	 * does. */
	good = r->store != NULL && write_one(r, w, NULL);
	pthread_mutex_unlock(&r->writing);
	return good;
}

bool
requests_note(struct requests *r, const char *symbol, enum timeframe tf,
    int64_t now_ms)
{
	struct wanted w = { .timeframe = tf, .times = 1, .first_ms = now_ms };
	bool known, good;

	memcpy(w.symbol, symbol, strlen(symbol) + 1);
	pthread_mutex_lock(&r->lock);
	known = is_known(r, &w);
	pthread_mutex_unlock(&r->lock);
	if (!known && write_now(r, &w))
		return true;
	pthread_mutex_lock(&r->lock);
	good = queue(r, &w);
	pthread_mutex_unlock(&r->lock);
	return good;
}

/* -- the thread -- */

/* Writes what waits; what cannot be written waits on. */
static void
flush(struct requests *r)
{
	struct wanted w;
	struct md_error e;
	bool good = true;

	for (;;) {
		pthread_mutex_lock(&r->lock);
		if (!good)
			(void)queue(r, &w);
		else if (r->len > 0)
			w = r->waiting[--r->len];
		else
			good = false;
		pthread_mutex_unlock(&r->lock);
		if (!good)
			return;
		pthread_mutex_lock(&r->writing);
		good = open_store(r, &e) && write_one(r, &w, &e);
		pthread_mutex_unlock(&r->writing);
		if (!good && !r->told)
			log_write(r->log, LOG_WARNING,
			    "requests for a backfill cannot be noted now: %s",
			    e.text);
		r->told = !good;
	}
}

/* A moment, so that what is asked for again and again is written once. */
static void
pause_until(struct requests *r, int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	while (!r->stopping &&
	       pthread_cond_timedwait(&r->changed, &r->lock, &t) == 0)
		;
}

static void *
requests_run(void *arg)
{
	struct requests *r = arg;
	struct md_error e;

	/* When it is not there, whoever reads it says so. */
	pthread_mutex_lock(&r->writing);
	(void)open_store(r, &e);
	pthread_mutex_unlock(&r->writing);
	pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		if (r->len == 0) {
			(void)pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		pause_until(r, r->told ? 5 * EVERY_MS : EVERY_MS / 4);
		pthread_mutex_unlock(&r->lock);
		flush(r);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	flush(r);
	return NULL;
}

/* -- coming and going -- */

bool
requests_create(struct requests **out, const char *db, struct log *log,
    struct md_error *e)
{
	struct requests *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return md_nomem(e);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_mutex_init(&r->writing, NULL);
	(void)pthread_cond_init(&r->changed, NULL);
	r->log = log;
	r->db = strdup(db);
	r->runs = r->db != NULL &&
		  pthread_create(&r->thread, NULL, requests_run, r) == 0;
	if (!r->runs) {
		requests_destroy(&r);
		return md_nomem(e);
	}
	*out = r;
	return true;
}

void
requests_destroy(struct requests **requests)
{
	struct requests *r = *requests;

	if (r == NULL)
		return;
	if (r->runs) {
		pthread_mutex_lock(&r->lock);
		r->stopping = true;
		(void)pthread_cond_signal(&r->changed);
		pthread_mutex_unlock(&r->lock);
		(void)pthread_join(r->thread, NULL);
	}
	store_close(&r->store);
	(void)pthread_cond_destroy(&r->changed);
	(void)pthread_mutex_destroy(&r->writing);
	(void)pthread_mutex_destroy(&r->lock);
	free(r->db);
	free(r);
	*requests = NULL;
}
