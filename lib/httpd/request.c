#include "httpd/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct httpd_target {
	struct httpd_request request;
	char *target; /* as sent */
	char *text;   /* cut and decoded in place */
};

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* In place; a '%' that no two digits follow stays as it is. */
static void
decode(char *s, bool plus)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0 &&
		    hex(s[1]) + hex(s[2]) > 0) {
			*to++ = (char)(16 * hex(s[1]) + hex(s[2]));
			s += 2;
		} else
			*to++ = plus && *s == '+' ? ' ' : *s;
	}
	*to = '\0';
}

static void
cut_path(struct httpd_request *q, char *path)
{
	while (path != NULL && q->segments < HTTPD_SEGMENTS) {
		char *slash;

		if (*path == '/')
			path++;
		slash = strchr(path, '/');
		if (slash != NULL)
			*slash++ = '\0';
		decode(path, false);
		q->segment[q->segments++] = path;
		path = slash;
	}
}

static void
cut_query(struct httpd_request *q, char *query)
{
	while (query != NULL && q->parameters < HTTPD_PARAMETERS) {
		struct httpd_parameter *p = &q->parameter[q->parameters];
		char *next = strchr(query, '&'), *value;

		if (next != NULL)
			*next++ = '\0';
		value = strchr(query, '=');
		if (value != NULL) {
			*value++ = '\0';
			decode(value, true);
		}
		decode(query, true);
		p->name = query;
		p->value = value == NULL ? "" : value;
		if (*query != '\0')
			q->parameters++;
		query = next;
	}
}

struct httpd_target *
httpd_target_parse(const char *target)
{
	struct httpd_target *w = calloc(1, sizeof(*w));
	char *query;

	if (w == NULL)
		return NULL;
	w->target = strdup(target);
	w->text = strdup(target);
	if (w->target == NULL || w->text == NULL) {
		httpd_target_destroy(&w);
		return NULL;
	}
	w->request.target = w->target;
	query = strchr(w->text, '?');
	if (query != NULL)
		*query++ = '\0';
	cut_path(&w->request, w->text);
	cut_query(&w->request, query);
	return w;
}

struct httpd_request *
httpd_target_request(struct httpd_target *w)
{
	return &w->request;
}

void
httpd_target_destroy(struct httpd_target **w)
{
	if (*w == NULL)
		return;
	free((*w)->target);
	free((*w)->text);
	free(*w);
	*w = NULL;
}

const char *
httpd_parameter(const struct httpd_request *q, const char *name)
{
	for (size_t i = 0; i < q->parameters; i++)
		if (strcmp(q->parameter[i].name, name) == 0)
			return q->parameter[i].value;
	return NULL;
}

bool
httpd_accepts_gzip(const struct httpd_request *q)
{
	const char *a = httpd_header(q, "Accept-Encoding");

	for (; a != NULL && *a != '\0'; a += strcspn(a, ",")) {
		a += strspn(a, " \t,");
		if (strncasecmp(a, "gzip", 4) == 0 || *a == '*') {
			size_t n = strcspn(a, ",");
			const char *zero = strstr(a, "q=0");

			return zero == NULL || zero >= a + n ||
			       strspn(zero + 2, "0.") + 2 <
				   strcspn(zero, ", \t");
		}
	}
	return false;
}
