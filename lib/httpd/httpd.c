#include "httpd/httpd.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mdtime.h"
#include "httpd/bind.h"
#include "httpd/deadline.h"
#include "httpd/request.h"
#include "httpd/sending.h"
#include "sys/outfile.h"

#define FOR_EVER      INT64_MAX
#define SWEEPS        (500 * MD_SECOND) /* µs between looks at deadlines */
#define LINGERS       (250 * MD_SECOND) /* µs between looks for hung-up clients */
#define HEAD_BYTES    32768 /* the library's own memory for a request's head */
#define HEAD_LEFT     3072  /* of it, for an answer's */
#define HEADER_RECORD 64    /* what it remembers a header by */
#define EARLY_US      250 /* it takes up to this to wake a connection's thread */

/* One request and its answer. */
struct exchange {
	struct httpd *server;
	struct MHD_Connection *connection;
	struct httpd_target *words;
	int64_t received_us, received_ms;
	bool read, decided, gone, closing;
	struct httpd_response response;
	struct httpd_body *sent; /* counted while it is */
	int64_t started_us;      /* when the body began */
	int64_t next_us;         /* when its next piece, or its end, is due */
};

/* A suspended connection; they are few, so an array will do. */
struct sleeper {
	struct exchange *exchange;
	int64_t due_us;
};

struct httpd {
	struct MHD_Daemon *daemon;
	httpd_handler *handler;
	void *context;
	struct httpd_options options;
	struct deadlines *deadlines; /* null: nobody has one */
	atomic_bool draining;
	atomic_uint answering;
	atomic_size_t sending; /* bytes of bodies */
	bool quiesced;
	int socket;
	struct httpd_address address;
	pthread_t clock;
	bool clock_runs;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct sleeper *sleepers;
	size_t len, cap;
	bool stopping;
};

/* -1: unknown. */
static int
socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CONNECTION_FD);

	return i == NULL ? -1 : i->connect_fd;
}

/* -- sleeping connections -- */

/*
 * Suspends the connection until due.  False when the server is stopping or
 * memory ran out: go on at once.
 */
static bool
exchange_sleep(struct exchange *x, int64_t due_us)
{
	struct httpd *s = x->server;
	bool slept = false;

	pthread_mutex_lock(&s->lock);
	if (!s->stopping) {
		struct sleeper *p =
		    array_room(s->sleepers, s->len, &s->cap, sizeof(*p));

		if (p != NULL)
			s->sleepers = p;
	}
	if (!s->stopping && s->len < s->cap) {
		/* Under the lock, so that it cannot be woken before. */
		MHD_suspend_connection(x->connection);
		s->sleepers[s->len].exchange = x;
		s->sleepers[s->len++].due_us = due_us;
		pthread_cond_signal(&s->changed);
		slept = true;
	}
	pthread_mutex_unlock(&s->lock);
	return slept;
}

/* Nobody reads from a suspended connection, so look whether it was closed. */
static bool
hung_up(struct exchange *x)
{
	ssize_t n;
	char c;

	n = recv(socket_of(x->connection), &c, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK &&
			     errno != EINTR);
}

/* Wakes those that are due; returns when to look again. */
static int64_t
wake(struct httpd *s, int64_t now_us)
{
	int64_t next = FOR_EVER;

	for (size_t i = 0; i < s->len;) {
		struct sleeper *z = &s->sleepers[i];
		bool forever = z->due_us == FOR_EVER;
		int64_t due = forever ? now_us + LINGERS : z->due_us - EARLY_US;

		if (forever && hung_up(z->exchange))
			z->exchange->gone = true;
		if (s->stopping || z->exchange->gone || due <= now_us) {
			MHD_resume_connection(z->exchange->connection);
			*z = s->sleepers[--s->len];
			continue;
		}
		next = due < next ? due : next;
		i++;
	}
	return next;
}

