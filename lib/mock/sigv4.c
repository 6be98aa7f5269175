#include "mock/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/mdtime.h"
#include "base/number.h"

#define EMPTY_HASH                                                             \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define TIME_LEN 16 /* 20150830T123600Z */
#define DATE_LEN 8
#define SKEW     (15 * MD_MINUTE)

/* -- escapes -- */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.~", c));
}

void
sigv4_escape(struct buf *b, const char *text, size_t len, bool keep_slash)
{
	for (size_t i = 0; i < len; i++)
		if (is_plain(text[i]) || (keep_slash && text[i] == '/'))
			buf_putc(b, text[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)text[i]);
}

static int
digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* A part of a URL, its escapes read and written again in the one way. */
static void
put_again(struct buf *b, const char *s, size_t len, bool path)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c == '%' && i + 2 < len && digit(s[i + 1]) >= 0 &&
		    digit(s[i + 2]) >= 0) {
			c = (char)(16 * digit(s[i + 1]) + digit(s[i + 2]));
			i += 2;
		} else if (c == '+' && !path)
			c = ' ';
		sigv4_escape(b, &c, 1, path);
	}
}

/* -- the canonical request -- */

/* A parameter's name and value, one text after the other. */
struct pair {
	char *name, *value;
};

ARRAY_OF(pairs, struct pair);

static int
by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->value, y->value);
}

static char *
part_again(const char *s, size_t len, bool *good)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "");
	put_again(&b, s, len, false);
	*good = *good && buf_ok(&b) && b.data != NULL;
	return buf_take(&b);
}

static void
put_query(struct buf *b, const char *query)
{
	struct pairs list = { NULL, 0, 0 };
	bool good = true;

	while (*query != '\0') {
		size_t all = strcspn(query, "&"), name = strcspn(query, "=&");
		struct pair *p = all == 0 ? NULL : pairs_append(&list);

		good = good && (all == 0 || p != NULL);
		if (p != NULL) {
			size_t past = name < all ? name + 1 : all;

			p->name = part_again(query, name, &good);
			p->value = part_again(query + past, all - past, &good);
		}
		query += all + (query[all] == '&');
	}
	if (good && list.len > 1)
		qsort(list.v, list.len, sizeof(*list.v), by_name);
	for (size_t i = 0; i < list.len; i++) {
		if (good)
			buf_printf(b, "%s%s=%s", i == 0 ? "" : "&",
			    list.v[i].name, list.v[i].value);
		free(list.v[i].name);
		free(list.v[i].value);
	}
	b->failed = b->failed || !good;
	pairs_free(&list);
}

/* Without blanks around it, and of several within it one. */
static void
put_trimmed(struct buf *b, const char *s)
{
	s += strspn(s, " \t");
	while (*s != '\0') {
		size_t word = strcspn(s, " \t");

		buf_append(b, s, word);
		s += word;
		s += strspn(s, " \t");
		if (*s != '\0')
			buf_putc(b, ' ');
	}
}

static bool
is_named(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && strncasecmp(name, word, len) == 0;
}

static void
put_header(struct buf *b, const struct sigv4_request *q, const char *name,
    size_t len)
{
	const char *between = "";

	buf_append(b, name, len);
	buf_putc(b, ':');
	for (size_t i = 0; i < q->headers; i++)
		if (is_named(q->header[i].name, name, len)) {
			buf_puts(b, between);
			put_trimmed(b, q->header[i].value);
			between = ",";
		}
	buf_putc(b, '\n');
}

void
sigv4_canonical(const struct sigv4_request *q, const char *names,
    const char *payload_hash, struct buf *out)
{
	size_t path = strcspn(q->target, "?");

	buf_printf(out, "%s\n", q->method);
	if (path == 0)
		buf_putc(out, '/');
	put_again(out, q->target, path, true);
	buf_putc(out, '\n');
	put_query(out, q->target + path + (q->target[path] == '?'));
	buf_putc(out, '\n');
	for (const char *p = names; *p != '\0'; p += *p == ';') {
		size_t len = strcspn(p, ";");

		put_header(out, q, p, len);
		p += len;
	}
	buf_printf(out, "\n%s\n%s", names, payload_hash);
}

