/*
 * Checkpoints on a thread of their own.  Copying the log into the database
 * means waiting for the disk to have synced both, which takes a third of the
 * time of storing bars; who stores goes on meanwhile.  The log only starts
 * over when all of it has been copied, so while pages come without a pause it
 * grows: past WAL_MOST the writer waits for what little is left.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/sqlite.h"
#include "sys/thread.h"

#define WAL_ENOUGH 1000 /* pages: worth a checkpoint */
#define WAL_MOST   6000 /* pages: 96 MiB */
#define PAGE_BYTES 16384

struct sqlite_wal {
	sqlite3 *db; /* the thread's own connection */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t change;
	bool wanted, busy, stop;
};

static void *
work(void *ctx)
{
	struct sqlite_wal *w = ctx;

	(void)pthread_mutex_lock(&w->mutex);
	while (!w->stop) {
		if (!w->wanted) {
			(void)pthread_cond_wait(&w->change, &w->mutex);
			continue;
		}
		w->wanted = false;
		w->busy = true;
		(void)pthread_mutex_unlock(&w->mutex);
		/* What fails here fails again, and is told, on the writer's. */
		(void)sqlite3_wal_checkpoint_v2(w->db, NULL,
		    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		(void)pthread_mutex_lock(&w->mutex);
		w->busy = false;
		(void)pthread_cond_broadcast(&w->change);
	}
	(void)pthread_mutex_unlock(&w->mutex);
	return NULL;
}

static void
wal_free(struct sqlite_wal *w)
{
	(void)sqlite3_close_v2(w->db);
	(void)pthread_cond_destroy(&w->change);
	(void)pthread_mutex_destroy(&w->mutex);
	free(w);
}

/* Signals are the main thread's: this one starts with all of them blocked. */
static struct sqlite_wal *
wal_create(const char *path)
{
	struct sqlite_wal *w = calloc(1, sizeof(*w));
	bool good;

	if (w == NULL)
		return NULL;
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_cond_init(&w->change, NULL);
	good = sqlite3_open_v2(path, &w->db,
		   SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
		   NULL) == SQLITE_OK &&
	       sqlite3_exec(w->db,
		   "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256; "
		   "PRAGMA wal_autocheckpoint = 0; "
		   "SELECT 1 FROM sqlite_master",
		   NULL, NULL, NULL) == SQLITE_OK;
	if (good && thread_start(&w->thread, work, w))
		return w;
	wal_free(w);
	return NULL;
}

/* After a commit, on the writer's thread. */
static int
committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_store *st = ctx;
	struct sqlite_wal *w;

	if (pages < WAL_ENOUGH)
		return SQLITE_OK;
	if (st->wal == NULL)
		st->wal = wal_create(st->path);
	w = st->wal;
	if (w == NULL) {
		(void)sqlite3_wal_checkpoint(db, name);
		return SQLITE_OK;
	}
	(void)pthread_mutex_lock(&w->mutex);
	if (pages < WAL_MOST)
		w->wanted = true;
	else
		while (w->busy)
			(void)pthread_cond_wait(&w->change, &w->mutex);
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->mutex);
	/* With the thread at rest this starts the log over. */
	if (pages >= WAL_MOST)
		(void)sqlite3_wal_checkpoint(db, name);
	if (pages >= 2 * WAL_MOST)
		sqlite_log_grows(st, (int64_t)pages * PAGE_BYTES);
	return SQLITE_OK;
}

void
sqlite_wal_begin(struct sqlite_store *st)
{
	(void)sqlite3_wal_hook(st->db, committed, st);
}

void
sqlite_wal_end(struct sqlite_store *st)
{
	struct sqlite_wal *w = st->wal;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->stop = true;
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->mutex);
	(void)pthread_join(w->thread, NULL);
	wal_free(w);
	st->wal = NULL;
}
