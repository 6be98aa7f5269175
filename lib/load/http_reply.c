#include "load/http_reply.h"

#include <string.h>
#include <strings.h>

#define LENGTH_MAX (UINT64_C(1) << 50)

void
http_reply_start(struct http_reply *r)
{
	/* Not the line, which is long and empty while line_len is 0. */
	memset(r, 0, offsetof(struct http_reply, line));
}

bool
http_reply_begun(const struct http_reply *r)
{
	return r->at != AT_STATUS || r->line_len > 0 || r->head > 0;
}

static enum http_reply_state
bad(struct http_reply *r, const char *why)
{
	r->why = why;
	return HTTP_REPLY_BAD;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -- the head -- */

/* "HTTP/1.1 200 OK", its reason perhaps left out. */
static bool
status_line(struct http_reply *r, const char *s, size_t len)
{
	if (len < 12 || memcmp(s, "HTTP/1.", 7) != 0 ||
	    (s[7] != '0' && s[7] != '1') || s[8] != ' ' || !is_digit(s[9]) ||
	    !is_digit(s[10]) || !is_digit(s[11]) ||
	    (len > 12 && s[12] != ' ') || s[9] < '1')
		return false;
	r->old = s[7] == '0';
	r->close = r->old;
	r->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	return true;
}

static bool
is_name(const char *s, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(s, name, len) == 0;
}

static bool
content_length(struct http_reply *r, const char *s, size_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 15)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(s[i]))
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	if (r->has_length && r->left != n)
		return false;
	r->has_length = true;
	r->left = n;
	return true;
}

/* Is the word among those between the commas? */
static bool
has_word(const char *s, size_t len, const char *word)
{
	while (len > 0) {
		const char *comma = memchr(s, ',', len);
		size_t n = comma == NULL ? len : (size_t)(comma - s);
		size_t skip = 0, end = n;

		while (skip < end && (s[skip] == ' ' || s[skip] == '\t'))
			skip++;
		while (end > skip && (s[end - 1] == ' ' || s[end - 1] == '\t'))
			end--;
		if (is_name(s + skip, end - skip, word))
			return true;
		n += comma == NULL ? 0 : 1;
		s += n;
		len -= n;
	}
	return false;
}

static enum http_reply_state
header(struct http_reply *r, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t name;

	if (colon == NULL || colon == s || s[0] == ' ' || s[0] == '\t' ||
	    colon[-1] == ' ' || colon[-1] == '\t')
		return bad(r, "a header that is none");
	name = (size_t)(colon - s);
	s += name + 1;
	len -= name + 1;
	while (len > 0 && (*s == ' ' || *s == '\t'))
		s++, len--;
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	colon -= name;
	if (is_name(colon, name, "content-length") &&
	    !content_length(r, s, len))
		return bad(r, "a Content-Length that is none");
	if (is_name(colon, name, "transfer-encoding")) {
		if (r->chunked || !is_name(s, len, "chunked"))
			return bad(r, "a Transfer-Encoding that is not known");
		r->chunked = true;
	}
	if (is_name(colon, name, "connection")) {
		if (has_word(s, len, "close"))
			r->close = true;
		else if (r->old && has_word(s, len, "keep-alive"))
			r->close = false;
	}
	return HTTP_REPLY_MORE;
}

/* The empty line: what comes now? */
static enum http_reply_state
head_end(struct http_reply *r)
{
	if (r->has_length && r->chunked)
		return bad(r, "both Content-Length and chunks");
	if (r->status == 101)
		return bad(r, "an upgrade that nobody asked for");
	if (r->status < 200) { /* the answer is still to come */
		r->status = 0;
		r->at = AT_STATUS;
		r->has_length = r->chunked = false;
		return HTTP_REPLY_MORE;
	}
	if (r->status == 204 || r->status == 304)
		return HTTP_REPLY_DONE;
	if (r->chunked)
		r->at = AT_SIZE;
	else if (r->has_length)
		r->at = AT_LENGTH;
	else {
		r->at = AT_CLOSE;
		r->close = true;
	}
	return r->at == AT_LENGTH && r->left == 0 ? HTTP_REPLY_DONE
						  : HTTP_REPLY_MORE;
}

