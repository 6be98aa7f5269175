#include "polygon/http.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/mdtime.h"
#include "base/secret.h"
#include "polygon/libcurl.h"
#include "polygon/url.h"

struct transfer {
	struct transfer *next;
	struct http *http;
	CURL *easy;
	http_done *done;
	void *ctx;
	struct buf body;
	bool paused;
	bool too_long;
	size_t header_bytes;
	char message[CURL_ERROR_SIZE];
	struct http_answer answer;
};

struct http {
	CURLM *multi;
	struct http_options options;
	char *base;
	bool loopback;
	struct curl_slist *headers;
	const char *secret;      /* in the headers; "": none */
	struct transfer *active; /* oldest first */
	size_t buffered;
	struct buf spare; /* the largest body that was done with */
	int64_t gone_at;  /* since when nobody looked, before this look */
	int64_t left_at;  /* when this look ended */
	bool after_gap;   /* what this look sees may have come since then */
	bool waits_alone; /* waiting for another's connection had no end once */
	atomic_bool deaf; /* it could not be woken once */
};

static bool
set_type(struct http *h, const char *type, struct md_error *e)
{
	struct buf b = BUF_INIT;

	if (type == NULL)
		return true;
	buf_printf(&b, "Content-Type: %s", type);
	if (buf_ok(&b))
		h->headers = curl_slist_append(NULL, buf_str(&b));
	buf_free(&b);
	return h->headers != NULL || md_nomem(e);
}

static bool
set_headers(struct http *h, const char *bearer, const char *type,
    struct md_error *e)
{
	static const char name[] = "Authorization: Bearer ";
	struct buf b = BUF_INIT;

	h->secret = "";
	if (bearer == NULL)
		return set_type(h, type, e);
	buf_printf(&b, "%s%s", name, bearer);
	if (buf_ok(&b)) {
		h->headers = curl_slist_append(NULL, buf_str(&b));
		secret_wipe(b.data, b.len);
	}
	buf_free(&b);
	if (h->headers == NULL)
		return md_nomem(e);
	h->secret = h->headers->data + sizeof(name) - 1;
	return true;
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
	else if (url_base(o->base_url, &h->base, &h->loopback, e) &&
		 set_headers(h, o->bearer, o->posts, e)) {
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
	if (h->headers != NULL)
		secret_wipe(h->headers->data, strlen(h->headers->data));
	curl_slist_free_all(h->headers);
	if (h->multi != NULL)
		(void)curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	buf_free(&h->spare);
	free(h->base);
	free(h);
	*hp = NULL;
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

static size_t
on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct http *h = t->http;

	(void)one;
	if (n > h->options.max_body - t->body.len) {
		t->too_long = true;
		return 0;
	}
	/* The oldest always goes on, so that room is made again. */
	if (h->buffered + n > h->options.max_buffered && t != h->active) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	/* Only the oldest: one that is paused would hold it for nothing. */
	if (t == h->active && t->body.cap < h->spare.cap)
		claim_one_unrequested(t);
	buf_append(&t->body, bytes, n);
	if (!buf_ok(&t->body))
		return 0;
	h->buffered += n;
	return n;
}

/* The value of the header line if it has that name; *len without its end. */
static const char *
header_value(const char *line, size_t n, const char *name, size_t *len)
{
	size_t skip = strlen(name);

	if (n <= skip || strncasecmp(line, name, skip) != 0 ||
	    line[skip] != ':')
		return NULL;
	for (skip++; skip < n && (line[skip] == ' ' || line[skip] == '\t');)
		skip++;
	while (n > skip && (line[n - 1] == '\r' || line[n - 1] == '\n' ||
			       line[n - 1] == ' '))
		n--;
	*len = n - skip;
	return line + skip;
}

/* Values that are a date or a number are short. */
#define VALUE_MAX 64

static bool
copy_value(char text[VALUE_MAX], const char *value, size_t len)
{
	if (len == 0 || len >= VALUE_MAX)
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	return true;
}

/* Four digits are a year's: 10000-01-01, in seconds. */
#define DATE_END INT64_C(253402300800)

/* An HTTP date (RFC 9110, 5.6.7), ms UTC; 0: it is none. */
static int64_t
parse_date(const char *value, size_t len)
{
	char text[VALUE_MAX];
	time_t at = copy_value(text, value, len) ? curl_getdate(text, NULL) : 0;

	return at > 0 && at < DATE_END ? (int64_t)at * 1000 : 0;
}

/* Seconds or an HTTP date (RFC 9110, 10.2.3). */
static int64_t
parse_retry_after(const char *value, size_t len)
{
	char text[VALUE_MAX];
	int64_t at;

	if (!copy_value(text, value, len))
		return -1;
	if (strspn(text, "0123456789") == len)
		return len > 9 ? INT64_C(999999999000)
			       : strtoll(text, NULL, 10) * 1000;
	at = parse_date(value, len);
	if (at == 0)
		return -1;
	at -= (int64_t)time(NULL) * 1000;
	return at > 0 ? at : 0;
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
		secret_mask(whole.data, whole.len, t->http->secret);
		(void)snprintf(t->answer.location, sizeof(t->answer.location),
		    "%s", buf_str(&whole));
	}
	buf_free(&whole);
}

