#include "mock/mock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cache.h"
#include "base/hash.h"
#include "mock/reply.h"
#include "mock/restate.h"
#include "mock/s3.h"
#include "sys/gzip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct mock {
	struct mock_options options;
	struct market *market;
	const struct calendar *calendar;
	struct cache *cache;
	struct restated *restated; /* null: bars stay as they are */
	atomic_llong requests;
	pthread_mutex_t lock; /* of what follows */
	struct fault *faults;
	int64_t *recent; /* when the last `rate` requests came, µs; a ring */
	int64_t recent_at;
	int64_t down_until_us; /* monotonic */
	pthread_mutex_t log_lock;
};

static void
hold(void *body)
{
	(void)httpd_body_hold(body);
}

static void
release(void *body)
{
	struct httpd_body *b = body;

	httpd_body_release(&b);
}

/* The same was asked for: it is as good. */
static bool
keeps_first(const void *kept, const void *other)
{
	(void)kept, (void)other;
	return true;
}

static const struct cache_kind bodies = { hold, release, keeps_first };

static bool
restates(const struct mock_options *o)
{
	size_t i = 0;

	while (i < o->faults_len &&
	       fault_has(&o->faults[i], FAULT_RESTATE) == NULL)
		i++;
	return i < o->faults_len;
}

bool
mock_create(struct mock **out, const struct mock_options *o, struct market *m,
    const struct calendar *cal, struct md_error *e)
{
	struct mock *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return md_nomem(e);
	k->options = *o;
	k->market = m;
	k->calendar = cal;
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_mutex_init(&k->log_lock, NULL);
	k->faults = calloc(o->faults_len + 1, sizeof(*k->faults));
	k->recent = calloc((size_t)o->rate + 1, sizeof(*k->recent));
	if (k->faults == NULL || k->recent == NULL ||
	    !cache_create(&k->cache, &bodies, o->cache_bytes, e) ||
	    (restates(o) && !restated_create(&k->restated, e))) {
		mock_destroy(&k);
		return md_nomem(e);
	}
	if (o->faults_len > 0)
		memcpy(k->faults, o->faults,
		    o->faults_len * sizeof(*k->faults));
	for (int64_t i = 0; i < o->rate; i++)
		k->recent[i] = INT64_MIN / 2;
	*out = k;
	return true;
}

void
mock_destroy(struct mock **mock)
{
	struct mock *k = *mock;

	if (k == NULL)
		return;
	cache_destroy(&k->cache);
	restated_destroy(&k->restated);
	(void)pthread_mutex_destroy(&k->lock);
	(void)pthread_mutex_destroy(&k->log_lock);
	free(k->faults);
	free(k->recent);
	free(k);
	*mock = NULL;
}

/* -- what may be shown of a request -- */

/* Is it apiKey, or a name that could be it in disguise? */
static bool
is_key(const char *name, size_t len)
{
	return (len == 6 && strncasecmp(name, "apikey", 6) == 0) ||
	       memchr(name, '%', len) != NULL;
}

/* The target with the key's value replaced, or without the key. */
static void
put_target(struct buf *b, const char *target, bool masked)
{
	const char *p = strchr(target, '?');
	char before = '?';

	buf_append(b, target,
	    p == NULL ? strlen(target) : (size_t)(p - target));
	while (p != NULL && *p != '\0') {
		size_t name = strcspn(++p, "=&"), all = strcspn(p, "&");
		bool key = is_key(p, name);

		if (!key || masked) {
			buf_putc(b, before);
			buf_append(b, p, key ? name : all);
			before = '&';
		}
		if (key && masked)
			buf_puts(b, "=***");
		p += all;
	}
}

static void
make_id(char id[MOCK_ID_MAX], const char *target)
{
	unsigned long long h = hash_text(HASH_EMPTY, target);

	(void)snprintf(id, MOCK_ID_MAX, "%016llx%016llx", h,
	    h * 0x9e3779b97f4a7c15ull ^ h >> 29);
}

/* -- faults on the wire -- */

static const struct {
	enum fault_kind kind;
	enum httpd_delivery delivery;
} deliveries[] = {
	{ FAULT_TRUNCATED, HTTPD_TRUNCATED },
	{ FAULT_STALLED, HTTPD_STALLED },
	{ FAULT_RESET, HTTPD_RESET },
	{ FAULT_ENDLESS, HTTPD_ENDLESS },
};

