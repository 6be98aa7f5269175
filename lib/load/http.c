/*
 * The client that makes the load: HTTP/1.1 over connections that stay open,
 * all in one thread.  What it spends on a request is a send, a receive and a
 * share of a wait; bodies are read into one place and forgotten.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mdtime.h"
#include "load/http_reply.h"
#include "load/job.h"
#include "sys/poller.h"
#include "sys/process.h"

#define NS_SECOND  INT64_C(1000000000)
#define NS_MS      INT64_C(1000000)
#define SCRATCH    ((size_t)256 * 1024)
#define REQUEST    1600
#define EVENTS     256
#define TICK_NS    (50 * NS_MS) /* between looks at what took too long */
#define LATE_NS    (5 * NS_MS)
#define EARLY_NS   (NS_MS / 5) /* a wait may end late by this */
#define FILES_KEPT 32          /* descriptors that are not connections */

enum connection_state { CLOSED, IDLE, CONNECTING, SENDING, READING, RESTING };

struct connection {
	int fd;
	enum connection_state state;
	bool watched_out;
	uint64_t begin_ns, deadline_ns;
	uint64_t lag_ns;
	uint64_t bytes, digest;
	struct load_request ask;
	size_t out_len, out_at;
	char out[REQUEST];
	struct http_reply reply;
};

struct load_http {
	const struct load_target *target;
	unsigned connections;
	const struct load_job *job;
	struct load_generator *effort;
	struct poller *poller;
	struct connection *v;
	size_t *free; /* connections without a request: a stack */
	size_t free_len;
	uint64_t started_ns, now_ns, tick_ns;
	uint64_t next;          /* the request to send next */
	uint64_t free_since_ns; /* there has been a free connection */
	size_t busy;
	bool failed; /* memory ran out */
	char *scratch;
};

/* -- the request -- */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~:", c));
}

static void
path_segment(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s != '\0' && n + 4 < size; s++)
		if (is_plain(*s))
			out[n++] = *s;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X",
			    (unsigned)(unsigned char)*s);
	out[n] = '\0';
}

size_t
load_request_path(const struct load_request *a, char *out, size_t size)
{
	char symbol[3 * SYMBOL_MAX + 4], end[MD_TIME_MAX];
	int n;

	if (a->path != NULL)
		n = snprintf(out, size, "%s", a->path);
	else {
		path_segment(a->symbol, symbol, sizeof(symbol));
		if (a->end_ms != 0)
			md_time_format(a->end_ms, end);
		n = snprintf(out, size,
		    "/api/v1/features/quant/%s?timeframe=%s&limit=%lld%s%s",
		    symbol, timeframe_name(a->timeframe), (long long)a->limit,
		    a->end_ms != 0 ? "&end=" : "", a->end_ms != 0 ? end : "");
	}
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void
write_request(const struct load_http *g, struct connection *c)
{
	const char *token = g->target->token;
	char path[512];
	int n;

	(void)load_request_path(&c->ask, path, sizeof(path));
	n = snprintf(c->out, sizeof(c->out),
	    "GET %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: mdload/" MD_VERSION
	    "\r\nAccept: */*\r\n%s%s%s\r\n",
	    g->target->prefix, path, g->target->host,
	    token == NULL ? "" : "Authorization: Bearer ",
	    token == NULL ? "" : token, token == NULL ? "" : "\r\n");
	/* Its parts are bounded: it fits. */
	c->out_len = n < 0 ? 0 : (size_t)n;
	c->out_at = 0;
}

/* -- ends -- */

static void
disconnect(struct load_http *g, struct connection *c)
{
	if (c->fd >= 0) {
		poller_remove(g->poller, c->fd);
		(void)close(c->fd);
	}
	c->fd = -1;
	c->state = CLOSED;
}

static void
report_outcome(struct load_http *g, struct connection *c, enum load_fault fault,
    const char *detail)
{
	struct load_outcome o = {
		.ask = &c->ask,
		.fault = fault,
		.status = c->reply.status,
		.lag_ns = c->lag_ns,
		.bytes = c->bytes,
		.digest = c->digest,
		.detail = detail,
	};
	uint64_t now = load_now_ns();

	o.latency_ns = now - c->begin_ns;
	o.at_ns = now - g->started_ns;
	g->busy--;
	if (!g->job->done(g->job->ctx, &o))
		g->failed = true;
}

static void
put_free(struct load_http *g, struct connection *c)
{
	if (g->free_len == 0)
		g->free_since_ns = load_now_ns();
	g->free[g->free_len++] = (size_t)(c - g->v);
}

static void
fail(struct load_http *g, struct connection *c, enum load_fault fault,
    const char *detail)
{
	disconnect(g, c);
	report_outcome(g, c, fault, detail);
	/* Where nobody listens, trying again at once would be a busy loop. */
	if (fault == LOAD_CONNECT && g->job->rate <= 0) {
		c->state = RESTING;
		c->deadline_ns = load_now_ns() + (uint64_t)TICK_NS;
	} else
		put_free(g, c);
}

static void
fail_errno(struct load_http *g, struct connection *c, enum load_fault fault)
{
	fail(g, c, fault, strerror(errno));
}

static void
answered(struct load_http *g, struct connection *c)
{
	bool good = c->reply.status >= 200 && c->reply.status < 300;
	char text[HTTP_REPLY_SAMPLE + 32];

	(void)snprintf(text, sizeof(text), "HTTP %d: %.*s", c->reply.status,
	    (int)c->reply.sample_len, c->reply.sample);
	if (c->reply.close)
		disconnect(g, c);
	else
		c->state = IDLE;
	report_outcome(g, c, good ? LOAD_OK : LOAD_STATUS, good ? NULL : text);
	put_free(g, c);
}

/* -- a connection's steps -- */

static bool
watch_out(struct load_http *g, struct connection *c, bool out)
{
	if (c->watched_out == out)
		return true;
	c->watched_out = out;
	return poller_change(g->poller, c->fd, (size_t)(c - g->v), out);
}

static void
send_on(struct load_http *g, struct connection *c)
{
	while (c->out_at < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_at,
		    c->out_len - c->out_at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			c->state = SENDING;
			if (!watch_out(g, c, true))
				fail_errno(g, c, LOAD_RESET);
			return;
		}
		if (n < 0) {
			fail_errno(g, c, LOAD_RESET);
			return;
		}
		c->out_at += (size_t)n;
	}
	c->state = READING;
	if (!watch_out(g, c, false))
		fail_errno(g, c, LOAD_RESET);
}

