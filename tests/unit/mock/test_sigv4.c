/*
 * sigv4.h: Amazon's published test vectors of Signature Version 4, and the
 * examples of its manual of S3; then each of the refusals.
 */
#include "mock/sigv4.h"

#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"
#include "tap.h"

#define EMPTY   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEADERS 8

/* -- the test suite: get-vanilla and others of GET -- */

static const struct {
	const char *name, *method, *target, *names, *signature;
	struct sigv4_header header[HEADERS];
} suite[] = {
	{ "get-vanilla", "GET", "/", "host;x-amz-date",
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	    { { "Host", "example.amazonaws.com" } } },
	{ "post-vanilla", "POST", "/", "host;x-amz-date",
	    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	    { { "Host", "example.amazonaws.com" } } },
	{ "get-vanilla-query-order-key-case", "GET",
	    "/?Param2=value2&Param1=value1", "host;x-amz-date",
	    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	    { { "Host", "example.amazonaws.com" } } },
	{ "get-vanilla-query-unreserved", "GET",
	    "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
	    "yz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
	    "xyz",
	    "host;x-amz-date",
	    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
	    { { "Host", "example.amazonaws.com" } } },
	{ "get-header-key-duplicate", "GET", "/", "host;my-header1;x-amz-date",
	    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
	    { { "Host", "example.amazonaws.com" }, { "My-Header1", "value2" },
		{ "My-Header1", "value2" }, { "My-Header1", "value1" } } },
	{ "get-header-value-order", "GET", "/", "host;my-header1;x-amz-date",
	    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
	    { { "Host", "example.amazonaws.com" }, { "My-Header1", "value4" },
		{ "My-Header1", "value1" }, { "My-Header1", "value3" },
		{ "My-Header1", "value2" } } },
	{ "get-header-value-trim", "GET", "/",
	    "host;my-header1;my-header2;x-amz-date",
	    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
	    { { "Host", "example.amazonaws.com" }, { "My-Header1", " value1" },
		{ "My-Header2", " \"a   b   c\"" } } },
};

static void
test_suite(void)
{
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		struct sigv4_header h[HEADERS + 1];
		struct sigv4_request q = { suite[i].method, suite[i].target, h,
			0 };
		struct buf canonical = BUF_INIT;
		char signature[SHA256_HEX];

		while (suite[i].header[q.headers].name != NULL) {
			h[q.headers] = suite[i].header[q.headers];
			q.headers++;
		}
		h[q.headers++] =
		    (struct sigv4_header){ "X-Amz-Date", "20150830T123600Z" };
		sigv4_canonical(&q, suite[i].names, EMPTY, &canonical);
		sigv4_sign("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		    "20150830T123600Z",
		    "20150830/us-east-1/service/aws4_request",
		    buf_str(&canonical), signature);
		ok(strcmp(signature, suite[i].signature) == 0, "%s: %s",
		    suite[i].name, signature);
		buf_free(&canonical);
	}
}

/* -- the examples of S3's manual, as whole requests -- */

