/*
 * An HTTP server for mdmock and mdserve: it listens, reads GET requests, asks
 * one handler for the answer and sends it.  Delays never hold a thread: the
 * connection sleeps.  What the paths mean is the handler's.  libmicrohttpd is
 * behind it and known to httpd.c alone.
 */
#ifndef MD_HTTPD_H
#define MD_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* -- bodies: bytes that several answers may share, counted -- */

struct httpd_body;

/* Adopts bytes (of malloc), also on failure; null when memory ran out. */
struct httpd_body *httpd_body_create(char *bytes, size_t len);
struct httpd_body *httpd_body_hold(struct httpd_body *);
void httpd_body_release(struct httpd_body **);
const char *httpd_body_bytes(const struct httpd_body *, size_t *len);

/* -- what the handler is asked -- */

#define HTTPD_SEGMENTS   16
#define HTTPD_PARAMETERS 32

struct httpd_parameter {
	const char *name, *value;
};

/* Borrowed for the call.  Segments and parameters are percent-decoded. */
struct httpd_request {
	const char *method;
	const char *target; /* path and query as sent */
	const char *segment[HTTPD_SEGMENTS];
	size_t segments; /* more than HTTPD_SEGMENTS: the rest is cut */
	struct httpd_parameter parameter[HTTPD_PARAMETERS];
	size_t parameters;
	int64_t received_ms; /* wall clock */
	void *connection;    /* for httpd_header() */
};

/* The first of that name; null when absent. */
const char *httpd_parameter(const struct httpd_request *, const char *name);
const char *httpd_header(const struct httpd_request *, const char *name);

/* Does the client take gzip? */
bool httpd_accepts_gzip(const struct httpd_request *);

/* -- what it answers -- */

/* How the body goes out; all but the first are for tests of clients. */
enum httpd_delivery {
	HTTPD_WHOLE,
	HTTPD_TRUNCATED, /* the whole's length, half of it, then closed */
	HTTPD_STALLED,   /* headers and half, then nothing, open for ever */
	HTTPD_RESET,     /* half, then a TCP reset */
	HTTPD_SILENT,    /* not a byte, open for ever */
	HTTPD_ENDLESS,   /* the body, then its tail again and again */
};

#define HTTPD_HEADERS 16

struct httpd_response {
	int status;
	struct httpd_body *body; /* the server releases it; null: no body */

	struct {
		const char *name; /* a constant */
		char *value;
	} header[HTTPD_HEADERS];

	size_t headers;
	int64_t delay_us; /* from the request's arrival, at least */
	enum httpd_delivery delivery;
	size_t tail;              /* ENDLESS: where the repeated part begins */
	int64_t bytes_per_second; /* 0: as fast as it goes */
};

/* Copies the value; false when memory ran out or there are too many. */
bool httpd_response_header(struct httpd_response *, const char *name,
    const char *value);

/* Adopts the text as the body; when memory ran out, a 500 without one. */
void httpd_response_text(struct httpd_response *, int status, struct buf *text,
    const char *type);

/* Called by several threads at once.  *response arrives zeroed. */
typedef void httpd_handler(void *context, const struct httpd_request *,
    struct httpd_response *);

/* -- the server -- */

struct httpd;

struct httpd_options {
	unsigned threads;      /* at least 1 */
	unsigned connections;  /* at most that many at once */
	unsigned idle_seconds; /* an idle connection is closed; 0 never */
	/*
	 * A connection is closed when its next request is not there, whole,
	 * after so long, or its answer not fetched; 0: never.
	 */
	unsigned request_seconds, answer_seconds;
	size_t head_bytes; /* of a request, about; 0: the library's 32 KiB */
	bool no_uploads;   /* a body is not waited for */
};

/*
 * Binds "host:port" or "[v6]:port" (a name is resolved; port 0: any that is
 * free).  MD_EUSAGE when the address cannot be read, MD_EIO when it cannot be
 * bound.
 */
bool httpd_listen(struct httpd **out, const char *address, struct md_error *);

/* Answers requests, in threads of its own, until httpd_stop(). */
bool httpd_serve(struct httpd *, const struct httpd_options *, httpd_handler *,
    void *context, struct md_error *);

/* "127.0.0.1:8080", "[::1]:8080"; is it a loopback one? */
const char *httpd_address(const struct httpd *);
bool httpd_is_loopback(const struct httpd *);
/* The port into a file, for who started it; null: into none. */
bool httpd_write_port(const struct httpd *, const char *file,
    struct md_error *);

/*
 * Takes no new connections, tells those that are there to go, and waits for
 * answers under way, at most so long.
 */
void httpd_drain(struct httpd *, int64_t ms);

/* Ends every connection, sleeping ones too, and waits for the threads. */
void httpd_stop(struct httpd **);

#endif
