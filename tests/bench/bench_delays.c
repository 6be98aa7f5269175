/*
 * What a server's delays are to a client that does nothing else: a thread a
 * connection, which sleeps until its next request is due, sends it, waits for
 * the answer and looks at the clock.  Latency counts from when a request was
 * due.  It shares no code with mdload, which it is compared with.
 *   bench_delays PORT PATH RATE SECONDS CONNECTIONS
 * Prints the 50th, 95th and 99th percentile in ms.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define SPIN_NS         200000 /* a sleep ends late by less than this */

struct client {
	pthread_t thread;
	unsigned nth;
	int fd;
	int64_t *latency_ns; /* of its own requests */
	size_t len;
};

static char request[1024];
static size_t request_len, total;
static unsigned connections;
static double rate;
static int64_t started_ns;

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
connect_to(unsigned short port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
		die("connect");
	return fd;
}

/* An answer of known length whose head and body come whole. */
static void
ask(int fd)
{
	char text[65536];
	size_t len = 0, wanted = 0;

	if (send(fd, request, request_len, MSG_NOSIGNAL) !=
	    (ssize_t)request_len)
		die("send");
	do {
		ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, 0);
		const char *end, *length;

		if (n <= 0)
			die("recv");
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		if (strncmp(text, "HTTP/1.1 200", 12) != 0) {
			fprintf(stderr, "no answer: %.60s\n", text);
			exit(1);
		}
		if (end != NULL && length != NULL)
			wanted = (size_t)(end - text) + 4 +
				 strtoul(length + 16, NULL, 10);
	} while (wanted == 0 || len < wanted);
}

static void
sleep_until(int64_t due_ns)
{
	int64_t t = due_ns - SPIN_NS;
	struct timespec due = { (time_t)(t / 1000000000),
		(long)(t % 1000000000) };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	while (now_ns() < due_ns)
		;
}

static void *
run(void *arg)
{
	struct client *c = arg;

	for (size_t k = c->nth; k < total; k += connections) {
		int64_t due = started_ns + (int64_t)((double)k / rate * 1e9);

		sleep_until(due);
		ask(c->fd);
		c->latency_ns[c->len++] = now_ns() - due;
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile(const int64_t *v, size_t n, double percent)
{
	size_t at = (size_t)(percent / 100 * (double)n + 0.999999);

	return (double)v[at == 0 ? 0 : at - 1] / 1e6;
}

int
main(int argc, char **argv)
{
	static struct client clients[CONNECTIONS_MAX];
	int64_t *all;
	size_t n = 0;

	if (argc != 6) {
		fprintf(stderr, "usage: bench_delays PORT PATH RATE SECONDS "
				"CONNECTIONS\n");
		return 64;
	}
	rate = strtod(argv[3], NULL);
	total = (size_t)(rate * strtod(argv[4], NULL));
	connections = (unsigned)strtoul(argv[5], NULL, 10);
	all = calloc(total + 1, sizeof(*all));
	if (all == NULL || connections == 0 || connections > CONNECTIONS_MAX)
		die("room");
	request_len = (size_t)snprintf(request, sizeof(request),
	    "GET %.900s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", argv[2]);
	for (unsigned i = 0; i < connections; i++) {
		struct client *c = &clients[i];

		c->nth = i;
		c->latency_ns =
		    calloc(total / connections + 1, sizeof(int64_t));
		if (c->latency_ns == NULL)
			die("room");
		c->fd = connect_to((unsigned short)strtoul(argv[1], NULL, 10));
		ask(c->fd); /* not counted: the server gets used to it */
	}
	started_ns = now_ns() + 10000000;
	for (unsigned i = 0; i < connections; i++)
		if (pthread_create(&clients[i].thread, NULL, run,
			&clients[i]) != 0)
			die("pthread_create");
	for (unsigned i = 0; i < connections; i++) {
		struct client *c = &clients[i];

		(void)pthread_join(c->thread, NULL);
		memcpy(all + n, c->latency_ns, c->len * sizeof(*all));
		n += c->len;
		free(c->latency_ns);
		(void)close(c->fd);
	}
	qsort(all, n, sizeof(*all), compare);
	printf("%.3f %.3f %.3f\n", percentile(all, n, 50),
	    percentile(all, n, 95), percentile(all, n, 99));
	free(all);
	return 0;
}
