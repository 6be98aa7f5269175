/*
 * The head of an answer, line by line, and base URLs: waits and times are in
 * range, and the key goes to nobody but an https server or this host.
 */
#include "../../lib/polygon/http.c"
#include "../../lib/polygon/url.c"
#include "fuzz.h"

#define FAR INT64_C(1000000000000000)

/* A path on the base asks for that path, of a server that may have the key. */
static void
request_goes_home(const char *base)
{
	static const char path[] = "/v2/aggs";
	CURLU *u = curl_url();
	char *url = malloc(strlen(base) + sizeof(path));
	char *scheme, *host, *asked;

	must(u != NULL && url != NULL);
	(void)sprintf(url, "%s%s", base, path);
	must(curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
	scheme = url_part(u, CURLUPART_SCHEME);
	host = url_part(u, CURLUPART_HOST);
	asked = url_part(u, CURLUPART_PATH);
	must(scheme != NULL && host != NULL && asked != NULL);
	must(url_part(u, CURLUPART_USER) == NULL);
	must(strcmp(scheme, "https") == 0 || is_loopback(host));
	must(strlen(asked) >= strlen(path));
	must(strcmp(asked + strlen(asked) - strlen(path), path) == 0);
	curl_free(scheme);
	curl_free(host);
	curl_free(asked);
	curl_url_cleanup(u);
	free(url);
}

static void
base(const char *url)
{
	struct md_error e = { MD_OK, "" };
	char *home = NULL;
	bool loopback = false;

	if (url_base(url, &home, &loopback, &e)) {
		must(home != NULL);
		request_goes_home(home);
	} else
		must_tell(&e);
	free(home);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http h = { .secret = "secret-of-ours" };
	struct transfer t = { .http = &h };
	struct input in = { data, size };
	char *line;

	while ((line = input_line(&in)) != NULL) {
		size_t n = strlen(line);
		char *path, *exact = malloc(n > 0 ? n : 1);

		must(exact != NULL);
		memcpy(exact, line, n);
		t.header_bytes = 0;
		must(on_header(exact, 1, n, &t) == n);
		must(t.answer.retry_after_ms >= -1 &&
		     t.answer.retry_after_ms < FAR);
		must(t.answer.date_ms >= 0 && t.answer.date_ms < FAR * 1000);
		must(strlen(t.answer.location) < sizeof(t.answer.location));
		must(strstr(t.answer.location, h.secret) == NULL);
		free(exact);
		path = url_path_of(line);
		must(path == NULL || path[0] == '/');
		free(path);
		path = url_escape(line);
		must(n == 0 || path != NULL);
		must(n == 0 || strpbrk(path, "/?# \r\n&") == NULL);
		free(path);
		base(line);
		free(line);
	}
	return 0;
}