static void
deliver_one(const struct fault_effect *f, struct httpd_response *r)
{
	if (f->kind == FAULT_SLOW || f->kind == FAULT_BANDWIDTH)
		r->bytes_per_second = f->number;
	else if (f->kind == FAULT_SLICER) {
		r->slice = (size_t)f->number;
		r->slice_us = f->pause * 1000;
	} else if (f->kind == FAULT_SLOW_CLOSE)
		r->close_us = f->number * 1000;
	else if (f->kind == FAULT_LIMIT_DATA) {
		r->delivery = HTTPD_TRUNCATED;
		r->cut = true;
		r->cut_at = (size_t)f->number;
	}
	for (size_t i = 0; i < COUNT(deliveries); i++)
		if (deliveries[i].kind == f->kind)
			r->delivery = deliveries[i].delivery;
}

static void
deliver(const struct call *c, struct httpd_response *r)
{
	const struct fault_effect *f = call_meets(c, FAULT_LATENCY);

	if (f != NULL)
		r->delay_us += f->number * 1000;
	for (size_t i = 0;
	     c->fault != NULL && r->body != NULL && i < c->fault->effects; i++)
		deliver_one(&c->fault->effect[i], r);
}

/* -- who may ask, and how often -- */

static bool
key_good(const struct mock *k, const struct httpd_request *q,
    const char **message)
{
	const char *have = httpd_header(q, "Authorization");

	if (have != NULL && strncasecmp(have, "Bearer ", 7) == 0)
		have += 7 + strspn(have + 7, " ");
	else
		have = httpd_parameter(q, "apiKey");
	*message = NULL;
	if (have != NULL && *have != '\0')
		return k->options.key == NULL ||
		       strcmp(k->options.key, have) == 0;
	*message = "API Key was not provided";
	return false;
}

/* 0, or µs until one more is allowed; this one is then not counted. */
static int64_t
rate_wait(struct mock *k)
{
	int64_t now = md_monotonic_us(), wait, *oldest;

	if (k->options.rate == 0)
		return 0;
	pthread_mutex_lock(&k->lock);
	oldest = &k->recent[k->recent_at];
	wait = *oldest + k->options.rate_ms * 1000 - now;
	if (wait <= 0) {
		*oldest = now;
		k->recent_at = (k->recent_at + 1) % k->options.rate;
	}
	pthread_mutex_unlock(&k->lock);
	return wait > 0 ? wait : 0;
}

static bool
rate_refused(struct mock *k, const struct call *c, struct httpd_response *r)
{
	int64_t wait_us = rate_wait(k);
	char seconds[24];

	if (wait_us == 0)
		return false;
	(void)snprintf(seconds, sizeof(seconds), "%lld",
	    (long long)(wait_us + 999999) / 1000000);
	switch (k->options.limited) {
	case LIMITED_PLAIN:
		reply_429(r, c->id, NULL);
		break;
	case LIMITED_RETRY_AFTER:
		reply_429(r, c->id, seconds);
		break;
	case LIMITED_EMPTY:
		reply_empty_429(r);
		break;
	}
	return true;
}

static bool
is_down(struct mock *k)
{
	bool down;

	pthread_mutex_lock(&k->lock);
	down = md_monotonic_us() < k->down_until_us;
	pthread_mutex_unlock(&k->lock);
	return down;
}

static void
pick_fault(struct mock *k, struct call *c)
{
	char timeframe[16];
	struct fault_subject s = { c->endpoint, NULL, NULL, c->request->target,
		c->number, c->past_empty };
	const struct fault_effect *f;
	size_t n = k->options.faults_len, i;

	if (n == 0)
		return;
	if (c->endpoint == ENDPOINT_AGGS || c->endpoint == ENDPOINT_PREV)
		s.ticker = c->part[0];
	else if (c->query != NULL)
		s.ticker = httpd_parameter(c->query, "ticker");
	if (call_timeframe(c, timeframe))
		s.timeframe = timeframe;
	pthread_mutex_lock(&k->lock);
	i = fault_fires(k->faults, n, &s);
	if (i < n) {
		c->met = k->faults[i];
		c->fault = &c->met;
		f = call_meets(c, FAULT_DOWN);
		if (f != NULL)
			k->down_until_us = md_monotonic_us() + f->number * 1000;
	}
	pthread_mutex_unlock(&k->lock);
}

const struct fault *
call_would_meet(const struct call *c, const char *key, struct fault *copy)
{
	struct mock *k = c->mock;
	struct buf target = BUF_INIT;
	struct fault_subject s = { ENDPOINT_OBJECT, NULL, NULL, NULL, 0,
		false };
	size_t n = k->options.faults_len, i;

	if (n == 0)
		return NULL;
	buf_printf(&target, "/" S3_BUCKET "/%s", key);
	s.target = buf_str(&target);
	pthread_mutex_lock(&k->lock);
	i = fault_would_fire(k->faults, n, &s);
	if (i < n)
		*copy = k->faults[i];
	pthread_mutex_unlock(&k->lock);
	buf_free(&target);
	return i < n ? copy : NULL;
}

