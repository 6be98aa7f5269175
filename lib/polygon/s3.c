#include "polygon/s3.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/dice.h"
#include "base/mdtime.h"
#include "polygon/s3_refusal.h"
#include "polygon/url.h"

#define MAX_LISTING  ((size_t)8 << 20)
#define MAX_BUFFERED ((size_t)1 << 20)
/* A month has 31 files: more pages than these are a mistake. */
#define MAX_PAGES 100
/* So often a download may break, however far it got each time. */
#define MAX_BREAKS 100
/* Requests in a row that may run out of retries before it counts as down. */
#define DOWN_AFTER 2
/* Asked to wait longer than this, a request gives up instead. */
#define MAX_RETRY_AFTER_MS INT64_C(600000)
#define WAIT_MS            50

/* Lines that are kept for the next request: no more than are used at once. */
#define IDLE_MAX 8

struct s3 {
	struct s3_options options;
	char *base; /* "https://host/bucket" */
	/* In a row ran out of retries; listings without an end; any answer
	 * came; all that were sent. */
	atomic_uint exhausted, endless;
	atomic_bool reached;
	atomic_llong requests;
	pthread_mutex_t mutex; /* of what follows */
	struct md_error verdict;
	struct http *idle[IDLE_MAX];
	size_t idle_len;
};

/* -- where it is -- */

/* "https://host/bucket", to be freed; *path is "" or "/flatfiles", what the URL
 * lacks of it. */
static bool
find_bucket(const char *url, char **base, const char **path, struct md_error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	const char *bucket;
	bool loopback;

	if (!url_base(url, "its keys go into a file, --s3-key-file", base,
		&loopback, e))
		return false;
	bucket = strstr(*base, "://");
	bucket = bucket == NULL ? NULL : strchr(bucket + 3, '/');
	*path = bucket == NULL ? "/" S3_BUCKET : "";
	if (bucket == NULL || bucket[1 + strspn(bucket + 1, plain)] == '\0')
		return true;
	free(*base);
	*base = NULL;
	return md_fail(e, MD_EUSAGE,
	    "'%.200s': expected a bucket as its path, such as " S3_URL
	    "/" S3_BUCKET,
	    url);
}

bool
s3_url_check(const char *url, struct md_error *e)
{
	char *base = NULL;
	const char *path;
	bool good = find_bucket(url, &base, &path, e);

	free(base);
	return good;
}

static bool
set_base(struct s3 *s, struct md_error *e)
{
	struct buf base = BUF_INIT;
	char *url = NULL;
	const char *path;

	if (!find_bucket(s->options.url, &url, &path, e))
		return false;
	buf_printf(&base, "%s%s", url, path);
	free(url);
	if (!buf_ok(&base)) {
		buf_free(&base);
		return md_nomem(e);
	}
	s->base = buf_take(&base);
	return true;
}

/* A line of its own for each request under way, whichever thread that is on. */
static bool
take_line(struct s3 *s, struct http **out, struct md_error *e)
{
	const struct s3_options *o = &s->options;
	struct http_options http = {
		.base_url = s->base,
		.signer = &o->signer,
		.trust = o->trust,
		.connect_timeout_ms = o->connect_timeout_ms,
		.stall_timeout_ms = o->stall_timeout_ms,
		.request_timeout_ms = o->request_timeout_ms,
		.max_body = MAX_LISTING,
		.max_buffered = MAX_LISTING,
	};

	(void)pthread_mutex_lock(&s->mutex);
	*out = s->idle_len > 0 ? s->idle[--s->idle_len] : NULL;
	(void)pthread_mutex_unlock(&s->mutex);
	return *out != NULL || http_create(out, &http, e);
}

/* What is under way on it is given up; its connection may be used again. */
static void
give_line(struct s3 *s, struct http **hp)
{
	if (*hp == NULL)
		return;
	http_cancel(*hp);
	(void)pthread_mutex_lock(&s->mutex);
	if (s->idle_len < IDLE_MAX) {
		s->idle[s->idle_len++] = *hp;
		*hp = NULL;
	}
	(void)pthread_mutex_unlock(&s->mutex);
	http_destroy(hp);
}

