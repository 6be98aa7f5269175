#include "polygon/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/integer.h"
#include "base/mdtime.h"
#include "base/secret.h"
#include "polygon/failure.h"
#include "polygon/header.h"
#include "polygon/libcurl.h"
#include "polygon/transfer.h"
#include "polygon/url.h"

/* Of S3: libcurl signs what it is given here along, and adds the rest. */
#define EMPTY_HASH                                                             \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static bool
set_headers(struct http *h, const char *bearer, const char *type,
    struct md_error *e)
{
	const struct http_signer *s = h->options.signer;
	struct buf b = BUF_INIT;
	bool good = true;

	h->secret = h->signing = "";
	if (bearer != NULL) {
		buf_printf(&b, "Bearer %s", bearer);
		good = buf_ok(&b) && transfer_add_header(&h->headers,
					 "Authorization", b.data, &h->secret);
		if (good)
			h->secret += strlen("Bearer ");
		secret_wipe(b.data, b.len);
		buf_free(&b);
	}
	if (type != NULL)
		good = good && transfer_add_header(&h->headers, "Content-Type",
				   type, NULL);
	if (s != NULL) {
		h->signing = s->secret;
		good = good && transfer_add_header(&h->headers,
				   "x-amz-content-sha256", EMPTY_HASH, NULL);
		if (s->token != NULL)
			good = good && transfer_add_header(&h->headers,
					   "x-amz-security-token", s->token,
					   &h->secret);
	}
	return good || md_nomem(e);
}

