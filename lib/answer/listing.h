/*
 * What a store of objects that speaks S3 answers: which objects there are
 * (ListObjectsV2), and why it refused a request.  Pure.
 */
#ifndef MD_ANSWER_LISTING_H
#define MD_ANSWER_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define LISTING_KEY   256 /* with their NULs */
#define LISTING_ETAG  64
#define LISTING_TOKEN 2048

struct listing_object {
	char key[LISTING_KEY];
	char etag[LISTING_ETAG]; /* without its quotes */
	int64_t bytes, modified_ms;
};

/* What one answer holds, and where the next one goes on. */
struct listing {
	bool truncated;
	char token[LISTING_TOKEN]; /* "" where it is not */
	size_t objects;
};

/* Of each object, in order.  Its keys may be any, also such as nobody asked
 * for. */
typedef void listing_taker(void *ctx, const struct listing_object *);

/* MD_EDATA: it is no such answer; some objects may have been taken already. */
bool listing_decode(const char *text, size_t len, listing_taker *, void *ctx,
    struct listing *, struct md_error *);

/* An error in XML; false: it is none. */
struct listing_error {
	char code[64];     /* "AccessDenied" */
	char message[200]; /* the server's words, printable, or "" */
	/* Where a redirect leads, printable, or "". */
	char endpoint[200];
};

bool listing_error_decode(const char *text, size_t len, struct listing_error *);

/* An ETag without the quotes around it; "" where it is none, or too long. */
void listing_etag(const char *text, size_t len, char out[LISTING_ETAG]);

#endif