bool
s3_create(struct s3 **out, const struct s3_options *o, struct md_error *e)
{
	struct s3 *s = calloc(1, sizeof(*s));

	if (s == NULL || pthread_mutex_init(&s->mutex, NULL) != 0) {
		free(s);
		return md_nomem(e);
	}
	s->options = *o;
	if (set_base(s, e)) {
		s->options.url = NULL;
		*out = s;
		return true;
	}
	s3_destroy(&s);
	return false;
}

void
s3_destroy(struct s3 **sp)
{
	struct s3 *s = *sp;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->idle_len; i++)
		http_destroy(&s->idle[i]);
	(void)pthread_mutex_destroy(&s->mutex);
	free(s->base);
	free(s);
	*sp = NULL;
}

int64_t
s3_requests(const struct s3 *s)
{
	return atomic_load(&s->requests);
}

bool
s3_verdict(struct s3 *s, struct md_error *e)
{
	(void)pthread_mutex_lock(&s->mutex);
	*e = s->verdict;
	(void)pthread_mutex_unlock(&s->mutex);
	return e->code == MD_OK;
}

/* -- tries -- */

/* A request, and those that are made again in its place. */
struct tries {
	struct s3 *s3;
	struct http *http;
	uint64_t dice;
	unsigned retry;
	int64_t due; /* monotonic ms */
	bool active; /* one is under way */
	bool moved;  /* a piece of it came */

	enum { OPEN, ANSWERED, FAILED } state;
	struct md_error error; /* if it failed */
};

/* Nothing more is asked of it. */
static void
condemn(struct s3 *s, const struct md_error *e)
{
	(void)pthread_mutex_lock(&s->mutex);
	if (s->verdict.code == MD_OK)
		s->verdict = *e;
	(void)pthread_mutex_unlock(&s->mutex);
}

static void
fail(struct tries *t, const struct md_error *e, bool for_all)
{
	t->state = FAILED;
	t->error = *e;
	if (for_all)
		condemn(t->s3, e);
}

static void
try_again(struct tries *t, int64_t floor_ms, struct md_error *e)
{
	struct s3 *s = t->s3;
	char why[sizeof(e->text)];

	if (floor_ms <= MAX_RETRY_AFTER_MS &&
	    t->retry < s->options.backoff.max_retries) {
		t->due = md_monotonic_ms() + backoff_delay(&s->options.backoff,
						 t->retry, dice_roll(&t->dice),
						 floor_ms > 0 ? floor_ms : 0);
		t->retry++;
		return;
	}
	if (t->retry > 0) {
		memcpy(why, e->text, sizeof(why));
		(void)md_fail(e, e->code, "%.400s (tried %u times)", why,
		    t->retry + 1);
	}
	fail(t, e,
	    atomic_fetch_add(&s->exhausted, 1) + 1 >= DOWN_AFTER ||
		!atomic_load(&s->reached));
}

/* Is it a good answer?  If not, it has failed, or is tried again.  Whoever
 * finds that it is what it should be says so: it counts as up again. */
static bool
judge(struct tries *t, const struct http_answer *a)
{
	struct md_error e = a->error;
	bool for_all = false;

	t->active = false;
	if (a->status != 0)
		atomic_store(&t->s3->reached, true);
	if (e.code == MD_ENET)
		try_again(t, 0, &e);
	else if (e.code != MD_OK)
		fail(t, &e, e.code == MD_ETLS || e.code == MD_EUSAGE);
	else if (a->status / 100 == 2)
		return true;
	else if (s3_refusal_passes(a)) {
		s3_refusal_tell(a, &for_all, &e);
		try_again(t, a->retry_after_ms, &e);
	} else {
		atomic_store(&t->s3->exhausted, 0);
		s3_refusal_tell(a, &for_all, &e);
		fail(t, &e, for_all);
	}
	return false;
}

