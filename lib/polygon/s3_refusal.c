#include "polygon/s3_refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/listing.h"
#include "base/mdtime.h"

/* What an error's code says of the keys, or of all requests. */
static const struct {
	const char *code;
	enum md_code as;
	const char *words;
} known[] = {
	{ "InvalidAccessKeyId", MD_EKEY, "the S3 access key is not known" },
	{ "SignatureDoesNotMatch", MD_EKEY,
	    "the S3 secret is not that of the access key" },
	{ "ExpiredToken", MD_EKEY, "the session token has expired" },
	{ "TokenRefreshRequired", MD_EKEY, "the session token has expired" },
	{ "InvalidToken", MD_EKEY, "the session token is wrong" },
	{ "AccountProblem", MD_EKEY, "there is a problem with the account" },
	{ "AllAccessDisabled", MD_EKEY, "all access is disabled" },
	{ "NoSuchBucket", MD_EABSENT, "there is no such bucket" },
	{ "InvalidBucketName", MD_EABSENT, "there is no such bucket" },
	{ "AuthorizationHeaderMalformed", MD_EHTTP,
	    "it does not take requests signed for us-east-1" },
};

bool
s3_refusal_passes(const struct http_answer *a)
{
	return a->status == 408 || a->status == 429 ||
	       (a->status >= 500 && a->status != 501);
}

/* How far this machine's clock is from the server's. */
static void
tell_skew(const struct http_answer *a, struct md_error *e)
{
	int64_t off = a->date_ms > 0 ? md_now_ms() - a->date_ms : 0;
	char span[32];

	md_duration_format(off < 0 ? -off : off, span);
	if (off == 0)
		(void)md_fail(e, MD_EHTTP,
		    "this machine's clock is not the server's: set it");
	else
		(void)md_fail(e, MD_EHTTP,
		    "this machine's clock is %s %s the server's: set it", span,
		    off < 0 ? "behind" : "ahead of");
}

/* Amazon tells where a bucket of another region is by a header, or only in the
 * document. */
static void
tell_redirect(const struct http_answer *a, const char *endpoint,
    struct md_error *e)
{
	char to[sizeof(a->location)];

	memcpy(to, a->location, sizeof(to));
	md_printable(to);
	if (to[0] == '\0')
		(void)snprintf(to, sizeof(to), "%.199s", endpoint);
	if (to[0] == '\0')
		(void)snprintf(to, sizeof(to), "nowhere");
	(void)md_fail(e, MD_EHTTP,
	    "a redirect to %s, which is not followed: what is signed goes to "
	    "no other host; --flat-files=URL names the right one",
	    to);
}

static void
tell_status(const struct http_answer *a, const char *endpoint, bool *for_all,
    struct md_error *e)
{
	if (a->status == 403)
		(void)md_fail(e, MD_EDENIED,
		    "outside the plan or its history, not published yet, or "
		    "the vendor's agreements are not signed (a 403 does not "
		    "tell which)");
	else if (a->status == 404 || a->status == 410)
		(void)md_fail(e, MD_EABSENT, "there is no such file");
	else if (a->status == 401) {
		*for_all = true;
		(void)md_fail(e, MD_EKEY, "the S3 keys are refused");
	} else if (a->status >= 300 && a->status < 400) {
		*for_all = true;
		tell_redirect(a, endpoint, e);
	} else {
		*for_all = a->status < 500 || a->status == 501;
		(void)md_fail(e, MD_EHTTP, "it was refused");
	}
}

void
s3_refusal_tell(const struct http_answer *a, bool *for_all, struct md_error *e)
{
	struct listing_error told;
	bool coded = a->len > 0 && listing_error_decode(a->body, a->len, &told);
	bool found = false;
	size_t n;

	*for_all = false;
	if (s3_refusal_passes(a)) {
		(void)md_fail(e, MD_EAPI, "HTTP %ld%s%s", a->status,
		    coded ? ", " : "", coded ? told.code : "");
		return;
	}
	if (coded && strcmp(told.code, "RequestTimeTooSkewed") == 0) {
		tell_skew(a, e);
		found = *for_all = true;
	}
	for (size_t i = 0; coded && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(told.code, known[i].code) == 0) {
			(void)md_fail(e, known[i].as, "%s", known[i].words);
			found = *for_all = true;
		}
	if (!found)
		tell_status(a, coded ? told.endpoint : "", for_all, e);
	n = strlen(e->text);
	(void)snprintf(e->text + n, sizeof(e->text) - n, " (HTTP %ld%s%s)",
	    a->status, coded ? ", " : "", coded ? told.code : "");
	n = strlen(e->text);
	if (!found && coded && a->status != 403 && told.message[0] != '\0')
		(void)snprintf(e->text + n, sizeof(e->text) - n, ": %s",
		    told.message);
}
