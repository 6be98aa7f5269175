/*
 * What libcurl is told of a transfer before it begins.
 */
#include "polygon/transfer.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"

bool
transfer_add_header(struct curl_slist **list, const char *name,
    const char *value, const char **value_at)
{
	struct buf b = BUF_INIT;
	struct curl_slist *grown = NULL, *last;

	buf_printf(&b, "%s: %s", name, value);
	if (buf_ok(&b)) {
		grown = curl_slist_append(*list, buf_str(&b));
		secret_wipe(b.data, b.len);
	}
	buf_free(&b);
	if (grown == NULL)
		return false;
	*list = grown;
	for (last = grown; last->next != NULL;)
		last = last->next;
	if (value_at != NULL)
		*value_at = last->data + strlen(name) + 2;
	return true;
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

/* An object is a body as it is; one at a time has nothing to share a connection
 * with, and HTTP/2's windows would hold more than it is read of it. */
static CURLcode
set_signer(CURL *c, const struct http_signer *s)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:s3");
	SET(CURLOPT_USERNAME, s->id);
	SET(CURLOPT_PASSWORD, s->secret);
	return rc;
}

static CURLcode
set_shared(CURL *c)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
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
	SET(CURLOPT_HTTPHEADER, t->headers != NULL ? t->headers : h->headers);
	SET(CURLOPT_USERAGENT, "mdkit/" MD_VERSION);
	if (rc == CURLE_OK)
		rc = h->options.signer != NULL
			 ? set_signer(c, h->options.signer)
			 : set_shared(c);
	/* One connection for all, where HTTP/2 can share it. */
	SET(CURLOPT_PIPEWAIT, h->loopback || h->waits_alone ? 0L : 1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	/* Of those that wait for their turn there are many. */
	SET(CURLOPT_BUFFERSIZE, (t->turn != NULL ? 16L : 64L) * 1024);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->options.connect_timeout_ms);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name that is still being looked up is not waited for. */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)(stall_s > 0 ? stall_s : 1));
	SET(CURLOPT_WRITEFUNCTION, transfer_on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, transfer_on_header);
	SET(CURLOPT_HEADERDATA, t);
	if (body != NULL)
		SET(CURLOPT_COPYPOSTFIELDS, body);
	/* A proxy would read a plain request, key and all. */
	if (h->loopback)
		SET(CURLOPT_PROXY, "");
	return rc == CURLE_OK;
}

#undef SET

/* Where a transfer begins, and of which object. */
static bool
set_range(struct transfer *t, const struct http_request *r)
{
	char text[32];

	if (r->from > 0) {
		(void)snprintf(text, sizeof(text), "%lld-", (long long)r->from);
		if (curl_easy_setopt(t->easy, CURLOPT_RANGE, text) != CURLE_OK)
			return false;
	}
	if (r->etag == NULL)
		return true;
	for (struct curl_slist *l = t->http->headers; l != NULL; l = l->next) {
		struct curl_slist *grown =
		    curl_slist_append(t->headers, l->data);

		if (grown == NULL)
			return false;
		t->headers = grown;
	}
	return transfer_add_header(&t->headers, "If-Match", r->etag, NULL);
}

bool
transfer_set_up(struct transfer *t, const char *url,
    const struct http_request *r)
{
	return set_range(t, r) && set_options(t, url, r->body);
}