static void
connected(struct load_http *g, struct connection *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		fail(g, c, LOAD_CONNECT, strerror(error));
	else
		send_on(g, c);
}

static void
connect_on(struct load_http *g, struct connection *c)
{
	const struct load_address *a = &g->target->address[g->target->used];
	int one = 1;

	c->fd = socket(a->a.ss_family, SOCK_STREAM, 0);
	if (c->fd < 0 || fcntl(c->fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) !=
		0 ||
	    (connect(c->fd, (const struct sockaddr *)&a->a, a->len) != 0 &&
		errno != EINPROGRESS)) {
		fail_errno(g, c, LOAD_CONNECT);
		return;
	}
	c->state = CONNECTING;
	c->watched_out = true;
	if (!poller_add(g->poller, c->fd, (size_t)(c - g->v), true))
		fail_errno(g, c, LOAD_CONNECT);
}

static void
ended(struct load_http *g, struct connection *c)
{
	if (c->state == IDLE)
		disconnect(g, c);
	else if (!http_reply_begun(&c->reply))
		fail(g, c, LOAD_CLOSED,
		    "the connection was closed before a byte of the answer");
	else if (http_reply_end(&c->reply) == HTTP_REPLY_DONE)
		answered(g, c);
	else
		fail(g, c, LOAD_TRUNCATED, c->reply.why);
}

static void
receive_on(struct load_http *g, struct connection *c)
{
	ssize_t n = recv(c->fd, g->scratch, SCRATCH, 0);
	enum http_reply_state state;
	size_t used;

	if (n < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return;
		if (c->state == IDLE)
			disconnect(g, c);
		else
			fail_errno(g, c, LOAD_RESET);
		return;
	}
	if (n == 0) {
		ended(g, c);
		return;
	}
	if (c->state == IDLE) {
		/* Nobody asked: what else it says is not to be trusted. */
		disconnect(g, c);
		return;
	}
	c->bytes += (uint64_t)n;
	state = http_reply_feed(&c->reply, g->scratch, (size_t)n, &used);
	if (state == HTTP_REPLY_BAD)
		fail(g, c, LOAD_PROTOCOL, c->reply.why);
	else if (state == HTTP_REPLY_DONE && used < (size_t)n)
		fail(g, c, LOAD_PROTOCOL, "more bytes than the answer has");
	else if (state == HTTP_REPLY_DONE)
		answered(g, c);
}

/* -- which request, and when -- */

/* Open loop: when request k is due. */
static uint64_t
due_ns(const struct load_http *g, uint64_t k)
{
	return g->started_ns + load_job_due(g->job, k);
}

