/*
 * Load on the store itself: what the read API does for a request, without
 * HTTP.  A thread with a handle of its own a reader, each reading the newest
 * bars of a series.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "load/job.h"
#include "store/report.h"
#include "store/store.h"

#define NS_SECOND INT64_C(1000000000)
#define NAP_NS    INT64_C(50000000) /* between looks whether to stop */
#define LATE_NS   UINT64_C(5000000)
#define LIMIT_MAX 1000
#define STACK     ((size_t)512 * 1024)

struct reader {
	struct load_store *owner;
	struct store *store;
	pthread_t thread;
	struct bar bars[LIMIT_MAX + 1];
};

struct load_store {
	struct series_rows series; /* sorted */
	struct reader *v;
	unsigned readers;
	/* -- of one run -- */
	const struct load_job *job;
	struct load_generator *effort;
	uint64_t started_ns;
	atomic_uint_fast64_t next;
	atomic_bool stop;     /* every reader ends */
	pthread_mutex_t lock; /* of job.done, effort and what follows */
	bool failed;
};

/* -- which series -- */

static int
by_symbol(const void *a, const void *b)
{
	const struct series_row *x = a, *y = b;
	int c = strcmp(x->symbol, y->symbol);

	if (c != 0)
		return c;
	return (int)x->facts.timeframe - (int)y->facts.timeframe;
}

static const struct series_row *
find_series(const struct load_store *s, const struct load_request *a)
{
	struct series_row key;

	memset(&key, 0, sizeof(key));
	(void)snprintf(key.symbol, sizeof(key.symbol), "%s", a->symbol);
	key.facts.timeframe = a->timeframe;
	return bsearch(&key, s->series.v, s->series.len, sizeof(key),
	    by_symbol);
}

bool
load_store_symbols(struct load_store *s, char (*out)[SYMBOL_MAX], size_t max,
    size_t *len, struct md_error *e)
{
	*len = 0;
	for (size_t i = 0; i < s->series.len && *len < max; i++) {
		const struct series_row *r = &s->series.v[i];

		if (r->facts.timeframe == TF_1D && r->facts.has_bars)
			memcpy(out[(*len)++], r->symbol, SYMBOL_MAX);
	}
	return *len > 0 ||
	       md_fail(e, MD_EEMPTY,
		   "the store has no daily bars to read; fill it with "
		   "mdbackfill first, or name what it has with --symbols");
}

/* -- reading -- */

static uint64_t
digest(const struct bar *v, size_t len)
{
	uint64_t h = HASH_EMPTY, bits;

	for (size_t i = 0; i < len; i++) {
		memcpy(&bits, &v[i].c, sizeof(bits));
		h = hash_number(hash_number(h, (uint64_t)v[i].t), bits);
	}
	return h;
}

static void
read_one(struct reader *r, struct load_outcome *o, char detail[256])
{
	const struct series_row *series = find_series(r->owner, o->ask);
	struct md_error e;
	int64_t start;
	size_t len = 0;

	o->detail = detail;
	if (series == NULL || !series->facts.has_bars) {
		o->fault = LOAD_MISSING;
		(void)snprintf(detail, 256, "the store has no bars of it");
		return;
	}
	/* The last one counts, too: so many bars with it. */
	if (!store_bars_before(r->store, series->id, series->facts.newest_ts,
		o->ask->limit - 1, INT64_MAX, &start, &e) ||
	    !store_bars(r->store, series->id, start, r->bars,
		(size_t)o->ask->limit, &len, &e)) {
		o->fault = LOAD_STORE;
		(void)snprintf(detail, 256, "%.255s", e.text);
		return;
	}
	o->fault = LOAD_OK;
	if (o->ask->digest)
		o->digest = digest(r->bars, len);
	o->bytes = len * sizeof(r->bars[0]);
	o->detail = NULL;
}

static void
nap_until(struct load_store *s, uint64_t due)
{
	for (;;) {
		uint64_t now = load_now_ns();
		struct timespec t = { 0, 0 };

		if (now >= due || atomic_load(&s->stop) || s->job->stopped())
			return;
		t.tv_nsec = due - now < (uint64_t)NAP_NS ? (long)(due - now)
							 : (long)NAP_NS;
		(void)nanosleep(&t, NULL);
	}
}

static void
report_outcome(struct load_store *s, struct load_outcome *o, uint64_t lag,
    bool crowded)
{
	(void)pthread_mutex_lock(&s->lock);
	if (crowded)
		s->effort->crowded++;
	else if (lag > LATE_NS)
		s->effort->late++;
	if (!crowded && lag > s->effort->worst_late_ns)
		s->effort->worst_late_ns = lag;
	if (!s->job->done(s->job->ctx, o))
		s->failed = true;
	if (s->failed || s->job->stopped() ||
	    (s->job->enough != NULL &&
		s->job->enough(s->job->ctx,
		    (double)o->at_ns / (double)NS_SECOND)))
		atomic_store(&s->stop, true);
	(void)pthread_mutex_unlock(&s->lock);
}

