/*
 * The errors of S3, as Amazon's documentation lists them.
 */
#ifndef MD_MOCK_S3_ERROR_H
#define MD_MOCK_S3_ERROR_H

#include "base/buf.h"

enum s3_code {
	S3_DONE,
	S3_ACCESS_DENIED,
	S3_NOT_SIGNED, /* headers that must be signed are not */
	S3_NO_DATE,
	S3_MALFORMED,
	S3_WRONG_SCOPE,
	S3_NO_PAYLOAD_HASH,
	S3_BAD_PAYLOAD_HASH,
	S3_PAYLOAD_MISMATCH,
	S3_UNKNOWN_KEY,
	S3_SKEWED,
	S3_SIGNATURE,
	S3_NO_OBJECT,
	S3_NO_BUCKET,
	S3_NOT_MODIFIED, /* no error; it has no body */
	S3_PRECONDITION,
	S3_RANGE,
	S3_METHOD,
	S3_ARGUMENT,
	S3_NOT_IMPLEMENTED,
	S3_SLOW_DOWN,
	S3_INTERNAL,
};

int mock_s3_error_status(enum s3_code);

/* The nearest code for an HTTP status. */
enum s3_code mock_s3_error_of_status(int status);

/* The document: of which path, in which request. */
void mock_s3_error_write(struct buf *, enum s3_code, const char *resource,
    const char *request_id);

/* Text, with what XML cannot hold replaced. */
void mock_s3_xml_text(struct buf *, const char *);

#endif
