/*
 * An HTTP client on libcurl's multi interface: any number of transfers, one
 * thread.  GET only.  It knows nothing of what is fetched.
 *
 * The key is given once, lives in one request header, and goes to the base's
 * host alone: redirects are not followed, requests are paths on the base.
 */
#ifndef MD_POLYGON_HTTP_H
#define MD_POLYGON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct http;

struct http_options {
	const char *base_url; /* https, or http to a loopback address */
	const char *bearer;   /* null: no key is sent */
	int64_t connect_timeout_ms;
	int64_t stall_timeout_ms; /* not a byte for this long */
	int64_t request_timeout_ms;
	size_t max_body;     /* decoded bytes; a longer answer is an error */
	size_t max_buffered; /* of all transfers; beyond it, all but the oldest
				wait */
};

struct http_answer {
	/*
	 * MD_OK: an answer was received whole, whatever its status.  MD_ENET:
	 * it was not; trying again may help.  MD_ETLS, MD_EDATA (too long):
	 * it will not.
	 */
	struct md_error error;
	long status; /* 0 when there was none */
	char *body;  /* NUL-terminated, the callback's until it ends */
	size_t len;
	char location[200];     /* of a redirect; "" when there is none */
	int64_t retry_after_ms; /* -1 when absent */
	int64_t wire_bytes;     /* as transferred, before decompression */
	int64_t first_byte_us;
	int64_t total_us;
	/*
	 * When, monotonic: it was sent, the first byte was there (0: never),
	 * the last.  What came while nobody looked, between two calls of
	 * http_step(), counts as there when the first of them ended.
	 */
	int64_t sent_at, first_at, last_at;
	bool connected; /* the server was reached at all */
};

typedef void http_done(void *ctx, struct http_answer *);

/* MD_EUSAGE: the base is not a URL that a key may be sent to. */
bool http_create(struct http **, const struct http_options *,
    struct md_error *);
void http_destroy(struct http **);

/* Start a GET of the base followed by path; done is called by http_step(). */
bool http_get(struct http *, const char *path, http_done *done, void *ctx,
    struct md_error *);

/* Drop every transfer; their callbacks are not called. */
void http_cancel(struct http *);

/* Move all transfers on, waiting at most timeout_ms for something to do. */
bool http_step(struct http *, int timeout_ms, struct md_error *);

/* End http_step()'s waiting; from any thread or signal handler's thread. */
void http_wakeup(struct http *);

/* "https://api.example.com/…?x" → "/…?x", to be freed; null when it is no
 * absolute http(s) URL or memory ran out. */
char *http_path_of(const char *url);

/* libcurl's, as in use. */
const char *http_library_version(void);

/* Percent-encode a path segment; to be freed. */
char *http_escape(const char *segment);

#endif
