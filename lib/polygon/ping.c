#include "polygon/ping.h"

#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/weburl.h"
#include "polygon/http.h"
#include "polygon/url.h"

struct pinging {
	bool ended;
	long status;
	struct md_error error;
};

#define LOGIN                                                                  \
	"put a token into its path, or let curl do it, which reads them from " \
	"a file: curl --netrc"

bool
ping_check(const char *url, struct md_error *e)
{
	char *base = NULL;
	bool loopback;

	if (!weburl_check(url, LOGIN, e))
		return false;
	if (strpbrk(url, "?#") != NULL)
		return md_fail(e, MD_EUSAGE,
		    "expected a URL without a query: /start and /fail are "
		    "appended to it");
	if (!url_base(url, LOGIN, &base, &loopback, e))
		return false;
	free(base);
	return true;
}

static void
ended(void *ctx, struct http_answer *a)
{
	struct pinging *p = ctx;

	p->ended = true;
	p->status = a->status;
	p->error = a->error;
}

static bool
post(const char *base, const char *path, const char *type, const char *text,
    const struct trust *trust, struct md_error *e)
{
	const struct http_options o = {
		.base_url = base,
		.posts = type,
		.trust = trust,
		.connect_timeout_ms = 5 * MD_SECOND,
		.stall_timeout_ms = 5 * MD_SECOND,
		.request_timeout_ms = 10 * MD_SECOND,
		.max_body = 1 << 20,
		.max_buffered = 1 << 20,
	};
	struct pinging p = { false, 0, { MD_OK, "" } };
	struct http *h = NULL;
	bool good =
	    http_create(&h, &o, e) && http_post(h, path, text, ended, &p, e);

	while (good && !p.ended)
		good = http_step(h, 1000, e);
	http_destroy(&h);
	if (!good)
		return false;
	if (p.error.code != MD_OK) {
		*e = p.error;
		return false;
	}
	return (p.status >= 200 && p.status < 300) ||
	       md_fail(e, MD_EHTTP, "HTTP %ld", p.status);
}

bool
ping_send(const char *url, const char *suffix, const char *text,
    const struct trust *trust, struct md_error *e)
{
	return post(url, suffix, NULL, text, trust, e);
}

/* -- a URL as it is -- */

/* "https://example.com/hook?a=b": the server, to be freed, and what is asked of
 * it. */
static bool
split(const char *url, char **server, const char **path, struct md_error *e)
{
	const char *host = strstr(url, "://");

	if (!weburl_check(url, LOGIN, e))
		return false;
	if (strchr(url, '#') != NULL)
		return md_fail(e, MD_EUSAGE, "expected a URL without '#'");
	host += 3;
	*path = host + strcspn(host, "/?");
	*server = strndup(url, (size_t)(*path - url));
	return *server != NULL || md_nomem(e);
}

bool
ping_url_check(const char *url, struct md_error *e)
{
	char *server = NULL, *base = NULL;
	const char *path = "";
	bool loopback, good = split(url, &server, &path, e) &&
			      url_base(server, LOGIN, &base, &loopback, e);

	free(server);
	free(base);
	return good;
}

bool
ping_post(const char *url, const char *type, const char *text,
    const struct trust *trust, struct md_error *e)
{
	char *server = NULL;
	const char *path = "";
	bool good = split(url, &server, &path, e) &&
		    post(server, path, type, text, trust, e);

	free(server);
	return good;
}