static bool
all_begun(const struct load_http *g)
{
	const struct load_job *j = g->job;
	uint64_t at = j->rate > 0 ? due_ns(g, g->next) : g->now_ns;

	if (j->count > 0)
		return g->next >= j->count;
	return at - g->started_ns >= (uint64_t)j->duration_ns;
}

static bool
is_due(const struct load_http *g)
{
	return !all_begun(g) &&
	       (g->job->rate <= 0 || due_ns(g, g->next) <= g->now_ns);
}

/* As long as no connection is free it is not this side that is late. */
static uint64_t
note_lag(struct load_http *g, uint64_t due)
{
	uint64_t since = due > g->free_since_ns ? due : g->free_since_ns;
	uint64_t lag = g->now_ns > since ? g->now_ns - since : 0;

	if (since != due)
		g->effort->crowded++;
	if (lag > (uint64_t)LATE_NS)
		g->effort->late++;
	if (lag > g->effort->worst_late_ns)
		g->effort->worst_late_ns = lag;
	return lag;
}

static void
take_digest(void *ctx, const char *bytes, size_t len)
{
	struct connection *c = ctx;

	for (size_t i = 0; i < len; i++)
		c->digest = hash_number(c->digest, (unsigned char)bytes[i]);
}

static void
begin(struct load_http *g, struct connection *c)
{
	g->job->ask(g->job->ctx, g->next, &c->ask);
	c->begin_ns = g->now_ns;
	c->lag_ns = 0;
	if (g->job->rate > 0) {
		c->begin_ns = due_ns(g, g->next);
		c->lag_ns = note_lag(g, c->begin_ns);
	}
	c->deadline_ns = g->now_ns + (uint64_t)g->job->timeout_ns;
	c->bytes = 0;
	c->digest = 0;
	g->next++;
	g->busy++;
	http_reply_start(&c->reply);
	c->reply.take = g->job->body;
	c->reply.ctx = g->job->ctx;
	if (c->ask.digest) {
		c->digest = HASH_EMPTY;
		c->reply.take = take_digest;
		c->reply.ctx = c;
	}
	write_request(g, c);
	if (c->fd >= 0)
		send_on(g, c);
	else
		connect_on(g, c);
}

/* Open loop: when even the last request's time is over. */
static bool
overtime(const struct load_http *g)
{
	const struct load_job *j = g->job;
	uint64_t last;

	if (j->rate <= 0)
		return false;
	last = j->count > 0 ? due_ns(g, j->count)
			    : g->started_ns + (uint64_t)j->duration_ns;
	return g->now_ns > last + (uint64_t)j->timeout_ns;
}

static void
begin_due(struct load_http *g)
{
	g->now_ns = load_now_ns();
	while (g->free_len > 0 && is_due(g) && !overtime(g) && !g->failed &&
	       g->busy < load_job_users(g->job, g->now_ns - g->started_ns)) {
		begin(g, &g->v[g->free[--g->free_len]]);
		g->now_ns = load_now_ns();
	}
}

static void
expire(struct load_http *g)
{
	if (g->now_ns < g->tick_ns)
		return;
	g->tick_ns = g->now_ns + (uint64_t)TICK_NS;
	for (size_t i = 0; i < g->connections; i++) {
		struct connection *c = &g->v[i];

		if (c->state == CLOSED || c->state == IDLE ||
		    c->deadline_ns > g->now_ns)
			continue;
		if (c->state == RESTING) {
			c->state = CLOSED;
			put_free(g, c);
		} else
			fail(g, c, LOAD_TIMEOUT, "no answer in time");
	}
}

/*
 * A wait ends a little late, and what was due meanwhile would seem slower than
 * it is.  So it ends early, and for the rest of the time this side looks again
 * and again; for no more than a twentieth of its time altogether.
 */
static int64_t
early_ns(const struct load_http *g)
{
	double share = (double)NS_SECOND / g->job->rate / 20;

	return share < (double)EARLY_NS ? (int64_t)share : EARLY_NS;
}

static int64_t
time_to_wait(const struct load_http *g)
{
	int64_t left;

	if (g->job->rate <= 0 || g->free_len == 0 || all_begun(g))
		return TICK_NS;
	left = (int64_t)(due_ns(g, g->next) - g->now_ns) - early_ns(g);
	if (left <= 0)
		return 0;
	return left < TICK_NS ? left : TICK_NS;
}

static void
handle(struct load_http *g, const struct poller_event *ev)
{
	struct connection *c = &g->v[ev->tag];

	if (c->fd < 0) /* failed by an earlier event of the same batch */
		return;
	if (c->state == CONNECTING && ev->out)
		connected(g, c);
	else if (c->state == SENDING && ev->out)
		send_on(g, c);
	else if (ev->in && c->state != CONNECTING)
		receive_on(g, c);
}

