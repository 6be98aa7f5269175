#include "backfill/file_bucket.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "polygon/s3.h"
#include "sys/gzip.h"
#include "sys/thread.h"

/* Years from 1970 on that there may be files of. */
#define YEARS  150
#define MONTHS (12 * YEARS)

/* So many files of a month that are refused one after the other close it. */
#define REFUSALS 2

/* Listings that are under way at once, at most; how often it is looked what
 * else is due meanwhile. */
#define LISTERS 8
#define LOOK_NS 50000000

struct entry {
	bool there;
	char etag[LISTING_ETAG];
	int64_t bytes, modified_ms;
};

/* What is known of a set's files of a month. */
struct month {
	bool closed;      /* nothing more of it is asked for */
	unsigned refused; /* files in a row */
	struct entry days[31];
};

struct file_bucket {
	const struct backfill_options *o;
	struct s3 *s3;
	struct month **months[FLAT_SETS]; /* null: not listed yet */
	unsigned closed[FLAT_SETS];       /* months in a row */
	bool told[FLAT_SETS];             /* of a listing that failed */
	bool listed;                      /* some month was */
	bool (*wait)(void *ctx);          /* or null */
	void *wait_ctx;
	pthread_t thread;    /* that wait() is for */
	atomic_bool stopped; /* by wait(), or from elsewhere */
	struct file_list_counts counts;
};

static bool
wait_for_bucket(void *ctx)
{
	struct file_bucket *b = ctx;

	if (b->wait != NULL && pthread_equal(pthread_self(), b->thread) &&
	    !b->wait(b->wait_ctx))
		file_bucket_stop(b);
	return !atomic_load(&b->stopped);
}

bool
file_bucket_create(struct file_bucket **out, const struct backfill_options *o,
    struct md_error *e)
{
	struct file_bucket *b = calloc(1, sizeof(*b));
	const struct polygon_options *p = &o->polygon;
	const struct s3_keys *k = o->s3;
	const struct s3_options s3 = {
		.url = o->flat_files,
		.signer = { k->id, k->secret,
		    k->token[0] != '\0' ? k->token : NULL },
		.trust = p->trust,
		.backoff = p->backoff,
		.connect_timeout_ms = p->connect_timeout_ms,
		.stall_timeout_ms = p->stall_timeout_ms,
		.request_timeout_ms = p->request_timeout_ms,
		.wait = wait_for_bucket,
		.wait_ctx = b,
	};

	if (b == NULL)
		return md_nomem(e);
	b->o = o;
	b->thread = pthread_self();
	if (s3_create(&b->s3, &s3, e)) {
		*out = b;
		return true;
	}
	free(b);
	return md_context(e, "--flat-files");
}

void
file_bucket_destroy(struct file_bucket **bp)
{
	struct file_bucket *b = *bp;

	if (b == NULL)
		return;
	s3_destroy(&b->s3);
	for (int set = 0; set < FLAT_SETS; set++) {
		for (int i = 0; b->months[set] != NULL && i < MONTHS; i++)
			free(b->months[set][i]);
		free((void *)b->months[set]);
	}
	free(b);
	*bp = NULL;
}

void
file_bucket_on_wait(struct file_bucket *b, bool (*wait)(void *ctx), void *ctx)
{
	b->wait = wait;
	b->wait_ctx = ctx;
	atomic_store(&b->stopped, false);
}

void
file_bucket_stop(struct file_bucket *b)
{
	atomic_store(&b->stopped, true);
}

struct file_list_counts
file_bucket_counts(const struct file_bucket *b)
{
	struct file_list_counts c = b->counts;

	c.requests = s3_requests(b->s3);
	return c;
}

/* -- which there are -- */

struct listing_taking {
	struct month *month;
	enum flat_set set;
	int64_t place; /* the month's */
};

static int64_t
place_of(md_date date)
{
	int year, month, day;

	md_date_split(date, &year, &month, &day);
	return (year - 1970) * INT64_C(12) + month - 1;
}