/* Start what is due, and wait a little for more of what is under way. */
static bool
step(struct tries *t, const struct http_request *r, http_done *done, void *ctx,
    struct md_error *e)
{
	struct s3 *s = t->s3;
	int64_t left = t->due - md_monotonic_ms();
	int wait = left > 0 && left < WAIT_MS ? (int)left : WAIT_MS;

	t->moved = false;
	if (!t->active && left <= 0) {
		if (!http_send(t->http, r, done, ctx, e))
			return false;
		atomic_fetch_add(&s->requests, 1);
		t->active = true;
	}
	/* What is held up brings nothing to wait for. */
	if (t->active && !http_step(t->http, 0, e))
		return false;
	if (t->state == OPEN && !t->moved && !http_step(t->http, wait, e))
		return false;
	return s->options.wait == NULL ||
	       s->options.wait(s->options.wait_ctx) ||
	       md_fail(e, MD_EINTR, "interrupted");
}

/* end() gives back what it takes. */
static bool
begin(struct s3 *s, struct tries *t, struct md_error *e)
{
	int64_t now = md_monotonic_us();

	*t = (struct tries){ .s3 = s, .due = now / 1000 };
	t->dice = dice_begin(now);
	return s3_verdict(s, e) && take_line(s, &t->http, e);
}

static void
end(struct tries *t)
{
	give_line(t->s3, &t->http);
	t->active = false;
}

/* -- listings -- */

struct listing_call {
	struct tries tries;
	listing_taker *take;
	void *ctx;
	struct listing page;
};

static void
on_listing(void *ctx, struct http_answer *a)
{
	struct listing_call *c = ctx;
	struct md_error e;

	if (!judge(&c->tries, a))
		return;
	if (listing_decode(a->len == 0 ? "" : a->body, a->len, c->take, c->ctx,
		&c->page, &e)) {
		atomic_store(&c->tries.s3->exhausted, 0);
		c->tries.state = ANSWERED;
	} else {
		(void)md_context(&e, "the answer is no listing");
		try_again(&c->tries, 0, &e);
	}
}

/* Its parameters sorted and encoded, as they are signed. */
static bool
listing_path(struct buf *path, const char *prefix, const char *token,
    struct md_error *e)
{
	char *a = url_escape_all(token), *b = url_escape_all(prefix);

	buf_clear(path);
	buf_putc(path, '?');
	if (a != NULL && b != NULL && token[0] != '\0')
		buf_printf(path, "continuation-token=%s&", a);
	if (a != NULL && b != NULL)
		buf_printf(path, "list-type=2&prefix=%s", b);
	else
		path->failed = true;
	free(a);
	free(b);
	return buf_ok(path) || md_nomem(e);
}

static bool
list_page(struct s3 *s, struct listing_call *c, const char *path,
    struct md_error *e)
{
	struct http_request r = { .path = path };

	bool good = begin(s, &c->tries, e);

	while (good && c->tries.state == OPEN)
		good = step(&c->tries, &r, on_listing, c, e);
	end(&c->tries);
	if (good && c->tries.state == FAILED) {
		*e = c->tries.error;
		good = false;
	}
	return good;
}

/* False.  Where that is not only one, it is no bucket's way to list. */
static bool
never_ends(struct s3 *s, struct md_error *e)
{
	if (atomic_fetch_add(&s->endless, 1) + 1 >= DOWN_AFTER)
		condemn(s, e);
	return false;
}

bool
s3_list_all(struct s3 *s, const char *prefix, listing_taker *take, void *ctx,
    struct md_error *e)
{
	struct listing_call c = { .take = take, .ctx = ctx };
	char token[LISTING_TOKEN] = "";
	struct buf path = BUF_INIT;
	bool good = true, more = true;