/* -- chunks -- */

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum http_reply_state
chunk_size(struct http_reply *r, const char *s, size_t len)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < len && hex_digit(s[i]) >= 0; i++) {
		n = n * 16 + (uint64_t)hex_digit(s[i]);
		if (n > LENGTH_MAX)
			return bad(r, "a chunk too long to be one");
	}
	if (i == 0 || (i < len && s[i] != ';' && s[i] != ' '))
		return bad(r, "a chunk without a size");
	r->left = n;
	r->at = n == 0 ? AT_TRAILER : AT_CHUNK;
	return HTTP_REPLY_MORE;
}

/* -- lines and bytes -- */

static enum http_reply_state
take_line(struct http_reply *r, const char *s, size_t len)
{
	if (len > 0 && s[len - 1] == '\r')
		len--;
	switch (r->at) {
	case AT_STATUS:
		if (!status_line(r, s, len))
			return bad(r, "no HTTP/1.1 status line");
		r->at = AT_HEADER;
		return HTTP_REPLY_MORE;
	case AT_HEADER:
		return len == 0 ? head_end(r) : header(r, s, len);
	case AT_SIZE:
		return chunk_size(r, s, len);
	case AT_CHUNK_END:
		if (len != 0)
			return bad(r, "a chunk longer than its size");
		r->at = AT_SIZE;
		return HTTP_REPLY_MORE;
	case AT_TRAILER:
		return len == 0 ? HTTP_REPLY_DONE : HTTP_REPLY_MORE;
	case AT_LENGTH:
	case AT_CLOSE:
	case AT_CHUNK:
		break;
	}
	return bad(r, "not a line");
}

/* A line, or the part of it that has come; *n bytes are of it. */
static enum http_reply_state
feed_line(struct http_reply *r, const char *s, size_t len, size_t *n)
{
	const char *end = memchr(s, '\n', len);
	enum http_reply_state state;

	*n = end == NULL ? len : (size_t)(end - s) + 1;
	r->head += r->at == AT_SIZE || r->at == AT_CHUNK_END ? 0 : *n;
	if (r->line_len + *n > sizeof(r->line) || r->head > HTTP_REPLY_HEAD)
		return bad(r, "a head too long");
	if (end != NULL && r->line_len == 0)
		return take_line(r, s, *n - 1);
	memcpy(r->line + r->line_len, s, *n);
	r->line_len += *n;
	if (end == NULL)
		return HTTP_REPLY_MORE;
	len = r->line_len - 1;
	r->line_len = 0;
	state = take_line(r, r->line, len);
	return state;
}

static void
take_body(struct http_reply *r, const char *s, size_t n)
{
	r->body += n;
	if (r->take != NULL)
		r->take(r->ctx, s, n);
	if (r->status >= 200 && r->status < 300)
		return;
	if (n > sizeof(r->sample) - r->sample_len)
		n = sizeof(r->sample) - r->sample_len;
	memcpy(r->sample + r->sample_len, s, n);
	r->sample_len += n;
}

enum http_reply_state
http_reply_feed(struct http_reply *r, const char *bytes, size_t len,
    size_t *used)
{
	enum http_reply_state state = HTTP_REPLY_MORE;
	size_t n;

	*used = 0;
	while (state == HTTP_REPLY_MORE && *used < len) {
		const char *s = bytes + *used;

		n = len - *used;
		if (r->at == AT_LENGTH || r->at == AT_CHUNK) {
			if (n > r->left)
				n = (size_t)r->left;
			take_body(r, s, n);
			r->left -= n;
			if (r->left == 0 && r->at == AT_LENGTH)
				state = HTTP_REPLY_DONE;
			else if (r->left == 0)
				r->at = AT_CHUNK_END;
		} else if (r->at == AT_CLOSE)
			take_body(r, s, n);
		else
			state = feed_line(r, s, n, &n);
		*used += n;
	}
	return state;
}

enum http_reply_state
http_reply_end(struct http_reply *r)
{
	r->close = true;
	if (r->at == AT_CLOSE)
		return HTTP_REPLY_DONE;
	return bad(r, "the connection ended before the answer did");
}
