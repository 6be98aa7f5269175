#include "polygon/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/weburl.h"
#include "polygon/libcurl.h"

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

/* Nothing behind the host is repeated: it may be a secret. */
static bool
judge_base(CURLU *u, const char *url, bool *loopback, struct md_error *e)
{
	char *scheme = url_part(u, CURLUPART_SCHEME);
	char *host = url_part(u, CURLUPART_HOST);
	bool good = false;

	if (scheme == NULL || host == NULL)
		(void)md_nomem(e);
	/* Behind '?' or '#', even with nothing there, no path would be one. */
	else if (strpbrk(url, "?#") != NULL)
		(void)md_fail(e, MD_EUSAGE,
		    "expected a URL without '?' or '#', such as "
		    "https://api.massive.com");
	else if (strcmp(scheme, "https") != 0 && !is_loopback(host))
		(void)md_fail(e, MD_EUSAGE,
		    "http://%.200s: expected https (plain http shows what is "
		    "secret to others; it is for loopback only)",
		    host);
	else
		good = true;
	if (good)
		*loopback = strcmp(scheme, "http") == 0;
	curl_free(scheme);
	curl_free(host);
	return good;
}

bool
url_base(const char *url, const char *login, char **base, bool *loopback,
    struct md_error *e)
{
	CURLU *u;
	size_t n = strlen(url);
	bool good;

	if (!weburl_check(url, login, e) || !libcurl_load(e))
		return false;
	u = curl_url();
	if (u == NULL)
		return md_nomem(e);
	good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK;
	if (!good)
		(void)md_fail(e, MD_EUSAGE,
		    "a URL whose host or port cannot be: expected one such as "
		    "https://api.massive.com");
	good = good && judge_base(u, url, loopback, e);
	curl_url_cleanup(u);
	if (!good)
		return false;
	while (n > 0 && url[n - 1] == '/')
		n--;
	*base = strndup(url, n);
	return *base != NULL || md_nomem(e);
}

/* -- paths -- */

char *
url_path_of(const char *url)
{
	CURLU *u;
	struct buf b = BUF_INIT;
	char *path = NULL, *query = NULL;

	if (!libcurl_load(NULL) || (u = curl_url()) == NULL)
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

#define UNRESERVED                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"abcdefghijklmnopqrstuvwxyz0123456789-._~"

static char *
escape(const char *text, const char *plain)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "");
	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buf_putc(&b, *text);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*text);
	if (buf_ok(&b))
		return buf_take(&b);
	buf_free(&b);
	return NULL;
}

char *
url_escape(const char *segment)
{
	return escape(segment, UNRESERVED ":");
}

char *
url_escape_all(const char *value)
{
	return escape(value, UNRESERVED);
}

void
url_strip_key(char *path)
{
	char *query = strchr(path, '?'), *to, *from;

	if (query == NULL)
		return;
	to = from = query + 1;
	while (*from != '\0') {
		size_t n = strcspn(from, "&");
		bool more = from[n] == '&';

		if (strncasecmp(from, "apikey=", 7) != 0) {
			memmove(to, from, n + more);
			to += n + more;
		}
		from += n + more;
	}
	*to = '\0';
	while (to > query && (to[-1] == '&' || to[-1] == '?'))
		*--to = '\0';
}
