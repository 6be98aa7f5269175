/*
 * Series that readers did not find, on their way into the store.  The first
 * asking is written at once if nobody holds the store's lock; else, and when
 * asked again, a thread writes it within a second or so.  Whoever answers
 * never waits for a lock.
 *
 * Whether a series is noted is looked up in the store, so that the answer is
 * the truth also when another server, or a run, has changed it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "serve/internal.h"
#include "store/report.h"
#include "store/requests.h"

#define WAITING_MAX  1024 /* series not written yet */
#define EVERY_MS     1000
#define FIRST_TRY_MS 1000 /* until it is known if the store can be written */
#define AT_LEAST_MS  100  /* between two tries that are waited for */
#define NEW_A_MINUTE 100
#define MINUTE_US    INT64_C(60000000)
#define TRY_AGAIN_MS (5 * EVERY_MS)

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
	pthread_cond_t decided; /* tried */
	bool stopping;
	bool tried; /* to open the store for writing */
	int64_t tried_us;
	bool writable;     /* it could be, the last time */
	bool told;         /* that it cannot be written */
	bool again;        /* somebody wants to know whether it can be now */
	int64_t minute_us; /* since then … */
	unsigned new;      /* … so many were new */
	struct wanted waiting[WAITING_MAX];
	size_t len;
	pthread_mutex_t writing; /* of the store */
	struct store *store;
};

const char *
request_note_name(enum request_note n)
{
	static const char *const names[] = {
		[NOTE_TAKEN] = NULL,
		[NOTE_RATE] = "rate",
		[NOTE_FULL] = "full",
		[NOTE_DROPPED] = "dropped",
		[NOTE_SYMBOL] = "symbol",
		[NOTE_UNWRITABLE] = "read-only",
	};

	return names[n];
}

const char *
request_note_words(enum request_note n)
{
	static const char *const words[] = {
		[NOTE_TAKEN] = "a backfill is requested, which mdbackfill "
			       "--requested serves",
		[NOTE_RATE] = "no backfill is requested: too many were in "
			      "this minute",
		[NOTE_FULL] = "no backfill is requested: as many wait as may",
		[NOTE_DROPPED] = "no backfill is requested: those of the last "
				 "days found no bar",
		[NOTE_SYMBOL] = "no backfill is requested: symbols are in "
				"capitals",
		[NOTE_UNWRITABLE] = "no backfill is requested: the store "
				    "cannot be written",
	};

	return words[n];
}

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

enum written { WRITTEN, NOT_TAKEN, LOCKED, FAILED };

/* Under the lock of writing. */
static enum written
write_one(struct requests *r, const struct wanted *w, struct md_error *e)
{
	bool noted;

	if (store_request_put(r->store, w->symbol, w->timeframe, w->times,
		w->first_ms, &noted, e))
		return noted ? WRITTEN : NOT_TAKEN;
	return store_was_locked(r->store) ? LOCKED : FAILED;
}

/* -- what waits -- */

static struct wanted *
find_waiting(struct requests *r, const struct wanted *w)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->waiting[i].timeframe == w->timeframe &&
		    strcmp(r->waiting[i].symbol, w->symbol) == 0)
			return &r->waiting[i];
	return NULL;
}

static bool
queue(struct requests *r, const struct wanted *w)
{
	struct wanted *same = find_waiting(r, w);

	if (same != NULL) {
		same->times += w->times;
		return true;
	}
	if (r->len == WAITING_MAX)
		return false;
	r->waiting[r->len++] = *w;
	(void)pthread_cond_signal(&r->changed);
	return true;
}