	for (int page = 0; good && more; page++) {
		if (page >= MAX_PAGES) {
			(void)md_fail(e, MD_EDATA, "a listing of over %d pages",
			    MAX_PAGES);
			good = never_ends(s, e);
		}
		good = good && listing_path(&path, prefix, token, e) &&
		       list_page(s, &c, buf_str(&path), e);
		more = c.page.truncated;
		if (good && more && strcmp(c.page.token, token) == 0) {
			(void)md_fail(e, MD_EDATA,
			    "the listing's token repeats: it would never end");
			good = never_ends(s, e);
		}
		memcpy(token, c.page.token, sizeof(token));
	}
	buf_free(&path);
	return good;
}

/* -- an object -- */

struct s3_object {
	struct tries tries;
	struct listing_object told;
	char quoted[LISTING_ETAG + 16]; /* its ETag as it came */
	char path[LISTING_KEY + 1];
	struct buf buf; /* received, from buf_at on not yet read */
	size_t buf_at;
	int64_t at;   /* bytes of it that were received */
	int64_t skip; /* of the transfer, that were already */
	bool known;   /* which it is */
	bool begun;   /* the transfer's first bytes were looked at */
	bool given;   /* some of it was read */
	bool replaced;
	unsigned breaks;
};

/* Is it the object that the transfers before it were of? */
static bool
same_object(const struct s3_object *o, const struct http_answer *a)
{
	char etag[LISTING_ETAG];

	listing_etag(a->etag, strlen(a->etag), etag);
	if (o->told.etag[0] != '\0' || etag[0] != '\0')
		return strcmp(etag, o->told.etag) == 0;
	return a->total >= 0 && a->total == o->told.bytes &&
	       a->modified_ms != 0 && a->modified_ms == o->told.modified_ms;
}

static void
learn(struct s3_object *o, const struct http_answer *a)
{
	o->known = true;
	listing_etag(a->etag, strlen(a->etag), o->told.etag);
	memcpy(o->quoted, a->etag, sizeof(o->quoted));
	o->told.bytes = a->total;
	o->told.modified_ms = a->modified_ms;
}

/* The first of a transfer: which object it is of, and which part.  False: not
 * that which is wanted. */
static bool
look(struct s3_object *o, const struct http_answer *a)
{
	o->begun = true;
	if (!o->known)
		learn(o, a);
	else if (!same_object(o, a)) {
		o->replaced = true;
		return false;
	}
	o->skip = a->status == 206 ? 0 : o->at;
	return a->status != 206 || a->from == o->at;
}

static enum http_taken
on_piece(void *ctx, const struct http_answer *a, const char *bytes, size_t n)
{
	struct s3_object *o = ctx;
	size_t skip;

	if (!o->begun && !look(o, a))
		return HTTP_UNWANTED;
	if (o->buf.len - o->buf_at >= MAX_BUFFERED)
		return HTTP_LATER;
	skip = o->skip < (int64_t)n ? (size_t)o->skip : n;
	o->skip -= (int64_t)skip;
	if (o->buf_at > 0) {
		memmove(o->buf.data, o->buf.data + o->buf_at,
		    o->buf.len - o->buf_at);
		o->buf.len -= o->buf_at;
		o->buf_at = 0;
	}
	buf_append(&o->buf, bytes + skip, n - skip);
	if (!buf_ok(&o->buf))
		return HTTP_UNWANTED;
	o->at += (int64_t)(n - skip);
	o->tries.moved = true;
	return HTTP_TAKEN;
}

/* It is another one now: from its beginning, if none of it was read yet. */
static void
replaced(struct s3_object *o)
{
	struct md_error e;

	o->replaced = true;
	if (o->given || o->breaks > MAX_BREAKS) {
		(void)md_fail(&e, MD_EABSENT,
		    "it was replaced while it was received");
		fail(&o->tries, &e, false);
		return;
	}
	o->replaced = o->known = false;
	o->at = 0;
	o->buf_at = 0;
	buf_clear(&o->buf);
}

/* The transfer has ended well, or broke: is that all of the object? */
static void
ended(struct s3_object *o)
{
	struct md_error e;

	if (o->told.bytes < 0 || o->at == o->told.bytes) {
		o->tries.state = ANSWERED;
		return;
	}
	(void)md_fail(&e, o->at < o->told.bytes ? MD_ENET : MD_EDATA,
	    "%lld bytes came of %lld", (long long)o->at,
	    (long long)o->told.bytes);
	if (o->at < o->told.bytes)
		try_again(&o->tries, 0, &e);
	else
		fail(&o->tries, &e, false);
}

