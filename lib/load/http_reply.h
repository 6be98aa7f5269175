/*
 * Reading an HTTP/1.1 answer as it arrives: the status, where its end is, and
 * whether the connection lives on.  Strict: what can be read in two ways is
 * an error.  The body is counted, not kept.  Pure.
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
	int status;      /* 0 until the first line was read */
	uint64_t body;   /* bytes of the body so far, without framing */
	bool close;      /* the connection ends with this answer */
	const char *why; /* HTTP_REPLY_BAD: what was wrong */
	/* Is handed the body as it comes; null: it is forgotten.  To be set
	 * after http_reply_start(). */
	void (*take)(void *ctx, const char *bytes, size_t len);
	void *ctx;
	/* The body's first bytes, of answers that are not 2xx. */
	char sample[HTTP_REPLY_SAMPLE];
	size_t sample_len;

	/* -- its own -- */
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
	char line[HTTP_REPLY_LINE]; /* the part of one that has come */
};

void http_reply_start(struct http_reply *);

/* *used of the bytes belong to this answer; all of them while MORE. */
enum http_reply_state http_reply_feed(struct http_reply *, const char *bytes,
    size_t len, size_t *used);

/* The connection ended: DONE when that is how this answer ends. */
enum http_reply_state http_reply_end(struct http_reply *);

/* Has anything of it come? */
bool http_reply_begun(const struct http_reply *);

#endif
