#include "polygon/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/mdtime.h"

struct transfer {
	struct transfer *next;
	struct http *http;
	CURL *easy;
	http_done *done;
	void *ctx;
	struct buf body;
	bool paused;
	bool too_long;
	char message[CURL_ERROR_SIZE];
	struct http_answer answer;
};

struct http {
	CURLM *multi;
	struct http_options options;
	char *base;
	bool loopback;
	struct curl_slist *headers;
	struct transfer *active; /* oldest first */
	size_t buffered;
	struct buf spare; /* the largest body that was done with */
	int64_t gone_at;  /* since when nobody looked, before this look */
	int64_t left_at;  /* when this look ended */
	bool after_gap;   /* what this look sees may have come since then */
};

/* -- the base -- */

static bool
is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	       strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 &&
		   strspn(host, "0123456789.") == strlen(host));
}

static char *
url_part(CURLU *u, CURLUPart what)
{
	char *part = NULL;

	return curl_url_get(u, what, &part, 0) == CURLUE_OK ? part : NULL;
}

static bool
judge_base(struct http *h, CURLU *u, const char *url, struct md_error *e)
{
	char *scheme = url_part(u, CURLUPART_SCHEME);
	char *host = url_part(u, CURLUPART_HOST);
	char *user = url_part(u, CURLUPART_USER);
	bool good = false;

	/* Behind '?' or '#', even with nothing there, no path would be one. */
	if (scheme == NULL || host == NULL || user != NULL ||
	    strpbrk(url, "?#") != NULL)
		(void)md_fail(e, MD_EUSAGE,
		    "base URL: expected scheme, host and perhaps a path, such "
		    "as https://api.massive.com");
	else if (strcmp(scheme, "https") != 0 &&
		 (strcmp(scheme, "http") != 0 || !is_loopback(host)))
		(void)md_fail(e, MD_EUSAGE,
		    "base URL %s: expected https (plain http would show the "
		    "key; it is for loopback only)",
		    url);
	else
		good = true;
	if (good)
		h->loopback = strcmp(scheme, "http") == 0;
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	return good;
}

static bool
set_base(struct http *h, const char *url, struct md_error *e)
{
	CURLU *u = curl_url();
	size_t n = strlen(url);
	bool good;

	if (u == NULL)
		return md_nomem(e);
	good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK;
	if (!good)
		(void)md_fail(e, MD_EUSAGE,
		    "base URL: not a URL; expected one such as "
		    "https://api.massive.com");
	good = good && judge_base(h, u, url, e);
	curl_url_cleanup(u);
	if (!good)
		return false;
	while (n > 0 && url[n - 1] == '/')
		n--;
	h->base = strndup(url, n);
	return h->base != NULL || md_nomem(e);
}

/* Overwrite before freeing; volatile, so that it is not optimised away. */
static void
wipe(char *s)
{
	volatile char *p = s;

	while (*p != '\0')
		*p++ = '\0';
}

static bool
set_headers(struct http *h, const char *bearer, struct md_error *e)
{
	struct buf b = BUF_INIT;
	bool good = true;

	if (bearer == NULL)
		return true;
	buf_printf(&b, "Authorization: Bearer %s", bearer);
	good = buf_ok(&b);
	if (good) {
		h->headers = curl_slist_append(NULL, buf_str(&b));
		wipe(b.data);
	}
	buf_free(&b);
	return (good && h->headers != NULL) || md_nomem(e);
}

bool
http_create(struct http **out, const struct http_options *o, struct md_error *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return md_nomem(e);
	h->options = *o;
	h->options.base_url = NULL;
	h->options.bearer = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(h);
		return md_fail(e, MD_ENOMEM, "libcurl cannot be initialised");
	}
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		(void)md_nomem(e);
	else if (set_base(h, o->base_url, e) && set_headers(h, o->bearer, e)) {
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
		wipe(h->headers->data);
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

static size_t
on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t len;
	const char *v = header_value(line, n, "retry-after", &len);

	(void)one;
	if (t->answer.first_at == 0)
		t->answer.first_at = seen_at(t, md_monotonic_us());
	t->answer.connected = true;
	if (v != NULL)
		t->answer.retry_after_ms = parse_retry_after(v, len);
	v = header_value(line, n, "date", &len);
	if (v != NULL)
		t->answer.date_ms = parse_date(v, len);
	v = header_value(line, n, "location", &len);
	if (v != NULL) {
		if (len >= sizeof(t->answer.location))
			len = sizeof(t->answer.location) - 1;
		memcpy(t->answer.location, v, len);
		t->answer.location[len] = '\0';
	}
	return n;
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
	else if (rc == CURLE_PEER_FAILED_VERIFICATION ||
		 rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_ISSUER_ERROR)
		(void)md_fail(e, MD_ETLS,
		    "the certificate of %s is not trusted (%s)", t->http->base,
		    why);
	else
		(void)md_fail(e, MD_ENET, "%s: %s", t->http->base, why);
}

static bool
set_options(struct transfer *t, const char *url)
{
	const struct http *h = t->http;
	CURL *c = t->easy;
	int64_t stall_s = (h->options.stall_timeout_ms + 999) / 1000;
	CURLcode rc = CURLE_OK;

#define SET(option, value)                                                     \
	do {                                                                   \
		if (rc == CURLE_OK)                                            \
			rc = curl_easy_setopt(c, (option), (value));           \
	} while (0)
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
	SET(CURLOPT_PIPEWAIT, 1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_BUFFERSIZE, 64L * 1024);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->options.connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)h->options.request_timeout_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)(stall_s > 0 ? stall_s : 1));
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	/* A proxy would read a plain request, key and all. */
	if (h->loopback)
		SET(CURLOPT_PROXY, "");
#undef SET
	return rc == CURLE_OK;
}

bool
http_get(struct http *h, const char *path, http_done *done, void *ctx,
    struct md_error *e)
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
	       set_options(t, buf_str(&url)) &&
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

bool
http_step(struct http *h, int timeout_ms, struct md_error *e)
{
	int running;
	CURLMcode rc;

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
	h->gone_at = h->left_at;
	return rc == CURLM_OK ||
	       md_fail(e, MD_ENET, "libcurl: %s", curl_multi_strerror(rc));
}

void
http_wakeup(struct http *h)
{
	(void)curl_multi_wakeup(h->multi);
}

/* -- URLs -- */

char *
http_path_of(const char *url)
{
	CURLU *u = curl_url();
	struct buf b = BUF_INIT;
	char *path = NULL, *query = NULL;

	if (u == NULL)
		return NULL;
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK) {
		path = url_part(u, CURLUPART_PATH);
		query = url_part(u, CURLUPART_QUERY);
	}
	curl_url_cleanup(u);
	if (path != NULL) {
		buf_puts(&b, path);
		if (query != NULL) {
			buf_putc(&b, '?');
			buf_puts(&b, query);
		}
	}
	curl_free(path);
	curl_free(query);
	if (buf_ok(&b) && b.len > 0)
		return buf_take(&b);
	buf_free(&b);
	return NULL;
}

char *
http_escape(const char *segment)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~:";
	struct buf b = BUF_INIT;

	for (; *segment != '\0'; segment++)
		if (strchr(plain, *segment) != NULL)
			buf_putc(&b, *segment);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*segment);
	if (buf_ok(&b))
		return buf_take(&b);
	buf_free(&b);
	return NULL;
}

const char *
http_library_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
