/* What a request's headers say. */
#include <microhttpd.h>
#include <strings.h>

#include "httpd/httpd.h"

const char *
httpd_header(const struct httpd_request *q, const char *name)
{
	return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND,
	    name);
}

struct taker {
	bool (*take)(void *, const char *name, const char *value);
	void *arg;
	bool good;
};

static enum MHD_Result
give_one(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct taker *t = arg;

	(void)kind;
	t->good = t->take(t->arg, name, value == NULL ? "" : value);
	return t->good ? MHD_YES : MHD_NO;
}

bool
httpd_each_header(const struct httpd_request *q,
    bool (*take)(void *, const char *name, const char *value), void *arg)
{
	struct taker t = { take, arg, true };

	(void)MHD_get_connection_values(q->connection, MHD_HEADER_KIND,
	    give_one, &t);
	return t.good;
}

struct named {
	const char *name;
	size_t count;
};

static enum MHD_Result
count_one(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct named *n = arg;

	(void)kind, (void)value;
	n->count += strcasecmp(name, n->name) == 0;
	return MHD_YES;
}

size_t
httpd_header_count(const struct httpd_request *q, const char *name)
{
	struct named n = { name, 0 };

	(void)MHD_get_connection_values(q->connection, MHD_HEADER_KIND,
	    count_one, &n);
	return n.count;
}