static void
on_object(void *ctx, struct http_answer *a)
{
	struct s3_object *o = ctx;
	struct tries *t = &o->tries;
	struct md_error e = { MD_OK, "" };

	t->active = false;
	o->breaks++;
	if (!buf_ok(&o->buf)) {
		(void)md_nomem(&e);
		fail(t, &e, false);
	} else if (o->replaced ||
		   (o->at > 0 && (a->status == 412 || a->status == 416)))
		replaced(o);
	else if (a->error.code == MD_EDATA && o->begun) {
		(void)md_fail(&e, MD_EDATA,
		    "the answer is another part than was asked for");
		fail(t, &e, false);
	} else if (judge(t, a)) {
		if (!o->begun && !look(o, a) && o->replaced)
			replaced(o);
		else
			ended(o);
	} else if (t->state == OPEN && o->breaks > MAX_BREAKS) {
		(void)md_fail(&e, MD_ENET, "it broke %d times", MAX_BREAKS);
		fail(t, &e, false);
	}
	o->begun = false;
}

/* Wait for more of it: something to read, its end, or a failure. */
static bool
more(struct s3_object *o, struct md_error *e)
{
	struct http_request r = { .path = o->path, .piece = on_piece };
	int64_t before = o->at;

	r.from = o->at;
	if (o->at > 0 && o->told.etag[0] != '\0')
		r.etag = o->quoted;
	if (!step(&o->tries, &r, on_object, o, e)) {
		end(&o->tries);
		o->tries.state = FAILED;
		o->tries.error = *e;
		return false;
	}
	/* It gets on: what breaks next has all its retries again. */
	if (o->at > before)
		o->tries.retry = 0;
	return true;
}

static bool
failed(const struct s3_object *o, struct md_error *e)
{
	if (o->tries.state != FAILED)
		return false;
	*e = o->tries.error;
	return true;
}

bool
s3_open(struct s3 *s, const char *key, struct s3_object **out,
    struct md_error *e)
{
	struct s3_object *o = calloc(1, sizeof(*o));
	int n;

	if (o == NULL)
		return md_nomem(e);
	n = snprintf(o->path, sizeof(o->path), "/%s", key);
	if (n < 0 || (size_t)n >= sizeof(o->path)) {
		free(o);
		return md_fail(e, MD_EUSAGE, "a key that is too long");
	}
	memcpy(o->told.key, key, (size_t)n);
	o->told.bytes = -1;
	if (begin(s, &o->tries, e)) {
		while (o->tries.state == OPEN && !o->known)
			if (!more(o, e))
				break;
		if (o->known && o->tries.state != FAILED) {
			*out = o;
			return true;
		}
		(void)failed(o, e);
	}
	s3_close(&o);
	return false;
}

const struct listing_object *
s3_object(const struct s3_object *o)
{
	return &o->told;
}

bool
s3_read(struct s3_object *o, char *to, size_t cap, size_t *len,
    struct md_error *e)
{
	*len = 0;
	while (o->buf.len == o->buf_at) {
		if (failed(o, e))
			return false;
		if (o->tries.state == ANSWERED)
			return true;
		http_resume(o->tries.http);
		if (o->buf.len == o->buf_at && o->tries.state == OPEN &&
		    !more(o, e))
			return false;
	}
	*len = o->buf.len - o->buf_at < cap ? o->buf.len - o->buf_at : cap;
	memcpy(to, o->buf.data + o->buf_at, *len);
	o->buf_at += *len;
	o->given = true;
	return true;
}

void
s3_close(struct s3_object **op)
{
	struct s3_object *o = *op;

	if (o == NULL)
		return;
	end(&o->tries);
	buf_free(&o->buf);
	free(o);
	*op = NULL;
}
