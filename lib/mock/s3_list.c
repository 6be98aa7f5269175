/*
 * ListObjectsV2: keys in order, from one on, so many at most; those that share
 * their beginning up to a delimiter as one.
 */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "mock/cursor.h"
#include "mock/s3.h"
#include "mock/sigv4.h"

#define KEYS_MAX 1000

struct listing {
	const struct call *call;
	const char *prefix, *delimiter;
	bool as_url;
	int64_t max, count;
	char after[OBJECT_KEY_MAX]; /* keys up to this one are behind */
	bool after_prefix;          /* it is a common one: so are its keys */
	bool more;
	struct buf objects, prefixes;
};

static void
put_name(const struct listing *l, struct buf *b, const char *s)
{
	if (l->as_url)
		sigv4_escape(b, s, strlen(s), true);
	else
		mock_s3_xml_text(b, s);
}

/* -- tokens: with all that is hard to send in a query -- */

static void
put_token(struct buf *b, const char *key, bool prefix)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "%c%s", prefix ? 'p' : 'k', key);
	buf_puts(b, "+/");
	cursor_encode(b, buf_str(&text));
	buf_puts(b, "+/=");
	b->failed = b->failed || text.failed;
	buf_free(&text);
}

static bool
read_token(struct listing *l, const char *token)
{
	size_t len = strlen(token);
	struct buf inner = BUF_INIT, text = BUF_INIT;
	bool good = len > 5 && strncmp(token, "+/", 2) == 0 &&
		    strcmp(token + len - 3, "+/=") == 0;

	if (good) {
		buf_append(&inner, token + 2, len - 5);
		good = buf_ok(&inner) &&
		       cursor_decode(&text, buf_str(&inner)) && buf_ok(&text) &&
		       text.len > 0 && text.len <= OBJECT_KEY_MAX;
	}
	if (good) {
		l->after_prefix = text.data[0] == 'p';
		(void)snprintf(l->after, sizeof(l->after), "%s", text.data + 1);
	}
	buf_free(&inner);
	buf_free(&text);
	return good;
}

static bool
read_query(struct listing *l)
{
	const struct httpd_request *q = l->call->request;
	const char *v = httpd_parameter(q, "max-keys");
	int64_t page = l->call->options->page;

	l->max = page < KEYS_MAX ? page : KEYS_MAX;
	if (v != NULL) {
		int64_t n;

		if (!number_parse_int(v, 0, INT32_MAX, &n))
			return false;
		l->max = n < l->max ? n : l->max;
	}
	v = httpd_parameter(q, "prefix");
	l->prefix = v == NULL ? "" : v;
	v = httpd_parameter(q, "delimiter");
	l->delimiter = v == NULL ? "" : v;
	v = httpd_parameter(q, "encoding-type");
	l->as_url = v != NULL;
	if (v != NULL && strcmp(v, "url") != 0)
		return false;
	v = httpd_parameter(q, "continuation-token");
	if (v != NULL)
		return read_token(l, v);
	v = httpd_parameter(q, "start-after");
	if (v != NULL && strlen(v) >= OBJECT_KEY_MAX)
		return false;
	(void)snprintf(l->after, sizeof(l->after), "%s", v == NULL ? "" : v);
	return true;
}

/* -- keys -- */

static bool
is_behind(const struct listing *l, const char *key)
{
	if (strcmp(key, l->after) <= 0)
		return *l->after != '\0';
	return l->after_prefix && strncmp(key, l->after, strlen(l->after)) == 0;
}

/* Its beginning up to the delimiter that follows the prefix; "": none. */
static void
common_of(const struct listing *l, const char *key, char out[OBJECT_KEY_MAX])
{
	const char *at = *l->delimiter == '\0'
			     ? NULL
			     : strstr(key + strlen(l->prefix), l->delimiter);
	size_t len = at == NULL ? 0 : (size_t)(at - key) + strlen(l->delimiter);

	memcpy(out, key, len);
	out[len] = '\0';
}