/* An answer's headers take 2 KB; some servers', with cookies, ten times that.
 */
#define HEADERS_MAX ((size_t)128 * 1024)

static size_t
on_header(char *line, size_t one, size_t n, void *ctx)
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
		t->answer.retry_after_ms = parse_retry_after(v, len);
	v = header_value(line, n, "date", &len);
	if (v != NULL)
		t->answer.date_ms = parse_date(v, len);
	v = header_value(line, n, "location", &len);
	if (v != NULL)
		note_location(t, v, len);
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
	return t->answer.sent_at + end;
}

/* Who cannot be woken looks so often. */
#define DEAF_MS 10

/* The wait, shortened to when the next transfer's time is over. */
static int
shorten(const struct http *h, int timeout_ms)
{
	int64_t now = md_monotonic_us(), left;

	if (atomic_load(&h->deaf) && timeout_ms > DEAF_MS)
		timeout_ms = DEAF_MS;
	for (const struct transfer *t = h->active; t != NULL; t = t->next) {
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

/* Is it one of those that another try does not mend? */
static bool
classify_tls(const struct http *h, CURLcode rc, const char *why,
    struct md_error *e)
{
	const struct trust *t = h->options.trust;
	const char *named = t == NULL            ? ""
			    : t->file[0] != '\0' ? t->file
						 : t->dir;

	if (rc == CURLE_SSL_CACERT_BADFILE)
		(void)md_fail(e, MD_ETLS,
		    "the certificates of the authorities to trust cannot be "
		    "loaded from %s (%.200s)",
		    named[0] != '\0' ? named : "the system's place", why);
	else if (rc == CURLE_SSL_CONNECT_ERROR &&
		 (strstr(why, "unsupported protocol") != NULL ||
		     strstr(why, "protocol version") != NULL))
		(void)md_fail(e, MD_ETLS, "%s offers no TLS 1.2 or newer (%s)",
		    h->base, why);
	else if (rc != CURLE_PEER_FAILED_VERIFICATION &&
		 rc != CURLE_SSL_ISSUER_ERROR)
		return false;
	else if (named[0] != '\0')
		(void)md_fail(e, MD_ETLS,
		    "the certificate of %s is not trusted (%.200s): only "
		    "authorities in %s are",
		    h->base, why, named);
	else
		(void)md_fail(e, MD_ETLS,
		    "the certificate of %s is not trusted (%.200s); if an "
		    "authority of your own signed it, name its certificate "
		    "with --ca-file FILE",
		    h->base, why);
	return true;
}

/* libcurl repeats a proxy's URL that it cannot use, with its password. */
static bool
classify_proxy(CURLcode rc, const char *why, struct md_error *e)
{
	if (strncmp(why, "Unsupported proxy", 17) != 0 &&
	    (rc != CURLE_COULDNT_RESOLVE_PROXY || strchr(why, '@') == NULL))
		return false;
	return !md_fail(e, MD_EUSAGE,
	    "the proxy that https_proxy or all_proxy names cannot be used: "
	    "expected http://[USER:PASSWORD@]HOST:PORT");
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
	if (t->too_long)
		(void)md_fail(e, MD_EDATA,
		    "the answer is longer than %zu MiB, more than any page",
		    t->http->options.max_body >> 20);
	else if (!buf_ok(&t->body))
		(void)md_nomem(e);
	else if (t->header_bytes > HEADERS_MAX)
		(void)md_fail(e, MD_ENET,
		    "%s: the headers of the answer are longer than %zu KiB",
		    t->http->base, HEADERS_MAX >> 10);
	/* It also says so of one line that is longer than its own limit. */
	else if (rc == CURLE_OUT_OF_MEMORY)
		(void)md_fail(e, MD_ENET,
		    "%s: libcurl has no memory for it, or a header line of "
		    "the answer is longer than libcurl takes",
		    t->http->base);
	else if (!classify_tls(t->http, rc, why, e) &&
		 !classify_proxy(rc, why, e))
		(void)md_fail(e, MD_ENET, "%s: %s", t->http->base, why);
}

#define SET(option, value)                                                     \
	do {                                                                   \
		if (rc == CURLE_OK)                                            \
			rc = curl_easy_setopt(c, (option), (value));           \
	} while (0)

/* Not less, whatever the host's policy allows; the same on the way to a proxy.
 */
static CURLcode
set_tls(CURL *c, const struct trust *t)
{
	CURLcode rc = CURLE_OK;
	const char *file = t != NULL && t->file[0] != '\0' ? t->file : NULL;
	const char *dir = t != NULL && t->dir[0] != '\0' ? t->dir : NULL;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (file == NULL && dir == NULL)
		return rc;
	SET(CURLOPT_CAINFO, file);
	SET(CURLOPT_CAPATH, dir);
	SET(CURLOPT_PROXY_CAINFO, file);
	SET(CURLOPT_PROXY_CAPATH, dir);
	return rc;
}

static bool
set_options(struct transfer *t, const char *url, const char *body)
{
	const struct http *h = t->http;
	CURL *c = t->easy;
	int64_t stall_s = (h->options.stall_timeout_ms + 999) / 1000;
	CURLcode rc = set_tls(c, h->options.trust);

	SET(CURLOPT_URL, url);
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->message);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, h->loopback ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTPHEADER, h->headers);
	SET(CURLOPT_USERAGENT, "mdkit/" MD_VERSION);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* One connection for all, where HTTP/2 can share it. */
	SET(CURLOPT_PIPEWAIT, h->loopback || h->waits_alone ? 0L : 1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_BUFFERSIZE, 64L * 1024);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->options.connect_timeout_ms);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name that is still being looked up is not waited for. */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)(stall_s > 0 ? stall_s : 1));
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	if (body != NULL)
		SET(CURLOPT_COPYPOSTFIELDS, body);
	/* A proxy would read a plain request, key and all. */
	if (h->loopback)
		SET(CURLOPT_PROXY, "");
	return rc == CURLE_OK;
}

