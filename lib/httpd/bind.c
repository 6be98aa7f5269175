#include "httpd/bind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"

/* "host:port" or "[v6]:port"; host gets the part without brackets. */
static bool
split_address(const char *listen, char host[256], const char **port)
{
	const char *colon = strrchr(listen, ':');
	int64_t number;
	size_t len;

	if (colon == NULL || !number_parse_int(colon + 1, 0, 65535, &number))
		return false;
	len = (size_t)(colon - listen);
	if (len > 1 && listen[0] == '[' && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	} else if (memchr(listen, ':', len) != NULL)
		return false;
	if (len == 0 || len > 255)
		return false;
	memcpy(host, listen, len);
	host[len] = '\0';
	*port = colon + 1;
	return true;
}

static void
note_address(int fd, struct httpd_address *out)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[64] = "?", port[8] = "0";
	const struct in6_addr *six = &((struct sockaddr_in6 *)&a)->sin6_addr;
	bool is_six;

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return;
	(void)getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	is_six = a.ss_family == AF_INET6;
	(void)snprintf(out->text, sizeof(out->text), "%s%s%s:%s",
	    is_six ? "[" : "", host, is_six ? "]" : "", port);
	out->port = (unsigned)strtoul(port, NULL, 10);
	out->loopback = is_six ? IN6_IS_ADDR_LOOPBACK(six) != 0
			       : strncmp(host, "127.", 4) == 0;
}

bool
httpd_bound_address(int fd, char *out, size_t size)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	const void *number = &((struct sockaddr_in *)&a)->sin_addr;

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return false;
	if (a.ss_family == AF_INET6)
		number = &((struct sockaddr_in6 *)&a)->sin6_addr;
	return inet_ntop(a.ss_family, number, out, (socklen_t)size) != NULL;
}

static int
bind_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	int one = 1, saved;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1024) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

bool
httpd_bind(const char *listen, int *fd, struct httpd_address *out,
    struct md_error *e)
{
	struct addrinfo hints, *found;
	char host[256];
	const char *port;
	int rc;

	*fd = -1;
	if (!split_address(listen, host, &port))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected an address such as 127.0.0.1:8080 or "
		    "[::1]:0",
		    listen);
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE;
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0)
		return md_fail(e, MD_EUSAGE, "%s: %s", host, gai_strerror(rc));
	for (struct addrinfo *a = found; a != NULL && *fd < 0; a = a->ai_next)
		*fd = bind_one(a);
	rc = errno;
	freeaddrinfo(found);
	if (*fd < 0)
		return md_fail(e, MD_EIO, "cannot listen on %s: %s", listen,
		    strerror(rc));
	note_address(*fd, out);
	return true;
}
