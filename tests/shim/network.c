/*
 * A library to preload, by which the network fails in ways that no peer can
 * bring about:
 *
 *	SHIM_SEND=FROM[-TO]  these send()s and write()s over TCP fail, from 1
 *	SHIM_RESOLVE=1       no name is ever resolved
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_long sent;

static int
is_internet(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &len) == 0 &&
	       (a.ss_family == AF_INET || a.ss_family == AF_INET6);
}

static int
is_to_fail(long nth)
{
	const char *text = getenv("SHIM_SEND");
	char *end;
	long from, to;

	if (text == NULL)
		return 0;
	from = to = strtol(text, &end, 10);
	if (*end == '-')
		to = strtol(end + 1, NULL, 10);
	return nth >= from && nth <= to;
}

static int
fails(int fd)
{
	if (!is_internet(fd) || !is_to_fail(atomic_fetch_add(&sent, 1) + 1))
		return 0;
	errno = ECONNRESET;
	return 1;
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	static ssize_t (*next)(int, const void *, size_t, int);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "send");
	return fails(fd) ? -1 : next(fd, bytes, len, flags);
}

/* So OpenSSL sends. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	static ssize_t (*next)(int, const void *, size_t);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	return fails(fd) ? -1 : next(fd, bytes, len);
}

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	static int (*next)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
	while (getenv("SHIM_RESOLVE") != NULL)
		(void)pause();
	return next(name, service, hints, out);
}