static void
free_headers(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		secret_wipe(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

/* What others sent may hold what they know. */
static void
mask(const struct http *h, char *text, size_t len)
{
	secret_mask(text, len, h->secret);
	secret_mask(text, len, h->signing);
}

bool
http_create(struct http **out, const struct http_options *o, struct md_error *e)
{
	struct http *h;

	if (!libcurl_load(e))
		return false;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return md_nomem(e);
	h->options = *o;
	h->options.base_url = NULL;
	h->options.bearer = NULL;
	h->options.posts = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(h);
		return md_fail(e, MD_ENOMEM, "libcurl cannot be initialised");
	}
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		(void)md_nomem(e);
	else if (!url_base(o->base_url,
		     "the key goes into a file, --api-key-file, or "
		     "POLYGON_API_KEY",
		     &h->base, &h->loopback, e))
		(void)md_context(e, "base URL");
	else if (set_headers(h, o->bearer, o->posts, e)) {
		*out = h;
		return true;
	}
	http_destroy(&h);
	return false;
}

/* -- transfers -- */

/* Memory that is new for each body costs more than receiving it. */
static void
keep_spare(struct http *h, struct buf *body)
{
	if (body->cap > h->spare.cap) {
		struct buf old = h->spare;

		h->spare = *body;
		*body = old;
	}
	buf_free(body);
}

static void
transfer_free(struct transfer *t)
{
	if (t->easy != NULL) {
		(void)curl_multi_remove_handle(t->http->multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	free_headers(t->headers);
	t->http->buffered -= t->body.len;
	keep_spare(t->http, &t->body);
	free(t);
}

void
http_cancel(struct http *h)
{
	struct transfer *t;

	while ((t = h->active) != NULL) {
		h->active = t->next;
		transfer_free(t);
	}
}

void
http_destroy(struct http **hp)
{
	struct http *h = *hp;

	if (h == NULL)
		return;
	http_cancel(h);
	free_headers(h->headers);
	if (h->multi != NULL)
		(void)curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	buf_free(&h->spare);
	free(h->base);
	free(h);
	*hp = NULL;
}

static bool
in_turn(const struct transfer *t)
{
	return t->turn == NULL || t->turn(t->turn_ctx);
}

/* The one that always goes on, so that room is made again: the oldest of those
 * whose turn it is. */
static struct transfer *
foremost(const struct http *h)
{
	struct transfer *t = h->active;

	while (t != NULL && (t->whole || !in_turn(t)))
		t = t->next;
	return t;
}

static void
claim_one_unrequested(struct transfer *t)
{
	struct buf small = t->body;

	t->body = t->http->spare;
	t->http->spare = (struct buf)BUF_INIT;
	buf_clear(&t->body);
	buf_append(&t->body, small.data, small.len);
	buf_free(&small);
}

/* To whom asked for pieces of it; an error's body is kept as usual. */
static size_t
hand_over(struct transfer *t, const char *bytes, size_t n)
{
	enum http_taken taken = t->piece(t->ctx, &t->answer, bytes, n);

	t->paused = taken == HTTP_LATER;
	t->unwanted = taken == HTTP_UNWANTED;
	return t->paused ? CURL_WRITEFUNC_PAUSE : t->unwanted ? 0 : n;
}

size_t
transfer_on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct http *h = t->http;

	(void)one;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE,
	    &t->answer.status);
	if (t->piece != NULL && t->answer.status / 100 == 2)
		return hand_over(t, bytes, n);
	if (n > h->options.max_body - t->body.len) {
		t->too_long = true;
		return 0;
	}
	if ((t->answer.status == 200 && !in_turn(t)) ||
	    (h->buffered + n > h->options.max_buffered && t != foremost(h))) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	/* Only that one: another that is paused would hold it for nothing. */
	if (t->body.cap < h->spare.cap && t == foremost(h))
		claim_one_unrequested(t);
	buf_append(&t->body, bytes, n);
	if (!buf_ok(&t->body))
		return 0;
	h->buffered += n;
	return n;
}

/* What is seen now, at the latest: when was it there? */
static int64_t
seen_at(const struct transfer *t, int64_t now)
{
	const struct http *h = t->http;
	int64_t before = t->answer.first_at > t->answer.sent_at
			     ? t->answer.first_at
			     : t->answer.sent_at;

	if (!h->after_gap)
		return now;
	return h->gone_at > before ? h->gone_at : before;
}

/* The key is found in the whole of it alone. */
static void
note_location(struct transfer *t, const char *v, size_t len)
{
	struct buf whole = BUF_INIT;

	buf_append(&whole, v, len);
	if (buf_ok(&whole)) {
		mask(t->http, whole.data, whole.len);
		(void)snprintf(t->answer.location, sizeof(t->answer.location),
		    "%s", buf_str(&whole));
	}
	buf_free(&whole);
}

/* An answer's headers take 2 KB; some servers', with cookies, ten times that.
 */
#define HEADERS_MAX ((size_t)128 * 1024)

/* What tells which object it is, and which part. */
static void
note_object(struct transfer *t, const char *line, size_t n)
{
	struct http_answer *a = &t->answer;
	size_t len;
	const char *v = header_value(line, n, "etag", &len);

	/* Another answer begins: what was before it was provisional. */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
		a->etag[0] = '\0';
		a->from = a->total = -1;
		a->modified_ms = 0;
	}
	if (v != NULL && len < sizeof(a->etag)) {
		memcpy(a->etag, v, len);
		a->etag[len] = '\0';
	}
	v = header_value(line, n, "last-modified", &len);
	if (v != NULL)
		a->modified_ms = header_date(v, len);
	v = header_value(line, n, "content-length", &len);
	if (v != NULL && a->from < 0)
		a->total = header_length(v, len);
	v = header_value(line, n, "content-range", &len);
	if (v != NULL && !header_range(v, len, &a->from, &a->total))
		a->from = a->total = -1;
}

size_t
transfer_on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t len;
	const char *v = header_value(line, n, "retry-after", &len);

	(void)one;
	t->header_bytes += n;
	if (t->header_bytes > HEADERS_MAX)
		return 0;
	if (t->answer.first_at == 0)
		t->answer.first_at = seen_at(t, md_monotonic_us());
	t->answer.connected = true;
	if (v != NULL)
		t->answer.retry_after_ms = header_retry_after(v, len);
	v = header_value(line, n, "date", &len);
	if (v != NULL)
		t->answer.date_ms = header_date(v, len);
	v = header_value(line, n, "location", &len);
	if (v != NULL)
		note_location(t, v, len);
	if (t->piece != NULL)
		note_object(t, line, n);
	return n;
}

/* -- a transfer's time -- */

/* libcurl counts a stall in whole seconds; what it says itself says more. */
#define GRACE_US INT64_C(2000000)

/*
 * When it has failed, whatever libcurl thinks of it: monotonic µs.  A transfer
 * that waits in libcurl's queue for a connection that another one makes has no
 * time limit there, and waits for ever when that connection breaks; so this
 * clock is ours, and counts from when the request was due to be sent.
 */
static int64_t
ends_at(const struct transfer *t)
{
	const struct http_options *o = &t->http->options;
	int64_t end = o->request_timeout_ms * 1000;
	int64_t first =
	    (o->connect_timeout_ms + o->stall_timeout_ms) * 1000 + GRACE_US;

	if (t->answer.first_at == 0 && first < end)
		end = first;
	return max64(t->answer.sent_at, t->answer.turn_at) + end;
}