static void
put_object(struct listing *l, const struct object *o)
{
	struct buf *b = &l->objects;
	char time[MD_TIME_MAX];

	md_time_format(o->changed_ms - o->changed_ms % MD_SECOND, time);
	time[strlen(time) - 1] = '\0'; /* the Z */
	buf_puts(b, "<Contents><Key>");
	put_name(l, b, o->key);
	buf_printf(b,
	    "</Key><LastModified>%s.000Z</LastModified>"
	    "<ETag>&quot;%s&quot;</ETag><Size>%lld</Size>"
	    "<StorageClass>STANDARD</StorageClass></Contents>",
	    time, o->etag, (long long)o->size);
}

/* Is it there, as a request for it would find it? */
static bool
is_seen(const struct listing *l, struct object *o)
{
	struct buf bytes = BUF_INIT;
	struct fault met;
	struct md_error e;
	const struct fault *f = call_would_meet(l->call, o->key, &met);
	const struct fault_effect *status =
	    f == NULL ? NULL : fault_has(f, FAULT_STATUS);
	char key[OBJECT_KEY_MAX];
	bool whole, seen;

	if (status != NULL && status->number == 404)
		return false;
	memcpy(key, o->key, sizeof(key));
	seen = mock_s3_find(l->call, key, o, &e) &&
	       mock_s3_view(l->call, f, o, &bytes, &whole, &e);
	buf_free(&bytes);
	return seen;
}

static void
list_one(struct listing *l, struct object *o)
{
	char common[OBJECT_KEY_MAX];
	bool shared;

	common_of(l, o->key, common);
	shared = *common != '\0';
	if (is_behind(l, o->key) || !is_seen(l, o))
		return;
	if (l->count == l->max) {
		l->more = l->max > 0;
		return;
	}
	l->count++;
	if (shared) {
		buf_puts(&l->prefixes, "<CommonPrefixes><Prefix>");
		put_name(l, &l->prefixes, common);
		buf_puts(&l->prefixes, "</Prefix></CommonPrefixes>");
	} else
		put_object(l, o);
	(void)snprintf(l->after, sizeof(l->after), "%s",
	    shared ? common : o->key);
	l->after_prefix = shared;
}

/* -- the document -- */

static void
put_asked(const struct listing *l, struct buf *b, const char *parameter,
    const char *element)
{
	const char *v = httpd_parameter(l->call->request, parameter);

	if (v == NULL)
		return;
	buf_printf(b, "<%s>", element);
	if (strcmp(parameter, "continuation-token") == 0)
		mock_s3_xml_text(b, v);
	else
		put_name(l, b, v);
	buf_printf(b, "</%s>", element);
}

static void
put_document(const struct listing *l, struct buf *b)
{
	buf_puts(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
	    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" S3_BUCKET
	    "</Name><Prefix>");
	put_name(l, b, l->prefix);
	buf_puts(b, "</Prefix>");
	put_asked(l, b, "delimiter", "Delimiter");
	put_asked(l, b, "start-after", "StartAfter");
	put_asked(l, b, "continuation-token", "ContinuationToken");
	if (l->as_url)
		buf_puts(b, "<EncodingType>url</EncodingType>");
	buf_printf(b,
	    "<KeyCount>%lld</KeyCount><MaxKeys>%lld</MaxKeys>"
	    "<IsTruncated>%s</IsTruncated>",
	    (long long)l->count, (long long)l->max, l->more ? "true" : "false");
	if (l->more) {
		buf_puts(b, "<NextContinuationToken>");
		put_token(b, l->after, l->after_prefix);
		buf_puts(b, "</NextContinuationToken>");
	}
	buf_append(b, buf_str(&l->objects), l->objects.len);
	buf_append(b, buf_str(&l->prefixes), l->prefixes.len);
	buf_puts(b, "</ListBucketResult>");
}

enum s3_code
mock_s3_list(const struct call *c, struct buf *out)
{
	struct listing l = { .call = c };
	struct objects all = { NULL, 0, 0 };
	struct md_error e;
	enum s3_code code = S3_DONE;

	if (!read_query(&l))
		return S3_ARGUMENT;
	if (!mock_s3_all(c, l.prefix, &all, &e))
		return S3_INTERNAL;
	for (size_t i = 0; i < all.len && !l.more; i++)
		list_one(&l, &all.v[i]);
	put_document(&l, out);
	if (!buf_ok(out) || !buf_ok(&l.objects) || !buf_ok(&l.prefixes))
		code = S3_INTERNAL;
	objects_free(&all);
	buf_free(&l.objects);
	buf_free(&l.prefixes);
	return code;
}
