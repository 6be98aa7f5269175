#include "mock/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "mock/flat_damage.h"
#include "mock/reply.h"
#include "mock/sigv4.h"
#include "plan/flat.h"

/* -- who asks, and for what -- */

bool
mock_s3_is(const struct call *c)
{
	const char *how = httpd_header(c->request, "Authorization");

	if (c->options->s3_dir == NULL && c->options->s3_made == NULL)
		return false;
	return (c->request->segments > 0 &&
		   strcmp(c->request->segment[0], S3_BUCKET) == 0) ||
	       (how != NULL && strncmp(how, "AWS4-", 5) == 0);
}

ARRAY_OF(headers, struct sigv4_header);

static bool
add_header(void *arg, const char *name, const char *value)
{
	struct sigv4_header *h = headers_append(arg);

	if (h != NULL)
		*h = (struct sigv4_header){ name, value };
	return h != NULL;
}

static enum s3_code
check_signature(const struct call *c)
{
	const struct sigv4_keys keys = { c->options->s3_key,
		c->options->s3_secret };
	struct headers list = { NULL, 0, 0 };
	struct sigv4_request q = { c->request->method, c->request->target, NULL,
		0 };
	enum s3_code code = S3_INTERNAL;

	if (httpd_each_header(c->request, add_header, &list)) {
		q.header = list.v;
		q.headers = list.len;
		code = sigv4_check(&q, &keys, c->real_now_ms);
	}
	headers_free(&list);
	return code;
}

/* "bucket" and "bucket/" are the bucket. */
static bool
is_bucket(const struct httpd_request *q)
{
	return q->segments == 1 || (q->segments == 2 && *q->segment[1] == '\0');
}

enum s3_code
mock_s3_admit(struct call *c)
{
	const struct httpd_request *q = c->request;
	enum s3_code code = check_signature(c);

	if (code != S3_DONE)
		return code;
	if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0)
		return S3_METHOD;
	if (q->segments == 0 || *q->segment[0] == '\0')
		return S3_NOT_IMPLEMENTED;
	if (strcmp(q->segment[0], S3_BUCKET) != 0)
		return S3_NO_BUCKET;
	c->endpoint = is_bucket(q) ? ENDPOINT_LIST : ENDPOINT_OBJECT;
	return S3_DONE;
}

static bool
key_of(const struct httpd_request *q, char out[OBJECT_KEY_MAX])
{
	size_t len = 0;

	if (q->segments >= HTTPD_SEGMENTS)
		return false;
	for (size_t i = 1; i < q->segments && len < OBJECT_KEY_MAX; i++)
		len += (size_t)snprintf(out + len, OBJECT_KEY_MAX - len, "%s%s",
		    i == 1 ? "" : "/", q->segment[i]);
	return len < OBJECT_KEY_MAX;
}

/* -- an object as it is seen -- */

/* What is no flat file is there at any time. */
static bool
is_out(const struct call *c, const char *key)
{
	enum flat_set set;
	md_date date;

	return !flat_made_parse(key, &set, &date) ||
	       flat_due(c->calendar, set, date, call_now(c, flat_class(set)));
}

bool
mock_s3_find(const struct call *c, const char *key, struct object *o,
    struct md_error *e)
{
	enum flat_set set;
	md_date date;

	if (!is_out(c, key))
		return md_fail(e, MD_EABSENT, "not yet");
	if (c->options->s3_made == NULL)
		return object_find(c->options->s3_dir, key, o, e);
	return flat_made_parse(key, &set, &date)
		   ? flat_made_find(c->options->s3_made, set, date, o, e)
		   : md_fail(e, MD_EABSENT, "no such object");
}

static bool
read_object(const struct call *c, const struct object *o, int64_t from,
    int64_t len, struct buf *out, struct md_error *e)
{
	enum flat_set set;
	md_date date;

	if (c->options->s3_made == NULL)
		return object_read(c->options->s3_dir, o->key, from, len, out,
		    e);
	return flat_made_parse(o->key, &set, &date) &&
	       flat_made_read(c->options->s3_made, set, date, from, len, out,
		   e);
}

bool
mock_s3_all(const struct call *c, const char *prefix, struct objects *out,
    struct md_error *e)
{
	md_date today =
	    calendar_date(c->calendar, CLASS_CRYPTO, call_now(c, CLASS_CRYPTO));

	return c->options->s3_made == NULL
		   ? objects_list(c->options->s3_dir, prefix, out, e)
		   : flat_made_list(c->options->s3_made, prefix, today, out, e);
}