/* Its answer has begun, or come, before its turn: its time does not run. */
static bool
is_early(struct transfer *t)
{
	if (t->answer.first_at == 0 || in_turn(t))
		return t->whole;
	t->answer.turn_at = md_monotonic_us();
	return true;
}

/* Who cannot be woken looks so often. */
#define DEAF_MS 10

/* The wait, shortened to when the next transfer's time is over. */
static int
shorten(struct http *h, int timeout_ms)
{
	int64_t now = md_monotonic_us(), left;

	if (atomic_load(&h->deaf) && timeout_ms > DEAF_MS)
		timeout_ms = DEAF_MS;
	for (struct transfer *t = h->active; t != NULL; t = t->next) {
		if (is_early(t))
			continue;
		left = (ends_at(t) - now + 999) / 1000;
		if (left < timeout_ms)
			timeout_ms = left > 0 ? (int)left : 0;
	}
	return timeout_ms;
}

static void
say_expired(struct transfer *t)
{
	double seconds = (double)(md_monotonic_us() - t->answer.sent_at) / 1e6;

	if (t->answer.first_at == 0)
		(void)snprintf(t->message, sizeof(t->message),
		    "timed out: not a byte of an answer within %.1f s",
		    seconds);
	else
		(void)snprintf(t->message, sizeof(t->message),
		    "timed out: no complete answer within %.1f s, %zu bytes of "
		    "it came",
		    seconds, t->body.len);
}

static void
classify(struct transfer *t, CURLcode rc)
{
	struct md_error *e = &t->answer.error;
	const char *why =
	    t->message[0] != '\0' ? t->message : curl_easy_strerror(rc);

	e->code = MD_OK;
	if (rc == CURLE_OK)
		return;
	if (t->unwanted)
		(void)md_fail(e, MD_EDATA, "it is not wanted any more");
	else if (t->too_long)
		(void)md_fail(e, MD_EDATA,
		    "the answer is longer than %zu MiB, more than any page",
		    t->http->options.max_body >> 20);
	else if (!buf_ok(&t->body))
		(void)md_nomem(e);
	else if (t->header_bytes > HEADERS_MAX)
		(void)md_fail(e, MD_ENET,
		    "%s: the headers of the answer are longer than %zu KiB",
		    t->http->base, HEADERS_MAX >> 10);
	else
		failure_tell(rc, why, t->http->base, t->http->options.trust, e);
}

bool
http_send(struct http *h, const struct http_request *r, http_done *done,
    void *ctx, struct md_error *e)
{
	struct transfer *t = calloc(1, sizeof(*t)), **last = &h->active;
	struct buf url = BUF_INIT;
	bool good;

	if (t == NULL)
		return md_nomem(e);
	t->http = h;
	t->piece = r->piece;
	t->turn = r->turn;
	t->turn_ctx = r->turn_ctx;
	t->done = done;
	t->ctx = ctx;
	t->answer.retry_after_ms = -1;
	t->answer.from = t->answer.total = -1;
	t->answer.sent_at = md_monotonic_us();
	t->easy = curl_easy_init();
	buf_puts(&url, h->base);
	buf_puts(&url, r->path);
	good = t->easy != NULL && buf_ok(&url) &&
	       transfer_set_up(t, buf_str(&url), r) &&
	       curl_multi_add_handle(h->multi, t->easy) == CURLM_OK;
	buf_free(&url);
	if (!good) {
		transfer_free(t);
		return md_fail(e, MD_ENOMEM, "libcurl cannot start a request");
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = t;
	return true;
}

bool
http_get(struct http *h, const char *path, http_done *done, void *ctx,
    struct md_error *e)
{
	return http_send(h, &(struct http_request){ .path = path }, done, ctx,
	    e);
}

bool
http_post(struct http *h, const char *path, const char *body, http_done *done,
    void *ctx, struct md_error *e)
{
	return http_send(h,
	    &(struct http_request){ .path = path, .body = body }, done, ctx, e);
}

static void
unlink_transfer(struct http *h, struct transfer *t)
{
	for (struct transfer **p = &h->active; *p != NULL; p = &(*p)->next)
		if (*p == t) {
			*p = t->next;
			return;
		}
}

static void
finish(struct http *h, struct transfer *t, CURLcode rc)
{
	struct http_answer *a = &t->answer;
	curl_off_t v = 0;

	secret_mask_cut(t->message, strlen(t->message), h->secret);
	secret_mask_cut(t->message, strlen(t->message), h->signing);
	classify(t, rc);
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a->status);
	if (curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &v) ==
	    CURLE_OK)
		a->wire_bytes = v;
	if (curl_easy_getinfo(t->easy, CURLINFO_STARTTRANSFER_TIME_T, &v) ==
	    CURLE_OK)
		a->first_byte_us = v;
	if (curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &v) == CURLE_OK)
		a->total_us = v;
	if (curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &v) ==
		CURLE_OK &&
	    v > 0)
		a->connected = true;
	buf_append(&t->body, "", 0); /* terminated, also when empty */
	a->body = t->body.data;
	a->len = t->body.len;
	if (a->body != NULL)
		mask(h, a->body, a->len);
	if (!t->whole)
		a->last_at = seen_at(t, h->left_at);
	unlink_transfer(h, t);
	t->done(t->ctx, a);
	transfer_free(t);
}