/* -- the signature -- */

void
sigv4_sign(const char *secret, const char *time, const char *scope,
    const char *canonical, char out[SHA256_HEX])
{
	unsigned char key[SHA256_BYTES];
	struct buf first = BUF_INIT, text = BUF_INIT;
	char hash[SHA256_HEX];
	const char *part = scope;
	size_t len = strcspn(part, "/");

	buf_printf(&first, "AWS4%s", secret);
	sha256_hmac(buf_str(&first), first.len, part, len, key);
	buf_free(&first);
	while (part[len] == '/') {
		part += len + 1;
		len = strcspn(part, "/");
		sha256_hmac(key, sizeof(key), part, len, key);
	}
	sha256_hex(canonical, strlen(canonical), hash);
	buf_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", time, scope, hash);
	sha256_hmac(key, sizeof(key), buf_str(&text), text.len, key);
	buf_free(&text);
	sha256_digits(key, out);
}

/* -- the header Authorization -- */

struct authorization {
	char text[2048]; /* cut in place */
	char *id, *scope, *names, *signature;
};

static bool
cut_authorization(const char *value, struct authorization *a)
{
	static const char method[] = "AWS4-HMAC-SHA256";
	size_t len = sizeof(method) - 1;

	a->id = a->names = a->signature = NULL;
	if (strncmp(value, method, len) != 0 || value[len] != ' ' ||
	    strlen(value) >= sizeof(a->text))
		return false;
	(void)snprintf(a->text, sizeof(a->text), "%s", value + len);
	for (char *p = a->text + strspn(a->text, " ,"); *p != '\0';) {
		size_t all = strcspn(p, " ,");
		char *next = p + all + strspn(p + all, " ,");

		p[all] = '\0';
		if (strncmp(p, "Credential=", 11) == 0)
			a->id = p + 11;
		else if (strncmp(p, "SignedHeaders=", 14) == 0)
			a->names = p + 14;
		else if (strncmp(p, "Signature=", 10) == 0)
			a->signature = p + 10;
		p = next;
	}
	a->scope = a->id == NULL ? NULL : strchr(a->id, '/');
	if (a->scope == NULL || a->names == NULL || a->signature == NULL)
		return false;
	*a->scope++ = '\0';
	return true;
}

/* -- the check -- */

const char *
sigv4_header(const struct sigv4_request *q, const char *name)
{
	for (size_t i = 0; i < q->headers; i++)
		if (strcasecmp(q->header[i].name, name) == 0)
			return q->header[i].value;
	return NULL;
}

static bool
lists(const char *names, const char *name)
{
	for (const char *p = names; *p != '\0'; p += *p == ';') {
		size_t len = strcspn(p, ";");

		if (is_named(name, p, len))
			return true;
		p += len;
	}
	return false;
}

/* The host and all of Amazon's own headers are to be signed. */
static bool
all_signed(const struct sigv4_request *q, const char *names)
{
	if (!lists(names, "host"))
		return false;
	for (size_t i = 0; i < q->headers; i++)
		if (strncasecmp(q->header[i].name, "x-amz-", 6) == 0 &&
		    !lists(names, q->header[i].name))
			return false;
	return true;
}

/* In lower case, and each after the one before it. */
static bool
in_order(const char *names)
{
	const char *before = "";
	size_t before_len = 0;

	for (const char *p = names; *p != '\0'; p += *p == ';') {
		size_t len = strcspn(p, ";");
		size_t n = len < before_len ? len : before_len;
		int order = memcmp(before, p, n);

		if (order > 0 || (order == 0 && before_len >= len))
			return false;
		for (size_t i = 0; i < len; i++)
			if (p[i] >= 'A' && p[i] <= 'Z')
				return false;
		before = p;
		before_len = len;
		p += len;
	}
	return true;
}

