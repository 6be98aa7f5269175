#include "load/target.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/weburl.h"

static const char *const vendors[] = { "polygon.io", "massive.com" };

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncasecmp(s + len - n, end, n) == 0 &&
	       (len == n || s[len - n - 1] == '.');
}

static bool
is_vendor(const char *host)
{
	size_t len = strlen(host);

	while (len > 0 && host[len - 1] == '.')
		len--;
	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
		if (ends_with(host, len, vendors[i]))
			return true;
	return false;
}

static bool
is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		struct sockaddr_in four;

		memcpy(&four, a, sizeof(four));
		return ntohl(four.sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family == AF_INET6) {
		struct sockaddr_in6 six;

		memcpy(&six, a, sizeof(six));
		return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) != 0;
	}
	return false;
}

static bool
bad_url(const char *url, struct md_error *e)
{
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected http://HOST[:PORT][/PREFIX], or store", url);
}

/* "[::1]:80/x": the host without brackets, and what follows it. */
static bool
split_host(const char *s, char *host, size_t size, const char **rest)
{
	const char *end;
	size_t len;

	if (*s == '[') {
		end = strchr(++s, ']');
		if (end == NULL)
			return false;
		*rest = end + 1;
	} else {
		end = s + strcspn(s, ":/");
		*rest = end;
	}
	len = (size_t)(end - s);
	if (len == 0 || len >= size)
		return false;
	memcpy(host, s, len);
	host[len] = '\0';
	return true;
}

static bool
split_port(const char **rest, char port[8])
{
	size_t len;
	int64_t n;

	memcpy(port, "80", 3);
	if (**rest != ':')
		return **rest == '/' || **rest == '\0';
	len = strcspn(++*rest, "/");
	if (len == 0 || len > 5)
		return false;
	memcpy(port, *rest, len);
	port[len] = '\0';
	*rest += len;
	return number_parse_int(port, 1, 65535, &n);
}

static bool
find_addresses(const char *host, const char *port, bool owned,
    struct load_target *t, struct md_error *e)
{
	struct addrinfo hints, *found;
	bool local = strcasecmp(host, "localhost") == 0;
	int rc;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = owned || local ? 0 : AI_NUMERICHOST;
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0 && !owned)
		return md_fail(e, MD_EUSAGE,
		    "%s: not this machine: load goes elsewhere only with "
		    "--i-own-this-host",
		    host);
	if (rc != 0)
		return md_fail(e, MD_ENET, "%s: %s", host, gai_strerror(rc));
	for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
		if (!owned && !is_loopback(a->ai_addr)) {
			freeaddrinfo(found);
			return md_fail(e, MD_EUSAGE,
			    "%s: not this machine: load goes elsewhere only "
			    "with --i-own-this-host",
			    host);
		}
		if (t->addresses == LOAD_ADDRESSES ||
		    a->ai_addrlen > sizeof(t->address[0].a))
			continue;
		memcpy(&t->address[t->addresses].a, a->ai_addr, a->ai_addrlen);
		t->address[t->addresses++].len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	return t->addresses > 0 ||
	       md_fail(e, MD_ENET, "%s: has no address", host);
}

bool
load_target_parse(const char *url, bool owned, struct load_target *t,
    struct md_error *e)
{
	char host[256], port[8];
	const char *rest;
	size_t len = strlen(url);

	memset(t, 0, sizeof(*t));
	if (weburl_scheme(url) > 0 &&
	    !weburl_check(url, "a token goes into a file, --token-file", e))
		return md_context(e, "--target");
	if (strncasecmp(url, "https://", 8) == 0)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected http://: of TLS nothing is measured", url);
	if (strncasecmp(url, "http://", 7) != 0 || len >= sizeof(t->url))
		return bad_url(url, e);
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("@?#\\\"", *c) != NULL)
			return bad_url(url, e);
	if (!split_host(url + 7, host, sizeof(host), &rest) ||
	    !split_port(&rest, port) || strlen(rest) >= sizeof(t->prefix))
		return bad_url(url, e);
	if (is_vendor(host))
		return md_fail(e, MD_EUSAGE,
		    "%s: is the vendor's: no load is put on it, ever", host);
	memcpy(t->url, url, len + 1);
	while (len > 0 && t->url[len - 1] == '/')
		t->url[--len] = '\0';
	memcpy(t->prefix, rest, strlen(rest) + 1);
	for (len = strlen(t->prefix); len > 0 && t->prefix[len - 1] == '/';)
		t->prefix[--len] = '\0';
	(void)snprintf(t->host, sizeof(t->host), "%s%s%s:%s",
	    strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "",
	    port);
	return find_addresses(host, port, owned, t, e);
}