/* Room was made: those that wait may try again. */
void
http_resume(struct http *h)
{
	for (struct transfer *t = h->active; t != NULL; t = t->next)
		if (t->paused) {
			/* This calls transfer_on_body(), which may pause it
			 * again. */
			t->paused = false;
			(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
		}
}

/* It is whole, and good, before its turn: an error is told at once. */
static bool
must_wait(struct transfer *t, CURLcode rc)
{
	long status = 0;

	if (rc != CURLE_OK || in_turn(t) ||
	    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) !=
		CURLE_OK ||
	    status != 200)
		return false;
	t->whole = true;
	t->answer.last_at = seen_at(t, t->http->left_at);
	return true;
}

/* Those whose turn has come meanwhile; how many. */
static unsigned
deliver_waiting(struct http *h)
{
	struct transfer *t = h->active;
	unsigned n = 0;

	while (t != NULL) {
		if (!t->whole || !in_turn(t)) {
			t = t->next;
			continue;
		}
		finish(h, t, CURLE_OK);
		http_resume(h);
		n++;
		t = h->active;
	}
	t = foremost(h);
	if (t != NULL && t->paused)
		http_resume(h);
	return n;
}

/* Hand out what has ended; how many. */
static unsigned
deliver(struct http *h)
{
	CURLMsg *m;
	int left;
	unsigned n = 0;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) !=
			CURLE_OK)
			continue;
		if (must_wait(t, m->data.result))
			continue;
		finish(h, t, m->data.result);
		http_resume(h);
		n++;
	}
	return n + deliver_waiting(h);
}

/* End those whose time is over. */
static void
expire(struct http *h)
{
	struct transfer *t = h->active;

	while (t != NULL) {
		if (is_early(t) || ends_at(t) > md_monotonic_us()) {
			t = t->next;
			continue;
		}
		h->waits_alone = h->waits_alone || t->answer.first_at == 0;
		say_expired(t);
		finish(h, t, CURLE_OPERATION_TIMEDOUT);
		http_resume(h);
		t = h->active;
	}
}

bool
http_step(struct http *h, int timeout_ms, struct md_error *e)
{
	int running;
	CURLMcode rc;

	timeout_ms = shorten(h, timeout_ms);
	h->after_gap = true;
	rc = curl_multi_perform(h->multi, &running);
	h->left_at = md_monotonic_us();
	if (rc == CURLM_OK && deliver(h) == 0 && timeout_ms > 0) {
		h->after_gap = false;
		rc = curl_multi_poll(h->multi, NULL, 0, timeout_ms, NULL);
		if (rc == CURLM_OK)
			rc = curl_multi_perform(h->multi, &running);
		h->left_at = md_monotonic_us();
		if (rc == CURLM_OK)
			(void)deliver(h);
	}
	expire(h);
	h->gone_at = h->left_at;
	return rc == CURLM_OK ||
	       md_fail(e, MD_ENET, "libcurl: %s", curl_multi_strerror(rc));
}

void
http_wakeup(struct http *h)
{
	if (curl_multi_wakeup(h->multi) != CURLM_OK)
		atomic_store(&h->deaf, true);
}

const char *
http_library_version(void)
{
	return libcurl_load(NULL) ? curl_version_info(CURLVERSION_NOW)->version
				  : "missing";
}