/* What was due in time but is not sent when the time for answers is over. */
static void
tell_unsent(struct load_http *g)
{
	for (; !all_begun(g) && !g->failed; g->next++) {
		struct load_request ask;
		struct load_outcome o = {
			.ask = &ask,
			.fault = LOAD_UNSENT,
			.at_ns = g->now_ns - g->started_ns,
			.detail = "no connection came free for it",
		};

		g->job->ask(g->job->ctx, g->next, &ask);
		g->failed = !g->job->done(g->job->ctx, &o);
	}
}

/* The job has heard enough: nobody waits for what is under way. */
static bool
is_enough(struct load_http *g)
{
	const struct load_job *j = g->job;

	if (j->enough == NULL ||
	    !j->enough(j->ctx,
		(double)(g->now_ns - g->started_ns) / (double)NS_SECOND))
		return false;
	for (size_t i = 0; i < g->connections; i++)
		if (g->v[i].state != IDLE)
			disconnect(g, &g->v[i]);
	g->busy = 0;
	return true;
}

static bool
run(struct load_http *g, struct md_error *e)
{
	struct poller_event ev[EVENTS];

	load_generator_begin(g->effort);
	g->started_ns = g->now_ns = g->free_since_ns = load_now_ns();
	for (;;) {
		size_t n;

		begin_due(g);
		if (g->failed)
			return md_nomem(e);
		if (g->job->stopped())
			return md_fail(e, MD_EINTR, "interrupted");
		if ((g->busy == 0 && all_begun(g)) || is_enough(g))
			break;
		if (overtime(g) && g->busy == 0) {
			tell_unsent(g);
			break;
		}
		n = poller_wait(g->poller, time_to_wait(g), ev, EVENTS);
		for (size_t i = 0; i < n; i++) {
			handle(g, &ev[i]);
			/* At once: the other side has nothing to do. */
			if (g->free_len > 0 && g->job->rate <= 0)
				begin_due(g);
		}
		g->now_ns = load_now_ns();
		expire(g);
	}
	load_generator_end(g->effort);
	g->effort->seconds =
	    (double)(load_now_ns() - g->started_ns) / (double)NS_SECOND;
	return !g->failed || md_nomem(e);
}

/* -- room -- */

static bool
open_files(unsigned connections, struct md_error *e)
{
	uint64_t wanted = (uint64_t)connections + FILES_KEPT;

	if (process_open_files(wanted) >= wanted)
		return true;
	return md_fail(e, MD_EUSAGE,
	    "%u connections: more than may be open at once (see ulimit -n)",
	    connections);
}

bool
load_http_open(struct load_http **out, const struct load_target *t,
    unsigned connections, struct md_error *e)
{
	struct load_http *g;

	if (!open_files(connections, e))
		return false;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return md_nomem(e);
	g->target = t;
	g->v = calloc(connections, sizeof(*g->v));
	g->free = calloc(connections, sizeof(*g->free));
	g->scratch = malloc(SCRATCH);
	if (g->v == NULL || g->free == NULL || g->scratch == NULL) {
		load_http_close(&g);
		return md_nomem(e);
	}
	g->connections = connections;
	for (size_t i = 0; i < connections; i++)
		g->v[i].fd = -1;
	if (!poller_create(&g->poller, e)) {
		load_http_close(&g);
		return false;
	}
	*out = g;
	return true;
}

void
load_http_close(struct load_http **h)
{
	struct load_http *g = *h;

	if (g == NULL)
		return;
	for (size_t i = 0; i < g->connections; i++)
		disconnect(g, &g->v[i]);
	poller_destroy(&g->poller);
	free(g->v);
	free(g->free);
	free(g->scratch);
	free(g);
	*h = NULL;
}

/* All are free; what the other side has closed meanwhile is closed. */
static void
get_ready(struct load_http *g)
{
	struct poller_event ev[EVENTS];
	size_t n;

	g->free_len = g->busy = 0;
	g->next = 0;
	g->failed = false;
	do {
		n = poller_wait(g->poller, 0, ev, EVENTS);
		for (size_t i = 0; i < n; i++)
			handle(g, &ev[i]);
	} while (n == EVENTS);
	for (size_t i = g->connections; i-- > 0;) {
		if (g->v[i].state == RESTING)
			g->v[i].state = CLOSED;
		put_free(g, &g->v[i]);
	}
}

bool
load_http_run(struct load_http *g, const struct load_job *j,
    struct load_generator *effort, struct md_error *e)
{
	memset(effort, 0, sizeof(*effort));
	g->job = j;
	g->effort = effort;
	get_ready(g);
	return run(g, e);
}