static const struct sigv4_keys keys = { "AKIAIOSFODNN7EXAMPLE",
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

#define CREDENTIAL                                                             \
	"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/" \
	"s3/aws4_request,"
#define ORDINARY "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
#define LIST_SIGNATURE                                                         \
	"Signature="                                                           \
	"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
#define LIST "/?max-keys=2&prefix=J"
#define HOST                                                                   \
	{                                                                      \
		"Host", "examplebucket.s3.amazonaws.com"                       \
	}
#define THEN                                                                   \
	{                                                                      \
		"x-amz-date", "20130524T000000Z"                               \
	}
#define NO_BODY                                                                \
	{                                                                      \
		"x-amz-content-sha256", EMPTY                                  \
	}
#define AS_SIGNED                                                              \
	{                                                                      \
		"Authorization", CREDENTIAL ORDINARY LIST_SIGNATURE            \
	}

static const struct {
	const char *name, *target;
	int64_t later_s;
	enum s3_code code;
	struct sigv4_header header[HEADERS];
} checks[] = {
	{ "GET object with a range", "/test.txt", 0, S3_DONE,
	    { HOST, THEN, NO_BODY, { "Range", "bytes=0-9" },
		{ "Authorization", CREDENTIAL
		    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
		    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48d"
		    "d91039c6036bdb41" } } },
	{ "GET ?lifecycle", "/?lifecycle", 0, S3_DONE,
	    { HOST, THEN, NO_BODY,
		{ "Authorization", CREDENTIAL ORDINARY
		    "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac"
		    "7a200a0136783543" } } },
	{ "list objects", LIST, 0, S3_DONE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "the query in another order", "/?prefix=J&max-keys=2", 0, S3_DONE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "escapes that need not be", "/?max%2Dkeys=2&prefix=%4a", 0, S3_DONE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "a quarter of an hour late", LIST, 900, S3_DONE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "later than that", LIST, 901, S3_SKEWED,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "too early", LIST, -901, S3_SKEWED,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "another query", "/?max-keys=3&prefix=J", 0, S3_SIGNATURE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "another path", "/a?max-keys=2&prefix=J", 0, S3_SIGNATURE,
	    { HOST, THEN, NO_BODY, AS_SIGNED } },
	{ "another host", LIST, 0, S3_SIGNATURE,
	    { { "Host", "evil.example.com" }, THEN, NO_BODY, AS_SIGNED } },
	{ "another time", LIST, 0, S3_SIGNATURE,
	    { HOST, { "x-amz-date", "20130524T000001Z" }, NO_BODY,
		AS_SIGNED } },
	{ "another day", LIST, 0, S3_WRONG_SCOPE,
	    { HOST, { "x-amz-date", "20130525T000000Z" }, NO_BODY,
		AS_SIGNED } },
	{ "no time", LIST, 0, S3_NO_DATE, { HOST, NO_BODY, AS_SIGNED } },
	{ "a time that is none", LIST, 0, S3_NO_DATE,
	    { HOST, { "x-amz-date", "20130524T00000xZ" }, NO_BODY,
		AS_SIGNED } },
	{ "no hash of the payload", LIST, 0, S3_NO_PAYLOAD_HASH,
	    { HOST, THEN, AS_SIGNED } },
	{ "a hash that is none", LIST, 0, S3_BAD_PAYLOAD_HASH,
	    { HOST, THEN, { "x-amz-content-sha256", "abc" }, AS_SIGNED } },
	{ "the hash of a payload", LIST, 0, S3_PAYLOAD_MISMATCH,
	    { HOST, THEN,
		{ "x-amz-content-sha256", "a3b0c44298fc1c149afbf4c8996fb924"
					  "27ae41e4649b934ca495991b7852b855" },
		AS_SIGNED } },
	{ "Amazon's header not signed", LIST, 0, S3_NOT_SIGNED,
	    { HOST, THEN, NO_BODY, { "X-Amz-Security-Token", "t" },
		AS_SIGNED } },
	{ "the host not signed", LIST, 0, S3_NOT_SIGNED,
	    { HOST, THEN, NO_BODY,
		{ "Authorization",
		    CREDENTIAL "SignedHeaders=x-amz-content-sha256;x-amz-"
			       "date," LIST_SIGNATURE } } },
	{ "signed headers in another order", LIST, 0, S3_SIGNATURE,
	    { HOST, THEN, NO_BODY,
		{ "Authorization",
		    CREDENTIAL "SignedHeaders=x-amz-content-sha256;host;x-amz-"
			       "date," LIST_SIGNATURE } } },
	{ "another key", LIST, 0, S3_UNKNOWN_KEY,
	    { HOST, THEN, NO_BODY,
		{ "Authorization",
		    "AWS4-HMAC-SHA256 "
		    "Credential=OTHER/20130524/us-east-1/s3/"
		    "aws4_request," ORDINARY LIST_SIGNATURE } } },
	{ "another service", LIST, 0, S3_WRONG_SCOPE,
	    { HOST, THEN, NO_BODY,
		{ "Authorization",
		    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
		    "us-east-1/ec2/aws4_request," ORDINARY LIST_SIGNATURE } } },
	{ "another region, in which it was not signed", LIST, 0, S3_SIGNATURE,
	    { HOST, THEN, NO_BODY,
		{ "Authorization",
		    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
		    "eu-west-1/s3/aws4_request," ORDINARY LIST_SIGNATURE } } },
	{ "a short scope", LIST, 0, S3_WRONG_SCOPE,
	    { HOST, THEN, NO_BODY,
		{ "Authorization", "AWS4-HMAC-SHA256 Credential=A/2," ORDINARY
				       LIST_SIGNATURE } } },
	{ "no signature", LIST, 0, S3_MALFORMED,
	    { HOST, THEN, NO_BODY, { "Authorization", CREDENTIAL ORDINARY } } },
	{ "another kind", LIST, 0, S3_MALFORMED,
	    { HOST, THEN, NO_BODY, { "Authorization", "Bearer key" } } },
	{ "nothing", LIST, 0, S3_ACCESS_DENIED, { HOST, THEN, NO_BODY } },
};

static void
test_checks(void)
{
	int64_t then;

	(void)md_time_parse("2013-05-24T00:00:00Z", &then);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct sigv4_request q = { "GET", checks[i].target,
			checks[i].header, 0 };
		enum s3_code code;

		while (q.headers < HEADERS &&
		       checks[i].header[q.headers].name != NULL)
			q.headers++;
		code = sigv4_check(&q, &keys,
		    then + checks[i].later_s * MD_SECOND);
		ok(code == checks[i].code, "%s: %d", checks[i].name, (int)code);
	}
}

int
main(void)
{
	test_suite();
	test_checks();
	return done();
}