static bool
time_of(const char *s, int64_t *ms)
{
	int part[6];
	static const size_t at[] = { 0, 4, 6, 9, 11, 13 };

	if (s == NULL || strlen(s) != TIME_LEN || s[DATE_LEN] != 'T' ||
	    s[TIME_LEN - 1] != 'Z')
		return false;
	for (size_t i = 0; i < 6; i++) {
		char text[5] = "";
		int64_t n;

		memcpy(text, s + at[i], i == 0 ? 4 : 2);
		if (!number_parse_int(text, 0, 9999, &n))
			return false;
		part[i] = (int)n;
	}
	*ms = (int64_t)md_date_of(part[0], part[1], part[2]) * MD_DAY +
	      part[3] * MD_HOUR + part[4] * MD_MINUTE + part[5] * MD_SECOND;
	return true;
}

/* DATE/REGION/s3/aws4_request */
static bool
scope_good(const char *scope, const char *time)
{
	const char *region = scope + DATE_LEN + 1;

	if (strncmp(scope, time, DATE_LEN) != 0 || scope[DATE_LEN] != '/')
		return false;
	return strcspn(region, "/") > 0 &&
	       strcmp(region + strcspn(region, "/"), "/s3/aws4_request") == 0;
}

static enum s3_code
check_payload(const char *hash)
{
	if (hash == NULL)
		return S3_NO_PAYLOAD_HASH;
	if (strcmp(hash, EMPTY_HASH) == 0 ||
	    strcmp(hash, "UNSIGNED-PAYLOAD") == 0)
		return S3_DONE;
	return strlen(hash) == SHA256_HEX - 1 &&
		       strspn(hash, "0123456789abcdef") == SHA256_HEX - 1
		   ? S3_PAYLOAD_MISMATCH
		   : S3_BAD_PAYLOAD_HASH;
}

static enum s3_code
check_words(const struct sigv4_request *q, const struct sigv4_keys *keys,
    const struct authorization *a, int64_t now_ms)
{
	const char *time = sigv4_header(q, "x-amz-date");
	enum s3_code code =
	    check_payload(sigv4_header(q, "x-amz-content-sha256"));
	int64_t at;

	if (code != S3_DONE)
		return code;
	if (!time_of(time, &at))
		return S3_NO_DATE;
	if (!scope_good(a->scope, time))
		return S3_WRONG_SCOPE;
	if (strcmp(a->id, keys->id) != 0)
		return S3_UNKNOWN_KEY;
	if (at < now_ms - SKEW || at > now_ms + SKEW)
		return S3_SKEWED;
	return all_signed(q, a->names) ? S3_DONE : S3_NOT_SIGNED;
}

enum s3_code
sigv4_check(const struct sigv4_request *q, const struct sigv4_keys *keys,
    int64_t now_ms)
{
	const char *value = sigv4_header(q, "Authorization");
	struct authorization a;
	struct buf canonical = BUF_INIT;
	char signature[SHA256_HEX];
	enum s3_code code;

	if (value == NULL)
		return S3_ACCESS_DENIED;
	if (!cut_authorization(value, &a))
		return S3_MALFORMED;
	code = check_words(q, keys, &a, now_ms);
	if (code != S3_DONE)
		return code;
	sigv4_canonical(q, a.names, sigv4_header(q, "x-amz-content-sha256"),
	    &canonical);
	if (!buf_ok(&canonical)) {
		buf_free(&canonical);
		return S3_INTERNAL;
	}
	sigv4_sign(keys->secret, sigv4_header(q, "x-amz-date"), a.scope,
	    buf_str(&canonical), signature);
	buf_free(&canonical);
	return in_order(a.names) && strcmp(signature, a.signature) == 0
		   ? S3_DONE
		   : S3_SIGNATURE;
}