static void *
clock_run(void *arg)
{
	struct httpd *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		int64_t now = md_monotonic_us(), next = wake(s, now);
		struct timespec t;

		if (s->deadlines != NULL) {
			deadlines_sweep(s->deadlines, now);
			next = next < now + SWEEPS ? next : now + SWEEPS;
		}
		t = (struct timespec){ (time_t)(next / 1000000),
			(long)(next % 1000000) * 1000 };
		if (next == FOR_EVER)
			pthread_cond_wait(&s->changed, &s->lock);
		else
			pthread_cond_timedwait(&s->changed, &s->lock, &t);
	}
	(void)wake(s, md_monotonic_us());
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* -- sending -- */

static void
body_done(void *body)
{
	struct httpd_body *b = body;

	httpd_body_release(&b);
}

/* Close with a reset: whatever was not sent is dropped. */
static void
reset(struct exchange *x)
{
	struct linger at_once = { 1, 0 };

	(void)setsockopt(socket_of(x->connection), SOL_SOCKET, SO_LINGER,
	    &at_once, sizeof(at_once));
}

/* How much of the body may be out by now; all of it when there is no pace. */
static uint64_t
paced(const struct exchange *x, uint64_t end, int64_t now_us)
{
	int64_t pace = x->response.bytes_per_second;
	uint64_t due;

	if (pace == 0)
		return end;
	due = (uint64_t)((double)(now_us - x->started_us) / 1e6 * (double)pace);
	return due < end ? due : end;
}

/* What comes when the part to be sent has been sent. */
static ssize_t
body_end(struct exchange *x)
{
	switch (x->response.delivery) {
	case HTTPD_STALLED:
		if (!x->gone && exchange_sleep(x, FOR_EVER))
			return 0;
		return MHD_CONTENT_READER_END_WITH_ERROR;
	case HTTPD_RESET:
		reset(x);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	case HTTPD_TRUNCATED:
		return MHD_CONTENT_READER_END_WITH_ERROR;
	case HTTPD_WHOLE:
	case HTTPD_SILENT:
	case HTTPD_HANG_UP:
	case HTTPD_RESET_FIRST:
	case HTTPD_ENDLESS:
		break;
	}
	if (x->response.close_us > 0 && !x->closing) {
		x->closing = true;
		if (exchange_sleep(x, md_monotonic_us() + x->response.close_us))
			return 0;
	}
	return MHD_CONTENT_READER_END_OF_STREAM;
}

static uint64_t
body_length(const struct httpd_response *r, size_t len)
{
	switch (r->delivery) {
	case HTTPD_WHOLE:
		return len;
	case HTTPD_ENDLESS:
		return UINT64_MAX;
	default:
		if (!r->cut)
			return len / 2;
		return r->cut_at < len ? r->cut_at : len;
	}
}

/* When more of the body may be sent; now, or in the past: at once. */
static int64_t
piece_due(struct exchange *x, uint64_t at, uint64_t may, int64_t now_us)
{
	const struct httpd_response *r = &x->response;

	/* Paced: an eighth of a second's worth at a time. */
	if (may <= at)
		return now_us + 125000;
	return r->slice > 0 ? x->next_us : now_us;
}

static ssize_t
body_read(void *arg, uint64_t at, char *out, size_t room)
{
	struct exchange *x = arg;
	const struct httpd_response *r = &x->response;
	size_t len, from, n;
	const char *bytes = httpd_body_bytes(r->body, &len);
	uint64_t end = body_length(r, len), may;
	int64_t now_us = md_monotonic_us(), due;

	if (at >= end)
		return body_end(x);
	if (x->started_us == 0)
		x->started_us = now_us;
	may = paced(x, end, now_us);
	due = piece_due(x, at, may, now_us);
	if (due > now_us)
		return exchange_sleep(x, due)
			   ? 0
			   : MHD_CONTENT_READER_END_WITH_ERROR;
	from = (size_t)at;
	if (at >= len)
		from = r->tail + (size_t)((at - len) % (len - r->tail));
	n = len - from;
	n = n < room ? n : room;
	n = n < may - at ? n : (size_t)(may - at);
	if (r->slice > 0) {
		n = n < r->slice ? n : r->slice;
		x->next_us = now_us + r->slice_us;
	}
	memcpy(out, bytes + from, n);
	return (ssize_t)n;
}