/* -- making the body -- */

/* An invalid middle. */
static void
spoil(struct buf *b)
{
	struct buf whole = BUF_INIT;

	buf_append(&whole, b->data, b->len / 2);
	buf_puts(&whole, "{]\"");
	buf_append(&whole, b->data + b->len / 2, b->len - b->len / 2);
	buf_free(b);
	*b = whole;
}

/* Rows, then the same rows again; where there are none, blanks. */
static void
make_endless(struct buf *b, size_t rows, size_t rows_end, size_t *tail)
{
	*tail = rows;
	if (rows < rows_end) {
		b->len = rows_end;
		buf_putc(b, ',');
		return;
	}
	b->len = 1; /* "{" */
	*tail = 1;
	for (int i = 0; i < 4096; i++)
		buf_putc(b, ' ');
}

static bool
self_url(struct call *c, struct md_error *e)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "%s%s", c->options->base, c->target);
	return call_text(&b, &c->page.self_url, e);
}

/* The answer's text, damaged if need be; false: *e is the answer. */
static bool
make_text(const struct mock *k, struct call *c, call_make *make,
    struct httpd_response *r, struct md_error *e)
{
	const struct fault *f = c->fault;
	size_t rows = 0, rows_end = 0;

	memcpy(c->page.id, c->id, sizeof(c->id));
	c->page.status = "OK";
	if (!self_url(c, e) || !make(c, e))
		return false;
	if (k->restated != NULL && !restated_apply(k->restated, c, &c->page,
				       call_meets(c, FAULT_RESTATE) != NULL))
		return md_nomem(e);
	for (size_t i = 0; f != NULL && i < f->effects; i++)
		if (!mock_page_damage(&c->page, &f->effect[i]))
			return md_nomem(e);
	if (c->text.len == 0)
		mock_page_write(&c->page, &c->text, &rows, &rows_end);
	if (!buf_ok(&c->text))
		return md_nomem(e);
	if (call_meets(c, FAULT_BADJSON))
		spoil(&c->text);
	if (call_meets(c, FAULT_ENDLESS))
		make_endless(&c->text, rows, rows_end, &r->tail);
	return buf_ok(&c->text) ? true : md_nomem(e);
}

/* What the cache knows the answer by. */
static void
cache_name(const struct call *c, bool gzip, struct buf *b)
{
	buf_printf(b, "%d %c %s",
	    (int)calendar_date(c->calendar, CLASS_CRYPTO,
		call_now(c, CLASS_CRYPTO)),
	    gzip ? 'z' : 'p', c->target);
}

static void
keep(struct cache *c, const char *name, struct httpd_body *body)
{
	cache_put(c, name, body, httpd_body_cost(body));
}

static void
answer_page(struct mock *k, struct call *c, call_make *make,
    struct httpd_response *r)
{
	bool varies = c->fault != NULL || k->restated != NULL;
	struct md_error e = { MD_OK, "" };
	struct buf name = BUF_INIT;
	bool gzip = httpd_accepts_gzip(c->request) &&
		    call_meets(c, FAULT_ENDLESS) == NULL;

	cache_name(c, gzip, &name);
	if (!varies)
		r->body = cache_get(k->cache, buf_str(&name));
	if (r->body != NULL) {
		r->status = 200;
		(void)httpd_response_header(r, "Content-Type",
		    "application/json");
	} else if (!make_text(k, c, make, r, &e)) {
		reply_error(r,
		    e.code == MD_EUSAGE    ? 400
		    : e.code == MD_EABSENT ? 404
					   : 500,
		    c->id, e.text);
		gzip = false;
	} else {
		if (gzip)
			gzip = gzip_buf(&c->text);
		httpd_response_text(r, 200, &c->text, "application/json");
		if (!varies && c->cacheable && r->body != NULL)
			keep(k->cache, buf_str(&name), r->body);
	}
	buf_free(&name);
	if (gzip && r->body != NULL) {
		(void)httpd_response_header(r, "Content-Encoding", "gzip");
		(void)httpd_response_header(r, "Vary", "Accept-Encoding");
	}
}