/* The next request, if there is one; when it counts from. */
static bool
next_request(struct load_store *s, uint64_t *k, uint64_t *begin, bool *waited)
{
	const struct load_job *j = s->job;
	uint64_t now;

	*k = atomic_fetch_add(&s->next, 1);
	if (j->count > 0 && *k >= j->count)
		return false;
	now = load_now_ns();
	*waited = true;
	if (j->rate <= 0) {
		*begin = now;
		return j->count > 0 ||
		       now - s->started_ns < (uint64_t)j->duration_ns;
	}
	*begin = s->started_ns + load_job_due(j, *k);
	if (j->count == 0 && *begin - s->started_ns >= (uint64_t)j->duration_ns)
		return false;
	*waited = *begin > now;
	nap_until(s, *begin);
	return true;
}

/* Where users come and go the readers beyond their number rest. */
static bool
wait_for_turn(struct load_store *s, const struct reader *r)
{
	const struct load_job *j = s->job;

	for (;;) {
		uint64_t now = load_now_ns();
		uint64_t since = now - s->started_ns;

		if ((uint64_t)(r - s->v) < load_job_users(j, since))
			return true;
		if (since >= (uint64_t)j->duration_ns ||
		    atomic_load(&s->stop) || j->stopped())
			return false;
		nap_until(s, now + (uint64_t)NAP_NS);
	}
}

static void *
reader_main(void *ctx)
{
	struct reader *r = ctx;
	struct load_store *s = r->owner;
	uint64_t k, begin;
	bool waited;

	while (!atomic_load(&s->stop) && wait_for_turn(s, r) &&
	       next_request(s, &k, &begin, &waited) && !atomic_load(&s->stop)) {
		struct load_request ask;
		struct load_outcome o = { .ask = &ask };
		char detail[256];
		uint64_t lag = load_now_ns() - begin;

		s->job->ask(s->job->ctx, k, &ask);
		read_one(r, &o, detail);
		o.latency_ns = load_now_ns() - begin;
		o.at_ns = load_now_ns() - s->started_ns;
		o.lag_ns = s->job->rate > 0 && waited ? lag : 0;
		report_outcome(s, &o, s->job->rate > 0 ? lag : 0, !waited);
	}
	return NULL;
}

static bool
start_readers(struct load_store *s, unsigned *started, struct md_error *e)
{
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc == 0) {
		rc = pthread_attr_setstacksize(&attr, STACK);
		for (*started = 0; *started < s->readers && rc == 0;) {
			struct reader *r = &s->v[*started];

			rc = pthread_create(&r->thread, &attr, reader_main, r);
			*started += rc == 0 ? 1 : 0;
		}
		(void)pthread_attr_destroy(&attr);
	}
	if (rc == 0)
		return true;
	atomic_store(&s->stop, true);
	return md_fail(e, MD_EIO, "cannot start %u readers: %s", s->readers,
	    strerror(rc));
}

bool
load_store_run(struct load_store *s, const struct load_job *j,
    struct load_generator *effort, struct md_error *e)
{
	unsigned started = 0;
	bool good;

	memset(effort, 0, sizeof(*effort));
	s->job = j;
	s->effort = effort;
	s->failed = false;
	atomic_store(&s->next, 0);
	atomic_store(&s->stop, false);
	load_generator_begin(effort);
	s->started_ns = load_now_ns();
	good = start_readers(s, &started, e);
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(s->v[i].thread, NULL);
	load_generator_end(effort);
	effort->wait_seconds = 0; /* of this thread, which only waited */
	effort->seconds =
	    (double)(load_now_ns() - s->started_ns) / (double)NS_SECOND;
	if (good && s->failed)
		return md_nomem(e);
	if (good && j->stopped())
		return md_fail(e, MD_EINTR, "interrupted");
	return good;
}

/* -- handles -- */

static bool
open_readers(struct load_store *s, const char *db, struct md_error *e)
{
	for (unsigned i = 0; i < s->readers; i++) {
		s->v[i].owner = s;
		if (!store_open_readonly(db, &s->v[i].store, e))
			return false;
		if (s->v[i].store == NULL)
			return store_fail(e, db,
			    "does not exist: run mdbackfill first, "
			    "or name another with --db");
	}
	return true;
}

static bool
read_series(struct load_store *s, struct md_error *e)
{
	struct store *st = s->v[0].store;
	bool good =
	    store_report_begin(st, e) && store_report_series(st, &s->series, e);

	store_report_end(st);
	if (good && s->series.len > 0)
		qsort(s->series.v, s->series.len, sizeof(s->series.v[0]),
		    by_symbol);
	return good;
}

bool
load_store_open(struct load_store **out, const char *db, unsigned readers,
    struct md_error *e)
{
	struct load_store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	if (pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return md_nomem(e);
	}
	s->readers = readers;
	s->v = calloc(readers, sizeof(*s->v));
	if (s->v == NULL)
		(void)md_nomem(e);
	else if (open_readers(s, db, e) && read_series(s, e)) {
		*out = s;
		return true;
	}
	load_store_close(&s);
	return false;
}

void
load_store_close(struct load_store **s)
{
	if (*s == NULL)
		return;
	for (unsigned i = 0; (*s)->v != NULL && i < (*s)->readers; i++)
		store_close(&(*s)->v[i].store);
	series_rows_free(&(*s)->series);
	(void)pthread_mutex_destroy(&(*s)->lock);
	free((*s)->v);
	free(*s);
	*s = NULL;
}
