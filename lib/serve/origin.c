/*
 * Who asks, and through what name.  Any page that an operator opens may send
 * requests to his machine: by a name of its own that it lets point here, which
 * Host tells, or to an address of ours, which browsers tell in Sec-Fetch-Site
 * and Origin.  Neither is to read anything, or to have a request noted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "serve/internal.h"

struct host {
	char name[SERVE_HOST_BYTES]; /* in lower case, without brackets */
	char port[6];                /* "": none, or the scheme's own */
};

/* -- names -- */

static bool
copy_name(const char *text, size_t len, bool six, char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	if (!six && len > 1 && text[len - 1] == '.')
		len--; /* the root's */
	if (len == 0 || len >= SERVE_HOST_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (strchr(letters, c) == NULL && !(six && c == ':'))
			return false;
		name[i] = c;
	}
	name[len] = '\0';
	return true;
}

/* "name", "name:80", "[::1]", "[::1]:80" */
static bool
host_parse(const char *text, struct host *out)
{
	bool six = *text == '[';
	size_t len = strcspn(text, six ? "]" : ":");
	const char *port = text + len;

	if (six && *port++ != ']')
		return false;
	if (!copy_name(text + six, len - six, six, out->name))
		return false;
	out->port[0] = '\0';
	if (*port == '\0')
		return true;
	len = strlen(++port);
	if (port[-1] != ':' || len >= sizeof(out->port) ||
	    strspn(port, "0123456789") != len)
		return false;
	if (strcmp(port, "80") != 0 && strcmp(port, "443") != 0)
		memcpy(out->port, port, len + 1);
	return true;
}

/* Addresses of both kinds, written in any way, as one kind. */
static bool
address_parse(const char *name, struct in6_addr *out)
{
	struct in_addr four;

	if (inet_pton(AF_INET6, name, out) == 1)
		return true;
	if (inet_pton(AF_INET, name, &four) != 1)
		return false;
	memset(out, 0, sizeof(*out));
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], &four, sizeof(four));
	return true;
}

static bool
is_loopback(const char *name)
{
	struct in6_addr a;

	if (strcmp(name, "localhost") == 0)
		return true;
	if (!address_parse(name, &a))
		return false;
	return IN6_IS_ADDR_LOOPBACK(&a) != 0 ||
	       (IN6_IS_ADDR_V4MAPPED(&a) != 0 && a.s6_addr[12] == 127);
}

static bool
same_host(const char *a, const char *b)
{
	struct in6_addr x, y;

	if (address_parse(a, &x) && address_parse(b, &y))
		return memcmp(&x, &y, sizeof(x)) == 0;
	return strcmp(a, b) == 0;
}

bool
serve_hosts_add(struct serve_hosts *l, const char *text, struct md_error *e)
{
	struct in6_addr a;
	char *name = l->v[l->len < SERVE_HOSTS_MAX ? l->len : 0];
	bool six = inet_pton(AF_INET6, text, &a) == 1;

	if (l->len == SERVE_HOSTS_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d names",
		    SERVE_HOSTS_MAX);
	if (!copy_name(text, strlen(text), six, name))
		return md_fail(e, MD_EUSAGE,
		    "'%.40s': expected a name or address such as "
		    "md.example.com, without scheme or port",
		    text);
	l->len++;
	return true;
}

/* The number of a port, or 0. */
static int64_t
port_of(const char *text)
{
	int64_t port;

	return number_parse_int(text, 1, 65535, &port) ? port : 0;
}

/* As a browser writes it: in lower case, without a port that goes without
 * saying. */
static bool
origin_write(const char *text, char *out, size_t size)
{
	bool safe = strncasecmp(text, "https://", 8) == 0;
	const char *place = text + (safe ? 8 : 7), *colon, *end;
	struct in6_addr six;
	struct host host;
	int64_t port = 0;
	int n;

	if ((!safe && strncasecmp(text, "http://", 7) != 0) ||
	    !host_parse(place, &host))
		return false;
	end = *place == '[' ? strchr(place, ']') : place;
	if (end != place && inet_pton(AF_INET6, host.name, &six) != 1)
		return false;
	colon = strchr(end, ':');
	if (colon != NULL && (port = port_of(colon + 1)) == 0)
		return false;
	if (end != place &&
	    inet_ntop(AF_INET6, &six, host.name, sizeof(host.name)) == NULL)
		return false;
	if (port == (safe ? 443 : 80))
		port = 0;
	n = snprintf(out, size, "http%s://%s%s%s", safe ? "s" : "",
	    end != place ? "[" : "", host.name, end != place ? "]" : "");
	if (n > 0 && (size_t)n < size && port > 0)
		n += snprintf(out + n, size - (size_t)n, ":%d", (int)port);
	return n > 0 && (size_t)n < size;
}

bool
serve_origins_add(struct serve_origins *l, const char *text, struct md_error *e)
{
	if (l->len == SERVE_ORIGINS_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d origins",
		    SERVE_ORIGINS_MAX);
	if (strchr(text, '*') != NULL || strcmp(text, "null") == 0)
		return md_fail(e, MD_EUSAGE,
		    "'%.40s': would let any page read the store: expected "
		    "each origin by its name, such as https://lab.example.com",
		    text);
	if (!origin_write(text, l->v[l->len], sizeof(l->v[0])))
		return md_fail(e, MD_EUSAGE,
		    "'%.40s': expected scheme://host or scheme://host:port "
		    "alone, such as https://lab.example.com, without a path",
		    text);
	l->len++;
	return true;
}