/* Does it begin with one of those, up to a slash or its end? */
static bool
is_without(const struct mock *k, const char *target)
{
	for (size_t i = 0; i < k->options.without_len; i++) {
		const char *path = k->options.without[i];
		size_t n = strlen(path);

		if (strncmp(target, path, n) == 0 &&
		    strchr("/?", target[n]) != NULL)
			return true;
	}
	return false;
}

static void
answer_s3(struct mock *k, struct call *c, struct httpd_response *r)
{
	enum s3_code code = rate_wait(k) > 0 ? S3_SLOW_DOWN : mock_s3_admit(c);

	if (code != S3_DONE) {
		mock_s3_refuse(c, code, r);
		return;
	}
	pick_fault(k, c);
	if (call_meets(c, FAULT_STATUS) != NULL || !reply_fault(c, r))
		mock_s3_answer(c, r);
	deliver(c, r);
}

static void
answer(struct mock *k, struct call *c, struct httpd_response *r)
{
	bool read = strcmp(c->request->method, "GET") == 0 ||
		    strcmp(c->request->method, "HEAD") == 0;
	const char *message;
	call_make *make;

	if (is_down(k)) {
		r->delivery = HTTPD_HANG_UP;
		return;
	}
	if (mock_s3_is(c)) {
		answer_s3(k, c, r);
		return;
	}
	if (rate_refused(k, c, r))
		return;
	if (!key_good(k, c->request, &message)) {
		reply_error(r, 401, c->id, message);
		return;
	}
	make = is_without(k, c->request->target) ? NULL : call_route(c);
	if (make == NULL || !read) {
		reply_error(r, make == NULL ? 404 : 405, c->id, NULL);
		return;
	}
	pick_fault(k, c);
	if (reply_fault(c, r))
		;
	else if (c->query == NULL)
		reply_error(r, 400, c->id, "the cursor is not valid");
	else
		answer_page(k, c, make, r);
	deliver(c, r);
}

/* -- the log -- */

/* A header's text as one word, or quoted: nothing that breaks the line. */
static void
put_word(struct buf *b, const char *s, bool quoted)
{
	if (quoted)
		buf_putc(b, '"');
	for (; s != NULL && *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		buf_putc(b,
		    c < ' ' || c == 0x7f || c == '"' || (c == ' ' && !quoted)
			? '_'
			: *s);
	}
	if (quoted)
		buf_putc(b, '"');
	else if (b->data[b->len - 1] == ' ')
		buf_putc(b, '-');
}

static void
log_request(struct mock *k, const struct call *c,
    const struct httpd_response *r)
{
	struct buf b = BUF_INIT, target = BUF_INIT;
	char time[MD_TIME_MAX];
	size_t len = 0;

	if (k->options.access_log == NULL)
		return;
	if (r->body != NULL)
		(void)httpd_body_bytes(r->body, &len);
	md_time_format(c->request->received_ms, time);
	buf_printf(&b, "%s ", time);
	put_word(&b, c->request->method, false);
	buf_putc(&b, ' ');
	put_target(&target, c->request->target, true);
	put_word(&b, buf_str(&target), false);
	buf_free(&target);
	buf_printf(&b, " %03d %zu ", r->status, len);
	put_word(&b, httpd_header(c->request, "User-Agent"), true);
	buf_putc(&b, ' ');
	put_word(&b, httpd_header(c->request, "Host"), false);
	buf_putc(&b, '\n');
	pthread_mutex_lock(&k->log_lock);
	if (buf_ok(&b)) {
		(void)fwrite(b.data, 1, b.len, k->options.access_log);
		(void)fflush(k->options.access_log);
	}
	pthread_mutex_unlock(&k->log_lock);
	buf_free(&b);
}

static int64_t
delay_us(struct mock *k)
{
	uint64_t n = (uint64_t)atomic_fetch_add(&k->requests, 1);
	uint64_t x = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	return k->options.latency_ms * 1000 +
	       (int64_t)(x % (uint64_t)(k->options.jitter_ms * 1000 + 1));
}

void
mock_answer(void *mock, const struct httpd_request *q, struct httpd_response *r)
{
	struct mock *k = mock;
	struct buf target = BUF_INIT;
	struct call c;

	memset(&c, 0, sizeof(c));
	c.mock = k;
	c.options = &k->options;
	c.market = k->market;
	c.calendar = k->calendar;
	c.real_now_ms = md_now_ms();
	c.request = q;
	c.class = CLASS_STOCK;
	put_target(&target, q->target, false);
	c.target = buf_str(&target);
	make_id(c.id, c.target);
	r->delay_us = delay_us(k);
	answer(k, &c, r);
	reply_date(r, &c);
	log_request(k, &c, r);
	call_free(&c);
	buf_free(&target);
}
