/*
 * An HTTP server for mdmock and mdserve: it listens, reads GET requests, asks
 * one handler for the answer and sends it.  Delays do not block a thread: the
 * connection is suspended.  The handler decides what paths mean.  Only httpd.c
 * knows libmicrohttpd, on which it is built.
 */
#ifndef MD_HTTPD_H
#define MD_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* -- bodies: reference-counted bytes that answers may share -- */

struct httpd_body;

/* Adopts bytes (from malloc), even on failure, and gives back what is beyond
 * len; null when out of memory. */
struct httpd_body *httpd_body_create(char *bytes, size_t len);
/* The memory that it takes; null: 0. */
size_t httpd_body_cost(const struct httpd_body *);
struct httpd_body *httpd_body_hold(struct httpd_body *);
void httpd_body_release(struct httpd_body **);
/* For reading: others may hold it too. */
char *httpd_body_bytes(const struct httpd_body *, size_t *len);

/* -- requests -- */

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
	size_t segments; /* may exceed HTTPD_SEGMENTS, whose rest is cut */
	struct httpd_parameter parameter[HTTPD_PARAMETERS];
	size_t parameters;
	int64_t received_ms; /* wall clock */
	void *connection;    /* for httpd_header() */
};

/* The first one with that name; null if absent. */
const char *httpd_parameter(const struct httpd_request *, const char *name);
const char *httpd_header(const struct httpd_request *, const char *name);
size_t httpd_header_count(const struct httpd_request *, const char *name);

/* Give each header, until one is not taken; false then. */
bool httpd_each_header(const struct httpd_request *,
    bool (*take)(void *, const char *name, const char *value), void *);

/* Our end of the connection, as a number without a port; false if unknown. */
#define HTTPD_ADDRESS 64
bool httpd_local_address(const struct httpd_request *,
    char out[static HTTPD_ADDRESS]);

/* Does the client accept gzip? */
bool httpd_accepts_gzip(const struct httpd_request *);

/* -- responses -- */

/* How the body is sent; all but the first are for testing clients. */
enum httpd_delivery {
	HTTPD_WHOLE,
	HTTPD_TRUNCATED,   /* the whole length announced, half sent, closed */
	HTTPD_STALLED,     /* headers and half, then nothing, left open */
	HTTPD_RESET,       /* half, then a TCP reset */
	HTTPD_SILENT,      /* nothing, left open */
	HTTPD_HANG_UP,     /* nothing, closed */
	HTTPD_RESET_FIRST, /* nothing, a TCP reset */
	HTTPD_ENDLESS,     /* the body, then its tail repeated without end */
};

#define HTTPD_HEADERS 24

struct httpd_response {
	int status;
	struct httpd_body *body; /* the server releases it; null: no body */

	struct {
		const char *name; /* a constant */
		char *value;
	} header[HTTPD_HEADERS];

	size_t headers;
	int64_t delay_us; /* the minimum, from the request's arrival */
	enum httpd_delivery delivery;
	size_t tail;              /* ENDLESS: where the repeated part begins */
	int64_t bytes_per_second; /* 0: no limit */
	/* TRUNCATED, STALLED, RESET: where the body is cut, if not in its
	 * middle. */
	bool cut;
	size_t cut_at;
	/* 0: as it comes; or pieces of so many bytes, with pauses. */
	size_t slice;
	int64_t slice_us;
	/* 0: the answer's length is announced.  Otherwise it ends when the
	 * connection does, which is so long after its last byte. */
	int64_t close_us;
};

/* Copies the value; false when out of memory or if there are too many. */
bool httpd_response_header(struct httpd_response *, const char *name,
    const char *value);

/* Adopts the text as the body; when out of memory, a 500 without a body. */
void httpd_response_text(struct httpd_response *, int status, struct buf *text,
    const char *type);

/* Called by several threads at the same time.  *response is zeroed. */
typedef void httpd_handler(void *context, const struct httpd_request *,
    struct httpd_response *);

/* -- the server -- */

struct httpd;

struct httpd_options {
	unsigned threads;      /* at least 1 */
	unsigned connections;  /* the maximum open at the same time */
	unsigned idle_seconds; /* closes idle connections; 0: never */
	/*
	 * A connection is closed if its next request has not arrived in full
	 * after this long, or its answer has not been received; 0: never.
	 */
	unsigned request_seconds, answer_seconds;
	size_t head_bytes;    /* of a request, about; 0: the library's 32 KiB */
	size_t sending_bytes; /* of bodies at once; more are 503; 0: no limit */
	bool no_uploads;      /* do not wait for request bodies */
};

/*
 * Binds "host:port" or "[v6]:port" (a name is resolved; port 0: any free one).
 * MD_EUSAGE if the address cannot be parsed, MD_EIO if it cannot be bound.
 */
bool httpd_listen(struct httpd **out, const char *address, struct md_error *);

/* Answers requests, in its own threads, until httpd_stop(). */
bool httpd_serve(struct httpd *, const struct httpd_options *, httpd_handler *,
    void *context, struct md_error *);

/* "127.0.0.1:8080", "[::1]:8080"; is it a loopback one? */
const char *httpd_address(const struct httpd *);
bool httpd_is_loopback(const struct httpd *);
/* How many connections are open; false: nobody counts them, as without
 * request_seconds and answer_seconds. */
bool httpd_connections(const struct httpd *, size_t *);
/* Writes the port to a file, for the process that started this one; null: does
 * nothing. */
bool httpd_write_port(const struct httpd *, const char *file,
    struct md_error *);

/*
 * Accepts no new connections, asks clients to close theirs, and waits at most
 * this long for answers in progress.
 */
void httpd_drain(struct httpd *, int64_t ms);

/* Closes all connections, including suspended ones, and waits for the threads.
 */
void httpd_stop(struct httpd **);

#endif
