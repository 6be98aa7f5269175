/*
 * URLs, one a line: the key goes to nobody but an https server or this host,
 * each request asks for the path that was meant, and what others say is next is
 * a path.
 */
#include <curl/curl.h>
#include <strings.h>

#include "fuzz.h"
#include "polygon/url.h"

static char *
part(CURLU *u, CURLUPart what)
{
	char *text = NULL;

	must(curl_url_get(u, what, &text, 0) == CURLUE_OK);
	return text;
}

static bool
is_this_host(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	       strcmp(host, "[::1]") == 0 || strncmp(host, "127.", 4) == 0;
}

/* A path on the base asks for that path, of a server that may have the key. */
static void
request_goes_home(const char *base, bool loopback)
{
	static const char path[] = "/v2/aggs";
	size_t size = strlen(base) + sizeof(path);
	CURLU *u = curl_url();
	char *url = malloc(size), *scheme, *host, *asked, *user = NULL;

	must(u != NULL && url != NULL);
	(void)snprintf(url, size, "%s%s", base, path);
	must(curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
	scheme = part(u, CURLUPART_SCHEME);
	host = part(u, CURLUPART_HOST);
	asked = part(u, CURLUPART_PATH);
	must(curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
	must(loopback == (strcmp(scheme, "http") == 0));
	must(strcmp(scheme, "https") == 0 || is_this_host(host));
	must(strlen(asked) >= strlen(path));
	must(strcmp(asked + strlen(asked) - strlen(path), path) == 0);
	curl_free(scheme);
	curl_free(host);
	curl_free(asked);
	curl_url_cleanup(u);
	free(url);
}

static void
try_url(const char *url)
{
	struct md_error e = { MD_OK, "" };
	char *base = NULL, *path = url_path_of(url);
	bool loopback = false;

	if (path != NULL) {
		must(path[0] == '/');
		must(strpbrk(path, "\r\n#") == NULL);
		free(path);
	}
	if (url_base(url, "elsewhere", &base, &loopback, &e))
		request_goes_home(base, loopback);
	else
		must_tell(&e);
	free(base);
	path = url_escape(url);
	must(url[0] == '\0' || path != NULL);
	must(path == NULL || strpbrk(path, "/?# \r\n&") == NULL);
	free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *line;

	while ((line = input_line(&in)) != NULL) {
		try_url(line);
		free(line);
	}
	return 0;
}
