/*
 * An HTTP client on libcurl's multi interface: any number of transfers in one
 * thread, GET and POST.  It knows nothing about the contents.
 *
 * The key is given once, is in one request header, and goes only to the base
 * URL's host: redirects are not followed, and requests are paths on the base.
 */
#ifndef MD_POLYGON_HTTP_H
#define MD_POLYGON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "polygon/trust.h"

struct http;

/* Who signs requests to a store of objects (AWS Signature Version 4, service
 * s3): the secret signs, and is not sent. */
struct http_signer {
	const char *id, *secret;
	const char *token; /* sent along; null: none */
};

struct http_options {
	const char *base_url; /* https, or http to a loopback address */
	const char *bearer;   /* null: no key is sent */
	const struct http_signer
	    *signer;       /* borrowed; null: nothing is signed */
	const char *posts; /* what is posted, "application/json"; null: a form.
			      Not beside a key */
	const struct trust *trust; /* borrowed; null: the system's */
	/*
	 * A request ends, whatever libcurl does, request_timeout_ms after
	 * http_get(); without a first byte after the other two.
	 */
	int64_t connect_timeout_ms;
	int64_t stall_timeout_ms; /* without a byte arriving */
	int64_t request_timeout_ms;
	size_t max_body;     /* decoded bytes; a longer answer is an error */
	size_t max_buffered; /* by all transfers; beyond it, all but the oldest
				wait */
};

struct http_answer {
	/*
	 * MD_OK: a complete answer was received, whatever its status.  MD_ENET:
	 * it was not, and a retry may help.  MD_ETLS, MD_EDATA (too long),
	 * MD_EUSAGE (the proxy): a retry will not help.
	 */
	struct md_error error;
	long status; /* 0 if there was none */
	char *body;  /* NUL-terminated; valid until the callback returns; the
			key is masked in it, as in location */
	size_t len;
	char location[200];     /* of a redirect; "" if there is none */
	int64_t retry_after_ms; /* -1 when absent */
	int64_t date_ms;        /* the server's clock, as the header Date has
				   it: ms UTC; 0: absent or unreadable */
	int64_t wire_bytes;     /* as transferred, before decompression */
	int64_t first_byte_us;
	int64_t total_us;
	/*
	 * Monotonic times: when the request was sent, the first byte arrived
	 * (0: never), and the last byte arrived.  Bytes that arrive between two
	 * calls of http_step() count as having arrived when the first of these
	 * calls returned.
	 */
	int64_t sent_at, first_at, last_at;
	int64_t turn_at; /* until then it was not its turn; 0: it always was */
	bool connected;  /* the server was reached */
	/* Of a request with piece(): which object it is, quotes and all; ""
	 * where that is not told; when it was changed, or 0; at which byte the
	 * body begins, -1 where it is no range; and of how many, or -1. */
	char etag[80];
	int64_t modified_ms, from, total;
};

typedef void http_done(void *ctx, struct http_answer *);

/* MD_EUSAGE: the base is not a URL to which a key may be sent. */
bool http_create(struct http **, const struct http_options *,
    struct md_error *);
void http_destroy(struct http **);

/* What becomes of a piece of a body. */
enum http_taken {
	HTTP_TAKEN,
	HTTP_LATER,    /* it is brought again after http_resume() */
	HTTP_UNWANTED, /* the transfer ends with MD_EDATA */
};

/* The answer so far has its status and its headers. */
typedef enum http_taken http_piece(void *ctx, const struct http_answer *,
    const char *bytes, size_t n);

/*
 * May the answer come now?  Until it may the body of a good one waits in the
 * connection, and its time does not run.  Asked again after each answer, and at
 * each step.
 */
typedef bool http_turn(void *ctx);

/* Null and 0: what is usual. */
struct http_request {
	const char *path;  /* after the base URL */
	const char *body;  /* of a POST, which is copied; null: a GET */
	int64_t from;      /* the first byte that is wanted */
	const char *etag;  /* of this object, with its quotes, alone */
	http_piece *piece; /* takes a good answer's body as it comes */
	http_turn *turn;   /* null: it may come whenever it does */
	void *turn_ctx;
};

/* Start it; http_step() calls done. */
bool http_send(struct http *, const struct http_request *, http_done *done,
    void *ctx, struct md_error *);

/* Transfers whose pieces were to come later go on.  Not from within piece(). */
void http_resume(struct http *);

/* A GET of the base URL followed by path; as http_send(). */
bool http_get(struct http *, const char *path, http_done *done, void *ctx,
    struct md_error *);

/* Likewise a POST of a text, which is copied. */
bool http_post(struct http *, const char *path, const char *body,
    http_done *done, void *ctx, struct md_error *);

/* Drop all transfers; their callbacks are not called. */
void http_cancel(struct http *);

/* Advance all transfers, waiting at most timeout_ms for something to do. */
bool http_step(struct http *, int timeout_ms, struct md_error *);

/* End the wait in http_step(); may be called from any thread. */
void http_wakeup(struct http *);

/* The version of libcurl in use. */
const char *http_library_version(void);

#endif
