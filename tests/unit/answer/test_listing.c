/*
 * listing.h and xml.h: what a store of objects answers, and what is refused.
 */
#include "answer/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xml.h"
#include "tap.h"

#define HEAD "<ListBucketResult><IsTruncated>false</IsTruncated>"
#define TAIL "</ListBucketResult>"
#define OBJECT                                                                 \
	"<Contents><Key>a/b.csv.gz</Key><Size>12</Size>"                       \
	"<LastModified>2024-01-03T16:05:12.000Z</LastModified>"                \
	"<ETag>&quot;ab-2&quot;</ETag></Contents>"

static void
take(void *ctx, const struct listing_object *o)
{
	buf_printf(ctx, "%s %lld %lld %s\n", o->key, (long long)o->bytes,
	    (long long)o->modified_ms, o->etag);
}

/* What it lists; null: it is refused. */
static char *
listed(const char *text, struct listing *l)
{
	struct buf b = BUF_INIT;
	struct md_error e = { MD_OK, "" };

	buf_puts(&b, "");
	if (listing_decode(text, strlen(text), take, &b, l, &e))
		return buf_take(&b);
	buf_free(&b);
	return NULL;
}

static void
lists(const char *text, const char *expected)
{
	struct listing l;
	char *found = listed(text, &l);

	if (!ok(found != NULL && strcmp(found, expected) == 0, "%.60s", text))
		printf("# %s\n", found == NULL ? "refused" : found);
	free(found);
}

static void
refuses(const char *text)
{
	struct listing l;
	char *found = listed(text, &l);

	ok(found == NULL, "refused: %.70s", text);
	free(found);
}

static void
test_listings(void)
{
	struct listing l;
	char *found;

	lists(HEAD OBJECT TAIL, "a/b.csv.gz 12 1704297912000 ab-2\n");
	lists("<?xml version=\"1.0\"?>\n<!-- x > y --><ListBucketResult "
	      "xmlns=\"http://s3/\" a='>'>\n <IsTruncated>false</IsTruncated>\n"
	      " <Name/>\n" OBJECT OBJECT TAIL "\n",
	    "a/b.csv.gz 12 1704297912000 ab-2\n"
	    "a/b.csv.gz 12 1704297912000 ab-2\n");
	lists(HEAD
	    "<Contents><Key>&lt;&#65;&#x42;&amp;&apos;</Key>"
	    "<LastModified>2024-01-03T16:05:12Z</LastModified>"
	    "<Size>0</Size><Owner><Size>7</Size></Owner></Contents>" TAIL,
	    "<AB&' 0 1704297912000 \n");
	lists(HEAD TAIL, "");
	found = listed("<ListBucketResult><IsTruncated>true</IsTruncated>"
		       "<NextContinuationToken>a+b/c=&amp;</"
		       "NextContinuationToken></ListBucketResult>",
	    &l);
	ok(found != NULL && l.truncated && strcmp(l.token, "a+b/c=&") == 0,
	    "a token with what it may hold");
	free(found);
	refuses("");
	refuses("<ListBucketResult/>");
	refuses("<ListBucketResult><IsTruncated>true</IsTruncated>" TAIL);
	refuses("<ListBucketResult><IsTruncated>yes</IsTruncated>" TAIL);
	refuses("<html><body>Sign in</body></html>");
	refuses("{\"a\":1}");
	refuses(HEAD OBJECT);
	refuses(HEAD OBJECT TAIL OBJECT);
	refuses(HEAD "<Contents><Key>a</Key></Contents>" TAIL);
	refuses(HEAD "<Contents><Size>-1</Size></Contents>" TAIL);
	refuses(HEAD "<Contents><Size>1e3</Size></Contents>" TAIL);
	refuses(HEAD
	    "<Contents><LastModified>now</LastModified></Contents>" TAIL);
}

static void
test_xml(void)
{
	refuses("<!DOCTYPE x [<!ENTITY a 'b'>]>" HEAD TAIL);
	refuses(HEAD "<a><![CDATA[x]]></a>" TAIL);
	refuses(HEAD "<a>&a;</a>" TAIL);
	refuses(HEAD "<a>&#0;</a>" TAIL);
	refuses(HEAD "<a>&#xd800;</a>" TAIL);
	refuses(HEAD "<a>& </a>" TAIL);
	refuses(HEAD "<a></b></a>" TAIL);
	refuses(HEAD "<a b></a>" TAIL);
	refuses(HEAD "<a b=c></a>" TAIL);
	refuses(HEAD "<a b='c></a>" TAIL);
	refuses(HEAD "<1/>" TAIL);
	refuses(HEAD "<a>\001</a>" TAIL);
	refuses(HEAD "<!-- " TAIL);
	refuses("x" HEAD TAIL);
	refuses(HEAD TAIL "x");
	refuses(HEAD
	    "<a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a>" TAIL);
	lists(HEAD "<a><a><a>b</a>c</a>d</a>" TAIL, "");
}

static void
test_long(void)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, HEAD "<a>");
	for (int i = 0; i < XML_TEXT; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "</a>" TAIL);
	refuses(buf_str(&b));
	buf_clear(&b);
	buf_puts(&b, HEAD "<Contents><Key>");
	for (int i = 0; i < LISTING_KEY; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "</Key></Contents>" TAIL);
	refuses(buf_str(&b));
	buf_free(&b);
}

static void
test_errors(void)
{
	static const char denied[] =
	    "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"
	    "<Message>No\033[1m</Message><HostId>x</HostId></Error>";
	struct listing_error e;

	ok(!listing_error_decode(denied, sizeof(denied) - 1, &e),
	    "a control character makes it no XML");
	ok(listing_error_decode("<Error><Code>X</Code></Error>", 29, &e) &&
		strcmp(e.code, "X") == 0 && e.message[0] == '\0',
	    "an error without words");
	ok(!listing_error_decode(HEAD TAIL, strlen(HEAD TAIL), &e),
	    "a listing is no error");
	ok(!listing_error_decode("<a><Code>X</Code></a>", 21, &e),
	    "nor is anything else with a code");
	ok(!listing_error_decode("", 0, &e), "nor nothing");
}

static void
test_etags(void)
{
	char etag[LISTING_ETAG];

	listing_etag("\"ab\"", 4, etag);
	ok(strcmp(etag, "ab") == 0, "quotes are taken off");
	listing_etag("ab", 2, etag);
	ok(strcmp(etag, "ab") == 0, "where there are some");
	listing_etag("\"a\r\nb\"", 6, etag);
	ok(etag[0] == '\0', "an ETag with a line's end is none");
	listing_etag("\"", 1, etag);
	ok(etag[0] == '\0', "nor is a quote");
}

int
main(void)
{
	test_listings();
	test_xml();
	test_long();
	test_errors();
	test_etags();
	return done();
}