bool
mock_s3_view(const struct call *c, const struct fault *f, struct object *o,
    struct buf *bytes, bool *whole, struct md_error *e)
{
	*whole = flat_is_damaged(f);
	if (!*whole)
		return true;
	if (!read_object(c, o, 0, o->size, bytes, e) ||
	    !flat_damage(bytes, f, e))
		return false;
	o->size = (int64_t)bytes->len;
	o->changed_ms += MD_HOUR;
	object_tag(buf_str(bytes), bytes->len, o->etag);
	return true;
}

/* -- conditions -- */

/* Is the tag in a list such as "a", W/"b" or *? */
static bool
names_tag(const char *list, const char *etag)
{
	for (const char *p = list; *p != '\0'; p += *p == ',') {
		size_t len;

		p += strspn(p, " \t");
		if (*p == '*')
			return true;
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		len = strcspn(p, ",");
		while (len > 0 && p[len - 1] == ' ')
			len--;
		if (len >= 2 && p[0] == '"' && p[len - 1] == '"')
			len -= 2, p++;
		if (len == strlen(etag) && memcmp(p, etag, len) == 0)
			return true;
		p += strcspn(p, ",");
	}
	return false;
}

/* Changed after the time that the header says; false without one. */
static bool
changed_since(const struct object *o, const char *date, bool *said)
{
	int64_t seconds;

	*said = date != NULL && reply_date_parse(date, &seconds);
	return *said && o->changed_ms / MD_SECOND > seconds;
}

static enum s3_code
conditions(const struct call *c, const struct object *o)
{
	const char *match = httpd_header(c->request, "If-Match");
	const char *none = httpd_header(c->request, "If-None-Match");
	bool said, changed;

	changed = changed_since(o,
	    httpd_header(c->request, "If-Unmodified-Since"), &said);
	if (match != NULL ? !names_tag(match, o->etag) : changed)
		return S3_PRECONDITION;
	if (none != NULL)
		return names_tag(none, o->etag) ? S3_NOT_MODIFIED : S3_DONE;
	changed = changed_since(o,
	    httpd_header(c->request, "If-Modified-Since"), &said);
	return said && !changed ? S3_NOT_MODIFIED : S3_DONE;
}

/* -- ranges -- */

/* The number at *s, which it leaves behind; false: none. */
static bool
take_number(const char **s, int64_t *out)
{
	char text[20];
	size_t len = strspn(*s, "0123456789");

	(void)snprintf(text, sizeof(text), "%.*s", (int)(len < 20 ? len : 19),
	    *s);
	*s += len;
	return len > 0 && len < sizeof(text) &&
	       number_parse_int(text, 0, INT64_MAX, out);
}

/*
 * What of an object is asked for: bytes from one to another, or all.  A range
 * that cannot be read, or of which there are several, is all.  False: it has
 * none of those bytes.
 */
static bool
read_range(const char *s, int64_t size, bool *part, int64_t *from, int64_t *len)
{
	int64_t first = 0, last = size - 1;
	bool has_first, has_last;

	*part = false;
	*from = 0;
	*len = size;
	if (s == NULL || strncmp(s, "bytes=", 6) != 0)
		return true;
	s += 6;
	has_first = take_number(&s, &first);
	if (*s++ != '-')
		return true;
	has_last = take_number(&s, &last);
	if (*s != '\0' || (!has_first && !has_last) ||
	    (has_first && has_last && last < first))
		return true;
	*part = true;
	if (!has_first) { /* the last so many */
		first = last < size ? size - last : 0;
		if (last == 0)
			return false;
		last = size - 1;
	}
	if (first >= size)
		return false;
	*from = first;
	*len = (last < size ? last + 1 : size) - first;
	return true;
}

/* -- answers -- */

void
mock_s3_refuse(const struct call *c, enum s3_code code,
    struct httpd_response *r)
{
	struct buf b = BUF_INIT, path = BUF_INIT;

	r->status = mock_s3_error_status(code);
	(void)httpd_response_header(r, "x-amz-request-id", c->id);
	if (code == S3_NOT_MODIFIED)
		return;
	buf_append(&path, c->target, strcspn(c->target, "?"));
	mock_s3_error_write(&b, code, buf_str(&path), c->id);
	buf_free(&path);
	httpd_response_text(r, mock_s3_error_status(code), &b,
	    "application/xml");
}

