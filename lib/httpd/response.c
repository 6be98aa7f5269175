#include "httpd/httpd.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cache.h"
#include "httpd/sending.h"

struct httpd_body {
	atomic_uint holders;
	atomic_uint senders;
	size_t len;
	char *bytes;
};

struct httpd_body *
httpd_body_create(char *bytes, size_t len)
{
	struct httpd_body *b = malloc(sizeof(*b));
	char *cut;

	if (b == NULL) {
		free(bytes);
		return NULL;
	}
	/* A text is written with room to spare; a body may be kept long. */
	cut = realloc(bytes, len > 0 ? len : 1);
	if (cut != NULL)
		bytes = cut;
	atomic_init(&b->holders, 1);
	atomic_init(&b->senders, 0);
	b->len = len;
	b->bytes = bytes;
	return b;
}

size_t
httpd_body_cost(const struct httpd_body *b)
{
	return b == NULL ? 0 : cache_cost(sizeof(*b)) + cache_cost(b->len);
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

/* -- what is being sent -- */

bool
httpd_sending_begin(atomic_size_t *sum, size_t limit, struct httpd_body *b,
    struct httpd_body **held)
{
	if (b == NULL)
		return true;
	*held = httpd_body_hold(b);
	if (atomic_fetch_add(&b->senders, 1) > 0 ||
	    atomic_fetch_add(sum, b->len) + b->len <= limit || limit == 0)
		return true;
	httpd_sending_end(sum, held);
	return false;
}

void
httpd_sending_end(atomic_size_t *sum, struct httpd_body **held)
{
	struct httpd_body *b = *held;

	if (b == NULL)
		return;
	if (atomic_fetch_sub(&b->senders, 1) == 1)
		(void)atomic_fetch_sub(sum, b->len);
	httpd_body_release(held);
}

void
httpd_response_busy(struct httpd_response *r)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < r->headers; i++)
		free(r->header[i].value);
	r->headers = 0;
	httpd_body_release(&r->body);
	buf_puts(&text,
	    "{\"error\": \"too much is being sent to others; try again\", "
	    "\"status\": 503}\n");
	httpd_response_text(r, 503, &text, "application/json");
	(void)httpd_response_header(r, "Retry-After", "1");
}

void
httpd_send_plainly(int fd, const char *status, const char *error)
{
	char body[160], answer[400];
	int n = snprintf(body, sizeof(body),
	    "{\"error\": \"%s\", \"status\": %.3s}\n", error, status);

	n = snprintf(answer, sizeof(answer),
	    "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
	    status, n, body);
	(void)send(fd, answer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
}
