#include "httpd/httpd.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct httpd_body {
	atomic_uint holders;
	size_t len;
	char *bytes;
};

struct httpd_body *
httpd_body_create(char *bytes, size_t len)
{
	struct httpd_body *b = malloc(sizeof(*b));

	if (b == NULL) {
		free(bytes);
		return NULL;
	}
	atomic_init(&b->holders, 1);
	b->len = len;
	b->bytes = bytes;
	return b;
}

struct httpd_body *
httpd_body_hold(struct httpd_body *b)
{
	atomic_fetch_add(&b->holders, 1);
	return b;
}

void
httpd_body_release(struct httpd_body **b)
{
	if (*b != NULL && atomic_fetch_sub(&(*b)->holders, 1) == 1) {
		free((*b)->bytes);
		free(*b);
	}
	*b = NULL;
}

char *
httpd_body_bytes(const struct httpd_body *b, size_t *len)
{
	*len = b->len;
	return b->bytes;
}

bool
httpd_response_header(struct httpd_response *r, const char *name,
    const char *value)
{
	if (r->headers == HTTPD_HEADERS)
		return false;
	r->header[r->headers].value = strdup(value);
	if (r->header[r->headers].value == NULL)
		return false;
	r->header[r->headers++].name = name;
	return true;
}

void
httpd_response_text(struct httpd_response *r, int status, struct buf *text,
    const char *type)
{
	size_t len = text->len;

	r->status = status;
	if (buf_ok(text) && len > 0)
		r->body = httpd_body_create(buf_take(text), len);
	else
		buf_free(text);
	if (r->body == NULL)
		r->status = 500;
	(void)httpd_response_header(r, "Content-Type", type);
}