static struct MHD_Response *
mhd_response(struct exchange *x)
{
	struct httpd_response *r = &x->response;
	struct MHD_Response *m;
	char *bytes = NULL;
	size_t len = 0;

	if (r->body != NULL)
		bytes = httpd_body_bytes(r->body, &len);
	if (len == 0)
		return MHD_create_response_from_buffer(0, NULL,
		    MHD_RESPMEM_PERSISTENT);
	if (r->delivery != HTTPD_WHOLE || r->bytes_per_second != 0 ||
	    r->slice > 0 || r->close_us > 0) {
		bool unknown = r->delivery == HTTPD_ENDLESS || r->close_us > 0;

		m = MHD_create_response_from_callback(unknown ? MHD_SIZE_UNKNOWN
							      : len,
		    32768, body_read, x, NULL);
		/* As HTTP/1.0: neither a length nor chunks. */
		if (m != NULL && r->close_us > 0)
			(void)MHD_set_response_options(m,
			    MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
		return m;
	}
	m = MHD_create_response_from_buffer_with_free_callback_cls(len, bytes,
	    body_done, r->body);
	if (m != NULL)
		r->body = NULL; /* the response releases it */
	return m;
}

static enum MHD_Result
send_response(struct exchange *x)
{
	struct MHD_Response *m = mhd_response(x);
	enum MHD_Result result;

	if (m == NULL)
		return MHD_NO;
	for (size_t i = 0; i < x->response.headers; i++)
		(void)MHD_add_response_header(m, x->response.header[i].name,
		    x->response.header[i].value);
	if (atomic_load(&x->server->draining))
		(void)MHD_add_response_header(m, "Connection", "close");
	result =
	    MHD_queue_response(x->connection, (unsigned)x->response.status, m);
	MHD_destroy_response(m);
	return result;
}

/* -- a request's life -- */

static int64_t
due_in(unsigned seconds)
{
	return seconds == 0 ? FOR_EVER
			    : md_monotonic_us() + (int64_t)seconds * 1000000;
}

/* Null: it has none. */
static struct deadline *
deadline_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i == NULL ? NULL : i->socket_context;
}

/* The connection has so long from now on. */
static void
allow(struct MHD_Connection *connection, unsigned seconds)
{
	struct deadline *d = deadline_of(connection);

	if (d != NULL)
		deadline_set(d, due_in(seconds));
}

bool
httpd_connections(const struct httpd *s, size_t *n)
{
	return s->deadlines != NULL && deadlines_count(s->deadlines, n);
}

static void
on_connection(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode what)
{
	struct httpd *s = arg;
	struct deadline *d = *state;
	int fd = socket_of(connection);

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		/* What it sent does not begin as a request does. */
		if (d != NULL && !atomic_load(&s->draining) &&
		    deadline_unasked(d, md_monotonic_us()))
			httpd_send_plainly(fd, "400 Bad Request",
			    "this is no HTTP request");
		deadline_remove(s->deadlines, &d);
		*state = NULL;
		return;
	}
	if (fd >= 0)
		*state = deadline_add(s->deadlines, fd,
		    due_in(s->options.request_seconds));
}

/*
 * What comes after the '?' is parsed by httpd_target_parse(), from a copy.  The
 * library would parse it, too, in the connection's memory, which takes 32 bytes
 * for each of the text; and once that is used up it can only hang up.  So it
 * finds nothing there.
 */
static void
hide_query(const char *target)
{
	char *query = strchr(target, '?');

	if (query != NULL)
		query[1] = '\0';
}

static void *
on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof(*x));
	const struct httpd *s = arg;
	struct deadline *d =
	    s->deadlines == NULL ? NULL : deadline_of(connection);

	if (d != NULL)
		deadline_note_request(d);
	if (x == NULL)
		return NULL;
	x->server = arg;
	x->connection = connection;
	x->received_us = md_monotonic_us();
	x->received_ms = md_now_ms();
	x->words = httpd_target_parse(target);
	hide_query(target);
	return x;
}

static void
decide(struct exchange *x, const char *method)
{
	struct httpd_request *q = httpd_target_request(x->words);

	q->method = method;
	q->received_ms = x->received_ms;
	q->connection = x->connection;
	if (x->server->deadlines != NULL)
		allow(x->connection, x->server->options.answer_seconds);
	atomic_fetch_add(&x->server->answering, 1);
	x->decided = true;
	x->server->handler(x->server->context, q, &x->response);
}

