/*
 * Signatures of requests by AWS Signature Version 4, in the header
 * Authorization, as S3 checks them.  No I/O, no clock.
 */
#ifndef MD_MOCK_SIGV4_H
#define MD_MOCK_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "mock/s3_error.h"

struct sigv4_header {
	const char *name, *value; /* a name in any case, more than once */
};

struct sigv4_request {
	const char *method, *target; /* path and query, as sent */
	const struct sigv4_header *header;
	size_t headers;
};

struct sigv4_keys {
	const char *id, *secret;
};

/* The value of the first header of that name; null: none. */
const char *sigv4_header(const struct sigv4_request *, const char *name);

/*
 * The canonical request: of headers those that are named, in lower case, sorted
 * and with ';' between them.  The path is taken as it is but for its escapes:
 * S3 does not resolve dots.
 */
void sigv4_canonical(const struct sigv4_request *, const char *names,
    const char *payload_hash, struct buf *out);

/* The signature of a canonical request: at a time such as 20150830T123600Z, in
 * a scope such as 20150830/us-east-1/s3/aws4_request. */
void sigv4_sign(const char *secret, const char *time, const char *scope,
    const char *canonical, char out[SHA256_HEX]);

/* Percent-encodes all but letters, digits and "-_.~", and maybe '/'. */
void sigv4_escape(struct buf *, const char *text, size_t len, bool keep_slash);

/*
 * May the request be answered at that time (epoch ms)?  S3_DONE, or why not.
 * Any region is good; of a payload there is none, or it is unsigned.
 */
enum s3_code sigv4_check(const struct sigv4_request *,
    const struct sigv4_keys *, int64_t now_ms);

#endif