/* The entry of the day; null where there can be none. */
static struct entry *
entry_of(struct month *m, md_date date)
{
	int year, month, day;

	md_date_split(date, &year, &month, &day);
	return &m->days[day - 1];
}

/* Any other object under that prefix is passed over. */
static void
take_object(void *ctx, const struct listing_object *o)
{
	struct listing_taking *t = ctx;
	char name[FLAT_NAME_MAX], text[11];
	const char *file = strrchr(o->key, '/');
	struct entry *entry;
	md_date date;

	if (file == NULL || strlen(file) < sizeof(text))
		return;
	memcpy(text, file + 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	if (!md_date_parse(text, &date) || place_of(date) != t->place)
		return;
	flat_name(t->set, date, name);
	if (strcmp(name, o->key) != 0)
		return;
	entry = entry_of(t->month, date);
	entry->there = true;
	memcpy(entry->etag, o->etag, sizeof(entry->etag));
	entry->bytes = o->bytes;
	entry->modified_ms = o->modified_ms;
}

static void
close_month(struct file_bucket *b, enum flat_set set, struct month *m)
{
	if (!m->closed)
		b->closed[set]++;
	m->closed = true;
}

/* A month cannot be listed; told once of a set, and once where it is all. */
static void
tell_unlisted(struct file_bucket *b, enum flat_set set, const char *prefix,
    const struct md_error *e)
{
	struct md_error verdict;
	bool all = !s3_verdict(b->s3, &verdict);

	if (b->counts.failed++ == 0)
		b->counts.first = *e;
	log_write(b->o->log, b->told[set] && !all ? LOG_DEBUG : LOG_WARNING,
	    "flat files: %s: %s: %s", all ? b->o->flat_files : prefix, e->text,
	    all ? "none of them is read, all is requested"
		: "its days are requested");
	b->told[set] = true;
}

/* On any thread. */
static bool
ask_month(struct file_bucket *b, enum flat_set set, md_date date,
    struct month *m, struct md_error *e)
{
	struct listing_taking t = { m, set, place_of(date) };
	char prefix[FLAT_NAME_MAX];

	flat_name(set, date, prefix);
	*(strrchr(prefix, '/') + 1) = '\0';
	return s3_list_all(b->s3, prefix, take_object, &t, e);
}

/* It was asked for, and that failed. */
static void
fail_month(struct file_bucket *b, enum flat_set set, md_date date,
    struct month *m, const struct md_error *e)
{
	char prefix[FLAT_NAME_MAX];

	/* What came of it before that may not be all. */
	memset(m, 0, sizeof(*m));
	close_month(b, set, m);
	flat_name(set, date, prefix);
	*(strrchr(prefix, '/') + 1) = '\0';
	if (e->code != MD_EINTR)
		tell_unlisted(b, set, prefix, e);
}

static void
list_month(struct file_bucket *b, enum flat_set set, md_date date,
    struct month *m)
{
	struct md_error e;

	if (ask_month(b, set, date, m, &e))
		b->listed = true;
	else
		fail_month(b, set, date, m, &e);
}

/* The months of the set; null: out of memory. */
static struct month **
months_of(struct file_bucket *b, enum flat_set set)
{
	if (b->months[set] == NULL)
		b->months[set] =
		    (struct month **)calloc(MONTHS, sizeof(struct month *));
	return b->months[set];
}

/* Null: nothing is to be had of it. */
static struct month *
find_month(struct file_bucket *b, enum flat_set set, md_date date,
    struct md_error *e)
{
	int64_t place = place_of(date);
	struct md_error verdict;
	struct month **at;

	(void)md_fail(e, MD_EIO, "there is no such file");
	if (place < 0 || place >= MONTHS || atomic_load(&b->stopped))
		return NULL;
	if (months_of(b, set) == NULL)
		return NULL;
	at = &b->months[set][place];
	if (*at == NULL && s3_verdict(b->s3, &verdict)) {
		*at = calloc(1, sizeof(**at));
		if (*at != NULL)
			list_month(b, set, date, *at);
	}
	return *at == NULL || (*at)->closed || !s3_verdict(b->s3, &verdict)
		   ? NULL
		   : *at;
}

bool
file_bucket_look(struct file_bucket *b, enum flat_set set, md_date date,
    struct flat_file *f, struct md_error *e)
{
	struct month *m = find_month(b, set, date, e);
	const struct entry *entry = m == NULL ? NULL : entry_of(m, date);

	if (entry == NULL || !entry->there)
		return false;
	f->bytes = entry->bytes;
	f->modified_ms = entry->modified_ms;
	if (entry->etag[0] != '\0')
		memcpy(f->etag, entry->etag, sizeof(entry->etag));
	else
		(void)snprintf(f->etag, sizeof(f->etag), "%lld-%lld",
		    (long long)f->bytes, (long long)f->modified_ms);
	return true;
}

/* -- many months at once -- */

/* A month that is listed on one of several threads. */
struct asked_month {
	int64_t place;
	struct month *month; /* null: it was not asked for */
	bool good;
	struct md_error error;
};

ARRAY_OF(asked_months, struct asked_month);

struct listers {
	struct file_bucket *bucket;
	enum flat_set set;
	struct asked_months all;
	atomic_size_t next;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	size_t running; /* under the mutex */
};

static md_date
date_of_place(int64_t place)
{
	return md_date_of((int)(1970 + place / 12), (int)(place % 12 + 1), 1);
}

static void *
list_some(void *ctx)
{
	struct listers *l = ctx;
	struct file_bucket *b = l->bucket;
	struct md_error verdict;
	size_t i;

	while ((i = atomic_fetch_add(&l->next, 1)) < l->all.len &&
	       !atomic_load(&b->stopped) && s3_verdict(b->s3, &verdict)) {
		struct asked_month *a = &l->all.v[i];

		a->month = calloc(1, sizeof(*a->month));
		if (a->month != NULL)
			a->good = ask_month(b, l->set, date_of_place(a->place),
			    a->month, &a->error);
	}
	(void)pthread_mutex_lock(&l->mutex);
	l->running--;
	(void)pthread_cond_signal(&l->ended);
	(void)pthread_mutex_unlock(&l->mutex);
	return NULL;
}

/* Until all have ended; what is due meanwhile is done on this thread. */
static void
wait_for_listers(struct listers *l)
{
	size_t running;

	do {
		struct timespec until;

		(void)wait_for_bucket(l->bucket);
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		(void)pthread_mutex_lock(&l->mutex);
		if (l->running > 0)
			(void)pthread_cond_timedwait(&l->ended, &l->mutex,
			    &until);
		running = l->running;
		(void)pthread_mutex_unlock(&l->mutex);
	} while (running > 0);
}

/* What none of them could ask for is asked for when it is looked at. */
static void
run_listers(struct listers *l)
{
	unsigned jobs = l->bucket->o->jobs;
	size_t most = jobs > 0 && jobs < LISTERS ? jobs : LISTERS, n = 0;
	pthread_t ids[LISTERS];

	l->running = l->all.len < most ? l->all.len : most;
	most = l->running;
	while (n < most && thread_start(&ids[n], list_some, l))
		n++;
	(void)pthread_mutex_lock(&l->mutex);
	l->running -= most - n;
	(void)pthread_mutex_unlock(&l->mutex);
	wait_for_listers(l);
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(ids[i], NULL);
}

/* In the order of months, as though one had been listed after the other. */
static void
take_months(struct listers *l)
{
	struct file_bucket *b = l->bucket;

	for (size_t i = 0; i < l->all.len; i++) {
		struct asked_month *a = &l->all.v[i];

		if (a->month == NULL)
			continue;
		b->months[l->set][a->place] = a->month;
		if (!a->good)
			fail_month(b, l->set, date_of_place(a->place), a->month,
			    &a->error);
	}
}

/* Those not listed yet, from place on. */
static bool
add_months(struct listers *l, int64_t from, int64_t to)
{
	for (int64_t place = from; place <= to; place++) {
		struct asked_month *a;

		if (l->bucket->months[l->set][place] != NULL)
			continue;
		a = asked_months_append(&l->all);
		if (a == NULL)
			return false;
		*a = (struct asked_month){ .place = place };
	}
	return true;
}

void
file_bucket_want(struct file_bucket *b, enum flat_set set, md_date from,
    md_date to)
{
	struct listers l = { .bucket = b, .set = set };
	int64_t first = place_of(from), last = place_of(to);
	struct md_error e;

	if (first < 0 || last >= MONTHS || months_of(b, set) == NULL)
		return;
	/* One alone, until it is known that the bucket answers. */
	for (; !b->listed && first <= last; first++)
		(void)find_month(b, set, date_of_place(first), &e);
	(void)pthread_mutex_init(&l.mutex, NULL);
	(void)pthread_cond_init(&l.ended, NULL);
	if (add_months(&l, first, last) && l.all.len > 1) {
		run_listers(&l);
		take_months(&l);
	}
	asked_months_free(&l.all);
	(void)pthread_cond_destroy(&l.ended);
	(void)pthread_mutex_destroy(&l.mutex);
}

/* -- one of them -- */

/* What is wrong with one file is wrong with no more than that file. */
static bool
as_file_error(struct md_error *e)
{
	if (e->code != MD_EINTR && e->code != MD_ENOMEM &&
	    e->code != MD_EDATA && e->code != MD_EABSENT)
		e->code = MD_EIO;
	return false;
}

static bool
read_object(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	return s3_read(ctx, to, cap, len, e) || as_file_error(e);
}

static void
close_object(void *ctx)
{
	struct s3_object *o = ctx;

	s3_close(&o);
}

/* After so many refusals more of the month are not asked for: fewer, where the
 * months before were refused as well. */
static void
note_refusal(struct file_bucket *b, enum flat_set set, struct month *m)
{
	m->refused++;
	if (m->refused >= REFUSALS || b->closed[set] > 0)
		close_month(b, set, m);
}

/* Which object it is, if another than was listed.  False: it is that one, and
 * not all of it. */
static bool
identify(const struct listing_object *o, struct flat_file *f,
    struct md_error *e)
{
	if (o->etag[0] == '\0')
		return true;
	if (strcmp(o->etag, f->etag) == 0)
		return o->bytes < 0 || o->bytes == f->bytes ||
		       md_fail(e, MD_EDATA,
			   "%lld bytes of it are sent, of %lld",
			   (long long)o->bytes, (long long)f->bytes);
	memcpy(f->etag, o->etag, sizeof(o->etag));
	f->bytes = o->bytes >= 0 ? o->bytes : f->bytes;
	f->modified_ms = o->modified_ms > 0 ? o->modified_ms : f->modified_ms;
	return true;
}

bool
file_bucket_open(struct file_bucket *b, enum flat_set set, md_date date,
    struct flat_file *f, struct gunzip **gz, struct md_error *e)
{
	struct gunzip_source source = { read_object, close_object, NULL };
	struct month *m = find_month(b, set, date, e);
	struct s3_object *o;

	if (m == NULL || !file_bucket_look(b, set, date, f, e))
		return false;
	if (!s3_open(b->s3, f->name, &o, e)) {
		if (e->code == MD_EDENIED)
			note_refusal(b, set, m);
		e->code = e->code == MD_EABSENT ? MD_EIO : e->code;
		return as_file_error(e);
	}
	m->refused = b->closed[set] = 0;
	if (!identify(s3_object(o), f, e)) {
		s3_close(&o);
		return false;
	}
	source.ctx = o;
	return gunzip_create_from(gz, &source, e);
}
