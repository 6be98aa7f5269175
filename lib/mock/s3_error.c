#include "mock/s3_error.h"

static const struct {
	int status;
	const char *name, *message;
} errors[] = {
	[S3_DONE] = { 200, "", "" },
	[S3_ACCESS_DENIED] = { 403, "AccessDenied", "Access Denied" },
	[S3_NOT_SIGNED] = { 403, "AccessDenied",
	    "There were headers present in the request which were not signed" },
	[S3_NO_DATE] = { 403, "AccessDenied",
	    "AWS authentication requires a valid Date or x-amz-date header" },
	[S3_MALFORMED] = { 400, "AuthorizationHeaderMalformed",
	    "The authorization header is malformed; expected Credential, "
	    "SignedHeaders and Signature" },
	[S3_WRONG_SCOPE] = { 400, "AuthorizationHeaderMalformed",
	    "The authorization header is malformed; expected the credential "
	    "DATE/REGION/s3/aws4_request, of the date of x-amz-date" },
	[S3_NO_PAYLOAD_HASH] = { 400, "InvalidRequest",
	    "Missing required header for this request: x-amz-content-sha256" },
	[S3_BAD_PAYLOAD_HASH] = { 400, "InvalidArgument",
	    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 "
	    "value." },
	[S3_PAYLOAD_MISMATCH] = { 400, "XAmzContentSHA256Mismatch",
	    "The provided 'x-amz-content-sha256' header does not match what "
	    "was computed." },
	[S3_UNKNOWN_KEY] = { 403, "InvalidAccessKeyId",
	    "The AWS Access Key Id you provided does not exist in our "
	    "records." },
	[S3_SKEWED] = { 403, "RequestTimeTooSkewed",
	    "The difference between the request time and the current time is "
	    "too large." },
	[S3_SIGNATURE] = { 403, "SignatureDoesNotMatch",
	    "The request signature we calculated does not match the signature "
	    "you provided. Check your key and signing method." },
	[S3_NO_OBJECT] = { 404, "NoSuchKey",
	    "The specified key does not exist." },
	[S3_NO_BUCKET] = { 404, "NoSuchBucket",
	    "The specified bucket does not exist" },
	[S3_NOT_MODIFIED] = { 304, "NotModified", "Not Modified" },
	[S3_PRECONDITION] = { 412, "PreconditionFailed",
	    "At least one of the pre-conditions you specified did not hold" },
	[S3_RANGE] = { 416, "InvalidRange",
	    "The requested range is not satisfiable" },
	[S3_METHOD] = { 405, "MethodNotAllowed",
	    "The specified method is not allowed against this resource." },
	[S3_ARGUMENT] = { 400, "InvalidArgument", "Invalid Argument" },
	[S3_NOT_IMPLEMENTED] = { 501, "NotImplemented",
	    "A header or query you provided implies functionality that is not "
	    "implemented" },
	[S3_SLOW_DOWN] = { 503, "SlowDown",
	    "Please reduce your request rate." },
	[S3_INTERNAL] = { 500, "InternalError",
	    "We encountered an internal error. Please try again." },
};

int
mock_s3_error_status(enum s3_code code)
{
	return errors[code].status;
}

enum s3_code
mock_s3_error_of_status(int status)
{
	switch (status) {
	case 403:
		return S3_ACCESS_DENIED;
	case 404:
		return S3_NO_OBJECT;
	case 412:
		return S3_PRECONDITION;
	case 416:
		return S3_RANGE;
	case 429:
	case 503:
		return S3_SLOW_DOWN;
	default:
		return status >= 500 ? S3_INTERNAL : S3_ARGUMENT;
	}
}

void
mock_s3_xml_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			if ((unsigned char)*s < ' ')
				buf_printf(b, "&#x%X;", (unsigned)*s);
			else
				buf_putc(b, *s);
		}
}

void
mock_s3_error_write(struct buf *b, enum s3_code code, const char *resource,
    const char *request_id)
{
	buf_printf(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Error><Code>%s</Code><Message>",
	    errors[code].name);
	mock_s3_xml_text(b, errors[code].message);
	buf_puts(b, "</Message><Resource>");
	mock_s3_xml_text(b, resource);
	buf_printf(b, "</Resource><RequestId>%s</RequestId></Error>",
	    request_id);
}