/* Now and this much. */
static struct timespec
moment_in(int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Under the lock.  It is not known just after the start; and where it could
 * not be a while ago, or before anybody asked, that is tried again. */
static bool
is_writable(struct requests *r)
{
	struct timespec until = moment_in(FIRST_TRY_MS);

	if (r->tried && !r->writable &&
	    (!r->told ||
		md_monotonic_us() - r->tried_us > AT_LEAST_MS * 1000)) {
		r->tried = false;
		r->again = true;
		(void)pthread_cond_signal(&r->changed);
	}
	while (!r->tried &&
	       pthread_cond_timedwait(&r->decided, &r->lock, &until) == 0)
		;
	return r->writable;
}

/* Under the lock: is there room for a new one in this minute? */
static bool
take_place(struct requests *r)
{
	int64_t now = md_monotonic_us();

	if (r->minute_us == 0 || now - r->minute_us >= MINUTE_US) {
		r->minute_us = now;
		r->new = 0;
	}
	if (r->new == NEW_A_MINUTE)
		return false;
	r->new ++;
	return true;
}

static void
set_writable(struct requests *r, bool writable)
{
	pthread_mutex_lock(&r->lock);
	r->tried = true;
	r->tried_us = md_monotonic_us();
	r->writable = writable;
	(void)pthread_cond_broadcast(&r->decided);
	pthread_mutex_unlock(&r->lock);
}

/* Once, until it can be. */
static void
tell_failure(struct requests *r, bool good, const struct md_error *e)
{
	bool told;

	pthread_mutex_lock(&r->lock);
	told = r->told;
	r->told = !good;
	pthread_mutex_unlock(&r->lock);
	if (!good && !told)
		log_write(r->log, LOG_WARNING,
		    "requests for a backfill cannot be noted now: %s", e->text);
}

/* The first time that it is asked for: at once, if nobody is in the way. */
static enum request_note
note_new(struct requests *r, const struct wanted *w)
{
	struct md_error e;
	enum written how = LOCKED;
	bool good;

	if (pthread_mutex_trylock(&r->writing) == 0) {
		if (r->store != NULL)
			how = write_one(r, w, &e);
		pthread_mutex_unlock(&r->writing);
	}
	switch (how) {
	case WRITTEN:
		return NOTE_TAKEN;
	case NOT_TAKEN:
		return NOTE_FULL;
	case FAILED:
		tell_failure(r, false, &e);
		set_writable(r, false);
		return NOTE_UNWRITABLE;
	case LOCKED:
		break;
	}
	pthread_mutex_lock(&r->lock);
	good = queue(r, w);
	pthread_mutex_unlock(&r->lock);
	return good ? NOTE_TAKEN : NOTE_FULL;
}

/* Under the lock: what can be told without writing; *new: nothing can. */
static enum request_note
note_known(struct requests *r, const struct wanted *w, enum request_state state,
    bool *new)
{
	bool waits = find_waiting(r, w) != NULL;

	*new = false;
	if (state == REQUEST_CANDIDATE || waits) {
		(void)queue(r, w); /* counted, if there is room */
		return NOTE_TAKEN;
	}
	if (state == REQUEST_DROPPED)
		return NOTE_DROPPED;
	if (state == REQUEST_FULL)
		return NOTE_FULL;
	if (!is_writable(r))
		return NOTE_UNWRITABLE;
	*new = take_place(r);
	return NOTE_RATE;
}

/* Capitals, but for the letter of a class of shares (BACpL): one series is not
 * noted in many spellings. */
static bool
is_spelled(const char *symbol)
{
	size_t lower = 0;

	for (const char *s = symbol; *s != '\0'; s++) {
		if (*s < 'a' || *s > 'z')
			continue;
		if (s == symbol || s[-1] == ':' || strchr("prwu", *s) == NULL)
			return false;
		lower++;
	}
	return lower <= 1;
}

enum request_note
requests_note(struct requests *r, struct store *reader, const char *symbol,
    enum timeframe tf, int64_t now_ms)
{
	struct wanted w = { .timeframe = tf, .times = 1, .first_ms = now_ms };
	enum request_state state;
	enum request_note note;
	struct md_error e;
	bool new;

	if (!is_spelled(symbol))
		return NOTE_SYMBOL;
	memcpy(w.symbol, symbol, strlen(symbol) + 1);
	if (!store_request_look(reader, symbol, tf, now_ms, &state, &e))
		return NOTE_UNWRITABLE;
	pthread_mutex_lock(&r->lock);
	note = note_known(r, &w, state, &new);
	pthread_mutex_unlock(&r->lock);
	return new ? note_new(r, &w) : note;
}

/* -- the thread -- */

/* Can the store be written?  Whoever is answered is told; so is the operator,
 * if somebody asked. */
static void
try_store(struct requests *r, bool asked)
{
	struct md_error e;
	bool good;

	pthread_mutex_lock(&r->writing);
	good = open_store(r, &e);
	pthread_mutex_unlock(&r->writing);
	if (!good && asked)
		tell_failure(r, false, &e);
	set_writable(r, good);
}

/* Writes what waits; what cannot be written waits on. */
static void
flush(struct requests *r)
{
	struct wanted w;
	struct md_error e;
	enum written how = WRITTEN;
	bool some = true;

	while (some) {
		pthread_mutex_lock(&r->lock);
		some = how != LOCKED && how != FAILED && r->len > 0;
		if (some)
			w = r->waiting[--r->len];
		else if (how == LOCKED || how == FAILED)
			(void)queue(r, &w);
		pthread_mutex_unlock(&r->lock);
		if (!some)
			break;
		pthread_mutex_lock(&r->writing);
		how = open_store(r, &e) ? write_one(r, &w, &e) : FAILED;
		pthread_mutex_unlock(&r->writing);
		tell_failure(r, how == WRITTEN || how == NOT_TAKEN, &e);
		if (how != LOCKED)
			set_writable(r, how != FAILED);
	}
}

/* A moment, so that what is asked for again and again is written once. */
static void
pause_for(struct requests *r, int64_t ms)
{
	struct timespec t = moment_in(ms);

	while (!r->stopping && !r->again &&
	       pthread_cond_timedwait(&r->changed, &r->lock, &t) == 0)
		;
}

static void *
requests_run(void *arg)
{
	struct requests *r = arg;

	/* When it is not there, whoever reads it says so. */
	try_store(r, false);
	pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		bool again = r->again;

		if (r->len == 0 && !again) {
			(void)pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		if (!again)
			pause_for(r, r->told ? TRY_AGAIN_MS : EVERY_MS / 4);
		again = r->again;
		r->again = false;
		pthread_mutex_unlock(&r->lock);
		if (again)
			try_store(r, true);
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
	(void)pthread_cond_init(&r->decided, NULL);
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
	(void)pthread_cond_destroy(&r->decided);
	(void)pthread_mutex_destroy(&r->writing);
	(void)pthread_mutex_destroy(&r->lock);
	free(r->db);
	free(r);
	*requests = NULL;
}