#undef SET

/* body: null for a GET. */
static bool
start(struct http *h, const char *path, const char *body, http_done *done,
    void *ctx, struct md_error *e)
{
	struct transfer *t = calloc(1, sizeof(*t)), **last = &h->active;
	struct buf url = BUF_INIT;
	bool good;

	if (t == NULL)
		return md_nomem(e);
	t->http = h;
	t->done = done;
	t->ctx = ctx;
	t->answer.retry_after_ms = -1;
	t->answer.sent_at = md_monotonic_us();
	t->easy = curl_easy_init();
	buf_puts(&url, h->base);
	buf_puts(&url, path);
	good = t->easy != NULL && buf_ok(&url) &&
	       set_options(t, buf_str(&url), body) &&
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
	return start(h, path, NULL, done, ctx, e);
}

bool
http_post(struct http *h, const char *path, const char *body, http_done *done,
    void *ctx, struct md_error *e)
{
	return start(h, path, body, done, ctx, e);
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

	/* What others sent may hold what we sent. */
	secret_mask_cut(t->message, strlen(t->message), h->secret);
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
		secret_mask(a->body, a->len, h->secret);
	a->last_at = seen_at(t, h->left_at);
	unlink_transfer(h, t);
	t->done(t->ctx, a);
	transfer_free(t);
}

/* Room was made: those that wait may try again. */
static void
resume(struct http *h)
{
	for (struct transfer *t = h->active; t != NULL; t = t->next)
		if (t->paused) {
			/* This calls on_body(), which may pause it again. */
			t->paused = false;
			(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
		}
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
		finish(h, t, m->data.result);
		resume(h);
		n++;
	}
	return n;
}

/* End those whose time is over. */
static void
expire(struct http *h)
{
	struct transfer *t = h->active;

	while (t != NULL) {
		if (ends_at(t) > md_monotonic_us()) {
			t = t->next;
			continue;
		}
		h->waits_alone = h->waits_alone || t->answer.first_at == 0;
		say_expired(t);
		finish(h, t, CURLE_OPERATION_TIMEDOUT);
		resume(h);
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
