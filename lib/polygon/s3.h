/*
 * A store of objects that speaks S3, as the vendor keeps its flat files in:
 * which there are, and each as a stream.  Requests are signed (AWS Signature
 * Version 4), tried again, and gone on with where they broke.  Each function
 * waits until it has an answer; objects may be read on threads of their own.
 */
#ifndef MD_POLYGON_S3_H
#define MD_POLYGON_S3_H

#include "answer/listing.h"
#include "pace/backoff.h"
#include "polygon/http.h"

#define S3_URL    "https://files.massive.com"
#define S3_BUCKET "flatfiles"

struct s3;

struct s3_options {
	/* https, or http to a loopback address; its path names the bucket,
	 * S3_BUCKET where it has none. */
	const char *url;
	struct http_signer signer; /* what it points at is borrowed */
	const struct trust *trust; /* borrowed; null: the system's */
	struct backoff backoff;
	int64_t connect_timeout_ms, stall_timeout_ms, request_timeout_ms;
	/* While an answer is waited for, several times a second, on the thread
	 * that waits; false: the wait ends with MD_EINTR.  May be null. */
	bool (*wait)(void *ctx);
	void *wait_ctx;
};

/* MD_EUSAGE: it is no such URL. */
bool s3_url_check(const char *url, struct md_error *);

bool s3_create(struct s3 **, const struct s3_options *, struct md_error *);
void s3_destroy(struct s3 **);

/* Requests that were sent, with those that were sent again. */
int64_t s3_requests(const struct s3 *);

/*
 * True as long as asking makes sense: the keys, the certificate, the bucket are
 * right, and it is not down.  What follows fails with the same *e at once.
 */
bool s3_verdict(struct s3 *, struct md_error *e);

/*
 * All objects whose keys begin so (plain characters), page by page.  MD_EDENIED
 * (403), MD_EABSENT (404), MD_EHTTP, MD_ENET and MD_EAPI (out of retries),
 * MD_EDATA, MD_EINTR, or the verdict.
 */
bool s3_list_all(struct s3 *, const char *prefix, listing_taker *, void *ctx,
    struct md_error *);

/* -- an object -- */

struct s3_object;

/* Begin to receive it; returns once it is known which it is.  Errors as above.
 */
bool s3_open(struct s3 *, const char *key, struct s3_object **,
    struct md_error *);

/* Which it is: its key, and what the answer told of it: etag "", bytes -1 or
 * modified_ms 0 where it did not. */
const struct listing_object *s3_object(const struct s3_object *);

/* Up to cap bytes of it; *len 0: it has ended, and is whole.  MD_EABSENT, where
 * some was read already: it was replaced meanwhile, and may be opened anew. */
bool s3_read(struct s3_object *, char *to, size_t cap, size_t *len,
    struct md_error *);

void s3_close(struct s3_object **);

#endif