static bool
is_allowed(const struct serve_hosts *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (same_host(l->v[i], name))
			return true;
	return false;
}

/* -- requests -- */

static bool
is_ours(const struct serve_options *o, const struct httpd_request *q,
    const char *name)
{
	char address[HTTPD_ADDRESS];

	return is_loopback(name) || is_allowed(&o->hosts, name) ||
	       (httpd_local_address(q, address) && same_host(address, name));
}

/*
 * The page's origin is the server's own; or, where a proxy with TLS stands in
 * between, has a name that the operator gave.
 */
static bool
is_own_origin(const struct serve_options *o, const struct host *host,
    const char *origin)
{
	struct host from;

	if (strncasecmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncasecmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	if (!host_parse(origin, &from))
		return false;
	if (same_host(from.name, host->name) &&
	    strcmp(from.port, host->port) == 0)
		return true;
	return from.port[0] == '\0' && is_allowed(&o->hosts, from.name);
}

/* What no browser sent, and what somebody typed into one, has no site. */
static bool
is_foreign(const struct serve_options *o, const struct httpd_request *q,
    const struct host *host)
{
	const char *site = httpd_header(q, "Sec-Fetch-Site");
	const char *origin = httpd_header(q, "Origin");

	if (site != NULL && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return true;
	return origin != NULL && !is_own_origin(o, host, origin);
}

static void
refuse_host(struct serve *s, const char *name, struct httpd_response *r)
{
	char text[64], words[256];

	(void)snprintf(text, sizeof(text), "%.40s", name);
	md_printable(text);
	(void)snprintf(words, sizeof(words),
	    "Host: '%s' is not a name of this server: expected localhost, the "
	    "address that it listens on, or a name given with --allow-host",
	    text);
	reply_problem(r, 421, NULL, words);
	if (!atomic_exchange(&s->refused_host, true))
		log_write(s->options.log, LOG_WARNING,
		    "refused (421): %s; others are not told of", words);
}

/* What browsers send, as they write it: nothing is read into it. */
static const char *
named_origin(const struct serve_options *o, const struct httpd_request *q)
{
	const char *origin = httpd_header(q, "Origin");

	if (origin == NULL || httpd_header_count(q, "Origin") > 1)
		return NULL;
	for (size_t i = 0; i < o->origins.len; i++)
		if (strcmp(o->origins.v[i], origin) == 0)
			return o->origins.v[i];
	return NULL;
}

/* May a page send what it is about to?  Tells all that it may. */
static void
reply_preflight(struct visit *v)
{
	struct httpd_response *r = v->response;

	r->status = 204;
	(void)httpd_response_header(r, "Access-Control-Allow-Methods",
	    "GET, HEAD");
	(void)httpd_response_header(r, "Access-Control-Allow-Headers",
	    "Accept, Authorization, If-None-Match");
	(void)httpd_response_header(r, "Access-Control-Max-Age", "3600");
	/* From a public site to an address that is not. */
	if (httpd_header(v->request, "Access-Control-Request-Private-Network"))
		(void)httpd_response_header(r,
		    "Access-Control-Allow-Private-Network", "true");
}

static bool
is_preflight(const struct httpd_request *q)
{
	return strcmp(q->method, "OPTIONS") == 0 &&
	       httpd_header(q, "Access-Control-Request-Method") != NULL;
}

void
origin_headers(struct visit *v)
{
	struct httpd_response *r = v->response;

	/* A cache between is not to give a page what another was given. */
	if (v->serve->options.origins.len > 0)
		(void)httpd_response_header(r, "Vary", "Origin");
	if (v->origin == NULL)
		return;
	(void)httpd_response_header(r, "Access-Control-Allow-Origin",
	    v->origin);
	if (r->status != 204)
		(void)httpd_response_header(r, "Access-Control-Expose-Headers",
		    "ETag, Link, Retry-After, Warning, X-Data-Staleness, "
		    "X-Data-Staleness-Seconds, X-Data-More, X-Data-Missing");
}

bool
origin_admit(struct visit *v)
{
	const struct serve_options *o = &v->serve->options;
	const struct httpd_request *q = v->request;
	struct httpd_response *r = v->response;
	const char *text = httpd_header(q, "Host");
	struct host host = { "", "" };

	if (httpd_header_count(q, "Host") > 1) {
		reply_problem(r, 400, NULL, "Host is there twice");
		return false;
	}
	/* HTTP/1.0 need not name it; browsers do. */
	if (text != NULL &&
	    (!host_parse(text, &host) || !is_ours(o, q, host.name))) {
		refuse_host(v->serve, text, r);
		return false;
	}
	v->foreign = is_foreign(o, q, &host);
	v->origin = named_origin(o, q);
	if (v->foreign && v->origin == NULL) {
		reply_problem(r, 403, NULL,
		    "a page of another site asked: nothing is read for it; to "
		    "see this, enter the address yourself, or name the site "
		    "with --allow-origin");
		return false;
	}
	if (v->origin != NULL && is_preflight(q)) {
		reply_preflight(v);
		return false;
	}
	return true;
}