static enum MHD_Result
add_size(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	size_t *bytes = arg;

	(void)name, (void)value;
	/* A cookie is a copy of a part of its header. */
	*bytes += HEADER_RECORD + name_len + value_len +
		  (kind == MHD_COOKIE_KIND ? 0 : sizeof(": \r\n") - 1);
	return MHD_YES;
}

/* Is there no room in the connection's memory for the answer's headers, beside
 * the request's? */
static bool
lacks_room(const struct exchange *x)
{
	size_t room = x->server->options.head_bytes;
	size_t bytes =
	    HEAD_LEFT + strlen(httpd_target_request(x->words)->target);

	(void)MHD_get_connection_values_n(x->connection,
	    (enum MHD_ValueKind)(MHD_HEADER_KIND | MHD_COOKIE_KIND), add_size,
	    &bytes);
	return bytes > (room == 0 ? HEAD_BYTES : room);
}

/* Whoever sends a body is answered at once, and the connection closed. */
static bool
refuses_body(const struct exchange *x, const char *method)
{
	if (!x->server->options.no_uploads)
		return false;
	return (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) ||
	       MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND,
		   "Content-Length") != NULL ||
	       MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND,
		   "Transfer-Encoding") != NULL;
}

/*
 * False when it is time to answer.  Whoever measures delays wants them exact:
 * sleepers are woken early, and the rest of the time passes here.
 */
static bool
delayed(struct exchange *x, int64_t due_us)
{
	int64_t left = due_us - md_monotonic_us();

	if (left > EARLY_US && exchange_sleep(x, due_us))
		return true;
	while (left > 0 && left <= EARLY_US)
		left = due_us - md_monotonic_us();
	return false;
}

/*
 * Called when the headers are there, again when the request is complete, and
 * again whenever a sleeping connection wakes.
 */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct exchange *x = *state;

	(void)arg, (void)connection, (void)url, (void)version, (void)upload;
	if (x == NULL || x->words == NULL || x->gone)
		return MHD_NO;
	if (!x->read && !x->decided && lacks_room(x)) {
		httpd_send_plainly(socket_of(connection),
		    "431 Request Header Fields Too Large",
		    "the URL and the headers are too large");
		return MHD_NO;
	}
	if ((!x->read && !refuses_body(x, method)) || *upload_size > 0) {
		x->read = true;
		*upload_size = 0;
		return MHD_YES;
	}
	if (!x->decided)
		decide(x, method);
	if (x->sent == NULL &&
	    !httpd_sending_begin(&x->server->sending,
		x->server->options.sending_bytes, x->response.body, &x->sent))
		httpd_response_busy(&x->response);
	if (x->response.delivery == HTTPD_SILENT)
		return exchange_sleep(x, FOR_EVER) ? MHD_YES : MHD_NO;
	if (x->response.delay_us > 0 &&
	    delayed(x, x->received_us + x->response.delay_us))
		return MHD_YES;
	if (x->response.delivery == HTTPD_RESET_FIRST)
		reset(x);
	if (x->response.delivery == HTTPD_RESET_FIRST ||
	    x->response.delivery == HTTPD_HANG_UP)
		return MHD_NO;
	return send_response(x);
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *state;

	(void)arg;
	(void)why;
	*state = NULL;
	if (x == NULL)
		return;
	if (x->decided)
		atomic_fetch_sub(&x->server->answering, 1);
	if (x->server->deadlines != NULL)
		allow(connection, x->server->options.request_seconds);
	for (size_t i = 0; i < x->response.headers; i++)
		free(x->response.header[i].value);
	httpd_sending_end(&x->server->sending, &x->sent);
	httpd_body_release(&x->response.body);
	httpd_target_destroy(&x->words);
	free(x);
}

bool
httpd_local_address(const struct httpd_request *q,
    char out[static HTTPD_ADDRESS])
{
	return httpd_bound_address(socket_of(q->connection), out,
	    HTTPD_ADDRESS);
}

/* -- the server -- */

