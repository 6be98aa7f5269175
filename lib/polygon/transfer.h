/*
 * A transfer under way, and what all of them share.  Of http.c and what sets a
 * transfer up, and included by no others.
 */
#ifndef MD_POLYGON_TRANSFER_H
#define MD_POLYGON_TRANSFER_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "polygon/http.h"

struct transfer {
	struct transfer *next;
	struct http *http;
	CURL *easy;
	http_done *done;
	void *ctx;
	struct curl_slist *headers; /* of its own; null: all transfers' */
	http_piece *piece;          /* or null: the body is kept */
	http_turn *turn;            /* or null */
	void *turn_ctx;
	bool whole; /* and waits for its turn */
	struct buf body;
	bool paused;
	bool too_long;
	bool unwanted; /* its piece() has had enough */
	size_t header_bytes;
	char message[CURL_ERROR_SIZE];
	struct http_answer answer;
};

struct http {
	CURLM *multi;
	struct http_options options;
	char *base;
	bool loopback;
	struct curl_slist *headers;
	const char *secret;      /* in the headers; "": none */
	const char *signing;     /* what signs, and is not sent; "": nothing */
	struct transfer *active; /* oldest first */
	size_t buffered;
	struct buf spare; /* the largest body that was done with */
	int64_t gone_at;  /* since when nobody looked, before this look */
	int64_t left_at;  /* when this look ended */
	bool after_gap;   /* what this look sees may have come since then */
	bool waits_alone; /* waiting for another's connection had no end once */
	atomic_bool deaf; /* it could not be woken once */
};

/* "name: value", first of all; null: out of memory.  *value_at: where its value
 * stands. */
bool transfer_add_header(struct curl_slist **, const char *name,
    const char *value, const char **value_at);

/* What libcurl is to know of it.  False: out of memory. */
bool transfer_set_up(struct transfer *, const char *url,
    const struct http_request *);

/* For libcurl, of a transfer. */
size_t transfer_on_body(char *, size_t one, size_t n, void *transfer);
size_t transfer_on_header(char *, size_t one, size_t n, void *transfer);

#endif