static void
put_headers(const struct object *o, struct httpd_response *r)
{
	char text[HTTP_DATE_MAX];

	(void)snprintf(text, sizeof(text), "\"%s\"", o->etag);
	(void)httpd_response_header(r, "ETag", text);
	reply_date_format(o->changed_ms / MD_SECOND, text);
	(void)httpd_response_header(r, "Last-Modified", text);
	(void)httpd_response_header(r, "Accept-Ranges", "bytes");
}

static void
put_content_range(const struct object *o, int64_t from, int64_t len,
    struct httpd_response *r)
{
	char text[80];

	if (len == 0)
		(void)snprintf(text, sizeof(text), "bytes */%lld",
		    (long long)o->size);
	else
		(void)snprintf(text, sizeof(text), "bytes %lld-%lld/%lld",
		    (long long)from, (long long)(from + len - 1),
		    (long long)o->size);
	(void)httpd_response_header(r, "Content-Range", text);
}

/* The part of the object that is asked for; its bytes may be there already. */
static enum s3_code
answer_part(const struct call *c, const struct object *o, struct buf *bytes,
    bool whole, struct httpd_response *r)
{
	const char *only = httpd_header(c->request, "If-Range");
	const char *range = httpd_header(c->request, "Range");
	struct md_error e = { MD_OK, "" };
	int64_t from, len;
	bool part;

	if (only != NULL && !names_tag(only, o->etag))
		range = NULL;
	if (!read_range(range, o->size, &part, &from, &len)) {
		put_content_range(o, 0, 0, r);
		return S3_RANGE;
	}
	if (whole && part) {
		memmove(bytes->data, bytes->data + from, (size_t)len);
		bytes->len = (size_t)len;
	} else if (!whole && !read_object(c, o, from, len, bytes, &e))
		return e.code == MD_EABSENT ? S3_NO_OBJECT : S3_INTERNAL;
	put_headers(o, r);
	if (part)
		put_content_range(o, from, len, r);
	if (bytes->len > 0)
		httpd_response_text(r, part ? 206 : 200, bytes,
		    "application/gzip");
	else
		r->status = 200;
	return S3_DONE;
}

static enum s3_code
answer_object(const struct call *c, struct httpd_response *r)
{
	struct buf bytes = BUF_INIT;
	char key[OBJECT_KEY_MAX];
	struct object o = { .size = 0 };
	struct md_error e;
	enum s3_code code;
	bool whole;

	if (!key_of(c->request, key))
		return S3_NO_OBJECT;
	if (!mock_s3_find(c, key, &o, &e) ||
	    !mock_s3_view(c, c->fault, &o, &bytes, &whole, &e)) {
		buf_free(&bytes);
		return e.code == MD_EABSENT ? S3_NO_OBJECT : S3_INTERNAL;
	}
	code = conditions(c, &o);
	if (code == S3_NOT_MODIFIED)
		put_headers(&o, r);
	if (code == S3_DONE)
		code = answer_part(c, &o, &bytes, whole, r);
	buf_free(&bytes);
	return code;
}

static enum s3_code
answer_list(const struct call *c, struct httpd_response *r)
{
	const char *type = httpd_parameter(c->request, "list-type");
	struct buf b = BUF_INIT;
	enum s3_code code;

	if (strcmp(c->request->method, "HEAD") == 0) {
		r->status = 200;
		return S3_DONE;
	}
	if (type == NULL || strcmp(type, "2") != 0)
		return S3_NOT_IMPLEMENTED;
	code = mock_s3_list(c, &b);
	if (code == S3_DONE && call_meets(c, FAULT_BADJSON) != NULL &&
	    b.len > 9)
		b.len -= 9; /* not well-formed */
	if (code == S3_DONE)
		httpd_response_text(r, 200, &b, "application/xml");
	buf_free(&b);
	return code;
}

void
mock_s3_answer(struct call *c, struct httpd_response *r)
{
	const struct fault_effect *f = call_meets(c, FAULT_STATUS);
	enum s3_code code;

	if (f != NULL) {
		mock_s3_refuse(c, mock_s3_error_of_status((int)f->number), r);
		r->status = (int)f->number;
		return;
	}
	code = c->endpoint == ENDPOINT_LIST ? answer_list(c, r)
					    : answer_object(c, r);
	if (code != S3_DONE)
		mock_s3_refuse(c, code, r);
	else
		(void)httpd_response_header(r, "x-amz-request-id", c->id);
}