static bool
clock_start(struct httpd *s)
{
	pthread_condattr_t a;

	/* Sleepers are due by the clock that never steps. */
	if (pthread_condattr_init(&a) != 0)
		return false;
	(void)pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->changed, &a);
	(void)pthread_condattr_destroy(&a);
	(void)pthread_mutex_init(&s->lock, NULL);
	s->clock_runs = pthread_create(&s->clock, NULL, clock_run, s) == 0;
	if (!s->clock_runs) {
		(void)pthread_mutex_destroy(&s->lock);
		(void)pthread_cond_destroy(&s->changed);
	}
	return s->clock_runs;
}

static struct MHD_Daemon *
mhd_start(struct httpd *s, const struct httpd_options *o)
{
	/* TURBO leaves out a shutdown() whose FIN would come before a reset. */
	unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
	struct MHD_OptionItem more[4];
	size_t n = 0;

	if (o->threads > 1) /* a pool of one is no pool to MHD */
		more[n++] =
		    (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE,
			    (intptr_t)o->threads, NULL };
	if (o->head_bytes != 0)
		more[n++] =
		    (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			    (intptr_t)o->head_bytes, NULL };
	if (s->deadlines != NULL)
		more[n++] =
		    (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_CONNECTION,
			    (intptr_t)on_connection, s };
	more[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, s->socket, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_CONNECTION_LIMIT, o->connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds, MHD_OPTION_ARRAY,
	    more, MHD_OPTION_END);
}

bool
httpd_listen(struct httpd **out, const char *address, struct md_error *e)
{
	struct httpd *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	if (!httpd_bind(address, &s->socket, &s->address, e)) {
		free(s);
		return false;
	}
	*out = s;
	return true;
}

bool
httpd_serve(struct httpd *s, const struct httpd_options *o,
    httpd_handler *handler, void *context, struct md_error *e)
{
	s->handler = handler;
	s->context = context;
	s->options = *o;
	if (o->request_seconds != 0 || o->answer_seconds != 0) {
		s->deadlines = deadlines_create();
		if (s->deadlines == NULL)
			return md_nomem(e);
	}
	if (clock_start(s))
		s->daemon = mhd_start(s, o);
	if (s->daemon == NULL)
		return md_fail(e, MD_EIO, "cannot start the server: %s",
		    strerror(errno));
	return true;
}

const char *
httpd_address(const struct httpd *s)
{
	return s->address.text;
}

bool
httpd_write_port(const struct httpd *s, const char *file, struct md_error *e)
{
	struct outfile out;
	bool gone;

	if (file == NULL)
		return true;
	if (!outfile_open(&out, file, e))
		return false;
	(void)fprintf(out.f, "%u\n", s->address.port);
	return outfile_commit(&out, &gone, e);
}

bool
httpd_is_loopback(const struct httpd *s)
{
	return s->address.loopback;
}

void
httpd_drain(struct httpd *s, int64_t ms)
{
	const struct timespec moment = { 0, 10000000 };
	int64_t until_us = md_monotonic_us() + ms * 1000;

	atomic_store(&s->draining, true);
	if (s->daemon != NULL && !s->quiesced &&
	    MHD_quiesce_daemon(s->daemon) != MHD_INVALID_SOCKET) {
		s->quiesced = true;
		/* From here on callers are refused, not left to wait. */
		(void)shutdown(s->socket, SHUT_RDWR);
	}
	while (atomic_load(&s->answering) > 0 && md_monotonic_us() < until_us)
		(void)nanosleep(&moment, NULL);
}

void
httpd_stop(struct httpd **server)
{
	struct httpd *s = *server;

	if (s == NULL)
		return;
	*server = NULL;
	if (s->clock_runs) {
		pthread_mutex_lock(&s->lock);
		s->stopping = true;
		pthread_cond_signal(&s->changed);
		pthread_mutex_unlock(&s->lock);
		(void)pthread_join(s->clock, NULL);
	}
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon); /* closes the socket */
	if (s->daemon == NULL || s->quiesced)
		(void)close(s->socket);
	deadlines_destroy(&s->deadlines);
	if (s->clock_runs) {
		(void)pthread_mutex_destroy(&s->lock);
		(void)pthread_cond_destroy(&s->changed);
	}
	free(s->sleepers);
	free(s);
}
