/*
 * Parsing an HTTP/1.1 answer as it arrives: its status, its end, and whether
 * the connection stays open.  Strict: anything ambiguous is an error.  The body
 * is counted, not kept.  Pure.
 */
#ifndef MD_LOAD_HTTP_REPLY_H
#define MD_LOAD_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_REPLY_LINE   4096  /* the longest line of a head */
#define HTTP_REPLY_HEAD   65536 /* the longest head */
#define HTTP_REPLY_SAMPLE 120

enum http_reply_state { HTTP_REPLY_MORE, HTTP_REPLY_DONE, HTTP_REPLY_BAD };

struct http_reply {
	int status;      /* 0 until the first line is complete */
	uint64_t body;   /* bytes of the body so far, without framing */
	bool close;      /* the connection ends with this answer */
	const char *why; /* HTTP_REPLY_BAD: what was wrong */
	/* Receives the body as it arrives; null: the body is discarded.  Set it
	 * after http_reply_start(). */
	void (*take)(void *ctx, const char *bytes, size_t len);
	void *ctx;
	/* The first bytes of the body, if the status is not 2xx. */
	char sample[HTTP_REPLY_SAMPLE];
	size_t sample_len;

	/* -- private -- */
	enum {
		AT_STATUS,
		AT_HEADER,
		AT_LENGTH,    /* left bytes of body */
		AT_CLOSE,     /* body until the connection ends */
		AT_SIZE,      /* a chunk's size line */
		AT_CHUNK,     /* left bytes of a chunk */
		AT_CHUNK_END, /* the empty line after it */
		AT_TRAILER
	} at;

	uint64_t left;
	size_t head;
	bool has_length, chunked, old; /* old: HTTP/1.0 */
	size_t line_len;
	char line[HTTP_REPLY_LINE]; /* the part that has arrived */
};

void http_reply_start(struct http_reply *);

/* *used of the bytes belong to this answer: all of them if MORE. */
enum http_reply_state http_reply_feed(struct http_reply *, const char *bytes,
    size_t len, size_t *used);

/* The connection was closed: DONE if that completes the answer. */
enum http_reply_state http_reply_end(struct http_reply *);

/* Has any byte of it arrived? */
bool http_reply_begun(const struct http_reply *);

#endif
